/**
 * What an interpreter is and what is installed for it: asked of the interpreter itself, in a process of the lowest priority, and
 * remembered until something is installed or removed.
 */
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { RanPython } from '../../contract/ran.ts';

const DEADLINE_MS = 30_000;
const REMEMBERED = 32;

const Answer = RanPython.extend({ places: z.array(z.string()) });

/** Of a training's environment, what decides which packages its interpreter finds. */
const DECIDES =
  /^(PYTHON(PATH|HOME|USERBASE|NOUSERSITE|SAFEPATH)|HOME|LD_LIBRARY_PATH|PATH|VIRTUAL_ENV|CONDA_PREFIX)$/;

export const decisive = (environment: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => DECIDES.test(name)));

interface Remembered {
  answer: RanPython;
  /** The folders that packages lie in, and when each last changed. */
  places: { place: string; changed: number }[];
}

export class Interpreters {
  readonly #script: string;
  readonly #remembered = new Map<string, Remembered>();
  /** One at a time: they have time. */
  #last: Promise<unknown> = Promise.resolve();

  /** @param runner the folder of the Python runner */
  constructor(runner: string) {
    this.#script = path.join(runner, 'trainyard_packages.py');
  }

  /** @param environment what `decisive` leaves of the training's. Rejects where the interpreter can't tell. */
  ask(python: string, environment: Record<string, string>, signal: AbortSignal): Promise<RanPython> {
    const asked = this.#last.then(() => this.#ask(python, environment, signal));
    this.#last = asked.catch(() => undefined);
    return asked;
  }

  async #ask(python: string, environment: Record<string, string>, signal: AbortSignal): Promise<RanPython> {
    signal.throwIfAborted();
    const key = JSON.stringify([python, environment]);
    const known = this.#remembered.get(key);
    if (known !== undefined && (await unchanged(known))) return known.answer;
    const { places, ...answer } = Answer.parse(JSON.parse(await this.#run(python, environment, signal)));
    const changed = [path.dirname(python), ...places].map(async (place) => ({
      place,
      changed: await changedAt(place),
    }));
    if (this.#remembered.size >= REMEMBERED) this.#remembered.clear();
    this.#remembered.set(key, { answer, places: await Promise.all(changed) });
    return answer;
  }

  #run(python: string, environment: Record<string, string>, signal: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = execFile(
        python,
        ['-B', this.#script],
        { env: environment, timeout: DEADLINE_MS, killSignal: 'SIGKILL', maxBuffer: 16 * 2 ** 20, signal },
        (error, text) => {
          // Code that a site runs at each start may print too; ours is the last line.
          if (error === null) resolve(text.trimEnd().split('\n').at(-1) ?? '');
          else reject(error);
        },
      );
      try {
        if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
      } catch {
        // It ended already, or the system lets nobody choose.
      }
    });
  }
}

/** Each installation and each removal adds or takes away a folder there. */
async function unchanged({ places }: Remembered): Promise<boolean> {
  for (const { place, changed } of places) if ((await changedAt(place)) !== changed) return false;
  return true;
}

const changedAt = (place: string): Promise<number> =>
  stat(place).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
