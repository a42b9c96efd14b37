/** What each column is called, how wide it begins, and whether it sorts. Pure. */
import * as l10n from '@vscode/l10n';
import type { ColumnId } from '../../src/contract/pages/table.ts';

export interface Column {
  id: ColumnId;
  title: string;
  /** What it is, for who hovers over its title. */
  help: string;
  /** Pixels. */
  width: number;
  /** What it shows can still be read at this width, in pixels: where there is no room for all, it becomes as narrow as that. */
  least: number;
  /** Only what the list of runs has can be sorted by: the rest is asked for row by row, of what is in sight. */
  sortable: boolean;
  /** Numbers stand in line at their end. */
  numeric: boolean;
}

export const NARROWEST = 48;
export const WIDEST = 1200;

const column = (
  id: ColumnId,
  title: string,
  width: number,
  least: number,
  rest: Partial<Column> = {},
): Column => ({
  id,
  title,
  help: title,
  width,
  least,
  sortable: true,
  numeric: false,
  ...rest,
});

export function columnOf(id: ColumnId): Column {
  switch (id) {
    case 'name':
      return column(id, l10n.t('Name'), 200, 150, { help: l10n.t('The model and its version') });
    case 'createdAt':
      return column(id, l10n.t('Created At'), 160, 132, { help: l10n.t('When the training was created') });
    case 'status':
      return column(id, l10n.t('Status'), 140, 132);
    case 'progress':
      return column(id, l10n.t('Progress'), 190, 84);
    case 'duration':
      return column(id, l10n.t('Duration'), 96, 80, {
        help: l10n.t('The time that the training has taken, waiting excluded'),
        numeric: true,
      });
    case 'service':
      return column(id, l10n.t('Service'), 180, 75, { help: l10n.t('The training service') });
    case 'attempt':
      return column(id, l10n.t('Attempt'), 84, 74, { numeric: true });
    case 'host':
      return column(id, l10n.t('Host'), 140, 84, {
        help: l10n.t('The machine that it ran on'),
        sortable: false,
      });
    default: {
      const name = id.slice(id.indexOf(':') + 1);
      if (id.startsWith('metric:')) {
        return column(id, name, 120, 84, {
          help: l10n.t('{0}: best value, else the last', name),
          numeric: true,
        });
      }
      return column(id, name, 120, 84, { help: l10n.t('{0}, as configured', name), sortable: false });
    }
  }
}

/**
 * How wide each column is, in pixels, where there is so much room: those that nobody gave a width become narrower together, until
 * what they show couldn't be read any more. What is left over is the name's.
 */
export function fitted(
  columns: readonly ColumnId[],
  chosen: Readonly<Record<string, number>>,
  room: number,
): number[] {
  const all = columns.map((id) => {
    const { width, least } = columnOf(id);
    return { width: chosen[id] ?? width, least: chosen[id] ?? least };
  });
  const sum = (of: 'width' | 'least'): number => all.reduce((total, one) => total + one[of], 0);
  const widest = sum('width');
  const narrowest = sum('least');
  const share =
    widest === narrowest ? 1 : Math.min(1, Math.max(0, (room - narrowest) / (widest - narrowest)));
  return all.map(({ width, least }) => Math.floor(least + share * (width - least)));
}
