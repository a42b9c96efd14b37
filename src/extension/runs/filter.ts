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

/** Every word must be found, in whatever case: in the name and version, the model id, the execution id or the architecture. */
export function matcher({ search, statuses }: RunFilter): (run: Run) => boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return (run) => {
    if (statuses.length > 0 && !statuses.includes(run.status)) return false;
    if (words.length === 0) return true;
    const text = [nameOf(run), run.model.id, run.executionId, run.architecture.id].join('\n').toLowerCase();
    return words.every((word) => text.includes(word));
  };
}

/** What is filtered, as it stands beside the view's title: "“small” · Failed, Aborted"; empty where nothing is. */
export function filterText({ search, statuses }: RunFilter): string {
  return [
    ...(search.trim() === '' ? [] : [`“${search.trim()}”`]),
    ...(statuses.length === 0 ? [] : [STATUSES.filter((status) => statuses.includes(status)).join(', ')]),
  ].join(' · ');
}
