/** Whether a run that waits could start at once if its service were allowed one replica more. Pure. */
import type { Compute, Run, Service } from '../../contract/shapes.ts';

/** A Pending run of a service whose replicas are all taken: only then is auto-scaling what keeps it waiting. */
export const waitsForReplica = (run: Run, service: Service | undefined): service is Service =>
  run.status === 'Pending' &&
  service !== undefined &&
  service.replicas.busy + service.replicas.starting >= service.settings.autoscaling;

/** @param compute what there is to train on; null where that isn't known (yet) */
export function couldScale(run: Run, service: Service | undefined, compute: Compute | null): boolean {
  if (!waitsForReplica(run, service)) return false;
  const { settings } = service;
  if (settings.instance === 'cpu') return true;
  const engine = compute?.engines.find(({ id }) => id === settings.engine);
  const free = (engine?.gpus ?? []).filter(
    (gpu) => gpu.heldBy === null || (settings.takeBusyGpus && gpu.foreign !== null),
  );
  return free.length >= settings.gpus;
}
