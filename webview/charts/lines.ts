/** The points of one line as plain numbers, and how points that come later are taken in. Pure. */
import { placesBefore } from '../../src/contract/pages/explore.ts';
import type { Figure, Series, XAxis } from '../../src/contract/shapes.ts';

/** Columns of equal length, in strict order of x; NaN and the infinities are numbers here. */
export interface Line {
  executionId: string;
  attempt: number;
  figure: string;
  legend: string;
  /** What x counts. */
  axis: XAxis;
  x: readonly number[];
  /** The last value of a place, its extremes, and how many samples it stands for. */
  y: readonly number[];
  min: readonly number[];
  max: readonly number[];
  count: readonly number[];
}

export function lineOf(series: Series): Line {
  const { executionId, attempt, figure, legend, axis, x, count } = series;
  return {
    executionId,
    attempt,
    figure,
    legend,
    axis,
    x,
    y: numbers(series.y),
    min: numbers(series.min),
    max: numbers(series.max),
    count,
  };
}

// `Number('-Infinity')` and its like are the numbers that the words stand for.
const numbers = (values: readonly Figure[]): number[] => values.map(Number);

/** Of what a line is: the same for every attempt, where they make one line. */
export const keyOf = (
  { executionId, figure, legend, attempt }: Pick<Line, 'executionId' | 'figure' | 'legend' | 'attempt'>,
  attempts: 'latest' | 'all' = 'latest',
): string => JSON.stringify([executionId, figure, legend, ...(attempts === 'all' ? [attempt] : [])]);

/**
 * A line with points from the backend's newest answer, which knows everything from its first x on: what the line has there is
 * replaced, late points and repeated x included. Points of a later attempt replace the whole line; those of an earlier one are stale.
 */
export function extended(line: Line | undefined, tail: Line, from: number | null): Line {
  if (line === undefined || tail.attempt > line.attempt) return tail;
  // Its first sample with an epoch has come: what it had is put by steps, and will be told anew.
  if (tail.axis !== line.axis) return tail;
  if (tail.attempt < line.attempt || tail.x.length === 0) return line;
  const keep = placesBefore(line.x, from);
  const join = (head: readonly number[], rest: readonly number[]): number[] =>
    head.slice(0, keep).concat(rest);
  return {
    ...line,
    x: join(line.x, tail.x),
    y: join(line.y, tail.y),
    min: join(line.min, tail.min),
    max: join(line.max, tail.max),
    count: join(line.count, tail.count),
  };
}

/** A line with a stretch of it as it is known more finely: from `from` on up to the last place of `fine`. */
export function refined(line: Line, fine: Line, from: number): Line {
  const last = fine.x.at(-1);
  // Of another attempt it is stale.
  if (last === undefined || fine.attempt !== line.attempt) return line;
  const before = line.x.filter((x) => x < from).length;
  const after = line.x.filter((x) => x <= last).length;
  const join = (of: (one: Line) => readonly number[]): number[] => [
    ...of(line).slice(0, before),
    ...of(fine),
    ...of(line).slice(Math.max(before, after)),
  ];
  return {
    ...line,
    x: join(({ x }) => x),
    y: join(({ y }) => y),
    min: join(({ min }) => min),
    max: join(({ max }) => max),
    count: join(({ count }) => count),
  };
}

/** Where a line's value is none: x, and what stands there instead. */
export interface Odd {
  x: number;
  value: number;
}

export function oddsOf(line: Line): Odd[] {
  const odds: Odd[] = [];
  line.x.forEach((x, i) => {
    const value = line.y[i] ?? NaN;
    if (!Number.isFinite(value)) odds.push({ x, value });
  });
  return odds;
}

/** The place whose x is nearest, or -1 where there is none. */
export function nearest(xs: readonly number[], x: number): number {
  let low = 0;
  let high = xs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((xs[middle] ?? x) < x) low = middle + 1;
    else high = middle;
  }
  const before = xs[low - 1];
  const after = xs[low];
  if (before === undefined) return after === undefined ? -1 : low;
  return after === undefined || x - before < after - x ? low - 1 : low;
}

/**
 * The least and greatest finite value between two x; null where there is none. Spikes within a place count, and where a line comes
 * in and goes out.
 * @param least what is below isn't looked at
 */
export function extremes(
  lines: readonly Line[],
  from: number,
  to: number,
  least = -Infinity,
): [number, number] | null {
  let low = Infinity;
  let high = -Infinity;
  const take = (value: number | undefined): void => {
    if (value === undefined || !Number.isFinite(value) || value < least) return;
    if (value < low) low = value;
    if (value > high) high = value;
  };
  for (const { x, y, min, max } of lines) {
    for (let i = 0; i < x.length; i++) {
      const at = x[i] ?? NaN;
      const after = x[i + 1] ?? NaN;
      if (at >= from && at <= to) {
        take(y[i]);
        take(min[i]);
        take(max[i]);
      }
      if (at < from && after > from) take(between(y[i], y[i + 1], (from - at) / (after - at)));
      if (at < to && after > to) take(between(y[i], y[i + 1], (to - at) / (after - at)));
    }
  }
  return low <= high ? [low, high] : null;
}

const between = (a = NaN, b = NaN, share: number): number => a + (b - a) * share;
