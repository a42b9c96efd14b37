/** The columns of the tables: what the setting says, and what there is to choose from. Pure. */
import * as l10n from '@vscode/l10n';
import { COLUMNS, ColumnId, MORE_COLUMNS } from '../../contract/pages/table.ts';

/** What a setting says that anybody may have written. What is no column is left out; a table without names is none. */
export function columnsOf(setting: unknown): ColumnId[] {
  const wanted = Array.isArray(setting)
    ? setting.flatMap((one) => ColumnId.safeParse(one).data ?? [])
    : [...COLUMNS];
  return wanted.includes('name') ? [...new Set(wanted)] : [...new Set<ColumnId>(['name', ...wanted])];
}

export const figuresIn = (columns: readonly ColumnId[]): string[] => namesIn(columns, 'metric:');

const namesIn = (columns: readonly ColumnId[], kind: 'metric:' | 'config:'): string[] =>
  columns.filter((id) => id.startsWith(kind)).map((id) => id.slice(kind.length));

const TITLES: Readonly<Record<(typeof COLUMNS)[number] | (typeof MORE_COLUMNS)[number], string>> = {
  name: l10n.t('Name'),
  createdAt: l10n.t('Created At'),
  status: l10n.t('Status'),
  progress: l10n.t('Progress'),
  duration: l10n.t('Duration'),
  service: l10n.t('Service'),
  attempt: l10n.t('Attempt'),
  host: l10n.t('Host'),
};

export interface ColumnChoice {
  /** Null for a heading. */
  id: ColumnId | null;
  label: string;
  chosen: boolean;
}

/** Under headings, what is shown now included: it may be a figure that no run of this list has. */
export function choicesOf(
  shown: readonly ColumnId[],
  figures: readonly string[],
  configKeys: readonly string[],
): ColumnChoice[] {
  const group = (
    heading: string,
    ids: readonly ColumnId[],
    labelOf: (id: ColumnId) => string,
  ): ColumnChoice[] =>
    ids.length === 0
      ? []
      : [
          { id: null, label: heading, chosen: false },
          ...ids.map((id) => ({ id, label: labelOf(id), chosen: shown.includes(id) })),
        ];
  const all = (kind: 'metric:' | 'config:', names: readonly string[]): ColumnId[] =>
    [...new Set([...names, ...namesIn(shown, kind)])].toSorted().map((name): ColumnId => `${kind}${name}`);
  const plain = [...COLUMNS, ...MORE_COLUMNS].filter((id) => id !== 'name');
  return [
    ...group(l10n.t('Columns'), plain, (id) => TITLES[id as keyof typeof TITLES]),
    ...group(l10n.t('Metrics: best value'), all('metric:', figures), (id) => id.slice('metric:'.length)),
    ...group(l10n.t('Configuration'), all('config:', configKeys), (id) => id.slice('config:'.length)),
  ];
}

/** The columns after a choice: those that stay keep their places, those that came follow in the order of the list. */
export function chosenColumns(shown: readonly ColumnId[], chosen: readonly ColumnId[]): ColumnId[] {
  const stay = shown.filter((id) => id === 'name' || chosen.includes(id));
  return columnsOf([...stay, ...chosen.filter((id) => !shown.includes(id))]);
}
