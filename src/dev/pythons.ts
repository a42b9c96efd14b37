/** Pythons of this machine beside the one that `python3` means: those of the PATH, and those that pyenv keeps. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { CACHE, oneAtATime } from './cache.ts';
import { run, type Log } from './run.ts';

/** The path of a Python of one of these versions ("3.8"), or null. A name on the PATH may be a version manager's, and lead nowhere. */
export function findPython(versions: readonly string[]): string | null {
  const pyenv = process.env['PYENV_ROOT'] ?? path.join(homedir(), '.pyenv');
  const candidates = versions.flatMap((version) => [
    `python${version}`,
    ...globSync(path.join(pyenv, 'versions', `${version}.*`, 'bin', 'python')),
  ]);
  for (const candidate of candidates) {
    const asked = spawnSync(candidate, ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' });
    if (asked.status === 0) return asked.stdout.trim();
  }
  return null;
}

/** A virtual environment with these requirements (files of them are looked for in this checkout), made once; the folder of its programs. */
export async function pythonEnvironment(
  name: string,
  requirements: readonly string[],
  log: Log,
): Promise<string> {
  const folder = path.join(CACHE, `python-${name}`);
  const programs = path.join(folder, process.platform === 'win32' ? 'Scripts' : 'bin');
  await oneAtATime(`python-${name}`, log, async () => {
    const mark = path.join(folder, 'complete');
    if (existsSync(mark)) return;
    rmSync(folder, { recursive: true, force: true });
    await run('python3', ['-m', 'venv', folder]);
    await run(path.join(programs, 'python'), ['-m', 'pip', 'install', '--quiet', ...requirements], {
      cwd: path.resolve(import.meta.dirname, '../..'),
    });
    mkdirSync(mark);
  });
  return programs;
}
