/** Metrics into the same store as all samples, and their history out of it. */
import { createHash } from 'node:crypto';
import { keyOf, placeOf } from '../../contract/loggedKeys.ts';
import type { Sample } from '../../contract/shapes.ts';
import type { Backend } from '../backend.ts';
import { figureOf } from '../metrics/line.ts';
import { invalid } from './errors.ts';
import type { Known, MlflowRuns } from './runs.ts';
import type { Metric } from './shapes.ts';

/** A page of a history whose size nobody asked for: all, in effect, as MLflow's server gives it. */
const MOST_POINTS = 1_000_000;

/** Keeps metrics. The same ones once more, as a client sends that didn't hear the answer, change nothing. */
export async function keepMetrics(
  { metrics, executions }: Pick<Backend, 'metrics' | 'executions'>,
  runs: MlflowRuns,
  known: Known,
  logged: readonly Metric[],
): Promise<void> {
  if (logged.length === 0) return;
  const places = runs.placesFor(known, new Set(logged.map(({ key }) => key)));
  const { id, attempt } = known.record;
  const samples = logged.map(({ key, value, timestamp, step }): Sample => {
    const { figure, legend } = places.get(key) ?? placeOf(key);
    return { figure, legend, step, y: figureOf(value), time: timestamp };
  });
  const digest = createHash('sha256').update(JSON.stringify(logged)).digest('base64url').slice(0, 20);
  const hints = executions.submission(id).figures ?? {};
  await metrics.report(id, { attempt, batch: `mlflow.${digest}:0`, samples }, hints, true);
}

/** A page of what was logged under a name, in the order in which it came. */
export async function historyOf(
  backend: Pick<Backend, 'metrics' | 'mlflow'>,
  id: string,
  asked: { metric_key: string; max_results?: number | undefined; page_token?: string | undefined },
): Promise<object> {
  const { metric_key: key, max_results: most = MOST_POINTS } = asked;
  const skip = asked.page_token === undefined || asked.page_token === '' ? 0 : Number(asked.page_token);
  if (!Number.isInteger(skip) || skip < 0) throw invalid(`Invalid page token: ${asked.page_token}`);
  const place = await placeIn(backend, id, key);
  if (place === null) return { metrics: [] };
  const { values, more } = await backend.metrics.history({ executionId: id, ...place, skip, most });
  const { step, time, y } = values;
  const points = Array.from(y, (value, i) => ({
    key,
    value: figureOf(value),
    timestamp: time[i],
    step: Number.isNaN(step[i]) ? 0 : step[i],
  }));
  return { metrics: points, ...(more ? { next_page_token: String(skip + points.length) } : {}) };
}

async function placeIn(
  { metrics, mlflow }: Pick<Backend, 'metrics' | 'mlflow'>,
  id: string,
  key: string,
): Promise<{ figure: string; legend: string } | null> {
  const logged = mlflow.places([id]).get(id)?.get(key);
  if (logged !== undefined) return logged;
  // What came without a name, as from `context.log`.
  const lines = await metrics.latest([id]);
  const found = lines.find((line) => keyOf(line) === key);
  return found === undefined ? null : { figure: found.figure, legend: found.legend };
}
