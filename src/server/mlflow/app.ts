/**
 * MLflow's tracking interface, as its client speaks it: a door to the same stores beside our own. Mounted below a path, which is then
 * the client's MLFLOW_TRACKING_URI. What each call does stands in `calls.ts`.
 */
import { Hono, type Context } from 'hono';
import type * as z from 'zod';
import type { Backend } from '../backend.ts';
import { bodyOf, jsonOf } from '../http/body.ts';
import { same, tokenIn } from '../http/tokens.ts';
import type { Log } from '../log.ts';
import { MetricsFailed } from '../metrics/metrics.ts';
import { asDiskFull, Refusal } from '../refusal.ts';
import { artifactCalls } from './artifactCalls.ts';
import { callsOf } from './calls.ts';
import { invalid, MlflowError } from './errors.ts';
import type { Caller } from './runs.ts';

/** A batch of the client is at most 1 MB. */
const MOST_BYTES = 8 * 2 ** 20;

interface Parts {
  backend: Backend;
  /** The home's token. */
  token: string;
  /** Called at each call that is let in. */
  onCall: () => void;
  log: Log;
}

export function createMlflow({ backend, token, onCall, log }: Parts): Hono {
  const app = new Hono();
  const callerOf = (c: Context): Caller => {
    const given = tokenIn(c.req.header('authorization'));
    const training = given === null ? null : backend.executions.byToken(given);
    if (given !== null && (training !== null || same(given, token))) {
      onCall();
      return training === null ? { kind: 'home' } : { kind: 'training', id: training.id };
    }
    throw new MlflowError(
      'UNAUTHENTICATED',
      'This needs a token. Set MLFLOW_TRACKING_TOKEN to the one in server.json in the home of Trainyard.',
    );
  };

  for (const { method, path, schema, answer } of callsOf(backend)) {
    app.on(method, path, async (c) => {
      const caller = callerOf(c);
      const asked = method === 'GET' ? queryOf(c) : objectOf(await bodyOf(c.req.raw, MOST_BYTES));
      return c.json(await answer(parsed(schema, { ...asked, ...c.req.param() }), caller));
    });
  }
  artifactCalls(app, backend, callerOf);

  // Its client tells people this address, where MLflow's server has pages.
  app.get('/', (c) =>
    c.text('Trainyard takes what MLflow logs. Its runs are shown in VS Code, in the view Trainyard.\n'),
  );
  // The newest clients ask for what an older server doesn't have, and do without where it answers so.
  app.all('*', (c) => {
    throw new MlflowError('ENDPOINT_NOT_FOUND', missing(c.req.method, c.req.path));
  });
  app.onError((error, c) => {
    const told = asMlflowError(error);
    if (told === null) log.error(`${c.req.method} ${c.req.path} failed`, error);
    const { code, message, status } =
      told ??
      new MlflowError(
        'INTERNAL_ERROR',
        'The backend failed at this. Its log, backend.log in the home, tells why.',
      );
    return c.json({ error_code: code, message }, status);
  });
  return app;
}

/** What there isn't, in words for who reads them in a log. */
function missing(method: string, path: string): string {
  if (/\/(registered-models|model-versions)\b/.test(path))
    return 'Trainyard has no model registry. Set MLFLOW_REGISTRY_URI to a server that has one.';
  if (/\/traces\b/.test(path)) return 'Trainyard keeps no traces.';
  return `Trainyard has no ${method} ${path}.`;
}

/** Null where it is a defect of ours: another try would meet it again. */
function asMlflowError(error: unknown): MlflowError | null {
  if (error instanceof MlflowError) return error;
  const full = asDiskFull(error);
  if (full !== null) return new MlflowError('RESOURCE_EXHAUSTED', `${full.message} ${full.hint ?? ''}`);
  if (error instanceof MetricsFailed) return new MlflowError('TEMPORARILY_UNAVAILABLE', error.message);
  if (!(error instanceof Refusal)) return null;
  return new MlflowError(
    error.status === 413 ? 'REQUEST_LIMIT_EXCEEDED' : 'INVALID_PARAMETER_VALUE',
    error.message,
  );
}

/** A parameter given several times is a list. */
const queryOf = (c: Context): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(c.req.queries()).map(([key, values]) => [key, values.length === 1 ? values[0] : values]),
  );

function objectOf(bytes: Uint8Array): Record<string, unknown> {
  const body: unknown = bytes.byteLength === 0 ? {} : jsonOf(bytes);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalid('The body must be an object.');
  return { ...body };
}

function parsed<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = (issue?.path ?? []).join('.');
  throw invalid(`Invalid value for parameter '${where}' supplied: ${issue?.message ?? 'not understood'}.`);
}
