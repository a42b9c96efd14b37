/** Records as the contract shows them to people and programs. Pure. */
import type { Diagnosis, Run, Service } from '../contract/shapes.ts';
import type { AtWork, ExecutionRecord } from './store/executions.ts';
import type { ServiceRecord } from './store/services.ts';

/** The row of an execution. `durationMs` is as of `now`, in milliseconds since 1970. */
export function toRun(execution: ExecutionRecord, service: ServiceRecord, now: number): Run {
  const { startedAt, endedAt } = execution;
  const until = endedAt === null ? now : Date.parse(endedAt);
  // Files that tell one time alone don't tell how long it took.
  const unknown = startedAt === null || (execution.origin === 'imported' && startedAt === endedAt);
  return {
    executionId: execution.id,
    project: execution.project,
    model: execution.model,
    architecture: { id: execution.architecture },
    service: { id: service.id, name: service.name },
    origin: execution.origin,
    status: execution.status,
    reason: execution.reason,
    stopping: execution.stopping,
    attempt: execution.attempt,
    createdAt: execution.createdAt,
    queuedAt: new Date(execution.queuedAt).toISOString(),
    startedAt,
    endedAt,
    durationMs: unknown ? null : Math.max(0, until - Date.parse(startedAt)),
    progress: execution.progress,
    summary: execution.summary,
    diagnosis: diagnosisFor(execution, service),
  };
}

/** An error shows on what the failing service keeps from going on; a warning on what a pause keeps waiting; on no other. */
function diagnosisFor(execution: ExecutionRecord, service: ServiceRecord): Diagnosis | null {
  const { status } = execution;
  const shown = diagnosisOf(service);
  if (shown === null) return null;
  const waits = status === 'Created' || status === 'Rerun';
  if (shown.severity === 'warning') return waits ? shown : null;
  return waits || status === 'In Progress' ? shown : null;
}

/** Why a service fails, or null. An engine that can't be reached hides what else is wrong. */
export const failureOf = (service: ServiceRecord): Diagnosis | null =>
  service.unreachable ?? (service.health === 'failing' ? service.diagnosis : null);

/** A service that fails and is paused shows that it fails. */
export function diagnosisOf(service: ServiceRecord): Diagnosis | null {
  const failure = failureOf(service);
  if (failure !== null) return failure;
  if (service.pausedAt === null) return null;
  return {
    severity: 'warning',
    code: 'Paused',
    message: `${service.name} is paused: it starts nothing.`,
    hint: 'Resume the service.',
    since: service.pausedAt,
  };
}

export function toService(service: ServiceRecord, { queued, starting, busy }: AtWork): Service {
  return {
    id: service.id,
    name: service.name,
    project: service.project,
    architecture: { id: service.architecture },
    settings: service.settings,
    activity: service.pausedAt === null ? 'active' : 'paused',
    health: service.unreachable === null ? service.health : 'failing',
    replicas: { busy, starting, max: service.settings.autoscaling },
    queued,
    diagnosis: diagnosisOf(service),
  };
}
