/**
 * Rollups: samples reduced to buckets of x. A bucket at level k is 2^k wide and starts at a multiple of it, so that two buckets of a
 * level make exactly one of the next, and adding a sample means the same whenever it comes: a late one falls into the bucket that it
 * would have been in. Only buckets with samples are kept.
 */
import { pack, unpack } from './pack.ts';

/** The level at which every bucket holds one x alone: any other level can be made from it, exactly. */
export const EXACT = -5000;

/**
 * Columns of a row of buckets. `firstX`, `lastX` are the least and greatest x in a bucket, `first` and `last` the values there (of
 * equal x the one that came first, and last). `min` and `max` leave NaN out and are NaN where there is nothing else; `count` has all
 * samples, `nan` those that are NaN.
 */
export interface Buckets {
  firstX: Float64Array;
  lastX: Float64Array;
  first: Float64Array;
  last: Float64Array;
  min: Float64Array;
  max: Float64Array;
  count: Float64Array;
  nan: Float64Array;
}

/** Buckets in the order of x, apart from each other, at one level. */
export interface Rollup {
  level: number;
  buckets: Buckets;
}

const isEmpty = (buckets: Buckets, at: number): boolean => buckets.count[at] === 0;

export const lengthOf = (buckets: Buckets): number => buckets.count.length;

export function emptyBuckets(length: number): Buckets {
  const column = (): Float64Array => new Float64Array(length);
  return {
    firstX: column(),
    lastX: column(),
    first: column(),
    last: column(),
    min: column(),
    max: column(),
    count: column(),
    nan: column(),
  };
}

/** Adds one sample to bucket `at`. Samples are added in the order in which they came. */
export function addPoint(into: Buckets, at: number, x: number, y: number): void {
  if (isEmpty(into, at)) {
    into.firstX[at] = into.lastX[at] = x;
    into.first[at] = into.last[at] = into.min[at] = into.max[at] = y;
  } else {
    if (x < into.firstX[at]!) {
      into.firstX[at] = x;
      into.first[at] = y;
    }
    if (x >= into.lastX[at]!) {
      into.lastX[at] = x;
      into.last[at] = y;
    }
    widen(into, at, y, y);
  }
  into.count[at]! += 1;
  if (y !== y) into.nan[at]! += 1;
}

/** Adds bucket `i` of `from`, whose samples came after those that bucket `at` has. */
export function addBucket(into: Buckets, at: number, from: Buckets, i: number): void {
  if (isEmpty(into, at)) {
    into.firstX[at] = from.firstX[i]!;
    into.lastX[at] = from.lastX[i]!;
    into.first[at] = from.first[i]!;
    into.last[at] = from.last[i]!;
    into.min[at] = from.min[i]!;
    into.max[at] = from.max[i]!;
  } else {
    if (from.firstX[i]! < into.firstX[at]!) {
      into.firstX[at] = from.firstX[i]!;
      into.first[at] = from.first[i]!;
    }
    if (from.lastX[i]! >= into.lastX[at]!) {
      into.lastX[at] = from.lastX[i]!;
      into.last[at] = from.last[i]!;
    }
    widen(into, at, from.min[i]!, from.max[i]!);
  }
  into.count[at]! += from.count[i]!;
  into.nan[at]! += from.nan[i]!;
}

function widen(into: Buckets, at: number, min: number, max: number): void {
  const lowest = into.min[at]!;
  const highest = into.max[at]!;
  // A NaN compares as false: it never becomes an extreme, and any number takes its place.
  if (min < lowest || lowest !== lowest) into.min[at] = min;
  if (max > highest || highest !== highest) into.max[at] = max;
}

/** The first `length` buckets that hold anything, moved together. */
export function compact(buckets: Buckets, length = lengthOf(buckets)): Buckets {
  let full = 0;
  for (let i = 0; i < length; i++) if (buckets.count[i]! > 0) full++;
  if (full === lengthOf(buckets)) return buckets;
  const kept = emptyBuckets(full);
  let at = 0;
  for (let i = 0; i < length; i++) if (buckets.count[i]! > 0) addBucket(kept, at++, buckets, i);
  return kept;
}

/** Each sample as a bucket of its own, in the order in which they came. A sample without an x (NaN) is left out. */
export function fromPoints(x: Float64Array, y: Float64Array): Buckets {
  const buckets = emptyBuckets(x.length);
  for (let i = 0; i < x.length; i++) if (!Number.isNaN(x[i])) addPoint(buckets, i, x[i]!, y[i]!);
  return compact(buckets);
}

/** Samples, in the order in which they came, as a rollup of at most `most` buckets; null where none of them has an x. */
export function condensePoints(x: Float64Array, y: Float64Array, most: number): Rollup | null {
  if (!isInOrder(x)) {
    const buckets = fromPoints(x, y);
    return lengthOf(buckets) === 0 ? null : condense([{ level: EXACT, buckets }], most);
  }
  const level = levelFor(x, EXACT, most);
  const buckets = emptyBuckets(bucketsAt(x, level));
  const key = keysAt(level);
  let at = -1;
  let before = NaN;
  for (let i = 0; i < x.length; i++) {
    const now = key(x[i]!);
    if (now !== before) at++;
    before = now;
    addPoint(buckets, at, x[i]!, y[i]!);
  }
  return { level, buckets };
}

