/** An execution as its engine is handed it: what was submitted, what its service adds, where it goes on from. */
import { availableParallelism } from 'node:os';
import type { Start } from '../engines/engine.ts';
import { memoryBytes } from '../memory.ts';
import { withMlflow } from '../mlflow/environment.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { ExecutionRecord, ExecutionStore } from '../store/executions.ts';
import type { ServiceRecord, ServiceStore } from '../store/services.ts';
import { lastWhole } from './checkpoints.ts';

interface Parts {
  executions: ExecutionStore;
  services: ServiceStore;
  metrics: Metrics;
  mlflowUri: () => string | null;
}

export async function startOf(parts: Parts, execution: ExecutionRecord): Promise<Start> {
  const submission = parts.executions.submission(execution.id);
  const secrets = parts.executions.secrets(execution.id);
  const service = parts.services.get(execution.service);
  if (service === null) throw new Error(`execution ${execution.id} has no service`);
  const { settings } = service;
  return {
    executionId: execution.id,
    attempt: execution.attempt,
    start: execution.start,
    project: execution.project,
    train: submission.architecture.train ?? null,
    command: submission.architecture.command ?? null,
    python: submission.architecture.python,
    requirements:
      secrets.requirements === null
        ? null
        : { name: submission.architecture.requirements ?? 'requirements', text: secrets.requirements },
    model: execution.model,
    dataset: submission.model.dataset ?? null,
    config: submission.model.config,
    resumeFrom:
      execution.attempt === 1
        ? null
        : await lastWhole(await parts.metrics.files(execution.id), execution.attempt),
    environment: withMlflow({ ...secrets.environment, ...settings.env }, parts.mlflowUri(), secrets.token),
    gpus: execution.gpus,
    threads: Math.max(1, Math.floor(availableParallelism() / replicasAtOnce(parts, service))),
    memoryBytes: settings.memory === undefined ? null : memoryBytes(settings.memory),
    stopGraceSeconds: settings.stopGraceSeconds,
    token: secrets.token,
  };
}

/** How many CPU replicas may be at work at once, which share the cores: all that this service may have, and what others have to do. */
function replicasAtOnce({ executions, services }: Parts, own: ServiceRecord): number {
  const live = new Map<string, number>();
  for (const { service } of executions.live()) live.set(service, (live.get(service) ?? 0) + 1);
  let replicas = own.settings.autoscaling;
  for (const [id, count] of live) {
    const other = id === own.id ? null : services.get(id);
    if (other?.settings.instance === 'cpu') replicas += Math.min(count, other.settings.autoscaling);
  }
  return replicas;
}
