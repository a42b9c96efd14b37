/**
 * Runs that Trainyard doesn't train: a program elsewhere logs them, or they were imported. They are executions like any other, with a
 * status that only what is told of them moves; the dispatcher never sees them.
 */
import { existsSync, statSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { PROJECT_FILE } from '../contract/project.ts';
import { isOver, type Origin } from '../contract/status.ts';
import type { Backend } from './backend.ts';
import { transition, type Cause } from './dispatch/transition.ts';
import type { ExecutionRecord } from './store/executions.ts';

type Parts = Pick<Backend, 'db' | 'events' | 'executions' | 'services'>;

export interface Elsewhere {
  origin: Exclude<Origin, 'trained'>;
  project: string;
  /** What its likes have in common, as runs of one architecture do: an experiment's name, a folder's. */
  family: string;
  name: string;
  /** When it began. */
  at: Date;
}

/** Makes the execution, In Progress since it began; its id. To be called inside a transaction. */
export function createElsewhere(
  { db, events, executions, services }: Parts,
  { origin, project, family, name, at }: Elsewhere,
): string {
  const service = services.gathering(project, origin, at.toISOString());
  const id = executions.create(
    {
      project,
      architecture: { id: familyId(family), python: origin },
      model: { name: name.slice(0, 200), config: {} },
    },
    service.id,
    null,
    null,
    at,
    origin,
  );
  const made = executions.get(id);
  if (made === null) throw new Error(`${id} was not kept`);
  transition(db, events, made, { kind: 'told: running', at: at.toISOString() });
  return id;
}

export type Ending = Omit<Extract<Cause, { kind: 'told: ended' }>, 'kind'>;

/** Keeps how it ended; told again, how it ended after all. */
export function endElsewhere({ db, events, executions }: Parts, id: string, ending: Ending): void {
  db.transaction(() => {
    goOn({ db, events, executions }, id);
    const run = executions.get(id);
    if (run !== null) transition(db, events, run, { kind: 'told: ended', ...ending });
  });
}

/** It is In Progress (again), since it began first. */
export function goOn({ db, events, executions }: Omit<Parts, 'services'>, id: string): void {
  db.transaction(() => {
    const run = executions.get(id);
    if (run === null || !isOver(run.status)) return;
    transition(db, events, run, { kind: 'told: going on' });
    const waiting = executions.get(id);
    if (waiting === null) return;
    const at = new Date().toISOString();
    transition(db, events, waiting, { kind: 'told: running', at, since: run.startedAt ?? run.createdAt });
  });
}

/** As an architecture's id may be. */
function familyId(family: string): string {
  const plain = family
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '')
    .slice(0, 63);
  return plain === '' ? 'runs' : plain;
}

/** The real path of the project that a file or folder of this machine belongs to; null where it isn't there. */
export async function projectOf(place: string): Promise<string | null> {
  if (!path.isAbsolute(place)) return null;
  const real = await realpath(place).catch(() => null);
  if (real === null) return null;
  const folder = statSync(real).isDirectory() ? real : path.dirname(real);
  for (let at = folder; ; at = path.dirname(at)) {
    if (existsSync(path.join(at, PROJECT_FILE))) return at;
    if (path.dirname(at) === at) return folder;
  }
}

/** A training or a run of it that is over leaves none of the runs behind that its program made and can no longer end. */
export function endOrphans(
  parts: Parts,
  training: ExecutionRecord | null,
  unfinished: readonly string[],
  now: Date,
): void {
  if (training !== null && !isOver(training.status)) return;
  const how = training === null ? 'was removed' : `ended (${training.status})`;
  for (const id of unfinished) {
    endElsewhere(parts, id, {
      status: 'Failed',
      at: now.toISOString(),
      reason: `The training that logged it ${how}.`,
    });
  }
}
