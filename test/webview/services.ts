/** Services as the backend tells them, for tests. */
import { Settings, type Service } from '../../src/contract/shapes.ts';
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
