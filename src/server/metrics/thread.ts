/** The store's own thread: takes calls one by one, answers each, and tells at intervals what came in. */
import { isMainThread, parentPort, workerData, type Transferable } from 'node:worker_threads';
import type { FigureHints } from '../../contract/figures.ts';
import { ROLE, type Answered, type CallName, type Calls, type Request, type WorkerData } from './calls.ts';
import { columnsOf as batchOf, parseBatch, type Batch } from './columns.ts';
import { exportPart } from './export.ts';
import { history } from './history.ts';
import { BadBatch, type Kept } from './metrics.ts';
import { Pacer } from './pacer.ts';
import { columnsOf, replyOf } from './series.ts';
import { MetricStore } from './store.ts';

const TELL_EVERY_MS = 250;

/** Serves until it is told to close. Throws where the file can't be opened, which ends the thread and tells its owner. */
export function runMetricsWorker(): void {
  const ours = (workerData as Partial<WorkerData> | null)?.role === ROLE;
  if (isMainThread || !ours || parentPort === null)
    throw new Error('This is not the thread of a metric store.');
  const port = parentPort;
  const { file } = workerData as WorkerData;
  const say = (answered: Answered, handedOver: readonly Transferable[] = []): void =>
    port.postMessage(answered, handedOver);

  const store = new MetricStore(file);
  const pacer = new Pacer<{ executionId: string; attempt: number }>(TELL_EVERY_MS, (changed) =>
    say({
      kind: 'reported',
      changes: changed.map(({ executionId, attempt }) => store.summary(executionId, attempt)),
    }),
  );

  const keep = (executionId: string, batch: Batch, hints: FigureHints, once = false): Kept => {
    const kept = store.report(executionId, batch, hints, once);
    const { attempt } = batch;
    if (!kept.repeated) pacer.changed(`${attempt} ${executionId}`, { executionId, attempt });
    return kept;
  };

  const calls: Calls = {
    report: (executionId, batch, hints, once) => keep(executionId, batchOf(batch), hints, once),
    reportRaw(executionId, body, hints, attempts) {
      const batch = parseBatch(body);
      if (attempts !== null && batch.attempt > attempts) {
        throw new BadBatch('attempt', `is ${batch.attempt}, but the execution is at its attempt ${attempts}`);
      }
      return keep(executionId, batch, hints);
    },
    measure: (executionId, attempt, time, values) => store.measure(executionId, attempt, time, values),
    lastBatch: (executionId, attempt, writer) => store.lastBatch(executionId, attempt, writer),
    holders: (logged, writer) => store.holders(logged, writer),
    query: (query, began) => store.query(query, began).map(columnsOf),
    queryRaw: (query, began) => replyOf(store.query(query, began).map(columnsOf)),
    figures: (executionIds) => [...new Set(executionIds.flatMap((id) => store.figures(id)))],
    exportPart: (ask, place) => exportPart(store, ask, place),
    latest: (executionIds) => store.latest(executionIds),
    history: (ask) => history(store, ask),
    summary: (executionId, attempt) => store.summary(executionId, attempt),
    files: (executionId) => store.files(executionId),
    remove(executionId) {
      store.remove(executionId);
      pacer.forget((changed) => changed.executionId === executionId);
    },
    close() {
      pacer.flush();
      store.close();
    },
  };

  port.on('message', (request: Request) => {
    const { id } = request;
    try {
      const value = answer(calls, request);
      say({ kind: 'ok', id, value }, memoryOf(value));
    } catch (error) {
      if (error instanceof BadBatch)
        say({ kind: 'bad batch', id, field: error.field, problem: error.problem });
      else {
        const why = error instanceof Error ? error.message : String(error);
        say({ kind: 'failed', id, message: `The metric store failed (${request.call}): ${why}` });
      }
    }
    if (request.call === 'close') port.close();
  });
  say({ kind: 'ready' });
}

/** The call and its arguments belong together by `Request`; TypeScript doesn't follow that through an index. */
function answer(calls: Calls, { call, args }: Request): ReturnType<Calls[CallName]> {
  const method = calls[call] as (...given: unknown[]) => ReturnType<Calls[CallName]>;
  return method(...args);
}

/** The memory of an answer that goes with it instead of being copied. */
function memoryOf(value: ReturnType<Calls[CallName]>): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  const add = (array: { buffer: ArrayBufferLike }): void => {
    if (array.buffer instanceof ArrayBuffer) buffers.add(array.buffer);
  };
  if (value instanceof Uint8Array) add(value);
  if (typeof value === 'object' && value !== null && 'text' in value) add(value.text);
  if (typeof value === 'object' && value !== null && 'values' in value)
    Object.values(value.values).forEach(add);
  if (Array.isArray(value)) {
    for (const line of value)
      if (typeof line === 'object' && 'count' in line)
        [line.x, line.y, line.min, line.max, line.count].forEach(add);
  }
  return [...buffers];
}
