/** The fields of a service's settings: what each is called, what it takes, and when a change of it counts. Pure. */
import * as l10n from '@vscode/l10n';
import * as z from 'zod';
import { Settings, type SettingsChange } from '../../src/contract/shapes.ts';

export type FieldName = keyof Settings;
/** What stands in the form: text as it is typed, a switch, or lines of a name and a value. */
export type Typed = string | boolean | readonly (readonly [name: string, value: string])[];

export interface Field {
  name: FieldName;
  label: string;
  help: string;
  /** What it takes, where that isn't plain from the control: said where it takes something else. */
  rule: string;
  effect: string;
  kind: 'text' | 'number' | 'switch' | 'variables' | 'choice';
  choices?: readonly { value: string; label: string }[];
}

const AT_ONCE = l10n.t('Counts at once.');
const NEXT_START = l10n.t('Counts from the next start on; what runs keeps what it has.');
const AT_THE_END = l10n.t('Counts at once: it is looked at when an attempt ends.');

export const FIELDS: readonly Field[] = [
  {
    name: 'autoscaling',
    label: l10n.t('Auto-scaling'),
    help: l10n.t('How many trainings of this service may run at the same time.'),
    rule: l10n.t('A whole number from 1 to 1000.'),
    effect: l10n.t('Counts at once: more start where there are free GPUs; of what runs nothing is ended.'),
    kind: 'number',
  },
  {
    name: 'instance',
    label: l10n.t('Instance type'),
    help: l10n.t('What a training runs on.'),
    rule: '',
    effect: NEXT_START,
    kind: 'choice',
    choices: [
      { value: 'gpu', label: l10n.t('GPU') },
      { value: 'cpu', label: l10n.t('CPU') },
    ],
  },
  {
    name: 'gpus',
    label: l10n.t('GPUs'),
    help: l10n.t('How many each training gets.'),
    rule: l10n.t('A whole number from 1 to 64.'),
    effect: NEXT_START,
    kind: 'number',
  },
  {
    name: 'takeBusyGpus',
    label: l10n.t('Take GPUs that others use'),
    help: l10n.t('Also those on which somebody else computes, after those that are free.'),
    rule: '',
    effect: AT_ONCE,
    kind: 'switch',
  },
  {
    name: 'memory',
    label: l10n.t('Memory'),
    help: l10n.t('What a training and all processes that it starts may use. Empty: no limit.'),
    rule: l10n.t('A number and a unit, such as 8GB or 512 MiB.'),
    effect: NEXT_START,
    kind: 'text',
  },
  {
    name: 'onReset',
    label: l10n.t('When a replica is reset'),
    help: l10n.t('What becomes of a training whose machine restarted or that ran out of memory.'),
    rule: '',
    effect: AT_THE_END,
    kind: 'choice',
    choices: [
      { value: 'rerun', label: l10n.t('Run it again, while attempts are left') },
      { value: 'fail', label: l10n.t('Let it fail') },
    ],
  },
  {
    name: 'maxAttempts',
    label: l10n.t('Attempts'),
    help: l10n.t('How often a training is run at most, counted from when you asked for it.'),
    rule: l10n.t('A whole number from 1 to 100.'),
    effect: AT_THE_END,
    kind: 'number',
  },
  {
    name: 'stopGraceSeconds',
    label: l10n.t('Grace for stopping'),
    help: l10n.t('Seconds that a training has to end by itself once it is aborted; then it is killed.'),
    rule: l10n.t('A number of seconds from 0 to 3600.'),
    effect: l10n.t('Counts at once: with the next abort.'),
    kind: 'number',
  },
  {
    name: 'env',
    label: l10n.t('Environment variables'),
    help: l10n.t('Added to the environment of each training. Anybody who can open this page can read them.'),
    rule: l10n.t('A name has letters, digits and "_", and begins with no digit. None may be there twice.'),
    effect: NEXT_START,
    kind: 'variables',
  },
  {
    name: 'engine',
    label: l10n.t('Engine'),
    help: l10n.t('What runs the trainings: local is this machine.'),
    rule: l10n.t('The name of an engine, such as local.'),
    effect: NEXT_START,
    kind: 'text',
  },
];

/** A setting as the form shows it. */
export function typedOf(settings: Settings, name: FieldName): Typed {
  const value = settings[name];
  if (value === undefined) return '';
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : Object.entries(value);
}

type Value = SettingsChange[FieldName];

/** What was typed as the contract takes it, or what is wrong with it. */
export function parsed(
  field: Field,
  typed: Typed,
): { ok: true; value: Value } | { ok: false; error: string } {
  const wrong = { ok: false, error: field.rule } as const;
  const value = valueOf(field, typed);
  if (value === null) return field.name === 'memory' ? { ok: true, value: null } : wrong;
  if (value === undefined) return wrong;
  const checked: z.ZodSafeParseResult<unknown> = Settings.shape[field.name].safeParse(value);
  return checked.success ? { ok: true, value: checked.data as Value } : wrong;
}

/** Null where nothing was typed, undefined where it isn't of the kind. */
function valueOf({ kind }: Field, typed: Typed): unknown {
  if (typeof typed === 'boolean') return typed;
  if (typeof typed !== 'string') {
    // A line without a name and a value is one that somebody was about to fill.
    const lines = typed.filter(([name, value]) => name !== '' || value !== '');
    const names = new Set(lines.map(([name]) => name));
    return names.size === lines.length ? Object.fromEntries(lines) : undefined;
  }
  const text = typed.trim();
  if (text === '') return null;
  if (kind !== 'number') return text;
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}
