/**
 * What takes room in the home and can be freed: environments, logs, and what trainings wrote into their output folders, with the
 * copies of their checkpoints. Only what a walk through real folders below the home finds is touched; no symbolic link is followed.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, type Dirent } from 'node:fs';
import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { isOver } from '../contract/status.ts';
import {
  STORAGE_KINDS,
  type Amount,
  type Pruned,
  type Storage,
  type StorageKind,
} from '../contract/storage.ts';
import { Environment } from './engines/local/files.ts';
import type { Folders } from './engines/local/folders.ts';
import type { Log } from './log.ts';
import type { ExecutionStore } from './store/executions.ts';

/** Well within what a client waits for an answer. */
const DEADLINE_MS = 15_000;
/** So many files of a folder are looked at at once. */
const AT_ONCE = 16;

interface Parts {
  home: string;
  folders: Folders;
  executions: ExecutionStore;
  log: Log;
}

interface Item {
  kind: StorageKind;
  place: string;
  /** Whether it may go now. Asked right before it is moved away, with nothing in between. */
  mayGo(): boolean;
}

export class StorageKeeper {
  readonly #parts: Parts;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @param olderThanMs what is younger isn't counted as free */
  async tell(olderThanMs: number): Promise<Storage> {
    const until = performance.now() + DEADLINE_MS;
    const uses = STORAGE_KINDS.map((kind) => ({ kind, count: 0, bytes: 0, free: { count: 0, bytes: 0 } }));
    let complete = true;
    for await (const item of this.#items(olderThanMs)) {
      if (performance.now() > until) {
        complete = false;
        break;
      }
      const amount = await measure(item);
      const use = uses.find(({ kind }) => kind === item.kind);
      if (use === undefined) continue;
      add(use, amount);
      if (item.mayGo()) add(use.free, amount);
    }
    return { home: this.#parts.home, uses, complete };
  }

  /** Frees what is of these kinds, may go and is older. One prune at a time. */
  prune(kinds: readonly StorageKind[], olderThanMs: number): Promise<Pruned> {
    const pruned = this.#last.then(() => this.#prune(kinds, olderThanMs));
    this.#last = pruned.catch(() => undefined);
    return pruned;
  }

  async #prune(kinds: readonly StorageKind[], olderThanMs: number): Promise<Pruned> {
    const until = performance.now() + DEADLINE_MS;
    const freed = STORAGE_KINDS.filter((kind) => kinds.includes(kind)).map((kind) => ({
      kind,
      count: 0,
      bytes: 0,
    }));
    const trash = path.join(this.#parts.home, 'trash');
    await mkdir(trash, { recursive: true, mode: 0o700 });
    if (!(await lstat(trash)).isDirectory()) throw new Error(`${trash} isn't a folder`);
    // What a backend that died in the middle left there.
    for (const name of await readdir(trash)) await this.#delete(path.join(trash, name));
    for await (const item of this.#items(olderThanMs)) {
      const sum = freed.find(({ kind }) => kind === item.kind);
      if (sum === undefined || !item.mayGo()) continue;
      if (performance.now() > until) return { freed, complete: false };
      const amount = await measure(item);
      // Every run has an output folder; most are empty.
      if (amount.count === 0) continue;
      const away = path.join(trash, randomUUID());
      // In one go: no start is handed over and no run begins again between the question and the moving.
      if (!item.mayGo()) continue;
      renameSync(item.place, away);
      if (item.kind === 'checkpoints') mkdirSync(item.place, { mode: 0o700 });
      if (item.kind === 'environments') await this.#delete(`${item.place}.txt`);
      if (await this.#delete(away)) add(sum, amount);
    }
    return { freed, complete: true };
  }

  async #delete(place: string): Promise<boolean> {
    try {
      await rm(place, { recursive: true, force: true });
      return true;
    } catch (error) {
      this.#parts.log.warn(`${place} can't be deleted: ${String(error)}`);
      return false;
    }
  }

  async *#items(olderThanMs: number): AsyncGenerator<Item> {
    const { home, folders, executions } = this.#parts;
    const old = (since: number): boolean => Date.now() - since >= olderThanMs;
    for (const { name } of await foldersIn(folders.environments)) {
      if (!/^[0-9a-f]{16}$/.test(name)) continue;
      const place = path.join(folders.environments, name);
      yield {
        kind: 'environments',
        place,
        mayGo: () => old(lastUse(place)) && this.#environmentsInUse()?.has(name) === false,
      };
    }
    const runs = path.join(home, 'runs');
    for (const { name: id } of await foldersIn(runs)) {
      const mayGo = (): boolean => {
        const record = executions.get(id);
        // One that was taken out of the list, and whose files were kept.
        if (record === null) return old(changedAt(path.join(runs, id)));
        return isOver(record.status) && old(record.endedAt === null ? 0 : Date.parse(record.endedAt));
      };
      for (const { name } of await foldersIn(path.join(runs, id))) {
        if (!/^attempt-\d+$/.test(name)) continue;
        const attempt = path.join(runs, id, name);
        const entries = await entriesOf(attempt);
        if (entries.some((entry) => entry.name === 'log' && entry.isFile()))
          yield { kind: 'logs', place: path.join(attempt, 'log'), mayGo };
        // What it wrote, and the copies that were made of its checkpoints.
        for (const folder of ['output', 'checkpoints']) {
          if (entries.some((entry) => entry.name === folder && entry.isDirectory()))
            yield { kind: 'checkpoints', place: path.join(attempt, folder), mayGo };
        }
      }
    }
  }

