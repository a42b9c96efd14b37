/**
 * What attempts left in their output folders, and what they made known. Only names, sizes and times: no file is opened, and no
 * symbolic link is followed.
 */
import { lstat, opendir, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { OutputFile, ReportedFile } from '../contract/shapes.ts';

/** A page shows no more, and a walk over a network disk ends. */
const MOST = 2000;
const DEADLINE_MS = 10_000;

type Reported = ReportedFile & { attempt: number };

/** The newest first; `cut` where there are more than are told. Never rejects: what can't be read is left out, or was just removed. */
export async function outputFiles(
  folders: readonly { attempt: number; folder: string }[],
  reported: readonly Reported[],
  most = MOST,
  deadlineMs = DEADLINE_MS,
): Promise<{ files: OutputFile[]; cut: boolean }> {
  const until = performance.now() + deadlineMs;
  const files: OutputFile[] = [];
  let cut = false;
  // The latest attempt is looked for first; where there are too many files, the others give way.
  for (const { attempt, folder } of folders.toSorted((a, b) => b.attempt - a.attempt)) {
    const own = reported.filter((one) => one.attempt === attempt);
    const root = await realpath(folder).catch(() => folder);
    for (const place of await elsewhere(own, [folder, root])) {
      const found = await fileAt(place);
      if (found !== null) files.push({ attempt, path: place, kind: kindOf(own, [place]), ...found });
    }
    for await (const below of filesBelow(root)) {
      if (files.length >= most || performance.now() > until) {
        cut = true;
        break;
      }
      const found = await fileAt(path.join(root, below));
      if (found === null) continue;
      // A folder that was made known as a checkpoint: all that is in it is one.
      const kind = kindOf(own, [
        ...upwards(path.join(root, below), root),
        ...upwards(path.join(folder, below), folder),
      ]);
      files.push({ attempt, path: below.split(path.sep).join('/'), kind, ...found });
    }
  }
  return { files: files.toSorted((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0)), cut };
}

function kindOf(reported: readonly Reported[], places: readonly string[]): OutputFile['kind'] {
  const own = reported.filter((one) => places.includes(path.normalize(one.path)));
  const kinds = new Set(own.map(({ kind }) => kind));
  return kinds.has('checkpoint') ? 'checkpoint' : kinds.has('artifact') ? 'artifact' : 'other';
}

/** The place itself and the folders above it, below the root. */
function upwards(place: string, root: string): string[] {
  const places = [];
  for (let one = place; one.length > root.length; one = path.dirname(one)) places.push(one);
  return places;
}

/** Places that were made known and are in none of these folders. */
async function elsewhere(reported: readonly Reported[], roots: readonly string[]): Promise<Set<string>> {
  const places = new Set<string>();
  for (const one of reported) {
    const place = path.normalize(one.path);
    const real = await realpath(place).catch(() => place);
    if (![place, real].some((it) => roots.some((root) => it.startsWith(root + path.sep)))) places.add(place);
  }
  return places;
}

/** Size and time of a regular file; null for everything else. */
async function fileAt(place: string): Promise<Pick<OutputFile, 'bytes' | 'time'> | null> {
  const found = await lstat(place).catch(() => null);
  if (found?.isFile() !== true) return null;
  // A file may claim any time, and not every one can be written in four digits of a year.
  const changed = Math.min(Math.max(found.mtimeMs, 0), Date.UTC(9999, 0));
  return { bytes: found.size, time: new Date(changed).toISOString() };
}

/** Paths below the folder; what is nearer comes first. */
async function* filesBelow(root: string): AsyncGenerator<string> {
  const folders = [''];
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    try {
      for await (const entry of await opendir(path.join(root, folder))) {
        const below = path.join(folder, entry.name);
        if (entry.isDirectory()) folders.push(below);
        else if (entry.isFile()) yield below;
      }
    } catch {
      // A training that leaves no folder, or removes one while it is read.
    }
  }
}
