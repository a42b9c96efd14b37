/** Where files that libraries log to may lie: below a folder, or where a pattern says. Only names are looked at. */
import { opendir } from 'node:fs/promises';
import path from 'node:path';

/** A look at folders ends with so many entries. */
const MOST = 5_000;

/** Paths of files below a folder, the nearer ones first; no symbolic link is followed. Never rejects. */
export async function filesBelow(root: string, matches: (below: string) => boolean): Promise<string[]> {
  const files: string[] = [];
  const folders = [''];
  let seen = 0;
  for (let folder = folders.shift(); folder !== undefined && seen < MOST; folder = folders.shift()) {
    try {
      for await (const entry of await opendir(path.join(root, folder))) {
        if (++seen > MOST) break;
        const below = path.join(folder, entry.name);
        if (entry.isDirectory()) folders.push(below);
        else if (entry.isFile() && matches(below)) files.push(path.join(root, below));
      }
    } catch {
      // Not there yet, or removed meanwhile.
    }
  }
  return files.toSorted();
}

/** Files that a pattern of a project names. "*" is any part of a name, "**" any folders; a folder stands for all that is below it. */
export async function filesNamed(project: string, pattern: string): Promise<string[]> {
  const parts = path.resolve(project, pattern).split(path.sep);
  const first = parts.findIndex((part) => /[*?]/.test(part));
  const fixed = first === -1 ? parts : parts.slice(0, first);
  const rest = first === -1 ? '' : parts.slice(first).join('/');
  const wanted = new RegExp(`^${source(rest)}$`);
  const root = fixed.join(path.sep) || path.sep;
  const all = await filesBelow(root, (below) => rest === '' || wanted.test(below.split(path.sep).join('/')));
  if (all.length > 0 || rest !== '') return all;
  // A file by its own name.
  return filesBelow(path.dirname(root), (below) => below === path.basename(root));
}

const source = (pattern: string): string =>
  pattern.replaceAll(/\*\*\/?|\*|\?|[.+^${}()|[\]\\]/g, (found) => {
    if (found === '**/') return '(?:.*/)?';
    if (found === '**') return '.*';
    if (found === '*') return '[^/]*';
    return found === '?' ? '[^/]' : `\\${found}`;
  });
