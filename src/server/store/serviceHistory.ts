/** What happened to a service, told from how it was and how it is. Pure. */
import type { ServiceHappening } from '../../contract/shapes.ts';
import type { ServiceRecord } from './services.ts';

export type Happening = Omit<ServiceHappening, 'at'>;

/** The entries for its history that lead from one state to the next; none where nothing that people know of changed. */
export function happenings(before: ServiceRecord, after: ServiceRecord): Happening[] {
  const found: Happening[] = [];
  const changes = changedSettings(before.settings, after.settings);
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
    found.push({ kind: 'unproven', message: 'Whether it starts is not known again.' });
  return found;
}

/** "autoscaling 1 -> 2, memory none -> 8GB" */
function changedSettings(before: ServiceRecord['settings'], after: ServiceRecord['settings']): string {
  const changes: string[] = [];
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before, after].map((settings) => settings[name as keyof typeof settings]);
    if (JSON.stringify(was) === JSON.stringify(is)) continue;
    // Values of its environment may be secrets.
    changes.push(name === 'env' ? envWords(before.env, after.env) : `${name} ${words(was)} -> ${words(is)}`);
  }
  return changes.join(', ');
}

const words = (value: unknown): string =>
  value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value);

function envWords(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return `env ${names.filter((name) => before[name] !== after[name]).join(', ')} changed`;
}
