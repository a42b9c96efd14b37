/**
 * Who starts, who waits, and why: a pure function of the queue, the services and what the engine has. Run twice on the same state
 * it says the same, so the dispatcher may call it whenever it likes.
 */
import type { Diagnosis, Settings } from '../../contract/shapes.ts';
import { gpuReason, GpuPool, type PlannedGpu } from './gpuPool.ts';
import { MAX_BACK_OFF_MS } from './judge.ts';

/** Nobody tells when a program that isn't ours leaves a GPU: while somebody waits for one it is looked for this often. */
const FOREIGN_LOOK_MS = 5_000;

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
  settings: Pick<Settings, 'instance' | 'gpus' | 'takeBusyGpus' | 'autoscaling'>;
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
 * Whether a run could start if only there were a GPU for it: the tools that tell of GPUs are slow, and are asked only then.
 * @param queue every run that isn't over, in the order of the queue
 */
export function asksForGpus(
  queue: readonly QueuedRun[],
  services: ReadonlyMap<string, QueuedService>,
  now: number,
): boolean {
  const busy = new Map<string, number>();
  for (const run of queue) if (run.active) busy.set(run.service, (busy.get(run.service) ?? 0) + 1);
  return queue.some((run) => {
    const service = services.get(run.service);
    if (service === undefined || run.active || run.stopping || service.paused) return false;
    return (
      service.settings.instance === 'gpu' &&
      (busy.get(run.service) ?? 0) < service.settings.autoscaling &&
      (service.failing === null || isDue(service, now))
    );
  });
}

/** Whether a failing service may make its next try. A time further off than any back-off is one that the clock was set back from. */
const isDue = ({ retryAt }: QueuedService, now: number): boolean =>
  retryAt === null || retryAt <= now || retryAt - now > MAX_BACK_OFF_MS;

/**
 * @param queue every run that isn't over, in the order of the queue
 * @param gpus all that the engine has, in the order in which they are given out
 */
export function plan(
  queue: readonly QueuedRun[],
  services: ReadonlyMap<string, QueuedService>,
  gpus: readonly PlannedGpu[],
  now: number,
): Plan {
  const decisions: Decision[] = [];
  let wakeAt: number | null = null;
  const pool = new GpuPool(gpus, queue);
  const atWork = new Map<string, QueuedRun[]>();
  for (const run of queue) if (run.active) push(atWork, run.service, run);
  const placeOf = new Map<string, number>();
  /** The first run that waits for GPUs keeps those behind it from taking them, so a large one isn't starved by small ones. */
  const line: QueuedRun[] = [];

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
      // One try at a time; those that got ready before it failed are none.
      const trying = busy.some(({ since }) => since === null);
      if (trying || !isDue(service, now)) {
        if (!trying) wakeAt = Math.min(wakeAt ?? Infinity, service.retryAt ?? Infinity);
        decisions.push({
          kind: 'hold',
          id: run.id,
          reason: `${service.name} is failing: ${service.failing.message}`,
        });
        continue;
      }
      if (service.failing.code === 'NoSuchInstance' || service.failing.code === 'EngineUnreachable') {
        decisions.push({ kind: 'hold', id: run.id, reason: service.failing.message });
        continue;
      }
    }
    // Pending is for those whose service is well.
    const kind = service.failing === null ? 'wait' : 'hold';
    if (busy.length >= service.settings.autoscaling) {
      decisions.push({ kind, id: run.id, reason: fullReason(service, busy, place) });
      continue;
    }
    const needed = service.settings.instance === 'gpu' ? service.settings.gpus : 0;
    const assigned =
      line.length > 0 && needed > 0 ? null : pool.take(run, needed, service.settings.takeBusyGpus);
    if (assigned === null) {
      decisions.push({ kind, id: run.id, reason: gpuReason(needed, line, pool) });
      line.push(run);
      if (pool.someForeign) wakeAt = Math.min(wakeAt ?? Infinity, now + FOREIGN_LOOK_MS);
      continue;
    }
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

function push(map: Map<string, QueuedRun[]>, key: string, run: QueuedRun): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [run]);
  else list.push(run);
}
