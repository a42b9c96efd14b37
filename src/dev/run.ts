import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where progress goes: one line a call, without the line break. */
export type Log = (line: string) => void;

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** After so many milliseconds the program is killed and `run` rejects. Default: ten minutes. */
  deadlineMs?: number;
}

/**
 * Runs a program to its end and resolves with what it wrote to stdout.
 * Rejects where it can't be started, fails or takes too long; the message has the last lines that it wrote.
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { deadlineMs = 600_000, ...where } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...where, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let both = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      both += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (both += text));
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new Error(`${command} can't be started: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) return resolve(stdout);
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
      const tail = both.trim().split('\n').slice(-15).join('\n');
      reject(new Error(`${command} ${args.join(' ')}: ${how}\n${tail}`));
    });
  });
}

/**
 * npm in `cwd`. Under `npm run` the very npm that started us is used, else the one on the PATH.
 * No package's own scripts run unless `args` ask for it.
 */
export function npm(args: readonly string[], cwd: string, env = process.env): Promise<string> {
  const cli = process.env['npm_execpath'];
  // A configuration may name the headers of another Node, for native modules (`nodedir`); the environment wins over it.
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  if (cli?.endsWith('npm-cli.js') === true)
    return run(process.execPath, [cli, ...args, ...quiet], { cwd, env });
  const program = find('npm');
  if (program === null) throw new Error('npm is needed and not on the PATH.');
  // Windows starts npm.cmd only through a shell; every argument is ours and has no blanks.
  if (process.platform === 'win32') return run('cmd', ['/c', 'npm', ...args, ...quiet], { cwd, env });
  return run(program, [...args, ...quiet], { cwd, env });
}

/** The path of a program on the PATH, or null. */
export function find(name: string, path = process.env['PATH'] ?? ''): string | null {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', '.bat'] : [''];
  for (const folder of path.split(delimiter).filter((entry) => entry !== '')) {
    for (const ending of endings) {
      const file = join(folder, name + ending);
      if (isProgram(file)) return file;
    }
  }
  return null;
}

/** Whether a file can be run by us. */
export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
