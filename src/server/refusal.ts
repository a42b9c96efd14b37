/** What the server won't do, for a person (message, hint) and for programs (code, status). */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: 400 | 401 | 404 | 405 | 409 | 413 | 422 | 503;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(status: Refusal['status'], code: string, message: string, hint?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

export const noSuchExecution = (id: string): Refusal =>
  new Refusal(404, 'no-such-execution', `There is no execution ${id}.`, 'GET /runs lists them.');

export const noSuchService = (id: string): Refusal =>
  new Refusal(404, 'no-such-service', `There is no service ${id}.`, 'GET /services lists them.');

export const noSuchEngine = (name: string): Refusal =>
  new Refusal(422, 'no-such-engine', `There is no engine "${name}".`, 'This version has "local".');
