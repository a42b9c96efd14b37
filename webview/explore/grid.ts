/** How charts share the width. Pure. */

/** Narrower than this a chart can't be read, in pixels; and the gap between two. */
const NARROWEST = 256;
export const GAP = 12;

/** What of a card isn't its plot, and what of a plot can still be read, in pixels. */
const AROUND = 66;
const LOWEST = 168;
const TALLEST = 340;

/** How tall each plot is where so many rows share what is to be seen at once. */
export const plotHeight = (rows: number, height: number): number =>
  Math.round(Math.min(TALLEST, Math.max(LOWEST, height / Math.max(1, rows) - AROUND - GAP)));

export interface Columns {
  rows: number;
  columns: number;
  lastSpan: number;
  /** Too narrow for a name and a value in a row. */
  narrow: boolean;
}

const WIDE_ENOUGH = 300;

/** Columns such that rows are as even as can be; the last chart takes what its row has left. */
export function columnsFor(charts: number, width: number): Columns {
  const most = Math.max(1, Math.floor((width + GAP) / (NARROWEST + GAP)));
  const rows = Math.max(1, Math.ceil(charts / most));
  const columns = Math.max(1, Math.ceil(charts / rows));
  const narrow = (width + GAP) / columns - GAP < WIDE_ENOUGH;
  return { rows: charts === 0 ? 0 : rows, columns, lastSpan: columns * rows - charts + 1, narrow };
}