/** Whether every sample has an x, and none comes before one that came earlier. */
function isInOrder(x: Float64Array): boolean {
  for (let i = 1; i < x.length; i++) if (!(x[i]! >= x[i - 1]!)) return false;
  return x.length > 0 && !Number.isNaN(x[0]);
}

/** The rollups of `parts`, given in the order in which their samples came, as one of at most `most` buckets. */
export function condense(parts: readonly Rollup[], most: number): Rollup {
  const finest = Math.max(...parts.map((part) => part.level));
  const all = inOrder(joined(parts.map((part) => part.buckets)), finest);
  const n = lengthOf(all);
  const level = levelFor(all.firstX, finest, most);
  const buckets = emptyBuckets(bucketsAt(all.firstX, level));
  const key = keysAt(level);
  let at = -1;
  let before = NaN;
  for (let i = 0; i < n; i++) {
    const now = key(all.firstX[i]!);
    if (now !== before) at++;
    before = now;
    addBucket(buckets, at, all, i);
  }
  return { level, buckets };
}

/** Which bucket of a level an x is in. */
export const keyOf = (x: number, level: number): number => keysAt(level)(x);

/** The same of many x: the power of two is reckoned once. */
function keysAt(level: number): (x: number) => number {
  if (level === EXACT) return (x) => x;
  const scale = 2 ** -level;
  return (x) => place(x, scale);
}

/** The same by 2^-level. A negative x too small for its product stays on its side of zero, as at every finer level. */
export function place(x: number, scale: number): number {
  const key = Math.floor(x * scale);
  return key === 0 && x < 0 && scale > 0 ? -1 : key;
}

/** The finest level, not below `finest`, at which the sorted `x` fall into at most `most` buckets. */
function levelFor(x: Float64Array, finest: number, most: number): number {
  if (bucketsAt(x, finest) <= most) return finest;
  const extent = x[x.length - 1]! - x[0]!;
  let level = Math.max(levelOfWidth(extent / most), finest + 1);
  while (bucketsAt(x, level) > most) level++;
  while (level - 1 > finest && isFinite(x, level - 1) && bucketsAt(x, level - 1) <= most) level--;
  return level;
}

/** Beyond the range of numbers different keys would look alike. */
const isFinite = (x: Float64Array, level: number): boolean =>
  Number.isFinite(keyOf(x[0]!, level)) && Number.isFinite(keyOf(x[x.length - 1]!, level));

/** The finest level whose buckets are at least `width` wide (more than 0), but for rounding and the range of numbers. */
export const levelOfWidth = (width: number): number =>
  Math.min(1000, Math.max(-1000, Math.ceil(Math.log2(width))));

function bucketsAt(x: Float64Array, level: number): number {
  const key = keysAt(level);
  let buckets = 0;
  let before = NaN;
  for (let i = 0; i < x.length; i++) {
    const now = key(x[i]!);
    if (now !== before) buckets++;
    before = now;
  }
  return buckets;
}

/** Buckets sorted by their place at a level; those of one place stay in the order in which they came. */
function inOrder(buckets: Buckets, level: number): Buckets {
  const n = lengthOf(buckets);
  const keys = new Float64Array(n);
  const key = keysAt(level);
  let sorted = true;
  for (let i = 0; i < n; i++) {
    keys[i] = key(buckets.firstX[i]!);
    if (i > 0 && keys[i]! < keys[i - 1]!) sorted = false;
  }
  if (sorted) return buckets;
  const order = Uint32Array.from(keys, (_, i) => i).toSorted((a, b) => keys[a]! - keys[b]! || a - b);
  const result = emptyBuckets(n);
  for (let i = 0; i < n; i++) addBucket(result, i, buckets, order[i]!);
  return result;
}

const COLUMNS = ['firstX', 'lastX', 'first', 'last', 'min', 'max', 'count', 'nan'] as const;

function joined(parts: readonly Buckets[]): Buckets {
  if (parts.length === 1) return parts[0]!;
  const result = emptyBuckets(parts.reduce((sum, part) => sum + lengthOf(part), 0));
  let at = 0;
  for (const part of parts) {
    for (const column of COLUMNS) result[column].set(part[column], at);
    at += lengthOf(part);
  }
  return result;
}

export const packBuckets = (buckets: Buckets): Uint8Array =>
  pack(
    COLUMNS.map((column) => buckets[column]),
    0,
    lengthOf(buckets),
  );

export function unpackBuckets(bytes: Uint8Array): Buckets {
  const [firstX, lastX, first, last, min, max, count, nan] = COLUMNS.map((_, c) => unpack(bytes, c));
  return {
    firstX: firstX!,
    lastX: lastX!,
    first: first!,
    last: last!,
    min: min!,
    max: max!,
    count: count!,
    nan: nan!,
  };
}

/** The least and greatest x of packed buckets. */
export const reachOf = (bytes: Uint8Array): [least: number, greatest: number] => [
  unpack(bytes, COLUMNS.indexOf('firstX'))[0] ?? NaN,
  unpack(bytes, COLUMNS.indexOf('lastX')).at(-1) ?? NaN,
];
