/** Services as the backend tells them, for tests. */
import type { ToService } from '../../src/contract/pages/service.ts';
import { Settings, type Service, type ServiceHappening } from '../../src/contract/shapes.ts';
import { FAILING } from './tableRows.ts';

export const aService = (rest: Partial<Service> = {}): Service => ({
  id: 'svc-1',
  name: 'mgmt-train-shapes',
  project: '/home/ada/shapes',
  architecture: { id: 'shapes' },
  settings: Settings.parse({}),
  activity: 'active',
  health: 'healthy',
  replicas: { busy: 1, starting: 0, max: 1 },
  queued: 2,
  diagnosis: null,
  ...rest,
});

export const aFailing = (rest: Partial<Service> = {}): Service =>
  aService({ health: 'failing', replicas: { busy: 0, starting: 0, max: 1 }, diagnosis: FAILING, ...rest });

export const told = (service: Service | null, failedExecutionId: string | null = null): ToService => ({
  type: 'service',
  service,
  project: null,
  failedExecutionId,
});

export const HISTORY: ServiceHappening[] = [
  {
    at: '2026-01-10T10:03:00.000Z',
    kind: 'failing',
    message: "CrashLoop: No module named 'nothing_of_this_name'",
  },
  { at: '2026-01-10T10:02:00.000Z', kind: 'settings', message: 'autoscaling 1 -> 2' },
  { at: '2026-01-10T10:00:00.000Z', kind: 'made', message: 'By the first training of shapes.' },
];
