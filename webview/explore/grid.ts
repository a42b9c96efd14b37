/** How charts share the width. Pure. */
import type { Size } from './choices.ts';

export const GAP = 12;

/** Narrower than this a chart isn't shown where there is room below, in pixels. */
const NARROWEST: Readonly<Record<Size, number>> = { small: 176, medium: 256, large: 480 };
/** What of a card isn't its plot, and between what its plot's height is, in pixels. */
const AROUND = 66;
const HEIGHTS: Readonly<Record<Size, readonly [lowest: number, tallest: number]>> = {
  small: [104, 104],
  medium: [168, 340],
  large: [300, 520],
};

/** How tall each plot is where so many rows share what is to be seen at once. */
export function plotHeight(rows: number, height: number, size: Size): number {
  const [lowest, tallest] = HEIGHTS[size];
  return Math.round(Math.min(tallest, Math.max(lowest, height / Math.max(1, rows) - AROUND - GAP)));
}

/** How tall the plot is that has all of the height for itself. */
export const wholeHeight = (height: number): number => Math.round(Math.max(160, height - AROUND));

export interface Columns {
  rows: number;
  columns: number;
  lastSpan: number;
  /** Too narrow for a name and a value in a row. */
  narrow: boolean;
}

const WIDE_ENOUGH = 300;

/** Columns such that rows are as even as can be; the last chart takes what its row has left. */
export function columnsFor(charts: number, width: number, size: Size): Columns {
  const most = Math.max(1, Math.floor((width + GAP) / (NARROWEST[size] + GAP)));
  const rows = Math.max(1, Math.ceil(charts / most));
  const columns = Math.max(1, Math.ceil(charts / rows));
  const narrow = (width + GAP) / columns - GAP < WIDE_ENOUGH;
  return { rows: charts === 0 ? 0 : rows, columns, lastSpan: columns * rows - charts + 1, narrow };
}
