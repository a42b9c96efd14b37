/**
 * A window of one line, reduced to the places asked for. It goes down from the widest rollups and stops where they are fine enough,
 * so that what it reads depends on the places and not on the samples.
 */
import type { KeptRollup, Line, Lines } from './lines.ts';
import { reach, type Axis } from './line.ts';
import {
  addBucket,
  addPoint,
  compact,
  emptyBuckets,
  keyOf,
  lengthOf,
  levelOfWidth,
  place,
  type Buckets,
} from './rollup.ts';

/** Both ends are included. */
export interface Window {
  from: number;
  to: number;
}

/**
 * At most `points` buckets, in strict order of x. Where the window has no more samples than that, each x is a bucket of its own
 * (samples at the same x share it); else a bucket is as wide as the smallest power of two that will do.
 */
export function readWindow(lines: Lines, line: Line, axis: Axis, window: Window, points: number): Buckets {
  const all = reach(line.state, axis);
  const from = Math.max(window.from, all.min);
  const to = Math.min(window.to, all.max);
  if (all.count === 0 || !(from <= to)) return emptyBuckets(0);
  const inside = { from, to };
  const whole = from === all.min && to === all.max;
  if ((whole ? all.count : countIn(lines, line, axis, inside)) <= points)
    return raw(lines, line, axis, inside);
  return reduced(lines, line, axis, inside, points);
}

interface Visitor {
  /** A rollup that lies wholly in the window; false asks for what it was made of instead. */
  rollup(rollup: KeptRollup): boolean;
  /** Samples, some of which may lie outside the window. */
  samples(x: Float64Array, y: Float64Array): void;
}

/** Visits what lies in the window, in the order in which it came. */
function visit(lines: Lines, line: Line, axis: Axis, { from, to }: Window, visitor: Visitor): void {
  const { fan } = lines.layout;
  const descend = (height: number, first: number, count: number): void => {
    for (const rollup of lines.rollups(line, axis, height, first, count)) {
      const [least, greatest] = rollup.reach;
      if (greatest < from || least > to) continue;
      if (least >= from && greatest <= to && visitor.rollup(rollup)) continue;
      if (height > 0) descend(height - 1, rollup.number * fan, fan);
      else {
        const { x, y } = lines.chunk(line, axis, rollup.number);
        visitor.samples(x, y);
      }
    }
  };
  const { chunks } = line.state;
  let height = 0;
  while (fan ** (height + 1) <= chunks) height++;
  for (let done = 0; height >= 0; height--) {
    const span = fan ** height;
    const count = Math.floor((chunks - done) / span);
    if (count > 0) descend(height, done / span, count);
    done += count * span;
  }
  const { x, y } = lines.tailPoints(line, axis);
  visitor.samples(x, y);
}

function countIn(lines: Lines, line: Line, axis: Axis, window: Window): number {
  const { from, to } = window;
  let count = 0;
  visit(lines, line, axis, window, {
    rollup(rollup) {
      const buckets = rollup.buckets();
      for (let i = 0; i < lengthOf(buckets); i++) count += buckets.count[i]!;
      return true;
    },
    samples(x) {
      for (let i = 0; i < x.length; i++) if (x[i]! >= from && x[i]! <= to) count++;
    },
  });
  return count;
}

function raw(lines: Lines, line: Line, axis: Axis, window: Window): Buckets {
  const { from, to } = window;
  const xs: number[] = [];
  const ys: number[] = [];
  let sorted = true;
  visit(lines, line, axis, window, {
    rollup: () => false,
    samples(x, y) {
      for (let i = 0; i < x.length; i++) {
        const value = x[i]!;
        if (!(value >= from && value <= to)) continue;
        if (xs.length > 0 && value < xs[xs.length - 1]!) sorted = false;
        xs.push(value);
        ys.push(y[i]!);
      }
    },
  });
  const order = xs.map((_, i) => i);
  if (!sorted) order.sort((a, b) => xs[a]! - xs[b]! || a - b);
  const buckets = emptyBuckets(xs.length);
  let at = -1;
  let before = NaN;
  for (const i of order) {
    if (xs[i]! !== before) at++;
    before = xs[i]!;
    addPoint(buckets, at, xs[i]!, ys[i]!);
  }
  return compact(buckets, at + 1);
}

function reduced(lines: Lines, line: Line, axis: Axis, window: Window, points: number): Buckets {
  const { from, to } = window;
  // At level infinity there is one bucket, for all.
  let level = points === 1 || from === to ? Infinity : levelOfWidth((to - from) / points);
  while (keyOf(to, level) - keyOf(from, level) >= points) level++;
  const start = keyOf(from, level);
  const buckets = emptyBuckets(keyOf(to, level) - start + 1);
  const scale = 2 ** -level;
  visit(lines, line, axis, window, {
    rollup(rollup) {
      if (rollup.level > level) return false;
      const kept = rollup.buckets();
      for (let i = 0; i < lengthOf(kept); i++) {
        addBucket(buckets, place(kept.firstX[i]!, scale) - start, kept, i);
      }
      return true;
    },
    samples(x, y) {
      for (let i = 0; i < x.length; i++) {
        const value = x[i]!;
        if (value >= from && value <= to) addPoint(buckets, place(value, scale) - start, value, y[i]!);
      }
    },
  });
  return compact(buckets);
}
