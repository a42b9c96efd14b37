/**
 * The metric store itself: synchronous, one connection, for one thread (`thread.ts`). A batch is one transaction; a batch seen before
 * changes nothing.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { directionOf, isSystemFigure, type FigureHints } from '../../contract/figures.ts';
import { Progress, ReportedFile, type MetricsQuery, type XAxis } from '../../contract/shapes.ts';
import type { Batch } from './columns.ts';
import { LAYOUT, Lines, type Layout, type Line, type Samples } from './lines.ts';
import { EPOCH, ORDINAL, orNull, STEP, summaryOf, TIME, unpackState, type Axis } from './line.ts';
import type { Beginnings, Kept, Latest, Measured, Reported } from './metrics.ts';
import type { Buckets } from './rollup.ts';
import { bytesOf, numberOf, openDatabase, textOf } from './schema.ts';
import { unseen } from './unseen.ts';
import { readWindow } from './window.ts';
import type { Space } from '../store/space.ts';

/** A line of an answer, still as typed columns. */
export interface Answer {
  executionId: string;
  attempt: number;
  figure: string;
  legend: string;
  axis: XAxis;
  /** What x is counted from. */
  origin: number;
  places: Buckets;
}

/** What is held in memory of an attempt: its lines by figure and legend. */
interface Attempt {
  id: number;
  lines: Map<string, Map<string, Line>>;
}

/** Samples held in memory, of tails, beyond which attempts that weren't asked for lately are let go (32 bytes each). */
const MOST_HELD = 2_000_000;
const MOST_ATTEMPTS = 256;

/** Reports that are kept of one path: of a checkpoint two, since the last may have no copy where the one before has. */
const REPORTS_KEPT: Readonly<Record<ReportedFile['kind'], number>> = { checkpoint: 2, artifact: 1 };
/** Files of a kind that are kept of an attempt, the newest: one that makes a name of every step has no end of them. */
const MOST_FILES = 10_000;

export class MetricStore {
  readonly #db: DatabaseSync;
  readonly #space: Space;
  readonly #lines: Lines;
  /** Least recently used first. */
  readonly #attempts = new Map<string, Attempt>();
  readonly #sql: Record<
    | 'attempt'
    | 'addAttempt'
    | 'latest'
    | 'attempts'
    | 'figures'
    | 'latestValues'
    | 'addBatch'
    | 'lastBatch'
    | 'holders'
    | 'progress'
    | 'setProgress'
    | 'addFile'
    | 'dropReports'
    | 'dropFiles'
    | 'files',
    StatementSync
  >;
  readonly #removals: StatementSync[];

