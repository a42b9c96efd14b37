/** What the rest of the server asks of the metric store. It lives in a worker thread with a database of its own. */
import type { FigureHints, SystemFigure } from '../../contract/figures.ts';
import type {
  MetricsQuery,
  Progress,
  ReportedFile,
  SampleBatch,
  Series,
  SummaryLine,
} from '../../contract/shapes.ts';

import type { ExportAsk, ExportPart, ExportPlace } from './export.ts';
import type { HistoryAsk, HistoryPart } from './history.ts';

/** When attempts began, in milliseconds since 1970, by execution: the first one's, the second's ...; null where that isn't known. */
export type Beginnings = Readonly<Record<string, readonly (number | null)[]>>;

/** What a batch, or several within a moment, changed of a run. */
export interface Reported {
  executionId: string;
  attempt: number;
  summary: SummaryLine[];
  progress: Progress | null;
}

/** A value of a line that no training logs. */
export interface Measured {
  figure: SystemFigure;
  legend: string;
  y: number;
}

/** The last value of a line of an execution, of its latest attempt that has the line. */
export interface Latest {
  executionId: string;
  figure: string;
  legend: string;
  y: number;
  /** Null where its sample has none. */
  step: number | null;
  epoch: number | null;
  time: number;
}

/** What became of a batch: how many samples it had, and whether it had been kept before. */
export interface Kept {
  accepted: number;
  repeated: boolean;
}

/** Any call may reject with `MetricsFailed`; none is left without an answer. */
export interface Metrics {
  /**
   * Keeps a batch, checked already or from a spool. Durable against kill -9 when it resolves; the same batch again is `repeated` and
   * changes nothing. Rejects with `BadBatch`, and then nothing of the batch is kept.
   * @param once samples that are there already, in step, time and value, are passed over
   */
  report(executionId: string, batch: SampleBatch, hints: FigureHints, once?: boolean): Promise<Kept>;
  /**
   * The same for the JSON of a `SampleBatch` as it came over the wire: parsed and checked in the worker, never in the caller's
   * thread. `body` is handed over (its memory may be moved to the worker): the caller doesn't touch it again. A batch of an attempt
   * above `attempts` is refused.
   */
  reportRaw(executionId: string, body: Uint8Array, hints: FigureHints, attempts?: number): Promise<Kept>;
  /** Keeps what was measured of an attempt from outside, a value a line, in no summary and without news. Durable against kill -9 when it resolves. */
  measure(executionId: string, attempt: number, time: number, values: readonly Measured[]): Promise<void>;
  /** The highest batch number kept of a writer ("" where batches are plain numbers), or null. */
  lastBatch(executionId: string, attempt: number, writer: string): Promise<number | null>;
  /** Executions that made this file known, or that have batches of this writer. */
  holders(file: string, writer: string): Promise<string[]>;
  /**
   * Lines of the attempt asked for, else of the latest that has any, of each execution; an unknown execution has none.
   * @param began for relative times; an attempt that isn't told of began with its first sample
   */
  query(query: MetricsQuery, began?: Beginnings): Promise<Series[]>;
  /** The same, as the bytes of `{"series": [...]}`: written in the worker, so that a reply costs this thread nothing. */
  queryRaw(query: MetricsQuery, began?: Beginnings): Promise<Uint8Array>;
  /** Names of the figures that any attempt of these has. */
  figures(executionIds: readonly string[]): Promise<string[]>;
  /** The next samples of an export, as text: from where the part before ended, null for the first. Parts may be asked for at leisure. */
  exportPart(ask: ExportAsk, place: ExportPlace | null): Promise<ExportPart>;
  /** The last values of all lines that these executions logged, what was measured from outside left out. */
  latest(executionIds: readonly string[]): Promise<Latest[]>;
  /** A stretch of one line's samples, in the order in which they came, over all attempts. */
  history(ask: HistoryAsk): Promise<HistoryPart>;
  /** Summary and progress as they are now, for the attempt. */
  summary(executionId: string, attempt: number): Promise<Reported>;
  /** Every file made known, once per attempt, kind and path (a checkpoint's last two reports), in the order of their times. */
  files(executionId: string): Promise<(ReportedFile & { attempt: number })[]>;
  /** Called at most every 250 ms a run, with what is new; what came last is always told. */
  onReported(listener: (changes: Reported[]) => void): void;
  /** Called once if the worker ends before `close`; every call, pending and to come, rejects with the same error. */
  onFailure(listener: (error: MetricsFailed) => void): void;
  remove(executionId: string): Promise<void>;
  close(): Promise<void>;
}

/** A batch that isn't what the contract says: 400. `field` is where, as in "samples[3].y", or "" for the whole. */
export class BadBatch extends Error {
  override readonly name = 'BadBatch';
  readonly field: string;
  readonly problem: string;

  constructor(field: string, problem: string) {
    super(field === '' ? problem : `${field} ${problem}`);
    this.field = field;
    this.problem = problem;
  }
}

/** The store couldn't do it: the disk is full, the file is damaged, the worker is gone, a deadline passed, or it was closed. */
export class MetricsFailed extends Error {
  override readonly name = 'MetricsFailed';
}
