/** Which runs the view shows: by what one searches for, and by status. Pure. */
import * as z from 'zod';
import { searcher } from '../../contract/search.ts';
import { StatusName, type Run } from '../../contract/shapes.ts';
import { STATUSES } from '../../contract/status.ts';

/** As it is kept for the workspace. No statuses: all of them. */
export const RunFilter = z.object({ search: z.string(), statuses: z.array(StatusName).readonly() });
export type RunFilter = z.output<typeof RunFilter>;

export const NO_FILTER: RunFilter = { search: '', statuses: [] };

export const isFiltering = ({ search, statuses }: RunFilter): boolean =>
  search.trim() !== '' || statuses.length > 0;

/** Whether a run is among those that are filtered for. */
export function matcher({ search, statuses }: RunFilter): (run: Run) => boolean {
  const found = searcher(search);
  return (run) => {
    if (statuses.length > 0 && !statuses.includes(run.status)) return false;
    const { model, architecture, executionId } = run;
    const { name, version } = model;
    return found({ name, version, architecture: architecture.id, ids: [model.id, executionId] });
  };
}

/** What is filtered, as it stands beside the view's title: "“small” · Failed, Aborted"; empty where nothing is. */
export function filterText({ search, statuses }: RunFilter): string {
  return [
    ...(search.trim() === '' ? [] : [`“${search.trim()}”`]),
    ...(statuses.length === 0 ? [] : [STATUSES.filter((status) => statuses.includes(status)).join(', ')]),
  ].join(' · ');
}
