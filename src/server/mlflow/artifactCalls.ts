/** Artifacts over HTTP, as MLflow's client puts, gets, lists and deletes them: paths below `<experiment>/<run>/artifacts`. */
import type { Context, Hono } from 'hono';
import type { ReadableStream as WebStream } from 'node:stream/web';
import type { Backend } from '../backend.ts';
import { Artifacts, partsOf } from './artifacts.ts';
import { invalid } from './errors.ts';
import { modelFolder, Models } from './models.ts';
import { MlflowRuns, type Caller, type Known } from './runs.ts';

const ROOT = '/api/2.0/mlflow-artifacts/artifacts';

export function artifactCalls(app: Hono, backend: Backend, callerOf: (c: Context) => Caller): void {
  const runs = new MlflowRuns(backend);
  const models = new Models(backend);
  const artifacts = new Artifacts(backend);

  /** The run that a path speaks of, and the place below its output folder. */
  const placeOf = (c: Context, text: string): { run: Known; parts: string[] } => {
    const caller = callerOf(c);
    const [experiment, id, word, ...rest] = partsOf(text);
    if (experiment !== undefined && id === 'models' && word !== undefined) {
      const model = models.get(word);
      const run = runs.known(caller, model.execution);
      return { run, parts: [...modelFolder(model), ...rest.slice(1)] };
    }
    if (experiment === undefined || word !== 'artifacts')
      throw invalid(`Invalid artifact path '${text}': it begins with <experiment>/<run>/artifacts.`);
    return { run: runs.known(caller, id), parts: rest };
  };
  const below = (c: Context): string => {
    const text = c.req.path.slice(c.req.path.indexOf(ROOT) + ROOT.length + 1);
    try {
      return text.split('/').map(decodeURIComponent).join('/');
    } catch {
      throw invalid(`Invalid path: ${text}`);
    }
  };

  app.get(ROOT, async (c) => {
    const { run, parts } = placeOf(c, c.req.query('path') ?? '');
    return c.json({ files: await artifacts.list(run, parts) });
  });
  app.get(`${ROOT}/*`, async (c) => {
    const { run, parts } = placeOf(c, below(c));
    const { size, body } = await artifacts.get(run, parts);
    return c.body(body, 200, { 'content-type': 'application/octet-stream', 'content-length': String(size) });
  });
  app.put(`${ROOT}/*`, async (c) => {
    const { run, parts } = placeOf(c, below(c));
    await artifacts.put(run, parts, c.req.raw.body as WebStream<Uint8Array> | null);
    return c.json({});
  });
  app.delete(`${ROOT}/*`, async (c) => {
    const { run, parts } = placeOf(c, below(c));
    await artifacts.remove(run, parts);
    return c.json({});
  });
}
