/** The server's side of the metric store: each call is a message to the store's thread and a promise of its answer. */
import { Worker } from 'node:worker_threads';
import type { FigureHints } from '../../contract/figures.ts';
import type { MetricsQuery, ReportedFile, SampleBatch, Series } from '../../contract/shapes.ts';
import { ROLE, type Answered, type CallName, type Calls, type WorkerData } from './calls.ts';
import type { ExportAsk, ExportPart, ExportPlace } from './export.ts';
import type { HistoryAsk, HistoryPart } from './history.ts';
import {
  BadBatch,
  type Beginnings,
  MetricsFailed,
  type Kept,
  type Latest,
  type Measured,
  type Metrics,
  type Reported,
} from './metrics.ts';
import { seriesOf } from './series.ts';

/** How long a call may take, its wait for others included; opening a file may bring its schema forward. */
const DEADLINE_MS = 30_000;
const OPENING_DEADLINE_MS = 120_000;

export interface OpenOptions {
  /** The database, made where there is none; its folder must be there. */
  file: string;
  /** The program of the thread: `worker.ts`, or what it is bundled into. */
  worker: URL;
  deadlineMs?: number;
}

/** Opens the store in a thread of its own. Rejects with `MetricsFailed` where the file can't be opened. */
export async function openMetrics(options: OpenOptions): Promise<Metrics> {
  const client = new Client(options);
  try {
    await client.opened;
  } catch (error) {
    await client.abandon();
    throw error;
  }
  return client;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

class Client implements Metrics {
  readonly opened: Promise<void>;
  readonly #worker: Worker;
  readonly #deadlineMs: number;
  readonly #pending = new Map<number, Pending>();
  readonly #exited: Promise<void>;
  #nextId = 1;
  #closed: MetricsFailed | null = null;
  readonly #onReported: ((changes: Reported[]) => void)[] = [];
  readonly #onFailure: ((error: MetricsFailed) => void)[] = [];

  constructor({ file, worker, deadlineMs = DEADLINE_MS }: OpenOptions) {
    this.#deadlineMs = deadlineMs;
    this.#worker = new Worker(worker, {
      workerData: { role: ROLE, file } satisfies WorkerData,
      // Its own arguments, not this process's. Node 22 says of node:sqlite, in each thread, that it is experimental.
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    // The answer to call 0 is `ready`.
    this.opened = this.#expect<void>(0, OPENING_DEADLINE_MS, 'opening the metrics');
    this.#worker.on('message', (answered: Answered) => this.#take(answered));
    this.#worker.on('error', (error) => {
      this.#end(new MetricsFailed(messageOf(error), { cause: error }));
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#end(new MetricsFailed(`The metric store ended (exit code ${code}).`));
        resolve();
      });
    });
  }

  report(executionId: string, batch: SampleBatch, hints: FigureHints, once = false): Promise<Kept> {
    return this.#call('report', [executionId, batch, hints, once]);
  }

  reportRaw(executionId: string, body: Uint8Array, hints: FigureHints, attempts?: number): Promise<Kept> {
    // A view on a part of some larger memory (Node's small buffers share one) can't be handed over alone.
    const own = body.byteLength === body.buffer.byteLength && body.buffer instanceof ArrayBuffer;
    const bytes = own ? new Uint8Array(body.buffer) : new Uint8Array(body);
    return this.#call('reportRaw', [executionId, bytes, hints, attempts ?? null], [bytes.buffer]);
  }

  measure(executionId: string, attempt: number, time: number, values: readonly Measured[]): Promise<void> {
    return this.#call('measure', [executionId, attempt, time, values]);
  }

  lastBatch(executionId: string, attempt: number, writer: string): Promise<number | null> {
    return this.#call('lastBatch', [executionId, attempt, writer]);
  }

  holders(file: string, writer: string): Promise<string[]> {
    return this.#call('holders', [file, writer]);
  }

  async query(query: MetricsQuery, began?: Beginnings): Promise<Series[]> {
    return (await this.#call('query', [query, began])).map(seriesOf);
  }

  queryRaw(query: MetricsQuery, began?: Beginnings): Promise<Uint8Array> {
    return this.#call('queryRaw', [query, began]);
  }

  figures(executionIds: readonly string[]): Promise<string[]> {
    return this.#call('figures', [executionIds]);
  }

  exportPart(ask: ExportAsk, place: ExportPlace | null): Promise<ExportPart> {
    return this.#call('exportPart', [ask, place]);
  }

  latest(executionIds: readonly string[]): Promise<Latest[]> {
    return this.#call('latest', [executionIds]);
  }

  history(ask: HistoryAsk): Promise<HistoryPart> {
    return this.#call('history', [ask]);
  }

  summary(executionId: string, attempt: number): Promise<Reported> {
    return this.#call('summary', [executionId, attempt]);
  }

  files(executionId: string): Promise<(ReportedFile & { attempt: number })[]> {
    return this.#call('files', [executionId]);
  }

  onReported(listener: (changes: Reported[]) => void): void {
    this.#onReported.push(listener);
  }

  onFailure(listener: (error: MetricsFailed) => void): void {
    this.#onFailure.push(listener);
  }

  remove(executionId: string): Promise<void> {
    return this.#call('remove', [executionId]);
  }

  async close(): Promise<void> {
    if (this.#closed === null) {
      const closing = this.#call('close', []);
      this.#closed = new MetricsFailed('The metric store was closed.');
      try {
        await closing;
      } catch (error) {
        await this.abandon();
        throw error;
      }
    }
    await this.#exited;
  }

  /** Ends the thread without asking it. */
  async abandon(): Promise<void> {
    await this.#worker.terminate();
  }

  #call<N extends CallName>(
    call: N,
    args: Parameters<Calls[N]>,
    handedOver: readonly ArrayBuffer[] = [],
  ): Promise<ReturnType<Calls[N]>> {
    if (this.#closed !== null) return Promise.reject(this.#closed);
    const id = this.#nextId++;
    const answer = this.#expect<ReturnType<Calls[N]>>(id, this.#deadlineMs, call);
    this.#worker.postMessage({ id, call, args }, handedOver);
    return answer;
  }

  #expect<T>(id: number, deadlineMs: number, what: string): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new MetricsFailed(`The metric store gave no answer within ${deadlineMs / 1000} s (${what}).`));
      }, deadlineMs);
      // The worker answers to what it was asked.
      this.#pending.set(id, { resolve: (value) => resolve(value as T), reject, timer });
    });
  }

  #take(answered: Answered): void {
    switch (answered.kind) {
      case 'reported':
        for (const listener of this.#onReported) listener(answered.changes);
        return;
      case 'ready':
        return this.#settle(0)?.resolve(undefined);
      case 'ok':
        return this.#settle(answered.id)?.resolve(answered.value);
      case 'bad batch':
        return this.#settle(answered.id)?.reject(new BadBatch(answered.field, answered.problem));
      case 'failed':
        return this.#settle(answered.id)?.reject(new MetricsFailed(answered.message));
    }
  }

  /** What waits for the answer to a call; nothing where its deadline passed. */
  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    clearTimeout(pending?.timer);
    return pending;
  }

  #end(error: MetricsFailed): void {
    const first = this.#closed === null;
    this.#closed ??= error;
    for (const id of this.#pending.keys()) this.#settle(id)?.reject(error);
    if (first) for (const listener of this.#onFailure) listener(error);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
