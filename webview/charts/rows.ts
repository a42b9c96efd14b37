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

/** @param log on a logarithmic scale, which has no place for zero and what is below */
export function rowsOf(lines: readonly DrawnLine[], log: boolean): Rows {
  const finite = (value: number | undefined): number | null =>
    value !== undefined && Number.isFinite(value) && (!log || value > 0) ? value : null;
  const points: Point[] = [];
  const raw: Point[] = [];
  const bands: Band[] = [];
  const lone: Point[] = [];
  const bests: Point[] = [];
  const odds: OddMark[] = [];
  for (const drawn of lines) {
    const { line, key, smooth } = drawn;
    const rows = (values: readonly number[]): Point[] =>
      line.x.map((x, i): Point => ({ line: key, x, y: finite(values[i]) }));
    const own = rows(smooth ?? line.y);
    if (smooth !== null) raw.push(...rows(line.y));
    points.push(...own);
    lone.push(
      ...own.filter(
        ({ y }, i) => y !== null && (own[i - 1]?.y ?? null) === null && (own[i + 1]?.y ?? null) === null,
      ),
    );
    if (line.count.some((count) => count > 1)) {
      bands.push(
        ...line.x.map((x, i): Band => {
          const high = finite(line.max[i]);
          // Down to where no pixel is any more.
          const low = high !== null && log && (line.min[i] ?? 0) <= 0 ? BELOW : finite(line.min[i]);
          return low === null || high === null
            ? { line: key, x, low: null, high: null }
            : { line: key, x, low, high };
        }),
      );
    }
    if (finite(drawn.best?.value) !== null && drawn.best !== null)
      bests.push({ line: key, x: drawn.best.x, y: drawn.best.value });
    odds.push(
      ...drawn.odds.map(({ x, value }): OddMark => ({
        line: key,
        x,
        edge: value === Infinity ? 'top' : 'bottom',
      })),
    );
  }
  return { points, raw, bands, lone, bests, odds };
}

const BELOW = 1e-300;

export interface Difference<T> {
  /** What the view holds afterwards: rows that stay are the very objects that it has. */
  held: T[];
  insert: T[];
  remove: T[];
}

/** Points come in at the ends of lines, so each line keeps the rows up to the first one that differs. */
export const difference = <T extends { line: string }>(
  held: readonly T[],
  next: readonly T[],
): Difference<T> => differenceBy(held, next, ({ line }) => line);

/** @param lineOf to which line a row belongs */
export function differenceBy<T extends object>(
  held: readonly T[],
  next: readonly T[],
  lineOf: (row: T) => string,
): Difference<T> {
  const before = grouped(held, lineOf);
  const after = grouped(next, lineOf);
  const result: Difference<T> = { held: [], insert: [], remove: [] };
  for (const [line, rows] of after) {
    const old = before.get(line) ?? [];
    let same = 0;
    while (same < rows.length && same < old.length && equal(old[same], rows[same])) same++;
    const added = rows.slice(same);
    result.held.push(...old.slice(0, same), ...added);
    result.insert.push(...added);
    result.remove.push(...old.slice(same));
  }
  for (const [line, rows] of before) if (!after.has(line)) result.remove.push(...rows);
  return result;
}

function grouped<T>(rows: readonly T[], lineOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const line = lineOf(row);
    const group = groups.get(line);
    if (group === undefined) groups.set(line, [row]);
    else group.push(row);
  }
  return groups;
}

/** Rows are flat; Vega adds a symbol of its own to those that it has, which isn't looked at. */
function equal<T extends object>(held: T | undefined, next: T | undefined): boolean {
  if (held === undefined || next === undefined) return false;
  for (const key of Object.keys(next) as (keyof T)[]) if (held[key] !== next[key]) return false;
  return true;
}
