/** Runs by status, as the tree shows them. Pure. */
import { STATUSES, type Status } from '../../contract/status.ts';
import type { Run } from '../../contract/shapes.ts';

export interface Group {
  readonly status: Status;
  /** Newest first. */
  readonly runs: readonly Run[];
}

/** The groups that aren't empty, in the order of `STATUSES`. */
export function groupByStatus(runs: Iterable<Run>): Group[] {
  const byStatus = new Map<Status, Run[]>(STATUSES.map((status) => [status, []]));
  for (const run of runs) byStatus.get(run.status)?.push(run);
  return [...byStatus]
    .filter(([, members]) => members.length > 0)
    .map(([status, members]) => ({ status, runs: members.toSorted(newestFirst) }));
}

/** The groups whose members or their order changed; null where not the same groups are there. */
export function changedGroups(before: readonly Group[], after: readonly Group[]): Status[] | null {
  const names = (groups: readonly Group[]): string => groups.map((group) => group.status).join();
  if (names(before) !== names(after)) return null;
  const members = (group: Group | undefined): string =>
    (group?.runs ?? []).map((run) => run.executionId).join();
  return after.filter((group, i) => members(group) !== members(before[i])).map((group) => group.status);
}

/** ISO 8601 in UTC compares as text; ids keep the order of runs made in the same millisecond. */
function newestFirst(a: Run, b: Run): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? 1 : -1;
  return a.executionId < b.executionId ? 1 : -1;
}

/** How many train, and how many wait to. */
export function activity(runs: Iterable<Run>): { running: number; waiting: number } {
  let running = 0;
  let waiting = 0;
  for (const { status } of runs) {
    if (status === 'In Progress') running++;
    else if (status === 'Pending' || status === 'Created' || status === 'Rerun') waiting++;
  }
  return { running, waiting };
}
