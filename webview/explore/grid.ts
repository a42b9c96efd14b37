/** How charts share the width. Pure. */

/** Narrower than this a chart can't be read, in pixels; and the gap between two. */
const NARROWEST = 300;
export const GAP = 12;

/** Columns such that rows are as even as can be; the last chart takes what its row has left. */
export function columnsFor(charts: number, width: number): { columns: number; lastSpan: number } {
  const most = Math.max(1, Math.floor((width + GAP) / (NARROWEST + GAP)));
  const rows = Math.max(1, Math.ceil(charts / most));
  const columns = Math.max(1, Math.ceil(charts / rows));
  return { columns, lastSpan: columns * rows - charts + 1 };
}
