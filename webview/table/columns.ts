/** What each column is called, how wide it begins, and whether it sorts. Pure. */
import type { ColumnId } from '../../src/contract/pages/table.ts';

export interface Column {
  id: ColumnId;
  title: string;
  /** What it is, for who hovers over its title. */
  help: string;
  /** Pixels. */
  width: number;
  /** Only what the list of runs has can be sorted by: the rest is asked for row by row, of what is in sight. */
  sortable: boolean;
  /** Numbers stand in line at their end. */
  numeric: boolean;
}

export const NARROWEST = 48;
export const WIDEST = 1200;

const column = (id: ColumnId, title: string, width: number, rest: Partial<Column> = {}): Column => ({
  id,
  title,
  help: title,
  width,
  sortable: true,
  numeric: false,
  ...rest,
});

export function columnOf(id: ColumnId): Column {
  switch (id) {
    case 'name':
      return column(id, 'Name', 200, { help: 'The model and its version' });
    case 'createdAt':
      return column(id, 'Created At', 160, { help: 'When the training was created' });
    case 'status':
      return column(id, 'Status', 140);
    case 'progress':
      return column(id, 'Progress', 190);
    case 'duration':
      return column(id, 'Duration', 96, {
        help: 'The time that the training has taken, waiting excluded',
        numeric: true,
      });
    case 'service':
      return column(id, 'Service', 180, { help: 'The training service' });
    case 'attempt':
      return column(id, 'Attempt', 84, { numeric: true });
    case 'host':
      return column(id, 'Host', 140, { help: 'The machine that it ran on', sortable: false });
    default: {
      const name = id.slice(id.indexOf(':') + 1);
      if (id.startsWith('metric:')) {
        return column(id, name, 120, { help: `${name}: best value, else the last`, numeric: true });
      }
      return column(id, name, 120, { help: `${name}, as configured`, sortable: false });
    }
  }
}
