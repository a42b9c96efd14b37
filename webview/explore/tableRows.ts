/** Which rows of a chart's values are shown as a table. Pure. */
import type { Extent } from '../charts/scales.ts';
import { AXIS_NAMES, placeText, valueText } from '../charts/words.ts';
import type { Path } from './curve.ts';
import type { FigureView } from './figures.ts';

/** More rows than these nobody reads. */
export const MOST_ROWS = 200;

export interface TableRows {
  heads: readonly string[];
  rows: readonly { cells: readonly string[]; best: boolean }[];
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
  const shown = some(all, most, (x) => bests.has(x));
  return {
    heads: [AXIS_NAMES[axis], ...lines.map(({ label }) => label)],
    rows: shown.map((x) => ({
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

/** Of precision against recall: both of each run, place by place. */
export function curveTableOf(paths: readonly Path[], axis: FigureView['axis']): TableRows {
  const all = [...new Set(paths.flatMap(({ places }) => places.map(({ at }) => at)))].toSorted(
    (a, b) => a - b,
  );
  const values = paths.map(({ places }) => new Map(places.map((place) => [place.at, place])));
  return {
    heads: [AXIS_NAMES[axis], ...paths.map(({ line }) => line.label)],
    rows: some(all, MOST_ROWS).map((at) => ({
      best: false,
      cells: [
        placeText(at, axis),
        ...values.map((own) => {
          const place = own.get(at);
          return place === undefined ? '–' : `${valueText(place.precision)} / ${valueText(place.recall)}`;
        }),
      ],
    })),
    of: all.length,
  };
}

/** Of rows as a project's chart draws them: a column for each field. */
export function drawnTableOf(
  rows: readonly Readonly<Record<string, unknown>>[],
  fields: readonly string[],
): TableRows {
  return {
    heads: fields,
    rows: some(rows, MOST_ROWS).map((row) => ({
      best: false,
      cells: fields.map((field) => cellText(row[field])),
    })),
    of: rows.length,
  };
}

const cellText = (value: unknown): string =>
  typeof value === 'number' ? valueText(value) : typeof value === 'string' ? value : '–';

/** Of more than `most` those that lie evenly among all, the first and the last among them, and those that have to be there. */
function some<T>(all: readonly T[], most: number, needed: (one: T) => boolean = () => false): readonly T[] {
  if (all.length <= most) return all;
  const apart = (all.length - 1) / Math.max(1, most - 1);
  const even = new Set(Array.from({ length: most }, (_, i) => Math.round(i * apart)));
  return all.filter((one, i) => even.has(i) || needed(one));
}
