/** What MLflow's client is told where something isn't done, in MLflow's own form: `{error_code, message}`. */

/**
 * The status of each code. The client tries 408, 429 and 5xx again for minutes, and its training stands still meanwhile: what another
 * try can't mend has none of these.
 */
const STATUSES = {
  INVALID_PARAMETER_VALUE: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  INVALID_STATE: 400,
  INTERNAL_ERROR: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  RESOURCE_DOES_NOT_EXIST: 404,
  ENDPOINT_NOT_FOUND: 404,
  REQUEST_LIMIT_EXCEEDED: 413,
  TEMPORARILY_UNAVAILABLE: 503,
  RESOURCE_EXHAUSTED: 507,
} as const;
export type ErrorCode = keyof typeof STATUSES;

export class MlflowError extends Error {
  override readonly name = 'MlflowError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  get status(): (typeof STATUSES)[ErrorCode] {
    return STATUSES[this.code];
  }
}

export const invalid = (message: string): MlflowError => new MlflowError('INVALID_PARAMETER_VALUE', message);

export const noSuchRun = (id: string): MlflowError =>
  new MlflowError('RESOURCE_DOES_NOT_EXIST', `Run with id=${id} not found`);

export const noSuchExperiment = (id: string): MlflowError =>
  new MlflowError('RESOURCE_DOES_NOT_EXIST', `No Experiment with id=${id} exists`);
