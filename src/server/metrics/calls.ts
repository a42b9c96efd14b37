/** What the server's thread and the store's thread say to each other. */
import type { FigureHints } from '../../contract/figures.ts';
import type { MetricsQuery, ReportedFile, SampleBatch, XAxis } from '../../contract/shapes.ts';
import type { ExportAsk, ExportPart, ExportPlace } from './export.ts';
import type { Beginnings, Kept, Latest, Measured, Reported } from './metrics.ts';
import type { HistoryAsk, HistoryPart } from './history.ts';

/** Names the worker's role: the thread's program may be the whole server's. */
export const ROLE = 'metrics';

export interface WorkerData {
  role: typeof ROLE;
  file: string;
}

/** A line of an answer as it crosses: its columns' memory is handed over. */
export interface Columns {
  executionId: string;
  attempt: number;
  figure: string;
  legend: string;
  axis: XAxis;
  x: Float64Array;
  y: Float64Array;
  min: Float64Array;
  max: Float64Array;
  count: Float64Array;
}

export interface Calls {
  report(executionId: string, batch: SampleBatch, hints: FigureHints, once: boolean): Kept;
  reportRaw(executionId: string, body: Uint8Array, hints: FigureHints, attempts: number | null): Kept;
  measure(executionId: string, attempt: number, time: number, values: readonly Measured[]): void;
  lastBatch(executionId: string, attempt: number, writer: string): number | null;
  holders(file: string, writer: string): string[];
  query(query: MetricsQuery, began?: Beginnings): Columns[];
  queryRaw(query: MetricsQuery, began?: Beginnings): Uint8Array;
  figures(executionIds: readonly string[]): string[];
  exportPart(ask: ExportAsk, place: ExportPlace | null): ExportPart;
  latest(executionIds: readonly string[]): Latest[];
  history(ask: HistoryAsk): HistoryPart;
  summary(executionId: string, attempt: number): Reported;
  files(executionId: string): (ReportedFile & { attempt: number })[];
  remove(executionId: string): void;
  /** Tells what is still to be told and closes the file; the thread ends. */
  close(): void;
}
export type CallName = keyof Calls;

/** `id` is told back with the answer. */
export type Request = {
  [N in CallName]: { id: number; call: N; args: Parameters<Calls[N]> };
}[CallName];

export type Answered =
  | { kind: 'ready' }
  | { kind: 'ok'; id: number; value: ReturnType<Calls[CallName]> }
  | { kind: 'bad batch'; id: number; field: string; problem: string }
  | { kind: 'failed'; id: number; message: string }
  | { kind: 'reported'; changes: Reported[] };
