/** A vendor's tool, run with a deadline. It may be missing, slow, or stuck in a driver that hangs; none of these may hold us up. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** What the tool printed and its exit status (null: a signal); `absent` where there is none, `late` where it didn't answer in time. */
export type Answer =
  { kind: 'printed'; text: string; code: number | null } | { kind: 'absent' } | { kind: 'late' };
export type RunTool = (name: string, args: readonly string[]) => Promise<Answer>;

const DEADLINE_MS = 10_000;
/** Tables of machines with many GPUs and processes stay far below. */
const MAX_OUTPUT = 16 * 2 ** 20;
/** Where tools lie that the PATH of a program started from a desktop often lacks. */
const ELSEWHERE = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/opt/rocm/bin', '/usr/lib/wsl/lib'];

/** @param env for its PATH; the backend's own unless told otherwise */
export function toolRunner(env: NodeJS.ProcessEnv = process.env): RunTool {
  /** Those that still run: one that hangs in the kernel can't be ended, and a second would only hang beside it. */
  const running = new Set<string>();

  return (name, args) => {
    const call = [name, ...args].join(' ');
    if (running.has(call)) return Promise.resolve({ kind: 'late' });
    const program = find(name, env['PATH'] ?? '');
    if (program === null) return Promise.resolve({ kind: 'absent' });
    running.add(call);
    return new Promise((resolve) => {
      const options = { timeout: DEADLINE_MS, killSignal: 'SIGKILL', maxBuffer: MAX_OUTPUT, env } as const;
      const deadline = setTimeout(() => resolve({ kind: 'late' }), DEADLINE_MS + 500);
      execFile(program, args, options, (error, stdout) => {
        running.delete(call);
        clearTimeout(deadline);
        // A tool that lost one GPU of several ends with an error, and may have told of the others all the same.
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
        resolve(error?.killed === true ? { kind: 'late' } : { kind: 'printed', text: stdout, code });
      });
    });
  };
}

function find(name: string, search: string): string | null {
  const folders = [...search.split(path.delimiter), ...ELSEWHERE].filter((folder) => path.isAbsolute(folder));
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  return folders.map((folder) => path.join(folder, file)).find((candidate) => existsSync(candidate)) ?? null;
}

/** A number as tools print it: 37, "37", "37 MiB", "36.0"; null for "[N/A]", "N/A", "[Not Supported]" and the like. */
export function numberOf(field: unknown): number | null {
  if (typeof field === 'number') return Number.isFinite(field) ? field : null;
  if (typeof field !== 'string') return null;
  const [, digits] = /^\s*(-?\d+(?:\.\d+)?)\s*(?:[A-Za-z%°]+)?\s*$/.exec(field) ?? [];
  return digits === undefined ? null : Number(digits);
}

export const MIB = 2 ** 20;
