/** Pythons of this machine beside the one that `python3` means: those of the PATH, and those that pyenv keeps. */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

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
