/**
 * What a start has left behind, where its supervisor can't see to it. The supervisor ends everything before it writes the end; only where
 * it was killed itself, or hangs, does the backend do so.
 */
import { readFile, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Child, read } from './files.ts';
import { belonging, lifeOf, signal, type Known } from './processes.ts';

/** A process that is killed ends soon, unless the kernel is at something for it. */
const KILL_TAKES_MS = 1_000;

/** Every living process of a start, the supervisor included. */
export async function processesOf(folder: string): Promise<Known[]> {
  const child = read(folder, 'child.json', Child);
  const found = await belonging(`TRAINYARD_START_FOLDER=${folder}`, child === null ? [] : [child]);
  const group = child?.group ?? null;
  const grouped = group === null ? [] : await membersOf(group);
  return [
    ...found,
    ...grouped
      .filter((pid) => found.every((one) => one.pid !== pid))
      .map((pid) => ({ pid, startTime: null })),
  ];
}

/** Ends what is left of a start by force; how many processes that were. None is the evidence that it is gone. */
export async function endLeftovers(folder: string): Promise<number> {
  const left = await processesOf(folder);
  for (const { pid } of left) signal(pid, 'SIGKILL');
  // What has no line of ours in its environment is known by its parent alone: it had better not outlive that.
  for (const one of left) await ended(one, performance.now() + KILL_TAKES_MS);
  if (left.length > 0) return left.length;
  const group = read(folder, 'child.json', Child)?.group ?? null;
  // The supervisor would have removed it.
  if (group !== null) await rmdir(group).catch(() => undefined);
  return 0;
}

/** Resolves once a process is gone, or when that takes longer than it may. */
async function ended(one: Known, until: number): Promise<void> {
  while (lifeOf(one) === 'alive' && performance.now() < until) await pause(5);
}

/** Pids in a control group; none where it is gone, or there are no control groups. */
async function membersOf(group: string): Promise<number[]> {
  const text = await readFile(path.join(group, 'cgroup.procs'), 'ascii').catch(() => '');
  return text.split('\n').filter(Boolean).map(Number);
}
