/** What the table knows, and which rows it shows in which order. Pure. */
import type { ColumnId, RowDetail, Sort, TableRow, ToTable } from '../../src/contract/pages/table.ts';
import { searcher } from '../../src/contract/search.ts';
import { STATUSES, type Status } from '../../src/contract/status.ts';

/** `receivedAt` is the page's own clock, in milliseconds: what ticks is counted from then. */
export type Row = TableRow & { readonly receivedAt: number };

export interface Filter {
  search: string;
  /** Empty: all. */
  statuses: ReadonlySet<Status>;
}

export const NEWEST_FIRST: Sort = { column: 'createdAt', descending: true };

/** The time that the training has taken so far, in milliseconds; null before its start. */
export function durationAt(row: Row, now: number): number | null {
  if (row.durationMs === null || row.status !== 'In Progress') return row.durationMs;
  return row.durationMs + Math.max(0, now - row.receivedAt);
}

/** Takes a message into the rows, by execution id. */
export function take(
  rows: Map<string, Row>,
  message: Extract<ToTable, { type: 'begin' | 'rows' }>,
  now: number,
): void {
  if (message.type === 'begin') return rows.clear();
  for (const id of message.gone) rows.delete(id);
  for (const row of message.rows) rows.set(row.executionId, { ...row, receivedAt: now });
}

const finder = (search: string): ((row: Row) => boolean) => {
  const found = searcher(search);
  return (row) => found({ ...row, ids: [row.modelId, row.executionId] });
};

/** How many of those that the search lets through have each status. */
export function countsOf(rows: Iterable<Row>, search: string): Map<Status, number> {
  const counts = new Map<Status, number>(STATUSES.map((status) => [status, 0]));
  const found = finder(search);
  for (const row of rows) {
    if (found(row)) counts.set(row.status, (counts.get(row.status) ?? 0) + 1);
  }
  return counts;
}

/** The rows that the filter lets through, in order. What has no value comes last, whichever way it is sorted. */
export function arrange(rows: Iterable<Row>, filter: Filter, sort: Sort, now: number): Row[] {
  const { search, statuses } = filter;
  const keyed: { row: Row; key: Key }[] = [];
  // They are gone through twice.
  const all = [...rows];
  const keyFor = keysFor(sort.column, all, now);
  const found = finder(search);
  for (const row of all) {
    if ((statuses.size === 0 || statuses.has(row.status)) && found(row)) {
      keyed.push({ row, key: keyFor(row) });
    }
  }
  const way = sort.descending ? -1 : 1;
  keyed.sort((a, b) => compare(a.key, b.key, way) || newestFirst(a.row, b.row));
  return keyed.map(({ row }) => row);
}

type Key = number | null;

const compare = (a: Key, b: Key, way: 1 | -1): number =>
  a === null || b === null ? (a === null ? 1 : 0) - (b === null ? 1 : 0) : way * (a - b);

/** By numbers within names too: "b2" before "b10". */
const { compare: compareText } = new Intl.Collator('en', { numeric: true });

/** The places of texts among each other. Comparing texts is slow, and of ten thousand runs few have a name of their own. */
function ranks(texts: Iterable<string>): Map<string, number> {
  return new Map([...new Set(texts)].toSorted(compareText).map((text, rank) => [text, rank]));
}

/** More than any model has. */
const VERSIONS = 1e7;

function keysFor(column: ColumnId, rows: readonly Row[], now: number): (row: Row) => Key {
  if (column !== 'name' && column !== 'service') return (row) => keyOf(row, column, now);
  const textOf = (row: Row): string => (column === 'name' ? row.name : (row.service?.name ?? ''));
  const rank = ranks(rows.map(textOf));
  const within = column === 'name' ? VERSIONS : 1;
  return (row) => (rank.get(textOf(row)) ?? 0) * within + (column === 'name' ? row.version : 0);
}

/** ISO 8601 in UTC compares as text; ids keep the order of runs made in the same millisecond. */
function newestFirst(a: Row, b: Row): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? 1 : -1;
  return a.executionId < b.executionId ? 1 : -1;
}

function keyOf(row: Row, column: Exclude<ColumnId, 'name' | 'service'>, now: number): Key {
  switch (column) {
    case 'createdAt':
      return Date.parse(row.createdAt);
    case 'status':
      return STATUSES.indexOf(row.status);
    case 'progress':
      return row.progress?.share ?? null;
    case 'duration':
      return durationAt(row, now);
    case 'attempt':
      return row.attempt;
    case 'host':
      return null;
    default: {
      if (!column.startsWith('metric:')) return null;
      const value = row.metrics[column.slice('metric:'.length)];
      return value === undefined || value === 'NaN' ? null : Number(value);
    }
  }
}

/** What of a row decides where it stands: rows that changed otherwise stay where they are. */
export function placeOf(row: Row, { column }: Sort): string {
  // A name and a service never change. A duration goes on by itself; rows don't change places under the eyes of who reads them.
  const fixed = column === 'name' || column === 'service';
  const key = fixed ? null : column === 'duration' ? Number(row.durationMs === null) : keyOf(row, column, 0);
  return `${row.status} ${key}`;
}

/** The host's name or a value of the configuration, where it is known already. */
export function detailText(column: ColumnId, detail: RowDetail | undefined): string {
  if (detail === undefined) return '';
  if (column === 'host') return detail.host ?? '';
  return detail.config[column.slice('config:'.length)] ?? '';
}
