/** Runs and GPUs as the plan takes them: who has what since when, in words. */
import type { Gpu } from '../../contract/compute.ts';
import { clockWords, foreignWords } from '../holders.ts';
import type { ExecutionRecord } from '../store/executions.ts';
import type { PlannedGpu } from './gpuPool.ts';
import type { QueuedRun } from './plan.ts';

/** @param live every run that isn't over, in the order of the queue */
export const queueOf = (live: readonly ExecutionRecord[], now: Date): QueuedRun[] =>
  live.map((execution) => queued(execution, now));

function queued(execution: ExecutionRecord, now: Date): QueuedRun {
  const since = execution.startedAt;
  return {
    id: execution.id,
    name: `${execution.model.name} v${execution.model.version}`,
    service: execution.service,
    active: execution.active,
    gpus: execution.gpus,
    stopping: execution.stopping,
    since: since === null ? null : clockWords(since, now),
  };
}

export function plannedGpu({ id, vendor, index, foreign }: Gpu, now: Date): PlannedGpu {
  if (foreign === null) return { id, vendor, index, foreign: null };
  const since = 'since' in foreign && foreign.since !== null ? clockWords(foreign.since, now) : null;
  return { id, vendor, index, foreign: { who: foreignWords(foreign), since } };
}
