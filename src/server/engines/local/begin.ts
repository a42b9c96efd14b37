/** Spawns the supervisor of a start, in its own session, so that it outlives the backend; its output is the training's log. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Start } from '../engine.ts';
import { visibleGpus } from './gpus/index.ts';

/** What keeps numeric libraries from taking every core each; a user's own value stands. All of them go by the first where it stands alone. */
const THREADS = [
  'OMP_NUM_THREADS',
  'OPENBLAS_NUM_THREADS',
  'MKL_NUM_THREADS',
  'NUMEXPR_NUM_THREADS',
  'VECLIB_MAXIMUM_THREADS',
];

/** tqdm draws a bar into the log twice a second at most, which is as often as anybody looks (from 4.66 on; usual are ten times). */
const BARS = { TQDM_MININTERVAL: '0.5' };

export interface Where {
  home: string;
  /** The folder of the Python runner. */
  runner: string;
  /** The start's folder. */
  folder: string;
  log: string;
}

/** Why a supervisor can't be spawned, for a person. */
export interface CannotBegin {
  message: string;
  hint: string;
}

const HINT = 'Make that interpreter, or name another one as "python" in trainyard.json.';

/**
 * Resolves to null once it runs, else to why it can't; a log that can't be written rejects. Should it end before it says that it has
 * begun, as no Python that works does, `onEnd` is told how.
 */
export async function begin(
  start: Start,
  where: Where,
  onEnd: (why: CannotBegin) => void,
): Promise<CannotBegin | null> {
  const log = openSync(where.log, 'a', 0o600);
  try {
    const child = spawn(start.python, [path.join(where.runner, 'trainyard_start.py'), where.folder], {
      cwd: start.project,
      env: environmentOf(start, where),
      detached: true,
      stdio: ['ignore', log, log],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    child.once('exit', (code, by) => {
      const how = by === null ? `ended with code ${code}` : `was ended by ${by}`;
      onEnd({
        message: `${start.python} ${how} before it began: is it a Python that works?`,
        hint: `Its log may say more. ${HINT}`,
      });
    });
    return null;
  } catch (error) {
    return await whyNot(start, error);
  } finally {
    closeSync(log);
  }
}

async function whyNot(start: Start, error: unknown): Promise<CannotBegin> {
  // The operating system says ENOENT for either.
  if (!(await exists(start.project))) {
    return {
      message: `The project's folder ${start.project} isn't there.`,
      hint: 'Put it back, or train from where it is now.',
    };
  }
  if (!(await exists(start.python))) return { message: `There is no Python at ${start.python}.`, hint: HINT };
  const why = error instanceof Error ? error.message : String(error);
  return { message: `${start.python} can't be run (${why}).`, hint: HINT };
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

function environmentOf(start: Start, where: Where): Record<string, string> {
  const own = start.environment;
  const threads: Record<string, string> = {};
  for (const name of start.gpus.length > 0 ? [] : THREADS)
    threads[name] = own['OMP_NUM_THREADS'] ?? String(start.threads ?? availableParallelism());
  return {
    ...threads,
    ...BARS,
    ...own,
    PYTHONUNBUFFERED: '1',
    PYTHONPATH: [where.runner, own['PYTHONPATH']].filter(Boolean).join(path.delimiter),
    ...visibleGpus(start.gpus),
    TRAINYARD_HOME: where.home,
    TRAINYARD_EXECUTION: start.executionId,
    TRAINYARD_START: `${start.executionId}/${start.attempt}/${start.start}`,
    TRAINYARD_START_FOLDER: where.folder,
  };
}
