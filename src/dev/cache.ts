import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from './run.ts';

/** What development fetches once and keeps: ignored by git, safe to delete at any time when nothing runs. */
export const CACHE = join(import.meta.dirname, '..', '..', '.cache');

/**
 * Runs `work` while no other process of this checkout runs work of the same name; others wait their turn.
 * The lock is a SQLite transaction: the operating system ends it with its process, so a killed one leaves nothing stale.
 * Rejects when the turn doesn't come within 15 minutes.
 */
export async function oneAtATime<T>(name: string, log: Log, work: () => Promise<T>): Promise<T> {
  mkdirSync(CACHE, { recursive: true });
  const database = new DatabaseSync(join(CACHE, `${name}.lock`), { timeout: 0 });
  const deadline = Date.now() + 15 * 60_000;
  try {
    for (let waits = 0; !tryLock(database); waits++) {
      if (waits === 0) log(`Another process is at "${name}": waiting for it.`);
      if (Date.now() > deadline)
        throw new Error(`"${name}" is still held by another process after 15 minutes.`);
      await pause(100);
    }
    return await work();
  } finally {
    database.close();
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    // SQLite's own code for "somebody else has it".
    const SQLITE_BUSY = 5;
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return false;
    throw error;
  }
}
