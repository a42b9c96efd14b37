/** What a person is about to change of the settings: the fields that were touched, over the service as it is. Pure. */
import * as l10n from '@vscode/l10n';
import type { Settings, SettingsChange } from '../../src/contract/shapes.ts';
import { FIELDS, parsed, typedOf, type Field, type FieldName, type Typed } from './fields.ts';

export type Draft = ReadonlyMap<FieldName, Typed>;

const same = (a: Typed, b: Typed): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The draft after a field was typed into: what is as the service has it anyway is no change. */
export function touched(draft: Draft, settings: Settings, name: FieldName, typed: Typed): Draft {
  const next = new Map(draft);
  if (same(typed, typedOf(settings, name))) next.delete(name);
  else next.set(name, typed);
  return next;
}

/** The draft once the service has changed by somebody else's hand: what it has by now is no change any more. */
export function rebased(draft: Draft, settings: Settings): Draft {
  return new Map([...draft].filter(([name, typed]) => !same(typed, typedOf(settings, name))));
}

export interface Shown {
  field: Field;
  typed: Typed;
  changed: boolean;
  error: string | null;
  /** It has no meaning as the others are: GPUs of a CPU. */
  idle: boolean;
}

export function fieldsOf(draft: Draft, settings: Settings): Shown[] {
  const instance = draft.get('instance') ?? settings.instance;
  return FIELDS.map((field) => {
    const typed = draft.get(field.name) ?? typedOf(settings, field.name);
    const checked = parsed(field, typed);
    return {
      field,
      typed,
      changed: draft.has(field.name) && !(checked.ok && isAs(settings, field.name, checked.value)),
      error: checked.ok ? null : checked.error,
      idle: (field.name === 'gpus' || field.name === 'takeBusyGpus') && instance === 'cpu',
    };
  });
}

/** What to ask for; null where something of it can't be asked. */
export function changeOf(draft: Draft, settings: Settings): SettingsChange | null {
  const entries: [FieldName, unknown][] = [];
  for (const field of FIELDS) {
    const typed = draft.get(field.name);
    if (typed === undefined) continue;
    const checked = parsed(field, typed);
    if (!checked.ok) return null;
    if (!isAs(settings, field.name, checked.value)) entries.push([field.name, checked.value]);
  }
  return Object.fromEntries(entries);
}

/** Typed otherwise, it may still mean what the service has. */
const isAs = (settings: Settings, name: FieldName, value: unknown): boolean =>
  JSON.stringify(settings[name] ?? null) === JSON.stringify(value ?? null);

/** What takes a change back. */
export function undoOf(change: SettingsChange, before: Settings): SettingsChange {
  return Object.fromEntries(Object.keys(change).map((name) => [name, before[name as FieldName] ?? null]));
}

/** "Auto-scaling, Engine and Memory" */
export const listed = (names: readonly string[]): string =>
  names.length < 2
    ? names.join('')
    : l10n.t('{0} and {1}', names.slice(0, -1).join(', '), names.at(-1) ?? '');

/** "Auto-scaling and Memory" */
export function namesOf(change: SettingsChange): string {
  const labels = FIELDS.filter(({ name }) => name in change).map(({ label }) => label);
  return listed(labels);
}
