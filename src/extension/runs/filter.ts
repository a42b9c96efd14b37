/** Which runs the view shows: by what one searches for, and by status. Pure. */
import * as z from 'zod';
import { StatusName, type Run } from '../../contract/shapes.ts';
import { STATUSES } from '../../contract/status.ts';
import { nameOf } from '../../client/words.ts';

/** As it is kept for the workspace. No statuses: all of them. */
export const RunFilter = z.object({ search: z.string(), statuses: z.array(StatusName).readonly() });
export type RunFilter = z.output<typeof RunFilter>;

export const NO_FILTER: RunFilter = { search: '', statuses: [] };

export const isFiltering = ({ search, statuses }: RunFilter): boolean =>
  search.trim() !== '' || statuses.length > 0;

/** So many letters of an id are no accident: every tenth run has "v2" or "e5" somewhere in one of its two. */
const PART_OF_ID = 4;

/**
 * Every word must be found, in whatever case: anywhere in the name and version or the architecture, at the beginning of the model id
 * or the execution id, or from four letters on anywhere in them.
 */
export function matcher({ search, statuses }: RunFilter): (run: Run) => boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return (run) => {
    if (statuses.length > 0 && !statuses.includes(run.status)) return false;
    if (words.length === 0) return true;
    const names = `${nameOf(run)}\n${run.architecture.id}`.toLowerCase();
    const ids = [run.model.id, run.executionId];
    return words.every(
      (word) =>
        names.includes(word) ||
        ids.some((id) => (word.length < PART_OF_ID ? id.startsWith(word) : id.includes(word))),
    );
  };
}

/** What is filtered, as it stands beside the view's title: "“small” · Failed, Aborted"; empty where nothing is. */
export function filterText({ search, statuses }: RunFilter): string {
  return [
    ...(search.trim() === '' ? [] : [`“${search.trim()}”`]),
    ...(statuses.length === 0 ? [] : [STATUSES.filter((status) => statuses.includes(status)).join(', ')]),
  ].join(' · ');
}
