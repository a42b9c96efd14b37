/** The commands about training services: what there is, and pausing, resuming, retrying and setting one. */
import type { Client } from '../client/api.ts';
import { differingSettings } from '../client/differingSettings.ts';
import { settingsThatDiffer, settingText } from '../contract/settings.ts';
import { Settings, SettingsChange, type Service } from '../contract/shapes.ts';
import { table } from './say.ts';
import { setting, UsageError } from './words.ts';

export function serviceTable(services: readonly Service[]): string {
  const rows = services.map((one) => [
    one.name,
    one.activity === 'paused' ? 'paused' : one.health,
    `${one.replicas.busy + one.replicas.starting} of ${one.replicas.max}`,
    String(one.queued),
    one.settings.instance,
    one.diagnosis?.message ?? '',
  ]);
  return table(['SERVICE', 'HEALTH', 'BUSY', 'QUEUED', 'INSTANCE', ''], rows);
}

/**
 * A service by its id, its name or its architecture's id.
 * @param project the one whose services come first, where a name repeats in another; null where there is none
 */
export async function serviceNamed(
  client: Client,
  words: readonly string[],
  project: string | null,
): Promise<Service> {
  const [name, ...more] = words;
  if (name === undefined || more.length > 0)
    throw new UsageError('Which service? `trainyard services` lists them.');
  const { services } = await client.call('listServices', {});
  const named = services.filter((one) => [one.id, one.name, one.architecture.id].includes(name));
  const own = named.filter((one) => one.project === project);
  const [found, other] = own.length > 0 ? own : named;
  if (found === undefined)
    throw new UsageError(`There is no service "${name}". The first training of an architecture makes one.`);
  if (other !== undefined)
    throw new UsageError(
      `Several projects have a service "${name}": name it by its id (${named.map((one) => `${one.id} in ${one.project}`).join(', ')}).`,
    );
  return found;
}

/** "autoscaling=2", "memory=8GB", "memory=none" as a change of settings. */
export function settingsFrom(words: readonly string[]): SettingsChange {
  if (words.length === 0)
    throw new UsageError(
      `What is to be set? Such as autoscaling=2; there are ${Object.keys(Settings.shape).join(', ')}.`,
    );
  const pairs = words.map((word) => {
    const [name, value] = setting(word);
    return [name, name === 'memory' && value === 'none' ? null : value];
  });
  const parsed = SettingsChange.safeParse(Object.fromEntries(pairs));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(
    `${[...(issue?.path ?? [])].join('.') || 'Settings'}: ${issue?.message ?? 'not understood'}.`,
  );
}

/** What changed, and when it counts. */
export function settingsSaid(before: Service, after: Service): string {
  const names = settingsThatDiffer(before.settings, {
    ...after.settings,
    memory: after.settings.memory ?? null,
  });
  if (names.length === 0) return `${after.name} was set so already.\n`;
  const changes = names.map(
    (name) => `${name} ${settingText(before.settings[name])} -> ${settingText(after.settings[name])}`,
  );
  return `${after.name}: ${changes.join(', ')}. What runs goes on as it began.\n`;
}

/** Where the project's file says otherwise than the service that its first training made; null where it doesn't. */
export function differenceSaid(service: Service, file: SettingsChange | undefined): string | null {
  const differing = differingSettings(service, file);
  if (differing === null) return null;
  const { names, after, said } = differing;
  const change = names.map((name) => `'${name}=${settingText(after[name])}'`).join(' ');
  return `${said}; to apply the file's: trainyard configure ${service.name} ${change}\n`;
}
