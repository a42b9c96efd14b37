/** From lines to the rows of a specification's data sets, and what of them is new. Pure. */
import type { Best } from './best.ts';
import type { Line, Odd } from './lines.ts';
import type { Band, OddMark, Point, Rows } from './spec.ts';

/** A line as a chart draws it; `best` only where it is to be marked. */
export interface DrawnLine {
  key: string;
  line: Line;
  /** Its values where they are smoothed; null where they are as they were logged. */
  smooth: readonly number[] | null;
  best: Best | null;
  odds: readonly Odd[];
}

/** Rows by the line to which they belong. */
export type ByLine<T> = ReadonlyMap<string, readonly T[]>;

const NOTHING = new Map<string, never[]>();
export const NO_ROWS: Rows = {
  points: NOTHING,
  raw: NOTHING,
  bands: NOTHING,
  lone: NOTHING,
  bests: NOTHING,
  odds: NOTHING,
};

/**
 * @param log on a logarithmic scale, which has no place for zero and what is below
 * @param before of the same chart: what is the same stays the very objects from then
 */
export function rowsOf(lines: readonly DrawnLine[], log: boolean, before: Rows = NO_ROWS): Rows {
  const finite = (value: number | undefined): number | null =>
    value !== undefined && Number.isFinite(value) && (!log || value > 0) ? value : null;
  const points = new Map<string, Point[]>();
  const raw = new Map<string, Point[]>();
  const bands = new Map<string, Band[]>();
  const lone = new Map<string, Point[]>();
  const bests = new Map<string, Point[]>();
  const odds = new Map<string, OddMark[]>();
  for (const { key, line, smooth, best, odds: own } of lines) {
    const { x, y, min, max, count } = line;
    const joined = (values: readonly number[], from: Rows['points']): Point[] =>
      kept(
        from.get(key),
        x.length,
        (row, i) => row.x === x[i] && row.y === finite(values[i]),
        (i) => ({ line: key, x: x[i] ?? NaN, y: finite(values[i]) }),
      );
    const shown = joined(smooth ?? y, before.points);
    points.set(key, shown);
    if (smooth !== null) raw.set(key, joined(y, before.raw));
    const alone = shown.filter(
      (row, i) => row.y !== null && (shown[i - 1]?.y ?? null) === null && (shown[i + 1]?.y ?? null) === null,
    );
    if (alone.length > 0) lone.set(key, alone);
    if (count.some((one) => one > 1)) {
      const band = (i: number): Band => {
        const high = finite(max[i]);
        // Down to where no pixel is any more.
        const low = high !== null && log && (min[i] ?? 0) <= 0 ? BELOW : finite(min[i]);
        const none = low === null || high === null;
        return { line: key, x: x[i] ?? NaN, low: none ? null : low, high: none ? null : high };
      };
      bands.set(
        key,
        same(
          before.bands.get(key),
          x.map((_, i) => band(i)),
        ),
      );
    }
    if (best !== null && finite(best.value) !== null)
      bests.set(key, same(before.bests.get(key), [{ line: key, x: best.x, y: best.value }]));
    if (own.length > 0)
      odds.set(
        key,
        same(
          before.odds.get(key),
          own.map((odd) => ({ line: key, x: odd.x, edge: odd.value === Infinity ? 'top' : 'bottom' })),
        ),
      );
  }
  return { points, raw, bands, lone, bests, odds };
}

const BELOW = 1e-300;

/** Points come in at the ends of lines, so each line keeps the rows up to the first one that differs. */
function kept<T>(
  before: readonly T[] = [],
  count: number,
  stays: (row: T, i: number) => boolean,
  make: (i: number) => T,
): T[] {
  const rows = before.slice(0, staying(before, count, stays));
  for (let i = rows.length; i < count; i++) rows.push(make(i));
  return rows;
}

/** How many of the rows, of `count` at most, stay before the first that doesn't. */
function staying<T>(rows: readonly T[], count: number, stays: (row: T, i: number) => boolean): number {
  let some = 0;
  for (const row of rows) {
    if (some === count || !stays(row, some)) break;
    some++;
  }
  return some;
}

/** The rows; those at the start that are the same as before are the very objects from then. */
const same = <T extends object>(before: readonly T[] | undefined, rows: readonly T[]): T[] =>
  kept(
    before,
    rows.length,
    (row, i) => equal(row, rows[i]),
    (i) => rows[i] as T,
  );

/** Rows by their lines, as they come; those that are the same as before are the very objects from then. */
export function grouped<T extends object>(
  rows: readonly T[],
  lineOf: (row: T) => string,
  before: ByLine<T> = NOTHING,
): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const line = lineOf(row);
    const group = groups.get(line);
    if (group === undefined) groups.set(line, [row]);
    else group.push(row);
  }
  for (const [line, group] of groups) groups.set(line, same(before.get(line), group));
  return groups;
}

/** Rows are flat; Vega adds a symbol of its own to those that it has, which isn't looked at. */
function equal<T extends object>(held: T, next: T | undefined): boolean {
  if (next === undefined) return false;
  for (const key of Object.keys(next) as (keyof T)[]) if (held[key] !== next[key]) return false;
  return true;
}

/** What a view that holds some rows has to be told, so that it holds others: of each line all from the first other object on. */
export function difference<T>(held: ByLine<T>, next: ByLine<T>): { insert: T[]; remove: T[] } {
  const insert: T[] = [];
  const remove: T[] = [];
  for (const [line, rows] of next) {
    const old = held.get(line) ?? [];
    const some = staying(old, rows.length, (row, i) => row === rows[i]);
    insert.push(...rows.slice(some));
    remove.push(...old.slice(some));
  }
  for (const [line, rows] of held) if (!next.has(line)) remove.push(...rows);
  return { insert, remove };
}

/** How many rows there are, of all lines. */
export const countOf = (rows: ByLine<unknown>): number =>
  [...rows.values()].reduce((sum, own) => sum + own.length, 0);
