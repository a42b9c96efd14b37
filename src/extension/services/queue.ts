/** The queue of each service, as its rows show it. Pure. */
import { isOver } from '../../contract/status.ts';
import type { Run } from '../../contract/shapes.ts';

/** What isn't over, by service id: what runs first, then what waits, each in the order of the queue. */
export function queuesOf(runs: Iterable<Run>): Map<string, Run[]> {
  const queues = new Map<string, Run[]>();
  for (const run of runs) {
    if (isOver(run.status)) continue;
    const queue = queues.get(run.service.id);
    if (queue === undefined) queues.set(run.service.id, [run]);
    else queue.push(run);
  }
  for (const queue of queues.values()) queue.sort(inOrder);
  return queues;
}

/** ISO 8601 in UTC compares as text. */
function inOrder(a: Run, b: Run): number {
  const running = Number(b.status === 'In Progress') - Number(a.status === 'In Progress');
  if (running !== 0) return running;
  if (a.queuedAt !== b.queuedAt) return a.queuedAt < b.queuedAt ? -1 : 1;
  return a.executionId < b.executionId ? -1 : 1;
}
