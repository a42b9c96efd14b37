/** Whose the processes on a GPU are. Told from /proc; where there is none, a process has a pid and a name, and isn't ours. */
import { readFile } from 'node:fs/promises';
import type { Foreign } from '../../../../contract/compute.ts';
import { IDLE_BYTES, type Found, type Listed } from './found.ts';

/** /proc counts in hundredths of a second, whatever the kernel's own clock (USER_HZ, proc(5)). */
const TICK_MS = 10;

/**
 * Who uses a GPU that isn't a training of this home, or null. Of several processes it is the one that is there longest, so that the answer
 * stays the same while it is.
 * @param home as it stands in the environment of our trainings; a training of another home waits in another queue, and is as foreign
 */
export async function foreignOn(gpu: Found, home: string): Promise<Foreign | null> {
  if (gpu.processes === 'unseen') {
    return (gpu.usedBytes ?? 0) > IDLE_BYTES && gpu.vendor !== 'apple'
      ? { memoryOnly: gpu.usedBytes ?? 0 }
      : null;
  }
  const strangers: Exclude<Foreign, { memoryOnly: number }>[] = [];
  for (const process of gpu.processes)
    if (!(await isOurs(process.pid, home))) strangers.push(await told(process));
  const age = (one: { since: string | null }): number =>
    one.since === null ? Infinity : Date.parse(one.since);
  return strangers.toSorted((a, b) => age(a) - age(b) || a.pid - b.pid)[0] ?? null;
}

/** A training's process has its home and execution in its environment, or descends from one that has: its supervisor. */
async function isOurs(pid: number, home: string): Promise<boolean> {
  const seen = new Set<number>();
  for (let at: number | null = pid; at !== null && at > 0 && !seen.has(at); at = await parentOf(at)) {
    seen.add(at);
    const environment = await readFile(`/proc/${at}/environ`, 'utf8').catch(() => '');
    const lines = environment.split('\0');
    if (
      lines.includes(`TRAINYARD_HOME=${home}`) &&
      lines.some((one) => one.startsWith('TRAINYARD_EXECUTION='))
    )
      return true;
  }
  return false;
}

const parentOf = async (pid: number): Promise<number | null> => {
  const [, parent] = /^PPid:\s*(\d+)$/m.exec(await statusOf(pid)) ?? [];
  return parent === undefined ? null : Number(parent);
};

const statusOf = (pid: number): Promise<string> => readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');

async function told({ pid, name, memoryBytes }: Listed): Promise<Exclude<Foreign, { memoryOnly: number }>> {
  const [, uid] = /^Uid:\s*(\d+)/m.exec(await statusOf(pid)) ?? [];
  return {
    pid,
    name,
    user: uid === undefined ? null : await userName(uid),
    memoryBytes,
    since: await startedAt(pid),
  };
}

async function userName(uid: string): Promise<string> {
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const line = users.split('\n').find((one) => one.split(':')[2] === uid);
  return line?.split(':')[0] ?? `user ${uid}`;
}

/** To the second, since when the process runs: its start in ticks since boot (the 22nd field), and when that was. */
async function startedAt(pid: number): Promise<string | null> {
  const [stat, machine] = await Promise.all(
    [`/proc/${pid}/stat`, '/proc/stat'].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  const ticks = Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  const boot = Number(/^btime (\d+)$/m.exec(machine ?? '')?.[1]);
  if (!Number.isFinite(ticks) || !Number.isFinite(boot)) return null;
  return new Date(Math.floor((boot * 1000 + ticks * TICK_MS) / 1000) * 1000).toISOString();
}
