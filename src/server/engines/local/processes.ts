/**
 * Processes as Linux lists them. A process is known by pid and start time, since a pid is given again. Tried on Linux; where there is no
 * /proc, what can't be seen is told as unknown, never as gone.
 */
import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';

export interface Known {
  pid: number;
  /** Ticks since boot; null where it couldn't be told. */
  startTime: number | null;
}

export type Life = 'alive' | 'gone' | 'unknown';

/** Whether the process is still the one that was known, and no zombie. */
export function lifeOf(known: Known): Life {
  try {
    const fields = fieldsOf(readFileSync(`/proc/${known.pid}/stat`, 'utf8'));
    if (fields[0] === 'Z' || fields[0] === 'X') return 'gone';
    return known.startTime === null || Number(fields[19]) === known.startTime ? 'alive' : 'gone';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ESRCH') return 'unknown';
    return existsSync('/proc/self/stat') ? 'gone' : 'unknown';
  }
}

/** What changes when the machine, or the container, restarts: the kernel's boot id and when pid 1 started. */
export async function bootId(): Promise<string | null> {
  try {
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'ascii')).trim();
    return `${boot} ${fieldsOf(await readFile('/proc/1/stat', 'utf8'))[19]}`;
  } catch {
    return null;
  }
}

/**
 * Living processes that a training started, however they got away: those whose environment has this line, such as
 * `TRAINYARD_START_FOLDER=/...`, those that are known otherwise, and what descends from any of them now, whatever its environment.
 * Processes of other users can't be read and aren't ours.
 */
export async function belonging(line: string, known: readonly Known[] = []): Promise<Known[]> {
  const wanted = Buffer.from(`\0${line}\0`);
  const found = new Map<number, Known>();
  const others: (Known & { parent: number })[] = [];
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => null);
    if (stat === null) continue;
    const fields = fieldsOf(stat);
    if (fields[0] === 'Z' || fields[0] === 'X') continue;
    const one = { pid: Number(name), startTime: Number(fields[19]), parent: Number(fields[1]) };
    const isKnown = known.some(({ pid, startTime }) => pid === one.pid && startTime === one.startTime);
    const environment = isKnown ? null : await readFile(`/proc/${name}/environ`).catch(() => null);
    const belongs = environment !== null && Buffer.concat([NUL, environment]).includes(wanted);
    if (isKnown || belongs) found.set(one.pid, one);
    else others.push(one);
  }
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const one of others) if (found.has(one.parent)) found.set(one.pid, one);
  }
  return [...found.values()].map(({ pid, startTime }) => ({ pid, startTime }));
}

/** Sends a signal. A process that is gone needs none; one that may not be signalled, as another user's, is no less alive for it. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

const NUL = Buffer.from('\0');

/** Fields of /proc/PID/stat from the state on (proc(5) counts that one as the third). */
const fieldsOf = (stat: string): string[] => stat.slice(stat.lastIndexOf(')') + 2).split(' ');
