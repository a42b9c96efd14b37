/** A submission becomes an execution: checked first, so that what can't run is refused and changes nothing. */
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Submission } from '../contract/shapes.ts';
import type { Backend } from './backend.ts';
import { noSuchEngine, Refusal } from './refusal.ts';
import { requirementsText } from './requirements.ts';

/** @returns the id of the new execution. Rejects with `Refusal`. */
export async function submit(
  backend: Backend,
  asked: Submission,
  idempotencyKey: string | null,
): Promise<string> {
  const { db, services, executions, engine } = backend;
  const { architecture } = asked;
  if (architecture.train === undefined && architecture.command === undefined) {
    throw new Refusal(
      422,
      'no-train-function',
      `The architecture "${architecture.id}" has no train function.`,
      'Name one as "train": "file.py:function", or a program as "command".',
    );
  }
  if (architecture.train !== undefined && architecture.command !== undefined) {
    throw new Refusal(
      422,
      'two-ways',
      `The architecture "${architecture.id}" names both "train" and "command".`,
      'Keep one of them.',
    );
  }
  const wanted = architecture.service?.engine;
  if (wanted !== undefined && wanted !== engine.id) throw noSuchEngine(wanted);
  const project = await projectFolder(asked.project);
  if (!path.isAbsolute(architecture.python)) {
    throw new Refusal(
      422,
      'relative-python',
      `"${architecture.python}" isn't an absolute path.`,
      'Who submits resolves the interpreter.',
    );
  }
  const requirements =
    architecture.requirements === undefined
      ? null
      : await requirementsText(path.resolve(project, architecture.requirements));
  if (architecture.train !== undefined) {
    const checked = await backend.checkTrainFunction({
      python: architecture.python,
      project,
      train: architecture.train,
    });
    if (!checked.ok) throw new Refusal(422, 'no-train-function', checked.message, checked.hint);
  }
  return db.transaction(() => {
    // Asked again: the checks took time, and the same submission may have arrived twice.
    const before = idempotencyKey === null ? null : executions.byIdempotencyKey(idempotencyKey);
    if (before !== null) return before.id;
    const now = new Date();
    const service =
      services.find(project, architecture.id) ??
      services.create(project, architecture.id, architecture.service ?? {}, now.toISOString());
    return executions.create({ ...asked, project }, service.id, requirements, idempotencyKey, now);
  });
}

async function projectFolder(folder: string): Promise<string> {
  const refused = (why: string): Refusal =>
    new Refusal(
      422,
      'no-such-project',
      `project: ${why}.`,
      'It is the folder on this machine that holds the code.',
    );
  if (!path.isAbsolute(folder)) throw refused(`"${folder}" isn't an absolute path`);
  const real = await realpath(folder).catch(() => null);
  if (real === null) throw refused(`there is no ${folder}`);
  if (!(await stat(real)).isDirectory()) throw refused(`${folder} isn't a folder`);
  return real;
}
