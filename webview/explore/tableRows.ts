/** Which rows of a chart's values are shown as a table. Pure. */
import type { Extent } from '../charts/scales.ts';
import { AXIS_NAMES, placeText, valueText } from '../charts/words.ts';
import type { FigureView } from './figures.ts';

/** More rows than these nobody reads. */
export const MOST_ROWS = 200;

export interface TableRows {
  heads: readonly string[];
  rows: readonly { x: number; cells: readonly string[]; best: boolean }[];
  /** How many places there are in all. */
  of: number;
}

/**
 * Of more places than `most` those that are shown lie evenly among all, the first, the last and those with a best value among them.
 * @param window of x; null for all of it
 */
export function tableOf(
  { axis, lines, unit }: FigureView,
  window: Extent | null,
  most = MOST_ROWS,
): TableRows {
  const inside = (x: number): boolean => window === null || (x >= window[0] && x <= window[1]);
  const all = [...new Set(lines.flatMap(({ line }) => line.x.filter(inside)))].toSorted((a, b) => a - b);
  const bests = new Set(lines.flatMap(({ marked, best }) => (marked && best !== null ? [best.x] : [])));
  const values = lines.map(({ line }) => new Map(line.x.map((x, i) => [x, line.y[i] ?? NaN])));
  const apart = (all.length - 1) / Math.max(1, most - 1);
  const even = new Set(Array.from({ length: most }, (_, i) => Math.round(i * apart)));
  const shown = all.length <= most ? all : all.filter((x, i) => even.has(i) || bests.has(x));
  return {
    heads: [AXIS_NAMES[axis], ...lines.map(({ label }) => label)],
    rows: shown.map((x) => ({
      x,
      best: bests.has(x),
      cells: [
        placeText(x, axis),
        ...values.map((own) => {
          const value = own.get(x);
          return value === undefined ? '–' : valueText(value, unit);
        }),
      ],
    })),
    of: all.length,
  };
}