  /** Names of the environments that starts under way use; null while one of them hasn't said yet. */
  #environmentsInUse(): Set<string> | null {
    const { executions, folders } = this.#parts;
    const used = new Set<string>();
    for (const { id, attempt, start, active } of executions.live()) {
      if (!active || executions.secrets(id).requirements === null) continue;
      const file = path.join(folders.start({ executionId: id, attempt, start }), 'environment.json');
      try {
        const { python } = Environment.parse(JSON.parse(readFileSync(file, 'utf8')));
        used.add(path.basename(path.dirname(path.dirname(python))));
      } catch {
        return null;
      }
    }
    return used;
  }
}

function add(sum: Amount, amount: Amount): void {
  sum.count += amount.count;
  sum.bytes += amount.bytes;
}

/** An environment's mark is touched by each start that uses it; one without it was never made whole. */
const lastUse = (place: string): number => changedAt(path.join(place, 'complete')) || changedAt(place);

/** Milliseconds since 1970; 0 where there is none. */
const changedAt = (place: string): number => statSync(place, { throwIfNoEntry: false })?.mtimeMs ?? 0;

async function measure({ kind, place }: Item): Promise<Amount> {
  const { count, bytes } = await sizeOf(place);
  return { count: kind === 'environments' ? 1 : count, bytes: Math.round(bytes) };
}

/** Files and the bytes that they take on the disk. Of a file with several names each has its share: uv links from its cache. */
async function sizeOf(place: string): Promise<Amount> {
  const found = await lstat(place).catch(() => null);
  if (found === null) return { count: 0, bytes: 0 };
  if (!found.isDirectory()) {
    const taken = process.platform === 'win32' ? found.size : found.blocks * 512;
    return { count: found.isFile() && found.size === 0 ? 0 : 1, bytes: taken / Math.max(1, found.nlink) };
  }
  const names = (await entriesOf(place)).map(({ name }) => path.join(place, name));
  const sum = { count: 0, bytes: 0 };
  for (let i = 0; i < names.length; i += AT_ONCE) {
    for (const one of await Promise.all(names.slice(i, i + AT_ONCE).map(sizeOf))) add(sum, one);
  }
  return sum;
}

/** Real folders alone; none where the folder itself isn't one. */
async function foldersIn(folder: string): Promise<Dirent[]> {
  const real = await lstat(folder).catch(() => null);
  return real?.isDirectory() === true ? (await entriesOf(folder)).filter((entry) => entry.isDirectory()) : [];
}

const entriesOf = (folder: string): Promise<Dirent[]> =>
  readdir(folder, { withFileTypes: true }).catch(() => []);
