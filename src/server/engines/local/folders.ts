/** Where the local engine keeps what belongs to an execution, below `<home>/runs/<execution>`. */
import path from 'node:path';
import type { StartKey } from '../engine.ts';
import { Environment, read } from './files.ts';

export interface Folders {
  execution(executionId: string): string;
  log(executionId: string, attempt: number): string;
  output(executionId: string, attempt: number): string;
  spool(executionId: string, attempt: number): string;
  /** Copies of the files that the attempt made known as checkpoints; the runner makes the folder with the first. */
  checkpoints(executionId: string, attempt: number): string;
  /** The files by which the supervisor and the backend speak: start, claim, phase, ready, stop, end. */
  start(key: StartKey): string;
  environments: string;
}

export function foldersOf(home: string): Folders {
  const execution = (id: string): string => path.join(home, 'runs', id);
  const attempt = (id: string, n: number): string => path.join(execution(id), `attempt-${n}`);
  return {
    execution,
    log: (id, n) => path.join(attempt(id, n), 'log'),
    output: (id, n) => path.join(attempt(id, n), 'output'),
    spool: (id, n) => path.join(attempt(id, n), 'spool'),
    checkpoints: (id, n) => path.join(attempt(id, n), 'checkpoints'),
    start: (key) => path.join(attempt(key.executionId, key.attempt), `start-${key.start}`),
    environments: path.join(home, 'environments'),
  };
}

/** The interpreter of the environment that a start uses, or has made for it; null where it uses none, or doesn't say yet. */
export async function environmentOf(startFolder: string): Promise<string | null> {
  return (await read(startFolder, 'environment.json', Environment))?.python ?? null;
}
