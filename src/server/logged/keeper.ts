/**
 * Takes in what trainings log to files, as they grow: those below the output folder that look like logs, and those that their project
 * names. Only what was written since the training started; a file that repeats what the training itself reports is left alone.
 */
import { stat } from 'node:fs/promises';
import type { SampleBatch } from '../../contract/shapes.ts';
import type { Engine } from '../engines/engine.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { Rounds } from '../rounds.ts';
import type { ExecutionRecord, ExecutionStore } from '../store/executions.ts';
import { LoggedFile, looksLogged } from './file.ts';
import { filesBelow, filesNamed } from './find.ts';

const LOOK_MS = 2_000;
/** Who logs the same to a file and to Trainyard does both within this time. */
const SETTLED_MS = 5_000;
/** The clock of file systems has ticks. */
const TICK_MS = 20;

interface Parts {
  executions: ExecutionStore;
  engine: Pick<Engine, 'outputDir'>;
  metrics: Pick<Metrics, 'report' | 'summary' | 'lastBatch'>;
  log: Log;
}

/** What is known of the files of one attempt. */
interface Attempt {
  /** By path. */
  files: Map<string, Found>;
  /** Sizes of files that are older than the training, by path. */
  older: Map<string, number>;
  /** Lines that came from files, by figure and legend. */
  taken: Set<string>;
}

interface Found {
  file: LoggedFile;
  /** When it was seen first. */
  at: number;
  /** Null until there is something in it. */
  isTaken: boolean | null;
}

export class LoggedFiles {
  readonly #parts: Parts;
  readonly #attempts = new Map<string, Attempt>();
  /** One look at an attempt at a time, the last of it. */
  readonly #looks = new Map<string, Promise<void>>();
  readonly #rounds: Rounds;
  /** What went wrong last: each look brings it anew. */
  readonly #troubles = new Map<string, string>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#rounds = new Rounds(() => this.#look(), LOOK_MS);
  }

  async #look(): Promise<void> {
    const { executions, metrics } = this.#parts;
    const running = executions.running();
    const names = new Set(running.map(nameOf));
    for (const name of this.#attempts.keys()) if (!names.has(name)) this.#attempts.delete(name);
    for (const record of running) {
      if (this.#rounds.ended) return;
      try {
        const hints = executions.submission(record.id).figures ?? {};
        for await (const batch of this.#alone(record, false)) await metrics.report(record.id, batch, hints);
        this.#troubles.delete(record.id);
      } catch (error) {
        this.#trouble(record.id, error);
      }
    }
  }

  /** What is left of an attempt that is over, in batches for the store. */
  async *rest(id: string, attempt: number): AsyncIterable<SampleBatch> {
    const record = this.#parts.executions.get(id);
    if (record === null || record.attempt !== attempt) return;
    yield* this.#alone(record, true);
    this.#attempts.delete(nameOf(record));
    this.#troubles.delete(id);
  }

  async *#alone(record: ExecutionRecord, over: boolean): AsyncIterable<SampleBatch> {
    const name = nameOf(record);
    const before = this.#looks.get(name);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#looks.set(name, promise);
    try {
      await before;
      yield* this.#batches(record, over);
    } finally {
      if (this.#looks.get(name) === promise) this.#looks.delete(name);
      resolve();
    }
  }

  async *#batches(record: ExecutionRecord, over: boolean): AsyncIterable<SampleBatch> {
    const { metrics } = this.#parts;
    const name = nameOf(record);
    const attempt: Attempt = this.#attempts.get(name) ?? {
      files: new Map(),
      older: new Map(),
      taken: new Set(),
    };
    this.#attempts.set(name, attempt);
    await this.#find(record, attempt);
    for (const found of attempt.files.values()) {
      const { file } = found;
      if (found.isTaken === false || file.isLog === false) continue;
      const lastOf = (writer: string): Promise<number | null> =>
        metrics.lastBatch(record.id, record.attempt, writer);
      // One that was taken before the backend was restarted goes on to be.
      if (found.isTaken === null && (await file.begin(lastOf)) > 0) found.isTaken = true;
      if (found.isTaken === null && !over && performance.now() - found.at < SETTLED_MS) continue;
      for await (const batch of file.batches(record.attempt, over)) {
        const lines = new Set(batch.samples.map(lineOf));
        if (lines.size > 0) found.isTaken ??= !(await this.#reports(record, attempt, lines));
        if (found.isTaken === false) break;
        for (const line of lines) attempt.taken.add(line);
        yield batch;
      }
    }
  }

  /** Whether the training itself reports one of these lines. */
  async #reports(record: ExecutionRecord, attempt: Attempt, lines: ReadonlySet<string>): Promise<boolean> {
    const { summary } = await this.#parts.metrics.summary(record.id, record.attempt);
    return summary.map(lineOf).some((line) => lines.has(line) && !attempt.taken.has(line));
  }

  /** Looks for files, and remembers those that are new. */
  async #find(record: ExecutionRecord, attempt: Attempt): Promise<void> {
    const { executions, engine } = this.#parts;
    const add = (file: string, from: number): void => {
      attempt.files.set(file, { file: new LoggedFile(file, from), at: performance.now(), isTaken: null });
    };
    for (const file of await filesBelow(engine.outputDir(record.id, record.attempt), looksLogged))
      if (!attempt.files.has(file)) add(file, 0);
    const since = Date.parse(record.startedAt ?? record.createdAt) - TICK_MS;
    const patterns = executions.submission(record.id).architecture.logs ?? [];
    const named = await Promise.all(patterns.map((pattern) => filesNamed(record.project, pattern)));
    for (const file of named.flat()) {
      if (attempt.files.has(file)) continue;
      const now = await stat(file).catch(() => null);
      if (now === null) continue;
      if (now.mtimeMs < since) attempt.older.set(file, now.size);
      else add(file, startIn(attempt.older.get(file), now, since));
    }
  }

  #trouble(id: string, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    if (this.#troubles.get(id) !== why)
      this.#parts.log.warn(`${id}: what it logs to files can't be taken in: ${why}`);
    this.#troubles.set(id, why);
  }

  /** Resolves once nothing more is read. */
  async end(): Promise<void> {
    await this.#rounds.end();
  }
}

/**
 * Where in a file begins what the training wrote. Pure.
 * @param before its size before the training wrote to it, where that was seen
 * @param since when the training started, in milliseconds since 1970
 */
export function startIn(
  before: number | undefined,
  now: { size: number; birthtimeMs: number },
  since: number,
): number {
  const from = before ?? (now.birthtimeMs < since ? now.size : 0);
  return now.size >= from ? from : 0;
}

const lineOf = ({ figure, legend }: { figure: string; legend: string }): string => `${figure}\0${legend}`;
const nameOf = ({ id, attempt }: ExecutionRecord): string => `${id}/${attempt}`;
