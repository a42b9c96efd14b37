/** What lies below a folder that runs are looked for in: names alone, as far as a limit. */
import { opendir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Place } from './found.ts';

/** Folders of data sets have as many files; whole disks have more. */
const MOST_ENTRIES = 200_000;
/** Runs lie less deep. */
const MOST_DEEP = 12;

export interface Below {
  isFile: boolean;
  /** Names of files by folder, those without any left out; the nearer folders first. */
  folders: ReadonlyMap<string, readonly string[]>;
  /** What wasn't looked at. */
  left: { what: string; why: string }[];
}

export interface Limits {
  entries: number;
  deep: number;
}

/** Folders of programs and of caches have logs of no one's; MLflow's own have a reader of their own. */
const isPassedOver = (name: string): boolean =>
  name.startsWith('.') || ['node_modules', '__pycache__', 'site-packages', 'mlruns'].includes(name);

const seen = new WeakMap<Place, Promise<Below>>();

/** The same place is looked at once: each reader asks. */
export function below(place: Place): Promise<Below> {
  const known = seen.get(place);
  if (known !== undefined) return known;
  const looking = look(place.from);
  seen.set(place, looking);
  return looking;
}

/** A file is looked at as if it lay alone. No symbolic link is followed. */
export async function look(
  from: string,
  limits: Limits = { entries: MOST_ENTRIES, deep: MOST_DEEP },
): Promise<Below> {
  const found = new Map<string, string[]>();
  const left: Below['left'] = [];
  const isFile = (await stat(from).catch(() => null))?.isFile() ?? false;
  if (isFile) return { isFile, folders: new Map([[path.dirname(from), [path.basename(from)]]]), left };
  let entries = 0;
  const waiting = [{ folder: from, depth: 0 }];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { folder, depth } = next;
    if (depth > limits.deep) {
      left.push({ what: folder, why: `Folders in folders are looked at ${limits.deep} deep.` });
      continue;
    }
    const names: string[] = [];
    const inside: string[] = [];
    try {
      for await (const entry of await opendir(folder)) {
        if (++entries > limits.entries) break;
        if (entry.isFile()) names.push(entry.name);
        else if (entry.isDirectory() && !isPassedOver(entry.name)) inside.push(entry.name);
      }
    } catch (error) {
      left.push({ what: folder, why: error instanceof Error ? error.message : String(error) });
    }
    // MLflow's folders, under whatever name.
    if (names.includes('meta.yaml')) continue;
    if (names.length > 0) found.set(folder, names.toSorted());
    if (entries > limits.entries) {
      const many = limits.entries.toLocaleString('en');
      left.push({
        what: from,
        why: `Only its first ${many} files and folders were looked at; name one inside.`,
      });
      break;
    }
    waiting.push(...inside.toSorted().map((name) => ({ folder: path.join(folder, name), depth: depth + 1 })));
  }
  return { isFile, folders: found, left };
}
