/**
 * Where the samples of lines are kept. A line is a row of chunks of some thousand samples in the order in which they came, and a tail
 * that becomes the next chunk. A full chunk is written once, with a rollup of its samples by each axis; every four rollups of one
 * height make one of the next. Nothing written is changed again, since a rollup is right whatever order samples come in: a late sample
 * is simply in a chunk whose x overlaps with others.
 *
 * The tail is in memory and, part by part, in the database. Where a transaction fails, memory may be ahead of the database: the caller
 * forgets the lines and loads them again.
 */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Direction } from '../../contract/figures.ts';
import type { LineColumns } from './columns.ts';
import { addToState, newState, ORDINAL, packState, unpackState, type Axis, type LineState } from './line.ts';
import { pack, packedCount, unpack } from './pack.ts';
import {
  condense,
  condensePoints,
  packBuckets,
  reachOf,
  unpackBuckets,
  type Buckets,
  type Rollup,
} from './rollup.ts';
import { bytesOf, numberOf, textOf } from './schema.ts';

/** The measures of a file; they never change for it. */
export interface Layout {
  /** Samples in a chunk. */
  chunk: number;
  /** Most buckets in a rollup. */
  buckets: number;
  /** Rollups of one height in one of the next. */
  fan: number;
}

/**
 * Some 32 samples to the finest bucket: rollups take a third of the space of samples, and a window too narrow for them has at most
 * some 64,000 samples to read for 1,000 places.
 */
export const LAYOUT: Layout = { chunk: 4096, buckets: 128, fan: 4 };

/** A tail of more parts is written anew as one: a line that grows sample by sample stays quick to read. */
const MOST_PARTS = 64;

export interface Line {
  id: number;
  figure: string;
  legend: string;
  state: LineState;
  /** null until something needs it. */
  tail: Tail | null;
}

/** Columns that grow; the index of a column of x is its axis. */
export interface Tail {
  columns: [epoch: Float64Array, step: Float64Array, time: Float64Array, y: Float64Array];
  length: number;
}
export const Y = 3;

/** Columns of samples, for reading; what a sample lacks is NaN. */
export type Samples = Readonly<Record<'epoch' | 'step' | 'time' | 'y', Float64Array>> & { length: number };

/** A rollup as it is kept: it is unpacked where it is needed. */
export interface KeptRollup extends Omit<Rollup, 'buckets'> {
  number: number;
  /** The least and greatest x in it. */
  reach: [least: number, greatest: number];
  buckets(): Buckets;
}

export class Lines {
  /** Samples that tails in memory have room for, 32 bytes each. */
  held = 0;
  readonly layout: Layout;
  readonly #sql: Record<
    | 'all'
    | 'insert'
    | 'update'
    | 'addPart'
    | 'parts'
    | 'dropParts'
    | 'addChunk'
    | 'chunk'
    | 'addRollup'
    | 'rollups',
    StatementSync
  >;

