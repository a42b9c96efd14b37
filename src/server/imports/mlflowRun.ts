/** A run of MLflow, wherever it was read, as what is found. */
import { createHash } from 'node:crypto';
import { importedAs } from '../mlflow/records.ts';
import type { FoundRun } from './found.ts';

export interface MlflowFacts {
  id: string;
  name: string;
  /** As `FoundRun` has it. */
  lies: string;
  experiment: string;
  status: string;
  /** Milliseconds since 1970. */
  start: number;
  end: number | null;
  params: Readonly<Record<string, string>>;
  tags: Readonly<Record<string, string>>;
  /** What tells whether its metrics changed, however that is known where it lies. */
  state: string;
}

export function foundRun(
  { lies, ...facts }: MlflowFacts,
  logged: Pick<FoundRun, 'series' | 'files'>,
): FoundRun {
  const began = timeOf(facts.start);
  const digest = createHash('sha256').update(JSON.stringify(facts)).digest('base64url');
  return {
    identity: importedAs(facts.id),
    digest,
    lies,
    name: facts.name === '' ? facts.id.slice(0, 8) : facts.name,
    family: facts.experiment,
    beganAt: began,
    ended: endOf(facts.status, facts.end === null ? began : timeOf(facts.end)),
    params: facts.params,
    tags: facts.tags,
    logs: [],
    ...logged,
  };
}

function endOf(status: string, at: Date): FoundRun['ended'] {
  switch (status) {
    case 'FINISHED':
      return { status: 'Success', at, reason: null };
    case 'FAILED':
      return { status: 'Failed', at, reason: 'Its own program told that it failed.' };
    case 'KILLED':
      return { status: 'Terminated', at, reason: 'Its own program ended it.' };
    default:
      return { status: 'Aborted', at, reason: 'It had no end when it was imported.' };
  }
}

/** A time that can be told, whatever a file claims. */
const timeOf = (ms: number): Date =>
  new Date(Number.isFinite(ms) ? Math.min(Math.max(ms, 0), Date.UTC(9999, 0)) : 0);

/** A value as MLflow writes it. */
export function numberOf(text: string): number {
  const word = text.toLowerCase().replace(/^[+]/, '');
  if (word === 'inf' || word === 'infinity') return Infinity;
  if (word === '-inf' || word === '-infinity') return -Infinity;
  return Number(text);
}

/** MLflow's database keeps the largest number in place of infinity. */
export const unbounded = (value: number): number =>
  Math.abs(value) === Number.MAX_VALUE ? Math.sign(value) * Infinity : value;
