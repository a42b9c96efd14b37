/**
 * A requirements file as one text: files that it includes stand in it, so that the text alone says what the environment is, and is
 * kept as it was when the training was submitted.
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { Refusal } from './refusal.ts';

const MAX_BYTES = 2 ** 20;
/** `-r other.txt` and `-c limits.txt`, in the spellings that pip takes (https://pip.pypa.io/en/stable/reference/requirements-file-format/). */
const INCLUDE = /^\s*(?:-r|--requirement)(?:\s*=\s*|\s*)(?!\S+:\/\/)(\S+)\s*$/;
const CONSTRAINT = /^\s*(?:-c|--constraint)(?:\s*=\s*|\s*)(?!\S+:\/\/)(\S+)\s*$/;

/** @param file an absolute path. Rejects with `Refusal` where it, or one that it includes, can't be read. */
export async function requirementsText(file: string, outer: readonly string[] = []): Promise<string> {
  if (outer.includes(file)) return '';
  const size = await stat(file).then(
    (found) => (found.isFile() ? found.size : null),
    () => null,
  );
  const hint = 'Correct "requirements" in trainyard.json, or leave it out.';
  if (size === null) {
    const by = outer.length === 0 ? '' : `, which ${outer.at(-1)} includes`;
    throw new Refusal(422, 'no-requirements', `There is no requirements file ${file}${by}.`, hint);
  }
  if (size > MAX_BYTES) throw new Refusal(422, 'no-requirements', `${file} is larger than 1 MiB.`, hint);
  const lines = (await readFile(file, 'utf8')).split('\n');
  const whole = lines.map(async (line) => {
    const included = INCLUDE.exec(line)?.[1];
    if (included !== undefined)
      return requirementsText(path.resolve(path.dirname(file), included), [...outer, file]);
    const constraint = CONSTRAINT.exec(line)?.[1];
    return constraint === undefined ? line : `-c ${path.resolve(path.dirname(file), constraint)}`;
  });
  return (await Promise.all(whole)).join('\n');
}
