/** Runs in groups, as the tree shows them. Pure. */
import { STATUSES } from '../../contract/status.ts';
import type { Run } from '../../contract/shapes.ts';

/** The values of the setting `trainyard.runs.groupBy`. */
export const GROUPINGS = ['status', 'service', 'model', 'none'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface Group {
  /** Known by it while its runs come and go. */
  readonly key: string;
  readonly label: string;
  /** Of what belongs to one project: which. Names may repeat in another. */
  readonly project: string | null;
  /** Newest first. */
  readonly runs: readonly Run[];
}

/** The groups that aren't empty: statuses in the order of `STATUSES`, the others by name. Without a grouping all are in one. */
export function groupRuns(runs: Iterable<Run>, by: Grouping): Group[] {
  const groups = new Map<string, Group & { runs: Run[] }>();
  for (const run of runs) {
    const { key, label, project } = placeOf(run, by);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { key, label, project, runs: [run] });
    else group.runs.push(run);
  }
  for (const group of groups.values()) group.runs.sort(newestFirst);
  if (by === 'status') return STATUSES.flatMap((status) => groups.get(status) ?? []);
  return [...groups.values()].toSorted(byName);
}

function placeOf(run: Run, by: Grouping): Omit<Group, 'runs'> {
  switch (by) {
    case 'status':
      return { key: run.status, label: run.status, project: null };
    case 'service':
      return { key: run.service.id, label: run.service.name, project: run.project };
    case 'model':
      return { key: `${run.project}\n${run.model.name}`, label: run.model.name, project: run.project };
    case 'none':
      return { key: 'all', label: '', project: null };
    default:
      return by satisfies never;
  }
}

/**
 * The keys of the groups that look different in their first `limit` rows or in their count; null where not the same groups are
 * there.
 */
export function changedGroups(
  before: readonly Group[],
  after: readonly Group[],
  limit: (key: string) => number,
): string[] | null {
  if (before.length !== after.length || before.some((group, i) => group.key !== after[i]?.key)) return null;
  return after.filter((group, i) => !looksLike(group, before[i], limit(group.key))).map(({ key }) => key);
}

function looksLike(group: Group, other: Group | undefined, limit: number): boolean {
  if (other === undefined || group.runs.length !== other.runs.length) return false;
  const count = Math.min(limit, group.runs.length);
  for (let i = 0; i < count; i++) {
    if (group.runs[i]?.executionId !== other.runs[i]?.executionId) return false;
  }
  return true;
}

/** ISO 8601 in UTC compares as text; ids keep the order of runs made in the same millisecond. */
function newestFirst(a: Run, b: Run): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? 1 : -1;
  return a.executionId < b.executionId ? 1 : -1;
}

function byName(a: Group, b: Group): number {
  return a.label.localeCompare(b.label) || (a.key < b.key ? -1 : 1);
}
