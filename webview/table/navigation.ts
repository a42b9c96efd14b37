/** Where keys lead in the grid, after the ARIA Authoring Practices (https://www.w3.org/WAI/ARIA/apg/patterns/grid/). Pure. */

/** `row` -1 is the row of titles. */
export interface Place {
  row: number;
  column: number;
}

export interface Size {
  rows: number;
  columns: number;
  /** Rows in sight. */
  page: number;
}

/** Null for a key that leads nowhere by itself. */
export function moved(at: Place, key: string, ctrl: boolean, { rows, columns, page }: Size): Place | null {
  const last = { row: rows - 1, column: columns - 1 };
  const within = (row: number, column: number): Place => ({
    row: Math.max(-1, Math.min(last.row, row)),
    column: Math.max(0, Math.min(last.column, column)),
  });
  const step = Math.max(1, page - 1);
  switch (key) {
    case 'ArrowUp':
      return within(at.row - 1, at.column);
    case 'ArrowDown':
      return within(at.row + 1, at.column);
    case 'ArrowLeft':
      return within(at.row, at.column - 1);
    case 'ArrowRight':
      return within(at.row, at.column + 1);
    case 'Home':
      return ctrl ? within(Math.min(0, last.row), 0) : within(at.row, 0);
    case 'End':
      return ctrl ? within(last.row, last.column) : within(at.row, last.column);
    case 'PageUp':
      return within(Math.max(Math.min(0, at.row), at.row - step), at.column);
    case 'PageDown':
      return within(at.row + step, at.column);
    default:
      return null;
  }
}

/** The rows to have in the page: those in sight and as many around them as hide that there are no others. */
export function inSight(
  top: number,
  height: number,
  rowHeight: number,
  rows: number,
  around = 8,
): { from: number; to: number } {
  const from = Math.max(0, Math.floor(top / rowHeight) - around);
  const to = Math.min(rows, Math.ceil((top + height) / rowHeight) + around);
  return { from: Math.min(from, to), to };
}
