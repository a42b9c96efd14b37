/**
 * What trainings take of this machine, as Linux tells by /proc; where there is none, nothing is told. One look at the processes serves
 * all trainings.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type { Known } from './processes.ts';

export interface TreeUsage {
  cpuMs: number;
  writtenBytes: number | null;
  memoryBytes: number;
}

interface Listed {
  parent: number;
  startTime: number;
  /** In ticks: its own, and that of the children that it has waited for. */
  cpu: number;
}

/** /proc counts in hundredths of a second, whatever the kernel's own clock (USER_HZ, proc(5)). */
const TICK_MS = 10;
/** So many processes are looked at in one go: a few milliseconds. */
const AT_ONCE = 200;

/**
 * What each supervisor's training takes, in their order; null where the supervisor isn't there. Its own CPU time counts, since that of
 * every process that it has waited for is in it: the time of one that ended isn't lost. Its memory isn't the training's.
 */
export async function usageOf(supervisors: readonly (Known | null)[]): Promise<(TreeUsage | null)[]> {
  const table = await processes();
  const children = new Map<number, number[]>();
  for (const [pid, { parent }] of table) {
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [pid]);
    else siblings.push(pid);
  }
  return supervisors.map((supervisor) => {
    const listed = supervisor === null ? undefined : table.get(supervisor.pid);
    if (supervisor === null || listed === undefined) return null;
    if (supervisor.startTime !== null && listed.startTime !== supervisor.startTime) return null;
    const usage: TreeUsage = {
      cpuMs: listed.cpu * TICK_MS,
      writtenBytes: writtenBy(supervisor.pid),
      memoryBytes: 0,
    };
    for (const pid of descendants(supervisor.pid, children)) {
      usage.cpuMs += (table.get(pid)?.cpu ?? 0) * TICK_MS;
      usage.memoryBytes += residentOf(pid);
      const written = writtenBy(pid);
      if (written !== null) usage.writtenBytes = (usage.writtenBytes ?? 0) + written;
    }
    return usage;
  });
}

function descendants(pid: number, children: ReadonlyMap<number, readonly number[]>): number[] {
  const found = [...(children.get(pid) ?? [])];
  // The list grows while it is gone through.
  for (const one of found) found.push(...(children.get(one) ?? []));
  return found;
}

/** Every process, zombies included: their time is still theirs. */
async function processes(): Promise<Map<number, Listed>> {
  const found = new Map<number, Listed>();
  let looked = 0;
  for (const name of listedPids()) {
    if (++looked % AT_ONCE === 0) await turn();
    const text = textOf(`/proc/${name}/stat`);
    // The program's name may have blanks and parentheses of its own. What follows begins with the third field of proc(5).
    const fields = text
      ?.slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [parent, startTime, ...times] = [1, 19, 11, 12, 13, 14].map((place) => fields?.[place] ?? NaN);
    const cpu = times.reduce((sum, time) => sum + time, 0);
    if (parent !== undefined && startTime !== undefined && !Number.isNaN(cpu)) {
      found.set(Number(name), { parent, startTime, cpu });
    }
  }
  return found;
}

function listedPids(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    // Not Linux.
    return [];
  }
}

/** Bytes of memory; none of one that is gone. */
function residentOf(pid: number): number {
  return 1024 * Number(/^VmRSS:\s*(\d+) kB$/m.exec(textOf(`/proc/${pid}/status`) ?? '')?.[1] ?? 0);
}

/** Bytes that it, and the children that it has waited for, had written to disk; null where that isn't told. */
function writtenBy(pid: number): number | null {
  const [, bytes] = /^write_bytes: (\d+)$/m.exec(textOf(`/proc/${pid}/io`) ?? '') ?? [];
  return bytes === undefined ? null : Number(bytes);
}

/** Null where the process is gone, or another user's. These files are short, and made as they are read: waiting for them would take longer. */
function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return null;
  }
}
