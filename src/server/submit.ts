/** A submission becomes an execution: checked first, so that what can't run is refused and changes nothing. */
import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Submission } from '../contract/shapes.ts';
import type { Backend } from './backend.ts';
import { noSuchEngine, Refusal } from './refusal.ts';
import { requirementsText } from './requirements.ts';
import type { ExecutionStore, Idempotency } from './store/executions.ts';

/**
 * @param key the client's own name for this submission: the same again makes nothing new
 * @returns the id of the execution. Rejects with `Refusal`.
 */
export async function submit(backend: Backend, asked: Submission, key: string | null): Promise<string> {
  const { db, services, executions, engine } = backend;
  const idempotency = key === null ? null : { key, bodyDigest: digestOf(asked) };
  const known = submittedBefore(executions, idempotency);
  if (known !== null) return known;
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
  return db.together(() => {
    // Asked again: the checks took time, and the same submission may have arrived twice.
    const before = submittedBefore(executions, idempotency);
    if (before !== null) return before;
    const now = new Date();
    const service =
      services.find(project, architecture.id) ??
      services.create(project, architecture.id, architecture.service ?? {}, now.toISOString());
    return executions.create({ ...asked, project }, service.id, requirements, idempotency, now);
  });
}

const digestOf = (asked: Submission): string =>
  createHash('sha256').update(JSON.stringify(asked)).digest('base64url');

/** The execution that this submission made when it came before; null where it comes for the first time. */
function submittedBefore(executions: ExecutionStore, idempotency: Idempotency | null): string | null {
  if (idempotency === null) return null;
  const before = executions.byIdempotencyKey(idempotency.key);
  if (before === null || before.bodyDigest === idempotency.bodyDigest) return before?.id ?? null;
  throw new Refusal(
    422,
    'key-used',
    `The Idempotency-Key "${idempotency.key}" came before, with another body: that made ${before.id}.`,
    'Send a new key with each new submission, and the same body with the same key.',
  );
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
