/**
 * How far the axes reach and where their ticks stand. Reaches widen in steps while points come in, so that most points change no
 * scale: then Vega encodes the new ones alone. Pure.
 */

import { clockTick, durationText, timeStep, zoneOf } from './times.ts';

export type Extent = readonly [number, number];

export interface Axis {
  /** What the scale spans: the reach and a little air, so that no mark is cut at the edge. */
  domain: Extent;
  ticks: readonly number[];
  /** A d3 format for the ticks, and what stands at them instead where a number doesn't say it best. */
  format: string;
  labels: Readonly<Record<number, string>>;
}

/** What x counts. */
export type XKind = 'epoch' | 'step' | 'sample' | 'relative' | 'clock';

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

/** Whole numbers alone where x counts something, and round times where it is one. */
export function axisOfX(reach: Extent, width: number, kind: XKind): Axis {
  if (kind === 'relative' || kind === 'clock') return axisOfTime(reach, width, kind);
  const step = Math.max(1, stepOf(reach, Math.max(2, width / 64)));
  // Epochs are counted from 1: a tick there says so, where the axis begins with it.
  const ticks = ticksWithin(reach, step);
  const [first] = ticks;
  if (reach[0] === 1 && first !== undefined && first > 1 && first - 1 > 0.7 * step) ticks.unshift(1);
  const large = Math.max(Math.abs(reach[0]), Math.abs(reach[1])) >= 10_000;
  return { domain: aired(reach, width), ticks, format: large ? '~s' : '~f', labels: {} };
}

function axisOfTime(reach: Extent, width: number, kind: 'relative' | 'clock'): Axis {
  const step = timeStep(reach, Math.max(2, width / 72));
  const ahead = kind === 'clock' ? zoneOf(reach[0]) : 0;
  const ticks = ticksWithin([reach[0] + ahead, reach[1] + ahead], step).map((tick) => tick - ahead);
  const text = (tick: number): string => (kind === 'clock' ? clockTick(tick, step) : durationText(tick));
  const labels = Object.fromEntries(ticks.map((tick) => [tick, text(tick)]));
  return { domain: aired(reach, width), ticks, format: '~f', labels };
}

export function axisOfY(reach: Extent, height: number): Axis {
  const step = stepOf(reach, ticksFor(height));
  return {
    domain: aired(reach, height),
    ticks: ticksWithin(reach, step),
    format: formatOf(reach, step),
    labels: {},
  };
}

/** Ticks that say what they count. */
export const labelled = (axis: Axis, text: (tick: number) => string): Axis => ({
  ...axis,
  labels: Object.fromEntries(axis.ticks.map((tick) => [tick, text(tick)])),
});

/** How far a logarithmic y reaches: to 1, 2 or 5 times a power of ten. Values are above zero. */
export function reachOfLogY([low, high]: Extent, before: Extent | null): Extent {
  const from = low === high ? low / 2 : low;
  const to = low === high ? high * 2 : high;
  const fits = before !== null && before[0] > 0 && before[0] <= from && before[1] >= to;
  if (fits && Math.log(to / from) > 0.6 * Math.log(before[1] / before[0])) return before;
  const rounds = roundsWithin(
    10 ** Math.floor(Math.log10(from)),
    10 ** Math.ceil(Math.log10(to) + 1e-9),
    [1, 2, 5],
  );
  return [
    rounds.findLast((one) => one <= from * (1 + 1e-9)) ?? from,
    rounds.find((one) => one >= to * (1 - 1e-9)) ?? to,
  ];
}

export function axisOfLogY([low, high]: Extent, height: number): Axis {
  const most = ticksFor(height);
  const inDecade = [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 5], [1, 3], [1]].map((digits) =>
    roundsWithin(low, high, digits),
  );
  const fine = inDecade.find((some) => some.length <= most + 1);
  const decades = inDecade.at(-1) ?? [];
  const ticks = fine ?? decades.filter((_, i) => i % Math.ceil(decades.length / most) === 0);
  const air = (high / low) ** (AIR / Math.max(AIR, height - 2 * AIR));
  return {
    domain: [low / air, high * air],
    // A stretch within a decade has no round number of its own now and then.
    ticks: ticks.length < 2 ? [low, high] : ticks,
    format: '~g',
    labels: Object.fromEntries(
      (ticks.length < 2 ? [low, high] : ticks).map((tick) => [tick, powerText(tick)]),
    ),
  };
}

/** 0.05, 200, 1e-5 */
const powerText = (value: number): string =>
  value >= 100_000 || value < 0.001
    ? value
        .toExponential(2)
        .replace(/\.?0+e/, 'e')
        .replace('e+', 'e')
    : String(Number(value.toPrecision(3)));

function roundsWithin(low: number, high: number, digits: readonly number[]): number[] {
  const rounds: number[] = [];
  const last = Math.ceil(Math.log10(high));
  for (let power = Math.floor(Math.log10(low)); power <= last; power++) {
    for (const digit of digits) {
      const round = Number(`${digit}e${power}`);
      if (round >= low * (1 - 1e-9) && round <= high * (1 + 1e-9)) rounds.push(round);
    }
  }
  return rounds;
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
