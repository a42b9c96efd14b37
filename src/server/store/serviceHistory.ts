/** What happened to a service, told from how it was and how it is. Pure. */
import { settingsThatDiffer, settingText } from '../../contract/settings.ts';
import type { ServiceHappening, Settings } from '../../contract/shapes.ts';
import type { ServiceRecord } from './services.ts';

export type Happening = Omit<ServiceHappening, 'at'>;

/** The entries for its history that lead from one state to the next; none where nothing that people know of changed. */
export function happenings(before: ServiceRecord, after: ServiceRecord): Happening[] {
  const found: Happening[] = [];
  const changes = changeWords(before.settings, after.settings);
  if (changes !== '') found.push({ kind: 'settings', message: changes });
  if ((before.pausedAt === null) !== (after.pausedAt === null)) {
    found.push(
      after.pausedAt === null
        ? { kind: 'resumed', message: 'It takes up its queue again.' }
        : { kind: 'paused', message: 'It starts nothing more; what runs goes on.' },
    );
  }
  const { diagnosis } = after;
  // A start that fails again for the same reason is no news.
  if (diagnosis !== null && diagnosis.code !== before.diagnosis?.code)
    found.push({ kind: 'failing', message: `${diagnosis.code}: ${diagnosis.message}` });
  if (after.health !== before.health && after.health === 'healthy')
    found.push({ kind: 'healthy', message: 'A start succeeded.' });
  if (after.health !== before.health && after.health === 'unproven')
    found.push({ kind: 'unproven', message: 'Its next start will tell whether it works.' });
  return found;
}

/** What people call the settings; their ids are for files and programs. */
const NAMES: Readonly<Record<keyof Settings, string>> = {
  engine: 'engine',
  instance: 'instance type',
  gpus: 'GPUs',
  takeBusyGpus: 'take GPUs that others use',
  autoscaling: 'auto-scaling',
  onReset: 'when a replica is reset',
  maxAttempts: 'attempts',
  memory: 'memory',
  env: 'environment variables',
  stopGraceSeconds: 'seconds of grace for stopping',
};

/** "auto-scaling 1 → 2, memory none → 8GB" */
const changeWords = (before: Settings, after: Settings): string =>
  settingsThatDiffer(before, { ...after, memory: after.memory ?? null })
    .map((name) =>
      // Values of its environment may be secrets.
      name === 'env'
        ? envWords(before.env, after.env)
        : `${NAMES[name]} ${settingText(before[name])} → ${settingText(after[name])}`,
    )
    .join(', ');

function envWords(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return `${NAMES.env} ${names.filter((name) => before[name] !== after[name]).join(', ')} changed`;
}