  constructor(db: DatabaseSync, layout: Layout) {
    this.layout = layout;
    this.#sql = {
      all: db.prepare('SELECT id, figure, legend, state FROM lines WHERE attempt = ? ORDER BY id'),
      insert: db.prepare('INSERT INTO lines (attempt, figure, legend, state) VALUES (?, ?, ?, ?)'),
      update: db.prepare('UPDATE lines SET state = ? WHERE id = ?'),
      addPart: db.prepare('INSERT INTO parts (line, number, data) VALUES (?, ?, ?)'),
      parts: db.prepare('SELECT data FROM parts WHERE line = ? ORDER BY number'),
      dropParts: db.prepare('DELETE FROM parts WHERE line = ?'),
      addChunk: db.prepare('INSERT INTO chunks (line, number, data) VALUES (?, ?, ?)'),
      chunk: db.prepare('SELECT data FROM chunks WHERE line = ? AND number = ?'),
      addRollup: db.prepare(
        'INSERT INTO rollups (line, axis, height, number, level, data) VALUES (?, ?, ?, ?, ?, ?)',
      ),
      rollups: db.prepare(
        'SELECT number, level, data FROM rollups WHERE line = ? AND axis = ? AND height = ? AND number BETWEEN ? AND ? ORDER BY number',
      ),
    };
  }

  /** The lines of an attempt, in the order in which they first came. */
  load(attempt: number): Line[] {
    return this.#sql.all.all(attempt).map((row) => ({
      id: numberOf(row['id']),
      figure: textOf(row['figure']),
      legend: textOf(row['legend']),
      state: unpackState(bytesOf(row['state'])),
      tail: null,
    }));
  }

  create(attempt: number, figure: string, legend: string): Line {
    const state = newState();
    const { lastInsertRowid } = this.#sql.insert.run(attempt, figure, legend, packState(state));
    return { id: Number(lastInsertRowid), figure, legend, state, tail: { columns: empty(0), length: 0 } };
  }

  /** Adds samples, within the caller's transaction. */
  append(line: Line, columns: LineColumns, direction: Direction | null): void {
    const { state } = line;
    const { chunk } = this.layout;
    const tail = this.tail(line);
    addToState(state, columns, direction);
    this.#extend(tail, [columns.epoch, columns.step, columns.time, columns.y]);
    if (tail.length >= chunk) {
      let start = 0;
      for (; tail.length - start >= chunk; start += chunk) this.#seal(line, tail, start);
      this.#dropFront(tail, start);
      this.#rewriteParts(line, tail);
    } else if (state.nextPart === MOST_PARTS) {
      this.#rewriteParts(line, tail);
    } else {
      const { epoch, step, time, y } = columns;
      this.#sql.addPart.run(line.id, state.nextPart++, pack([epoch, step, time, y], 0, y.length));
    }
    this.#sql.update.run(packState(state), line.id);
  }

  #rewriteParts(line: Line, tail: Tail): void {
    this.#sql.dropParts.run(line.id);
    line.state.nextPart = 0;
    if (tail.length > 0)
      this.#sql.addPart.run(line.id, line.state.nextPart++, pack(tail.columns, 0, tail.length));
  }

  /** Writes a chunk of the tail, and every rollup that it completes. */
  #seal(line: Line, tail: Tail, start: number): void {
    const { chunk, fan } = this.layout;
    const number = line.state.chunks++;
    this.#sql.addChunk.run(line.id, number, pack(tail.columns, start, chunk));
    const y = tail.columns[Y].subarray(start, start + chunk);
    const { epochs, steps } = line.state;
    for (const axis of [0, 1, 2, 3] as const) {
      if (axis === ORDINAL && (epochs > 0 || steps > 0)) continue;
      const x = axis === ORDINAL ? this.#ordinals(number) : tail.columns[axis].subarray(start, start + chunk);
      const rollup = condensePoints(x, y, this.layout.buckets);
      if (rollup !== null) this.#addRollup(line, axis, 0, number, rollup);
      let height = 1;
      for (let span = fan; (number + 1) % span === 0; span *= fan, height++) {
        const parent = (number + 1) / span - 1;
        const children = this.#sql.rollups
          .all(line.id, axis, height - 1, parent * fan, parent * fan + fan - 1)
          .map(rollupOf);
        if (children.length > 0)
          this.#addRollup(line, axis, height, parent, condense(children, this.layout.buckets));
      }
    }
  }

  #addRollup(line: Line, axis: Axis, height: number, number: number, { level, buckets }: Rollup): void {
    this.#sql.addRollup.run(line.id, axis, height, number, level, packBuckets(buckets));
  }

  /** The samples that aren't in a chunk yet. */
  tail(line: Line): Tail {
    if (line.tail !== null) return line.tail;
    const tail: Tail = { columns: empty(0), length: 0 };
    for (const row of this.#sql.parts.all(line.id)) {
      const bytes = bytesOf(row['data']);
      this.#extend(tail, [unpack(bytes, 0), unpack(bytes, 1), unpack(bytes, 2), unpack(bytes, Y)]);
    }
    line.tail = tail;
    return tail;
  }

  /** Lets the tail go from memory; it is in the database. */
  release(line: Line): void {
    this.held -= line.tail?.columns[Y].length ?? 0;
    line.tail = null;
  }

  #extend(tail: Tail, added: Tail['columns']): void {
    const length = tail.length + added[Y].length;
    const room = tail.columns[Y].length;
    if (length > room) this.#resize(tail, Math.max(length, Math.min(2 * room, this.layout.chunk)), 0);
    tail.columns.forEach((column, c) => column.set(added[c]!, tail.length));
    tail.length = length;
  }

  #dropFront(tail: Tail, count: number): void {
    this.#resize(tail, Math.max(tail.length - count, this.layout.chunk), count);
    tail.length -= count;
  }

  #resize(tail: Tail, room: number, start: number): void {
    const columns = empty(room);
    columns.forEach((column, c) => column.set(tail.columns[c]!.subarray(start, tail.length)));
    this.held += room - tail.columns[Y].length;
    tail.columns = columns;
  }

  /** Rollups of `fan ** height` chunks each, those that have samples on the axis. */
  rollups(line: Line, axis: Axis, height: number, first: number, count: number): KeptRollup[] {
    return this.#sql.rollups.all(line.id, axis, height, first, first + count - 1).map((row) => {
      const bytes = bytesOf(row['data']);
      return {
        number: numberOf(row['number']),
        level: numberOf(row['level']),
        reach: reachOf(bytes),
        buckets: () => unpackBuckets(bytes),
      };
    });
  }

  /** All of a chunk's samples, in the order in which they came. The tail counts as the last chunk. */
  samples(line: Line, number: number): Samples {
    if (number === line.state.chunks) {
      const { columns, length } = this.tail(line);
      const [epoch, step, time, y] = columns;
      return { epoch, step, time, y, length };
    }
    const bytes = this.#packed(line, number);
    const [epoch, step, time, y] = [0, 1, 2, Y].map((column) => unpack(bytes, column));
    return { epoch: epoch!, step: step!, time: time!, y: y!, length: this.layout.chunk };
  }

  #packed(line: Line, number: number): Uint8Array {
    const bytes = bytesOf(this.#sql.chunk.get(line.id, number)?.['data']);
    if (packedCount(bytes) !== this.layout.chunk)
      throw new Error(`chunk ${number} of line ${line.id} is damaged`);
    return bytes;
  }

  /** x and y of a chunk's samples, in the order in which they came; x is NaN for those that aren't on the axis. */
  chunk(line: Line, axis: Axis, number: number): { x: Float64Array; y: Float64Array } {
    const bytes = this.#packed(line, number);
    return { x: axis === ORDINAL ? this.#ordinals(number) : unpack(bytes, axis), y: unpack(bytes, Y) };
  }

  #ordinals(number: number): Float64Array {
    const x = new Float64Array(this.layout.chunk);
    for (let i = 0; i < x.length; i++) x[i] = number * x.length + i + 1;
    return x;
  }

  /** The same of the tail. */
  tailPoints(line: Line, axis: Axis): { x: Float64Array; y: Float64Array } {
    const { columns, length } = this.tail(line);
    const x = axis === ORDINAL ? this.#ordinals(line.state.chunks) : columns[axis];
    return { x: x.subarray(0, length), y: columns[Y].subarray(0, length) };
  }
}

const rollupOf = (row: Record<string, SQLOutputValue>): Rollup => ({
  level: numberOf(row['level']),
  buckets: unpackBuckets(bytesOf(row['data'])),
});

const empty = (length: number): Tail['columns'] => [
  new Float64Array(length),
  new Float64Array(length),
  new Float64Array(length),
  new Float64Array(length),
];
