/** How a service is, in a sentence, and what can be done about it. Pure. */
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

export type Remedy =
  'resume' | 'retry' | 'useCpu' | 'showLog' | 'raiseMemory' | 'interpreter' | 'projectFile' | 'settings';

export const REMEDY_WORDS: Readonly<Record<Remedy, string>> = {
  resume: 'Resume',
  retry: 'Retry Now',
  useCpu: 'Use CPU',
  showLog: 'Show Log of the Start',
  raiseMemory: 'Change Memory…',
  interpreter: 'Choose Another Interpreter…',
  projectFile: 'Open trainyard.json',
  settings: 'Change Settings…',
};

/** The likeliest first. */
export function remediesOf(service: Service, hasLog: boolean): Remedy[] {
  const log: Remedy[] = hasLog ? ['showLog'] : [];
  const resume: Remedy[] = service.activity === 'paused' ? ['resume'] : [];
  const code = service.diagnosis?.code;
  switch (code) {
    case undefined:
      return resume;
    case 'Paused':
      return ['resume'];
    case 'StartFailed':
    case 'CrashLoop':
      return [...log, 'retry', 'interpreter', 'projectFile', ...resume];
    case 'EnvironmentFailed':
      return [...log, 'retry', 'projectFile', 'interpreter', ...resume];
    case 'ImagePullBackOff':
      return [...log, 'retry', 'settings', ...resume];
    case 'OOM':
      return ['raiseMemory', ...log, 'retry', ...resume];
    case 'NoSuchInstance':
      return ['useCpu', 'settings', ...resume];
    case 'EngineUnreachable':
      return ['retry', 'settings', ...resume];
  }
}
