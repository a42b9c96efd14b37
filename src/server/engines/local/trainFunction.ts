/** Could a file bind the name of its train function? Asked of Python's own parser; none of the user's code runs. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { Checked } from '../../backend.ts';

const Answer = z.object({ problem: z.string().nullable() });
const DEADLINE_MS = 10_000;
const HINT = 'Correct "train" in trainyard.json: "file.py:function".';

/** What parsers answered, by the question and the file's text: many trainings of the same code are asked about once. */
const answers = new Map<string, Promise<string | null>>();
const KEPT_ANSWERS = 1000;

/** @param what `train` is "file.py:function" or "file.py:Class.method", from the project's folder */
export async function checkTrainFunction(what: {
  runner: string;
  python: string;
  project: string;
  train: string;
}): Promise<Checked> {
  const at = what.train.lastIndexOf(':');
  const [file, name] = [what.train.slice(0, at), what.train.slice(at + 1)];
  const absolute = path.resolve(what.project, file);
  if (!absolute.startsWith(what.project + path.sep)) {
    return { ok: false, message: `${file} lies outside the project ${what.project}.`, hint: HINT };
  }
  const text = await readFile(absolute).catch((error: NodeJS.ErrnoException) => error);
  if (text instanceof Error) {
    const why =
      text.code === 'ENOENT' ? `There is no ${absolute}.` : `${absolute} can't be read: ${text.code}.`;
    return { ok: false, message: why, hint: HINT };
  }
  const question = [what.python, file, name, createHash('sha256').update(text).digest('hex')].join('\0');
  const script = path.join(what.runner, 'trainyard', '_check.py');
  const problem = await (answers.get(question) ?? ask(question, what.python, [script, absolute, file, name]));
  return problem === null ? { ok: true } : { ok: false, message: problem, hint: HINT };
}

function ask(question: string, python: string, args: string[]): Promise<string | null> {
  const [oldest] = answers.keys();
  if (answers.size >= KEPT_ANSWERS && oldest !== undefined) answers.delete(oldest);
  const answer = promisify(execFile)(python, ['-I', ...args], { timeout: DEADLINE_MS })
    .then(({ stdout }) => Answer.parse(JSON.parse(stdout)).problem)
    .catch(() => {
      // No interpreter, or one that is too old: the start will fail, and tell what is wrong with it.
      answers.delete(question);
      return null;
    });
  answers.set(question, answer);
  return answer;
}
