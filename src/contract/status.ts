/**
 * The eight statuses of an execution and the only ways from one to another.
 * Who writes a status is `server/dispatch/transition.ts` alone; everybody reads this table.
 */

export const STATUSES = [
  'In Progress',
  'Pending',
  'Created',
  'Rerun',
  'Failed',
  'Aborted',
  'Success',
  'Terminated',
] as const;

/** Listed in the order in which people want to see them: what runs, what waits, what went wrong, what is done. */
export type Status = (typeof STATUSES)[number];

/** From each status, the statuses that may follow. Any other pair is refused by the server. */
export const TRANSITIONS: Readonly<Record<Status, readonly Status[]>> = {
  Created: ['Pending', 'In Progress', 'Terminated'],
  Pending: ['Created', 'Rerun', 'In Progress', 'Terminated'],
  'In Progress': ['Success', 'Failed', 'Aborted', 'Terminated', 'Rerun'],
  Rerun: ['Pending', 'In Progress', 'Terminated'],
  Success: ['Rerun'],
  Failed: ['Rerun'],
  Aborted: ['Rerun'],
  Terminated: ['Rerun'],
};

export const isOver = (status: Status): boolean =>
  status === 'Success' || status === 'Failed' || status === 'Aborted' || status === 'Terminated';

/** In the queue: no replica is at work for it yet. */
export const isWaiting = (status: Status): boolean =>
  status === 'Created' || status === 'Pending' || status === 'Rerun';

/**
 * Where a run came from: Trainyard trained it, a program that runs elsewhere logs it through MLflow, or it was imported when it was
 * over. Only what Trainyard trains can it stop and run again.
 */
export const ORIGINS = ['trained', 'mlflow', 'imported'] as const;
export type Origin = (typeof ORIGINS)[number];

/** What a person can do to a run now. The server judges again; this is what views offer. */
export function actionsFor(run: { status: Status; stopping: boolean; origin?: Origin }): {
  abort: boolean;
  rerun: boolean;
  remove: boolean;
} {
  // Nobody tells whether a program elsewhere is still there: its run can go at any time.
  if (run.origin !== undefined && run.origin !== 'trained')
    return { abort: false, rerun: false, remove: true };
  const over = isOver(run.status);
  return { abort: !over && !run.stopping, rerun: over, remove: over };
}
