/** What charts say in words: on screen, and to a screen reader. Pure. */
import type { Direction, Unit } from '../../src/contract/figures.ts';
import { bytesText } from '../../src/contract/words.ts';
import type { Best } from './best.ts';
import type { Line, Odd } from './lines.ts';
import type { XKind } from './scales.ts';
import { clockText, durationText } from './times.ts';

/** About four digits: 0.4312, 12.34, 1,234, 1.2e-5. With a unit as much as one reads at a glance: 87%, 1.4 GB. */
export function valueText(value: number, unit: Unit | null = null): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (unit !== null) return unitText(value, unit);
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1e6 || size < 1e-4) return minus(value.toExponential(2).replace('e+', 'e'));
  if (size >= 1000) return minus(grouped(Math.round(value)));
  if (size < 0.01) return minus(String(Number(value.toPrecision(3))));
  return minus(value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4));
}

function unitText(value: number, unit: Unit): string {
  if (unit === 'bytes' || unit === 'bytes/s') return `${bytesText(value)}${unit === 'bytes' ? '' : '/s'}`;
  const rounded = Number(value.toFixed(Math.abs(value) < 10 ? 1 : 0));
  return `${minus(Number.isInteger(rounded) ? grouped(rounded) : String(rounded))}${unit === '%' ? '' : ' '}${unit}`;
}

/** As it stands at an axis: of a rate the amount alone. */
export const tickText = (value: number, unit: Unit): string =>
  value === 0 ? '0' : unitText(value, unit === 'bytes/s' ? 'bytes' : unit);

const minus = (text: string): string => text.replace('-', '−').replace('e−', 'e-');

/** An epoch or a step: whole numbers as they are. A time: as it is written. */
export function placeText(x: number, axis: XKind = 'epoch'): string {
  if (axis === 'relative') return durationText(x);
  if (axis === 'clock') return clockText(x);
  return Number.isInteger(x) ? grouped(x) : String(Number(x.toFixed(2)));
}

/** "epoch 7"; a time says itself what it is. */
export const atText = (x: number, axis: XKind): string =>
  isTime(axis) ? placeText(x, axis) : `${axis} ${placeText(x)}`;

const isTime = (axis: XKind): boolean => axis === 'relative' || axis === 'clock';

/** 12,345; a locale's own way would cost fifty times as much, and the panel speaks English. */
const grouped = (whole: number): string => String(whole).replace(/\B(?=(\d{3})+$)/g, ',');

export const bestText = (best: Best, axis: XKind): string =>
  `best ${valueText(best.value)} · ${atText(best.x, axis)}`;

/** "NaN at epoch 4", "NaN at epochs 4 to 6 and 9", "NaN since epoch 4"; null where every value is a number. */
export function oddText(line: Line, odds: readonly Odd[], axis: XKind): string | null {
  const kinds = [...new Set(odds.map((odd) => valueText(odd.value)))];
  const texts = kinds.map((kind) => {
    const places = odds.filter((odd) => valueText(odd.value) === kind).map((odd) => line.x.indexOf(odd.x));
    const runs = runsOf(places);
    const tail = runs.at(-1);
    if (runs.length === 1 && tail !== undefined && tail[1] > tail[0] && tail[1] === line.x.length - 1) {
      return `${kind} since ${atText(line.x[tail[0]] ?? NaN, axis)}`;
    }
    const at = (place: number): string => placeText(line.x[place] ?? NaN, axis);
    const word = isTime(axis) ? '' : `${axis}${places.length > 1 ? 's' : ''} `;
    const named = runs.map(([from, to]) =>
      from === to ? at(from) : `${at(from)} ${to === from + 1 ? 'and' : 'to'} ${at(to)}`,
    );
    const shown = named.length > 4 ? [...named.slice(0, 3), `${named.length - 3} more`] : named;
    return `${kind} at ${word}${listed(shown)}`;
  });
  return texts.length === 0 ? null : texts.join('; ');
}

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

/** [1, 2, 3, 7] -> [[1, 3], [7, 7]] */
function runsOf(places: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const place of places) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === place - 1) run[1] = place;
    else runs.push([place, place]);
  }
  return runs;
}

export type Trend = 'rising' | 'falling' | 'level';

/** Where a line goes lately: the mean of its last quarter against the quarter before it, in parts of its whole range. */
export function trendOf(line: Line): Trend {
  const values = line.y.filter(Number.isFinite);
  const size = Math.max(1, Math.ceil(values.length / 4));
  const late = mean(values.slice(-size));
  const before = mean(values.slice(-2 * size, -size));
  const range =
    values.reduce((a, b) => Math.max(a, b), -Infinity) - values.reduce((a, b) => Math.min(a, b), Infinity);
  const change = (late - before) / range;
  return change > 0.03 ? 'rising' : change < -0.03 ? 'falling' : 'level';
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

export interface SpokenLine {
  label: string;
  line: Line;
  best: Best | null;
  odds: readonly Odd[];
}

/** What x counts, as it stands at the axis. */
export const AXIS_NAMES: Readonly<Record<XKind, string>> = {
  epoch: 'epoch',
  step: 'step',
  sample: 'sample',
  relative: 'time',
  clock: 'clock',
};

/** Of more lines than these nobody listens to each. */
const MOST_SPOKEN = 8;

/** What a chart is and shows, for those who can't see it. */
export function chartText(
  figure: string,
  direction: Direction | null,
  lines: readonly SpokenLine[],
  axis: XKind,
  unit: Unit | null = null,
): string {
  const better = direction === null ? '' : `, ${direction} is better`;
  const parts = lines.slice(0, MOST_SPOKEN).map((spoken) => lineText(spoken, axis, unit));
  if (lines.length > MOST_SPOKEN)
    parts.push(`And ${lines.length - MOST_SPOKEN} more lines: its table has them.`);
  return `${figure} by ${AXIS_NAMES[axis]}${better}. ${parts.length === 0 ? 'No points yet.' : parts.join(' ')}`;
}

function lineText({ label, line, best, odds }: SpokenLine, axis: XKind, unit: Unit | null): string {
  const first = line.y.findIndex(Number.isFinite);
  const last = line.y.findLastIndex(Number.isFinite);
  const odd = oddText(line, odds, axis);
  const said = [];
  const valueThere = (i: number): string =>
    `${valueText(line.y[i] ?? NaN, unit)} at ${atText(line.x[i] ?? NaN, axis)}`;
  if (first >= 0) {
    if (first === last) said.push(valueThere(first));
    else said.push(`from ${valueThere(first)} to ${valueThere(last)}`, `now ${trendOf(line)}`);
  }
  if (best !== null) said.push(`best ${valueText(best.value, unit)} at ${atText(best.x, axis)}`);
  if (odd !== null) said.push(odd);
  return said.length === 0 ? '' : `${label}: ${said.join(', ')}.`;
}
