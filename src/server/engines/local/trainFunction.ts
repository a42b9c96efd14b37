/** Could a file bind the name of its train function? Asked of Python's own parser; none of the user's code runs. */
import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Checked } from '../../backend.ts';

const Answer = z.object({ problem: z.string().nullable() });
const DEADLINE_MS = 10_000;

/** @param what `train` is "file.py:function" or "file.py:Class.method", from the project's folder */
export async function checkTrainFunction(what: {
  runner: string;
  python: string;
  project: string;
  train: string;
}): Promise<Checked> {
  const at = what.train.lastIndexOf(':');
  const [file, name] = [what.train.slice(0, at), what.train.slice(at + 1)];
  const hint = 'Correct "train" in trainyard.json: "file.py:function".';
  const absolute = path.resolve(what.project, file);
  if (!absolute.startsWith(what.project + path.sep)) {
    return { ok: false, message: `${file} lies outside the project ${what.project}.`, hint };
  }
  const there = await access(absolute).then(
    () => true,
    () => false,
  );
  if (!there) return { ok: false, message: `There is no ${absolute}.`, hint };
  const script = path.join(what.runner, 'trainyard', '_check.py');
  try {
    const { stdout } = await promisify(execFile)(what.python, ['-I', script, absolute, file, name], {
      timeout: DEADLINE_MS,
    });
    const { problem } = Answer.parse(JSON.parse(stdout));
    return problem === null ? { ok: true } : { ok: false, message: problem, hint };
  } catch {
    // No interpreter, or one that is too old: the start will fail, and tell what is wrong with it.
    return { ok: true };
  }
}
