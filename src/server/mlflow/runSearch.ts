/** Runs that fit a filter, in an order, a page at a time. */
import type { Backend } from '../backend.ts';
import { keyOf } from '../../contract/loggedKeys.ts';
import { invalid } from './errors.ts';
import { artifactRoot, infoOf, type Caller, type Known, type MlflowRuns } from './runs.ts';
import { filterOf, inOrder, orderOf, type Kind, type Lookup, type Order } from './search.ts';
import type { RunSearch } from './shapes.ts';
import type * as z from 'zod';

export async function searchRuns(
  backend: Backend,
  runs: MlflowRuns,
  caller: Caller,
  asked: z.output<typeof RunSearch>,
): Promise<{ found: Known[]; next: string | null }> {
  const { test, kinds } = filterOf(asked.filter);
  const given = asked.order_by.map(orderOf);
  const experiments = asked.experiment_ids.filter((id) => /^\d{1,15}$/.test(id)).map(Number);
  const ids = backend.mlflow.executionsIn(experiments);
  const rows = backend.mlflow.runs(ids);
  const known = ids.flatMap((id): Known[] => {
    const record = backend.executions.get(id);
    if (record === null) return [];
    const row = runs.rowOf(record, rows.get(id) ?? null);
    if (caller.kind === 'training' && id !== caller.id && row.madeBy !== caller.id) return [];
    const shown = asked.run_view_type === 'ALL' || row.deleted === (asked.run_view_type === 'DELETED_ONLY');
    return shown ? [{ record, row }] : [];
  });
  const wanted = new Set<Kind>([...kinds, ...given.map(({ kind }) => kind)]);
  const lookup = await lookups(backend, known, wanted);
  const orders: Order[] = [
    ...given,
    { kind: 'attributes', key: 'start_time', descending: true },
    { kind: 'attributes', key: 'run_id', descending: false },
  ];
  const fitting = inOrder(
    known.filter((run) => test(lookup(run))),
    orders,
    lookup,
  );
  const start = placeIn(asked.page_token);
  const found = fitting.slice(start, start + asked.max_results);
  const end = start + found.length;
  return { found, next: end < fitting.length ? tokenOf(end) : null };
}

/** What a filter and an order look at; of params, tags and metrics only what they ask for is read. */
async function lookups(
  { mlflow, metrics }: Backend,
  known: readonly Known[],
  wanted: ReadonlySet<Kind>,
): Promise<(run: Known) => Lookup> {
  const ids = known.map(({ record }) => record.id);
  const values = { params: new Map<string, string>(), tags: new Map<string, string>() };
  for (const kind of ['params', 'tags'] as const) {
    if (!wanted.has(kind)) continue;
    for (const [id, pairs] of mlflow[kind](ids))
      for (const { key, value } of pairs) values[kind].set(`${id} ${key}`, value);
  }
  const numbers = new Map<string, number>();
  if (wanted.has('metrics')) {
    const keys = new Map<string, string>();
    for (const [id, places] of mlflow.places(ids))
      for (const [key, { figure, legend }] of places) keys.set(JSON.stringify([id, figure, legend]), key);
    for (const line of await metrics.latest(ids)) {
      const place = JSON.stringify([line.executionId, line.figure, line.legend]);
      numbers.set(`${line.executionId} ${keys.get(place) ?? keyOf(line)}`, line.y);
    }
  }
  return (run) => {
    const attributes = attributesOf(run);
    return (kind, key) => {
      if (kind === 'attributes') return attributes.get(key);
      return kind === 'metrics'
        ? numbers.get(`${run.record.id} ${key}`)
        : values[kind].get(`${run.record.id} ${key}`);
    };
  };
}

function attributesOf(run: Known): Map<string, string | number> {
  const attributes = new Map<string, string | number>();
  for (const [key, value] of Object.entries(infoOf(run)) as [string, unknown][])
    if (typeof value === 'string' || typeof value === 'number') attributes.set(key, value);
  const [start, end] = [attributes.get('start_time'), attributes.get('end_time')];
  if (typeof start === 'number' && typeof end === 'number') attributes.set('duration', end - start);
  return attributes.set('artifact_uri', artifactRoot(run));
}

/** A page's token is where it begins; opaque to clients. */
export const tokenOf = (offset: number): string => Buffer.from(String(offset)).toString('base64url');

export function placeIn(token: string | undefined): number {
  if (token === undefined || token === '') return 0;
  const offset = Buffer.from(token, 'base64url').toString();
  if (!/^\d{1,15}$/.test(offset)) throw invalid(`Invalid page token: ${token}`);
  return Number(offset);
}