  /** Opens the file, making it where there is none. Throws where it is damaged or a newer Trainyard wrote it. */
  constructor(file: string, layout: Layout = LAYOUT) {
    const { db, space } = openDatabase(file);
    this.#db = db;
    this.#space = space;
    this.#lines = new Lines(db, layout);
    this.#sql = {
      attempt: db.prepare('SELECT id FROM attempts WHERE execution = ? AND attempt = ?'),
      addAttempt: db.prepare('INSERT INTO attempts (execution, attempt) VALUES (?, ?)'),
      latest: db.prepare(
        `SELECT attempt FROM attempts WHERE execution = $execution AND EXISTS (
           SELECT 1 FROM lines WHERE lines.attempt = attempts.id AND ($measured OR figure NOT LIKE 'system/%'))
         ORDER BY attempt DESC LIMIT 1`,
      ),
      attempts: db.prepare('SELECT id, attempt FROM attempts WHERE execution = ? ORDER BY attempt'),
      figures: db.prepare(
        `SELECT DISTINCT figure FROM lines JOIN attempts ON attempts.id = lines.attempt WHERE execution = ?`,
      ),
      // The latest attempt that has a line comes last.
      latestValues: db.prepare(
        `SELECT execution, figure, legend, state
         FROM json_each(?) AS asked JOIN attempts ON attempts.execution = asked.value JOIN lines ON lines.attempt = attempts.id
         WHERE figure NOT LIKE 'system/%' ORDER BY asked.key, attempts.attempt, lines.id`,
      ),
      addBatch: db.prepare('INSERT OR IGNORE INTO batches (attempt, writer, number) VALUES (?, ?, ?)'),
      lastBatch: db.prepare('SELECT max(number) AS number FROM batches WHERE attempt = ? AND writer = ?'),
      // Looked up an attempt at a time: there are few of them, and very many batches.
      holders: db.prepare(
        `SELECT DISTINCT execution FROM attempts
         WHERE EXISTS (SELECT 1 FROM files WHERE files.attempt = attempts.id AND kind = 'artifact' AND path = ?)
           OR EXISTS (SELECT 1 FROM batches WHERE batches.attempt = attempts.id AND writer = ?)`,
      ),
      progress: db.prepare('SELECT progress FROM attempts WHERE id = ?'),
      // A batch that is late by its number doesn't set progress back.
      setProgress: db.prepare(
        `UPDATE attempts SET progress = ?, progress_writer = ?, progress_batch = ?
         WHERE id = ? AND NOT (progress_writer IS ? AND progress_batch > ?)`,
      ),
      addFile: db.prepare(
        `INSERT INTO files (attempt, kind, path, time, copy, size, changed) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET copy = excluded.copy, size = excluded.size, changed = excluded.changed`,
      ),
      dropReports: db.prepare(
        `DELETE FROM files WHERE attempt = $attempt AND kind = $kind AND path = $path AND time <
           (SELECT time FROM files WHERE attempt = $attempt AND kind = $kind AND path = $path
            ORDER BY time DESC LIMIT 1 OFFSET $kept - 1)`,
      ),
      dropFiles: db.prepare(
        `DELETE FROM files WHERE attempt = $attempt AND kind = $kind AND time <
           (SELECT time FROM files WHERE attempt = $attempt AND kind = $kind ORDER BY time DESC LIMIT 1 OFFSET $kept - 1)`,
      ),
      files: db.prepare(
        `SELECT kind, path, time, copy, size, changed, attempts.attempt AS attempt
         FROM files JOIN attempts ON attempts.id = files.attempt
         WHERE execution = ? ORDER BY time, attempts.attempt, path`,
      ),
    };
    const ofLines = 'line IN (SELECT id FROM lines WHERE attempt = ?)';
    this.#removals = [
      ...['chunks', 'parts', 'rollups'].map((table) => `DELETE FROM ${table} WHERE ${ofLines}`),
      ...['lines', 'batches', 'files'].map((table) => `DELETE FROM ${table} WHERE attempt = ?`),
      'DELETE FROM attempts WHERE id = ?',
    ].map((sql) => db.prepare(sql));
  }

  /**
   * Keeps a batch; when it returns, the batch survives a kill -9. What it throws leaves everything as it was.
   * @param once samples that are there already are passed over
   */
  report(executionId: string, batch: Batch, hints: FigureHints, once = false): Kept {
    return this.#transaction(() => {
      const attempt =
        this.#attempt(executionId, batch.attempt) ?? this.#addAttempt(executionId, batch.attempt);
      const { writer, number, samples, progress, files } = batch;
      if (this.#sql.addBatch.run(attempt.id, writer, number).changes === 0) {
        return { accepted: samples, repeated: true };
      }
      for (const columns of batch.lines) {
        const line = this.#line(attempt, columns.figure, columns.legend);
        const added = once ? unseen(line, columns, (of, chunk) => this.#lines.samples(of, chunk)) : columns;
        if (added.y.length > 0) this.#lines.append(line, added, directionOf(columns.figure, hints));
      }
      if (progress !== null) {
        this.#sql.setProgress.run(JSON.stringify(progress), writer, number, attempt.id, writer, number);
      }
      for (const file of files) this.#addFile(attempt.id, file);
      for (const kind of new Set(files.map((file) => file.kind))) {
        this.#sql.dropFiles.run({ attempt: attempt.id, kind, kept: MOST_FILES });
      }
      return { accepted: samples, repeated: false };
    });
  }

  /** Keeps values that were measured from outside, as a sample each. */
  measure(executionId: string, attempt: number, time: number, values: readonly Measured[]): void {
    this.#transaction(() => {
      const held = this.#attempt(executionId, attempt) ?? this.#addAttempt(executionId, attempt);
      const none = Float64Array.of(NaN);
      for (const { figure, legend, y } of values) {
        const columns = { epoch: none, step: none, time: Float64Array.of(time), y: Float64Array.of(y) };
        this.#lines.append(this.#line(held, figure, legend), { figure, legend, ...columns }, null);
      }
    });
  }

  lastBatch(executionId: string, attempt: number, writer: string): number | null {
    const id = this.#attempt(executionId, attempt)?.id;
    const number = id === undefined ? null : this.#sql.lastBatch.get(id, writer)?.['number'];
    return number === null ? null : numberOf(number);
  }

  holders(file: string, writer: string): string[] {
    return this.#sql.holders.all(file, writer).map((row) => String(row['execution']));
  }

  /** See `Metrics.query`; `axisOf` says what x is where samples lack an epoch or a step. */
  query(query: MetricsQuery, began: Beginnings = {}): Answer[] {
    const { executions, figures, axis, from = -Infinity, to = Infinity, points } = query;
    const wanted = figures === undefined ? null : new Set(figures);
    const measured = figures?.some(isSystemFigure) ?? false;
    const answers: Answer[] = [];
    for (const executionId of new Set(executions)) {
      const attempt = query.attempt ?? this.#latest(executionId, measured);
      if (attempt === null) continue;
      const held = this.#attempt(executionId, attempt);
      if (held === undefined) continue;
      const origin = axis === 'relative' ? (began[executionId]?.[attempt - 1] ?? firstTime(held)) : 0;
      for (const [figure, legends] of held.lines) {
        if (wanted === null ? isSystemFigure(figure) : !wanted.has(figure)) continue;
        const own = axisOf(axis, figure, [...legends.values()]);
        const window = { from: origin + from, to: origin + to };
        for (const [legend, line] of legends) {
          const places = readWindow(this.#lines, line, COLUMNS[own], window, points);
          answers.push({ executionId, attempt, figure, legend, axis: own, origin, places });
        }
      }
    }
    return answers;
  }

  /** See `export.ts`. */
  *linesOf(executionId: string): Iterable<{ attempt: number; line: Line }> {
    for (const row of this.#sql.attempts.all(executionId)) {
      const attempt = numberOf(row['attempt']);
      const held = this.#attempt(executionId, attempt);
      const lines = held === undefined ? [] : linesOf(held);
      for (const line of lines.toSorted((a, b) => a.id - b.id)) yield { attempt, line };
    }
  }

  /** Names of figures, of all attempts. */
  figures(executionId: string): string[] {
    return this.#sql.figures.all(executionId).map((row) => textOf(row['figure']));
  }

  /** See `Metrics.latest`. */
  latest(executionIds: readonly string[]): Latest[] {
    const found = new Map<string, Latest>();
    for (const row of this.#sql.latestValues.iterate(JSON.stringify(executionIds))) {
      const [executionId, figure, legend] = [row['execution'], row['figure'], row['legend']].map(textOf);
      const state = unpackState(bytesOf(row['state']));
      found.set(JSON.stringify([executionId, figure, legend]), {
        executionId: executionId!,
        figure: figure!,
        legend: legend!,
        y: state.last,
        step: orNull(state.lastStep),
        epoch: orNull(state.lastEpoch),
        time: state.lastTime,
      });
    }
    return [...found.values()];
  }

  samples(line: Line, chunk: number): Samples {
    return this.#lines.samples(line, chunk);
  }

  summary(executionId: string, attempt: number): Reported {
    const held = this.#attempt(executionId, attempt);
    const lines = (held === undefined ? [] : linesOf(held)).filter(({ figure }) => !isSystemFigure(figure));
    const progress = held === undefined ? null : this.#sql.progress.get(held.id)?.['progress'];
    return {
      executionId,
      attempt,
      summary: lines.map(({ figure, legend, state }) => summaryOf(figure, legend, state)),
      progress: typeof progress === 'string' ? Progress.parse(JSON.parse(progress)) : null,
    };
  }

  files(executionId: string): (ReportedFile & { attempt: number })[] {
    return this.#sql.files.all(executionId).map(({ attempt, ...row }) => {
      const known = Object.entries(row).filter(([, value]) => value !== null);
      return { ...ReportedFile.parse(Object.fromEntries(known)), attempt: numberOf(attempt) };
    });
  }

  remove(executionId: string): void {
    this.#transaction(() => {
      for (const row of this.#sql.attempts.all(executionId)) {
        for (const removal of this.#removals) removal.run(numberOf(row['id']));
      }
      this.#forget();
    });
    this.#space.free();
  }

  close(): void {
    this.#space.end();
    this.#db.close();
  }

  /** The latest attempt that has lines, those that were measured from outside included or not. */
  #latest(executionId: string, measured: boolean): number | null {
    const latest = this.#sql.latest.get({ execution: executionId, measured: measured ? 1 : 0 })?.['attempt'];
    return latest === undefined ? null : numberOf(latest);
  }

  #attempt(executionId: string, attempt: number): Attempt | undefined {
    const key = keyOf(executionId, attempt);
    let held = this.#attempts.get(key);
    if (held === undefined) {
      const row = this.#sql.attempt.get(executionId, attempt);
      if (row === undefined) return undefined;
      held = { id: numberOf(row['id']), lines: new Map() };
      for (const line of this.#lines.load(held.id)) hold(held, line);
    }
    this.#attempts.delete(key);
    this.#attempts.set(key, held);
    this.#letGo(held);
    return held;
  }

  #addAttempt(executionId: string, attempt: number): Attempt {
    const { lastInsertRowid } = this.#sql.addAttempt.run(executionId, attempt);
    const held: Attempt = { id: Number(lastInsertRowid), lines: new Map() };
    this.#attempts.set(keyOf(executionId, attempt), held);
    return held;
  }

  #addFile(attempt: number, { kind, path, time, copy, size, changed }: ReportedFile): void {
    this.#sql.addFile.run(attempt, kind, path, time, copy ?? null, size ?? null, changed ?? null);
    this.#sql.dropReports.run({ attempt, kind, path, kept: REPORTS_KEPT[kind] });
  }

  #line(attempt: Attempt, figure: string, legend: string): Line {
    const known = attempt.lines.get(figure)?.get(legend);
    if (known !== undefined) return known;
    const line = this.#lines.create(attempt.id, figure, legend);
    hold(attempt, line);
    return line;
  }

  /** Lets the attempts go that were not asked for lately. */
  #letGo(inUse: Attempt): void {
    for (const [key, attempt] of this.#attempts) {
      const enough = this.#lines.held <= MOST_HELD && this.#attempts.size <= MOST_ATTEMPTS;
      if (enough || attempt === inUse) return;
      this.#attempts.delete(key);
      for (const line of linesOf(attempt)) this.#lines.release(line);
    }
  }

  #forget(): void {
    this.#attempts.clear();
    this.#lines.held = 0;
  }

  #transaction<T>(body: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = body();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      // What is in memory may be ahead of the file now: it is read again.
      this.#forget();
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }
}

