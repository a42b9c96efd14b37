/** Whether the instance that a service asks for can exist on its engine, and the words where it can't. */
import type { Gpu } from '../../contract/compute.ts';
import type { ServiceRecord } from '../store/services.ts';

/**
 * The service with its diagnosis put right, or the very same where it is. Pure.
 * @param gpus what the engine has; null where nobody looked, and nothing is found out of a service that wants one
 */
export function withInstance(
  service: ServiceRecord,
  gpus: readonly Pick<Gpu, 'vendor' | 'name'>[] | null,
  now: Date,
): ServiceRecord {
  const { settings, diagnosis } = service;
  const wanted = settings.instance === 'gpu' ? settings.gpus : 0;
  if (gpus === null && wanted > 0) return service;
  const most = mostOfOneVendor(gpus ?? []);
  if (wanted <= most) {
    return diagnosis?.code === 'NoSuchInstance'
      ? { ...service, health: 'unproven', failures: 0, diagnosis: null, retryAt: null }
      : service;
  }
  const asked = wanted === 1 ? 'a GPU' : `${wanted} GPUs`;
  const message = `${service.name} asks for ${asked}; this machine has ${inventory(gpus ?? [])}.`;
  if (diagnosis?.code === 'NoSuchInstance' && diagnosis.message === message) return service;
  return {
    ...service,
    health: 'failing',
    retryAt: null,
    diagnosis: {
      severity: 'error',
      code: 'NoSuchInstance',
      message,
      hint:
        most === 0
          ? 'Set the service\'s instance to "cpu".'
          : `Ask for at most ${most}, or set the instance to "cpu".`,
      since: diagnosis?.code === 'NoSuchInstance' ? diagnosis.since : now.toISOString(),
    },
  };
}

/** A run gets GPUs of one vendor alone. */
function mostOfOneVendor(gpus: readonly Pick<Gpu, 'vendor'>[]): number {
  const counts = new Map<string, number>();
  for (const { vendor } of gpus) counts.set(vendor, (counts.get(vendor) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}

/** "no GPU", "one GPU (NVIDIA A100)", "3 GPUs (2 NVIDIA A100, NVIDIA T4)". */
export function inventory(gpus: readonly Pick<Gpu, 'name'>[]): string {
  if (gpus.length === 0) return 'no GPU';
  const counts = new Map<string, number>();
  for (const { name } of gpus) counts.set(name, (counts.get(name) ?? 0) + 1);
  const names = [...counts].map(([name, count]) => (count === 1 ? name : `${count} ${name}`)).join(', ');
  return `${gpus.length === 1 ? 'one GPU' : `${gpus.length} GPUs`} (${names})`;
}
