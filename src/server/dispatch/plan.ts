/**
 * Who starts, who waits, and why: a pure function of the queue, the services and what the engine has. Run twice on the same state
 * it says the same, so the dispatcher may call it whenever it likes.
 */
import type { Diagnosis, Settings } from '../../contract/shapes.ts';

export interface QueuedRun {
  id: string;
  /** "shapes-small v1", for sentences. */
  name: string;
  service: string;
  /** Its start was handed to the engine. */
  active: boolean;
  /** GPUs that it holds; empty while it waits. */
  gpus: readonly string[];
  stopping: boolean;
  /** Since when it has its replica: "14:03"; null while it waits. */
  since: string | null;
}

export interface QueuedService {
  id: string;
  name: string;
  settings: Pick<Settings, 'instance' | 'gpus' | 'autoscaling'>;
  paused: boolean;
  failing: Diagnosis | null;
  /** Milliseconds since 1970; null where no back-off runs. */
  retryAt: number | null;
}

export type Decision =
  | { kind: 'start'; id: string; gpus: string[] }
  | { kind: 'wait'; id: string; reason: string }
  | { kind: 'hold'; id: string; reason: string };

export interface Plan {
  decisions: Decision[];
  /** When to look again, in milliseconds since 1970; null where only news can change anything. */
  wakeAt: number | null;
}

/**
 * @param queue every run that isn't over, in the order of the queue
 * @param gpus ids of the engine's GPUs
 */
export function plan(
  queue: readonly QueuedRun[],
  services: ReadonlyMap<string, QueuedService>,
  gpus: readonly string[],
  now: number,
): Plan {
  const decisions: Decision[] = [];
  let wakeAt: number | null = null;
  const held = new Set(queue.flatMap((run) => run.gpus));
  const free = gpus.filter((gpu) => !held.has(gpu));
  const atWork = new Map<string, QueuedRun[]>();
  for (const run of queue) if (run.active) push(atWork, run.service, run);
  const placeOf = new Map<string, number>();
  /** The first run that waits for GPUs keeps those behind it from taking them, so a large one isn't starved by small ones. */
  let waitsForGpus: QueuedRun | null = null;

  for (const run of queue) {
    if (run.active || run.stopping) continue;
    const service = services.get(run.service);
    if (service === undefined) throw new Error(`run ${run.id} has no service ${run.service}`);
    const place = (placeOf.get(service.id) ?? 0) + 1;
    placeOf.set(service.id, place);
    const busy = atWork.get(service.id) ?? [];

    if (service.paused) {
      decisions.push({
        kind: 'hold',
        id: run.id,
        reason: `${service.name} is paused. Resume it to start this.`,
      });
      continue;
    }
    if (service.failing !== null) {
      const trying = busy.length > 0;
      if (service.retryAt !== null && (service.retryAt > now || trying)) {
        if (!trying) wakeAt = Math.min(wakeAt ?? Infinity, service.retryAt);
        decisions.push({
          kind: 'hold',
          id: run.id,
          reason: `${service.name} is failing: ${service.failing.message}`,
        });
        continue;
      }
      if (service.failing.code === 'NoSuchInstance') {
        decisions.push({ kind: 'hold', id: run.id, reason: service.failing.message });
        continue;
      }
    }
    if (busy.length >= service.settings.autoscaling) {
      decisions.push({ kind: 'wait', id: run.id, reason: fullReason(service, busy, place) });
      continue;
    }
    const needed = service.settings.instance === 'gpu' ? service.settings.gpus : 0;
    if (needed > 0 && (waitsForGpus !== null || needed > free.length)) {
      decisions.push({
        kind: 'wait',
        id: run.id,
        reason: gpuReason(needed, free.length, waitsForGpus, queue),
      });
      waitsForGpus ??= run;
      continue;
    }
    const assigned = free.splice(0, needed);
    push(atWork, service.id, { ...run, active: true, gpus: assigned });
    decisions.push({ kind: 'start', id: run.id, gpus: assigned });
  }
  return { decisions, wakeAt };
}

function fullReason(service: QueuedService, busy: readonly QueuedRun[], place: number): string {
  const holders = busy
    .map((run) => (run.since === null ? run.name : `${run.name} since ${run.since}`))
    .join(', ');
  const replicas =
    service.settings.autoscaling === 1 ? 'its one replica' : `all ${service.settings.autoscaling} replicas`;
  return `Place ${place} in the queue of ${service.name}: ${replicas} busy (${holders}).`;
}

function gpuReason(
  needed: number,
  free: number,
  ahead: QueuedRun | null,
  queue: readonly QueuedRun[],
): string {
  const want = needed === 1 ? 'a GPU' : `${needed} GPUs`;
  if (ahead !== null) return `Waits for ${want}; ${ahead.name} is first in line for GPUs.`;
  const holders = queue.filter((run) => run.gpus.length > 0).map((run) => run.name);
  return `Waits for ${want}; ${free} free, the rest held by ${holders.join(', ')}.`;
}

function push(map: Map<string, QueuedRun[]>, key: string, run: QueuedRun): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [run]);
  else list.push(run);
}