const keyOf = (executionId: string, attempt: number): string => `${attempt} ${executionId}`;

const linesOf = (attempt: Attempt): Line[] =>
  [...attempt.lines.values()].flatMap((legends) => [...legends.values()]);

const firstTime = (attempt: Attempt): number =>
  Math.min(...linesOf(attempt).map(({ state }) => state.timeMin));

function hold(attempt: Attempt, line: Line): void {
  let legends = attempt.lines.get(line.figure);
  if (legends === undefined) attempt.lines.set(line.figure, (legends = new Map<string, Line>()));
  legends.set(line.legend, line);
}

/** What the store calls each axis. */
const COLUMNS: Readonly<Record<XAxis, Axis>> = {
  epoch: EPOCH,
  step: STEP,
  time: TIME,
  relative: TIME,
  sample: ORDINAL,
};

/**
 * What x is for the lines of one figure. By time: a sample's time. By epoch or step: the sample's own, and a sample without one
 * isn't on that axis. Where no sample of the figure has one, x is the other of the two; where none has either, it is the sample's
 * number in the order in which they came, from 1, and the time for what was measured from outside. The lines of a figure are judged
 * together, so that no chart mixes scales.
 */
export function axisOf(asked: MetricsQuery['axis'], figure: string, lines: readonly Line[]): XAxis {
  if (asked === 'time' || asked === 'relative') return asked;
  if (isSystemFigure(figure)) return 'time';
  const has = {
    epoch: lines.some(({ state }) => state.epochs > 0),
    step: lines.some(({ state }) => state.steps > 0),
  };
  const other = asked === 'epoch' ? 'step' : 'epoch';
  return has[asked] ? asked : has[other] ? other : 'sample';
}
