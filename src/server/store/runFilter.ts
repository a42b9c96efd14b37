/** What a list of runs is narrowed by, as SQL. */
import { STATUSES, type Status } from '../../contract/status.ts';
import { folded, type Value } from './database.ts';

export interface RunFilter {
  project?: string | undefined;
  service?: string | undefined;
  status?: readonly Status[] | undefined;
  search?: string | undefined;
}

/** @returns terms that hold for a row of `executions`, and of `counts` where nothing is searched for */
export function conditions(filter: RunFilter): { where: string[]; values: Value[] } {
  const where: string[] = [];
  const values: Value[] = [];
  if (filter.project !== undefined) {
    where.push('service IN (SELECT id FROM services WHERE project = ?)');
    values.push(filter.project);
  }
  if (filter.service !== undefined) {
    where.push('service = ?');
    values.push(filter.service);
  }
  if (filter.status !== undefined && filter.status.length > 0) {
    where.push(`status IN (${filter.status.map(() => '?').join(', ')})`);
    values.push(...filter.status);
  }
  if (filter.search !== undefined && filter.search !== '') {
    // A substring; % and _ in it mean themselves.
    where.push(`sought LIKE ? ESCAPE '\\'`);
    values.push(`%${folded(filter.search).replace(/[\\%_]/g, '\\$&')}%`);
  }
  return { where, values };
}

export const noneOf = (): Record<Status, number> =>
  Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;

export const whereOf = (where: string[]): string => (where.length > 0 ? `WHERE ${where.join(' AND ')}` : '');
