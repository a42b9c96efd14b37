// node leash.ts <program> <argument> ...
// Runs a program with all that it starts as one group, and ends the whole group as soon as whoever holds our standard
// input lets go of it: on purpose (`close()`), or by dying in whatever way. What left the group on purpose stays.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** So long may the group take to end when it is asked to; then it is killed. */
const GRACE_MS = 3000;

const [program, ...args] = process.argv.slice(2);
if (program === undefined) throw new Error('leash.ts needs a program to run.');

const child = spawn(program, args, {
  stdio: ['ignore', 'inherit', 'inherit'],
  detached: process.platform !== 'win32',
});
child.once('error', (error) => {
  process.stderr.write(`${program} can't be started: ${error.message}\n`);
  process.exit(127);
});
child.once('exit', (code) => (process.exitCode = code ?? 1));

const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
const released = new Promise<void>((resolve) => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => resolve());
  process.stdin.on('end', resolve).on('error', () => resolve());
  process.stdin.resume();
});
await Promise.race([exited, released]);
if (child.pid !== undefined) await endGroup(child.pid);
process.stdin.destroy();

/** Whatever of the group is left is asked to end, then killed. The group's id is not used again while one of it lives. */
async function endGroup(id: number): Promise<void> {
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/PID', String(id), '/T', '/F']);
    return;
  }
  const deadline = Date.now() + GRACE_MS;
  signalGroup(id, 'SIGTERM');
  while (groupLives(id)) {
    if (Date.now() > deadline) {
      signalGroup(id, 'SIGKILL');
      return;
    }
    await pause(20);
  }
}

/** Whether anybody was there to hear it. */
function signalGroup(id: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-id, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether anyone of the group is still at work. One that has ended but whose parent hasn't heard of it yet answers
 * signals like a living one, in a container whose first process listens to nobody even for ever: so Linux is asked.
 */
function groupLives(id: number): boolean {
  if (!existsSync('/proc/self/stat')) return signalGroup(id, 0);
  return readdirSync('/proc').some((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      // `pid (name) state parent group ...`; the name may hold blanks and brackets.
      const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(group) === id && state !== 'Z';
    } catch {
      return false;
    }
  });
}
