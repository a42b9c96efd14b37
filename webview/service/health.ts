/** How a service is, in a sentence. Pure. */
import type { Service } from '../../src/contract/shapes.ts';

export type Standing = 'healthy' | 'unproven' | 'failing' | 'paused';

/** A service that both fails and is paused shows that it fails. */
export function standingOf({ health, activity }: Pick<Service, 'health' | 'activity'>): Standing {
  if (health === 'failing') return 'failing';
  return activity === 'paused' ? 'paused' : health;
}

export const STANDING_WORDS: Readonly<Record<Standing, string>> = {
  healthy: 'Healthy',
  unproven: 'Unproven',
  failing: 'Failing',
  paused: 'Paused',
};

export function standingText(service: Service): string {
  const waiting = service.queued === 1 ? '1 training waits' : `${service.queued} trainings wait`;
  const rest = service.queued === 0 ? 'Nothing waits.' : `${waiting}.`;
  switch (standingOf(service)) {
    case 'healthy':
      return `Its last start was a good one. ${rest}`;
    case 'unproven':
      return `No start of it is known to be good yet. ${rest}`;
    case 'failing':
      if (service.diagnosis?.code === 'NoSuchInstance') return `It can't run here as it is set. ${rest}`;
      return service.activity === 'paused'
        ? `It fails to start, and it is paused, so that it tries no more. ${rest}`
        : `It fails to start, and tries again by itself, less and less often. ${rest}`;
    case 'paused':
      return `It starts nothing. What runs goes on. ${rest}`;
  }
}

/** "1 of 2 replicas busy · 1 starting · 3 in the queue · 1 GPU each" */
export function loadText({ replicas, queued, settings }: Service): string {
  const { busy, starting, max } = replicas;
  const on =
    settings.instance === 'cpu' ? 'CPU' : `${settings.gpus} ${settings.gpus === 1 ? 'GPU' : 'GPUs'} each`;
  return [
    `${busy} of ${max} ${max === 1 ? 'replica' : 'replicas'} busy`,
    ...(starting > 0 ? [`${starting} starting`] : []),
    queued === 0 ? 'queue empty' : `${queued} in the queue`,
    on,
  ].join(' · ');
}
