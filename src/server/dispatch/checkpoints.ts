/**
 * Which checkpoint an attempt goes on from. A training may have died while it wrote one, so only what is known to be whole is handed
 * over: a copy that the runner made (`runner/trainyard/_checkpoints.py`), or an original in which nothing has changed since.
 */
import type { BigIntStats } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ReportedFile } from '../../contract/shapes.ts';

/** The path of the newest whole checkpoint of the attempts before this one, or null. */
export async function lastWhole(
  files: readonly (ReportedFile & { attempt: number })[],
  attempt: number,
): Promise<string | null> {
  const newestFirst = files
    .filter((file) => file.kind === 'checkpoint' && file.attempt < attempt)
    .toSorted((a, b) => b.attempt - a.attempt || b.time - a.time);
  for (const { copy, ...original } of newestFirst) {
    // A copy has the size and the time of the original; a loss of power may have left less of it.
    if (copy !== undefined && (await isUnchanged({ ...original, path: copy }))) return copy;
    if (await isUnchanged(original)) return original.path;
  }
  return null;
}

/** Whether a file, or all that is in a folder, is there and what it was when it was reported. */
async function isUnchanged({ path: place, time, size, changed }: ReportedFile): Promise<boolean> {
  const now = await lookAt(place).catch(() => null);
  if (now === null) return false;
  // Reported by who tells no more than the path: then nothing may have changed after that.
  if (size === undefined || changed === undefined) return now.changed <= time * 1000;
  return now.size === size && now.changed === changed;
}

/** Bytes, and microseconds since 1970, as the runner counts them. */
async function lookAt(place: string): Promise<{ size: number; changed: number }> {
  const found = await stat(place, { bigint: true });
  const sum = { size: found.isDirectory() ? 0 : Number(found.size), changed: microseconds(found) };
  const waiting = found.isDirectory() ? [place] : [];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const name of await readdir(folder)) {
      const inside = path.join(folder, name);
      const one = await lstat(inside, { bigint: true });
      sum.changed = Math.max(sum.changed, microseconds(one));
      if (one.isDirectory()) waiting.push(inside);
      else sum.size += Number(one.size);
    }
  }
  return sum;
}

const microseconds = ({ mtimeNs }: BigIntStats): number => Number(mtimeNs / 1000n);
