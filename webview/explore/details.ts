/** Which stretches of lines a chart needs to know more finely for its pixels. Pure. */
import type { ChartWish } from '../../src/contract/pages/explore.ts';
import { keyOf, refined, type Line } from '../charts/lines.ts';
import type { Extent } from '../charts/scales.ts';
import type { FigureView, LineView, Reading } from './figures.ts';
import type { State } from './state.ts';

type Wished = ChartWish['details'][number];

/** On each side, in parts of the window: one may move it a little, and its lines go on beyond its edges. */
const MARGIN = 0.25;
/** More can't be drawn in the blink of an eye. */
const MOST_POINTS = 8000;

/**
 * @param window what is shown of x; null: all of it, which is known finely enough unless the chart is `large`
 * @param width of the plot, in pixels
 */
export function detailsFor(
  { figure, axis, lines }: FigureView,
  window: Extent | null,
  large: boolean,
  width: number,
  reading: Reading,
): Wished[] {
  if (window === null && !large) return [];
  const coarse = lines.filter(({ whole }) => isCoarse(whole, window));
  if (coarse.length === 0) return [];
  const pixels = window === null ? width : width * (1 + 2 * MARGIN);
  // In steps, so that not every pixel of a width is a wish of its own.
  const points = Math.max(50, Math.floor(Math.min(Math.ceil(pixels / 50) * 50, MOST_POINTS / lines.length)));
  const executions = [...new Set(coarse.map(({ executionId }) => executionId))];
  const stretch = (of: readonly string[], begin: number, unit: number): Wished => {
    if (window === null) return { executions: [...of], figures: [figure], points };
    const more = MARGIN * (window[1] - window[0]);
    return {
      executions: [...of],
      figures: [figure],
      from: begin + (window[0] - more) * unit,
      to: begin + (window[1] + more) * unit,
      points,
    };
  };
  if (axis === 'clock') return [stretch(executions, 0, 1000)];
  if (axis !== 'relative') return [stretch(executions, 0, 1)];
  return executions.map((one) => stretch([one], reading.begins.get(one) ?? 0, 1000));
}

/** Whether places within the window stand for several samples each. */
const isCoarse = ({ x, count }: Line, window: Extent | null): boolean =>
  count.some((samples, i) => {
    const [at, before] = [x[i] ?? NaN, x[i - 1] ?? -Infinity];
    return samples > 1 && (window === null || (at >= window[0] && before <= window[1]));
  });

/** Wishes for the same stretch are one. */
export function merged(wishes: readonly Wished[]): Wished[] {
  const byStretch = new Map<string, Wished>();
  for (const wish of wishes) {
    const key = JSON.stringify({ ...wish, figures: [] });
    const known = byStretch.get(key);
    byStretch.set(
      key,
      known === undefined ? wish : { ...known, figures: [...known.figures, ...wish.figures] },
    );
  }
  return [...byStretch.values()];
}

/** A line as finely as it is known. */
export function detailed(line: Line, { details, attempts }: State): LineView['line'] {
  const key = keyOf(line, attempts);
  return details.reduce((sofar, { lines, from = -Infinity }) => {
    const fine = lines.get(key);
    return fine === undefined ? sofar : refined(sofar, fine, from);
  }, line);
}
