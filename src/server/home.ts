/**
 * The home: one folder with everything that a backend keeps, and one backend at a time in it. The lock is SQLite's own on a file:
 * the operating system lets go of it when its holder dies, however it dies.
 */
import { DatabaseSync } from 'node:sqlite';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { ServerFile } from '../contract/home.ts';

/** Thrown where this home can't be used; the message is for a person. */
export class HomeError extends Error {
  override readonly name = 'HomeError';
}

export interface Home {
  readonly dir: string;
  readonly database: string;
  readonly metrics: string;
  /** Where the backend before listened; null where there was none, or it didn't say. */
  readonly lastPort: number | null;
  /** Makes the backend known: written whole or not at all, readable by its owner alone. */
  announce(server: ServerFile): void;
  /** Withdraws the announcement and lets go of the lock. */
  leave(): void;
}

/** `f_type` of file systems on which neither SQLite's locks nor file watching can be relied on (statfs(2)). */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x00c36400, 'Ceph'],
]);

/** Takes the home, making it where it isn't there. Throws `HomeError`; null where another backend has it. */
export function takeHome(dir: string): Home | null {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  chmodSync(dir, 0o700);
  const kind = NETWORK_FILE_SYSTEMS.get(statfsSync(dir).type);
  if (kind !== undefined) {
    throw new HomeError(
      `The home ${dir} is on a network file system (${kind}), where a database can't be kept safely. ` +
        'Set TRAINYARD_HOME to a folder on a local disk.',
    );
  }
  const lockFile = path.join(dir, 'lock');
  const database = path.join(dir, 'trainyard.db');
  const metrics = path.join(dir, 'metrics.db');
  for (const file of [lockFile, database, metrics]) keepPrivate(file);
  const lock = new DatabaseSync(lockFile);
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (error instanceof Error && /locked|busy/i.test(error.message)) return null;
    throw error;
  }
  const serverFile = path.join(dir, 'server.json');
  const portFile = path.join(dir, 'port');
  return {
    dir,
    database,
    metrics,
    lastPort: portIn(portFile),
    announce(server) {
      const half = `${serverFile}.${process.pid}`;
      writeFileSync(half, JSON.stringify(server, null, 2), { mode: 0o600 });
      renameSync(half, serverFile);
      // Stays when the backend goes: the next one is looked for at the same place.
      writeFileSync(portFile, new URL(server.url).port, { mode: 0o600 });
    },
    leave() {
      if (pidIn(serverFile) === process.pid) rmSync(serverFile, { force: true });
      lock.close();
    },
  };
}

/** The file, made where there is none, is its owner's alone; a database's journals get the same mode from SQLite. */
function keepPrivate(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
}

function portIn(file: string): number | null {
  try {
    const port = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : null;
  } catch {
    return null;
  }
}

function pidIn(serverFile: string): number | null {
  try {
    const parsed: unknown = JSON.parse(readFileSync(serverFile, 'utf8'));
    return typeof parsed === 'object' && parsed !== null && 'pid' in parsed && typeof parsed.pid === 'number'
      ? parsed.pid
      : null;
  } catch {
    return null;
  }
}
