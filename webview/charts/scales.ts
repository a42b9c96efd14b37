/**
 * How far the axes reach and where their ticks stand. Reaches widen in steps while points come in, so that most points change no
 * scale: then Vega encodes the new ones alone. Pure.
 */

export type Extent = readonly [number, number];

export interface Axis {
  /** What the scale spans: the reach and a little air, so that no mark is cut at the edge. */
  domain: Extent;
  ticks: readonly number[];
  /** A d3 format for the ticks. */
  format: string;
}

/** Pixels at each end: room for a mark that stands at the very edge. */
const AIR = 9;

/** A round step that makes about `count` intervals of the extent: 1, 2 or 5 times a power of ten. */
export function stepOf([low, high]: Extent, count: number): number {
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const digit = rough / power;
  return power * (digit < 1.5 ? 1 : digit < 2.9 ? 2 : digit < 7 ? 5 : 10);
}

const NEAR = 2.5;
const STEPS = [1, 1.5, 2, 3, 4, 6, 8, 10];

/** The next in a row of round numbers, each up to twice the one before; at least 5. */
function roundUp(x: number): number {
  if (x <= 5) return 5;
  if (x <= 10) return 10;
  const power = 10 ** Math.floor(Math.log10(x));
  return power * (STEPS.find((step) => step * power >= x * (1 - 1e-12)) ?? 10);
}

/** How far x reaches. While points come in there is room for more; afterwards the reach is that of the points. */
export function reachOfX(first: number, last: number, live: boolean, end: number | null): Extent {
  if (!live) return first === last ? [first - 0.5, last + 0.5] : [first, last];
  const start = first >= 0 && first <= 1 ? 0 : first;
  const room = start + roundUp(last - start);
  // A known end that isn't far shows how much is left, and spares the steps on the way.
  const near = end !== null && end >= last && end > first && end - start <= NEAR * (room - start);
  return [first, near ? end : room];
}

/** How far y reaches, in round numbers. The reach before it stays as long as the values fit it well. */
export function reachOfY([low, high]: Extent, before: Extent | null, count: number): Extent {
  let from = low;
  let to = high;
  if (from === to) {
    const around = from === 0 ? 1 : Math.abs(from) * 0.5;
    from = from === 0 ? 0 : from - around;
    to += around;
  }
  // A curve that comes near to zero is read best from zero.
  if (from > 0 && from < 0.35 * to) from = 0;
  if (before !== null && before[0] <= from && before[1] >= to && to - from > 0.6 * (before[1] - before[0]))
    return before;
  // The rounded reach is wider and may ask for a wider step: it is rounded to the step that its ticks will have.
  const rounded = roundedTo(stepOf([from, to], count), from, to);
  return roundedTo(stepOf(rounded, count), from, to);
}

const roundedTo = (step: number, from: number, to: number): Extent => [
  tidy(Math.floor(from / step + 1e-9) * step, step),
  tidy(Math.ceil(to / step - 1e-9) * step, step),
];

/** Whole numbers alone where x counts something. */
export function axisOfX(reach: Extent, width: number): Axis {
  const step = Math.max(1, stepOf(reach, Math.max(2, width / 64)));
  // Epochs are counted from 1: a tick there says so, where the axis begins with it.
  const ticks = ticksWithin(reach, step);
  const [first] = ticks;
  if (reach[0] === 1 && first !== undefined && first > 1 && first - 1 > 0.7 * step) ticks.unshift(1);
  const large = Math.max(Math.abs(reach[0]), Math.abs(reach[1])) >= 10_000;
  return { domain: aired(reach, width), ticks, format: large ? '~s' : '~f' };
}

export function axisOfY(reach: Extent, height: number): Axis {
  const step = stepOf(reach, ticksFor(height));
  return { domain: aired(reach, height), ticks: ticksWithin(reach, step), format: formatOf(reach, step) };
}

export const ticksFor = (height: number): number => Math.round(2.6 + height / 90);

function aired([low, high]: Extent, size: number): Extent {
  const air = ((high - low) * AIR) / Math.max(AIR, size - 2 * AIR);
  return [low - air, high + air];
}

function ticksWithin([low, high]: Extent, step: number): number[] {
  const ticks: number[] = [];
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  for (let i = first; i <= last && ticks.length < 100; i++) ticks.push(tidy(i * step, step));
  return ticks;
}

/** 0.30000000000000004 -> 0.3 */
function tidy(value: number, step: number): number {
  const digits = Math.max(0, Math.min(100, 1 - Math.floor(Math.log10(step))));
  return digits > 15 ? value : Number(value.toFixed(digits)) + 0;
}

function formatOf([low, high]: Extent, step: number): string {
  const largest = Math.max(Math.abs(low), Math.abs(high));
  if (largest >= 10_000) return '~s';
  if (step < 0.0005) return '~e';
  return `.${Math.max(0, -Math.floor(Math.log10(step) + 1e-9))}f`;
}
