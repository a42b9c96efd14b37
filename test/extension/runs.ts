/** Runs and services as the backend tells them, for tests of what is made of them. */
import { Settings, type Run, type Service } from '../../src/contract/shapes.ts';
import type { Status } from '../../src/contract/status.ts';

let made = 0;

export function run(status: Status, changes: Partial<Run> = {}): Run {
  made++;
  const over = ['Success', 'Failed', 'Aborted', 'Terminated'].includes(status);
  const begun = over || status === 'In Progress';
  return {
    executionId: `e-${made}`,
    project: '/work/shapes',
    model: { id: `m-${made}`, name: 'shapes-small', version: 1 },
    architecture: { id: 'shapes' },
    service: { id: 's-1', name: 'mgmt-train-shapes' },
    origin: 'trained',
    status,
    reason: null,
    stopping: false,
    attempt: 1,
    createdAt: '2025-11-24T02:00:00.000Z',
    queuedAt: '2025-11-24T02:00:00.000Z',
    startedAt: begun ? '2025-11-24T02:00:01.000Z' : null,
    endedAt: over ? '2025-11-24T02:01:05.000Z' : null,
    durationMs: begun ? 64_000 : null,
    progress: null,
    summary: [],
    diagnosis: null,
    ...changes,
  };
}

export const line = (
  figure: string,
  legend: string,
  last: number,
  best: number | null,
  bestEpoch: number | null,
): Run['summary'][number] => ({ figure, legend, count: 7, last, lastEpoch: 7, best, bestEpoch });

export const DETECTOR = [
  line('box_loss', 'train', 0.6, 0.55, 6),
  line('box_loss', 'val', 0.7, 0.66, 5),
  line('mAP50(B)', 'val', 0.8, 0.81, 6),
  line('mAP50-95(B)', 'val', 0.6, 0.6134, 6),
];

export const failing: NonNullable<Run['diagnosis']> = {
  severity: 'error',
  code: 'CrashLoop',
  message: 'mgmt-train-shapes failed to start 3 times in a row.',
  hint: 'Read the log.',
  since: '2025-11-24T02:00:30.000Z',
};

export const paused: NonNullable<Run['diagnosis']> = {
  severity: 'warning',
  code: 'Paused',
  message: 'mgmt-train-shapes is paused: it starts nothing.',
  hint: 'Resume the service.',
  since: '2025-11-24T02:00:30.000Z',
};

export const settings = (changes: Partial<Settings> = {}): Settings => Settings.parse(changes);

export const service = (changes: Partial<Service> = {}): Service => ({
  id: 's-1',
  name: 'mgmt-train-shapes',
  project: '/work/shapes',
  architecture: { id: 'shapes' },
  settings: settings(),
  activity: 'active',
  health: 'healthy',
  replicas: { busy: 0, starting: 0, max: 1 },
  queued: 0,
  diagnosis: null,
  ...changes,
});
