/** Pythons of this machine beside the one that `python3` means: those of the PATH, and those that pyenv keeps. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { CACHE, oneAtATime } from './cache.ts';
import { installDebianPackages } from './debian.ts';
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
  return madeOnce(name, log, async (folder, python) => {
    await run('python3', ['-m', 'venv', folder]);
    return pip(python, requirements);
  });
}

/**
 * The same on PyTorch for the CPU. PyPI has it for Linux only with gigabytes of CUDA beside it; so there it is Debian's, for Debian's own
 * Python. `requirements` are installed without what they depend on (that would bring the other one): name all of it.
 */
export async function torchEnvironment(
  name: string,
  requirements: readonly string[],
  log: Log,
): Promise<string> {
  return madeOnce(name, log, async (folder, python) => {
    if (process.platform !== 'linux') {
      await run('python3', ['-m', 'venv', folder]);
      await pip(python, ['torch', 'torchvision']);
      return pip(python, ['--no-deps', ...requirements]);
    }
    const system = '/usr/bin/python3';
    if (spawnSync(system, ['-c', 'import torch, torchvision, ensurepip']).status !== 0)
      await installDebianPackages(['python3-torch', 'python3-torchvision', 'python3-venv'], log);
    await run(system, ['-m', 'venv', '--system-site-packages', folder]);
    return pip(python, ['--no-deps', ...requirements]);
  });
}

async function madeOnce(
  name: string,
  log: Log,
  make: (folder: string, python: string) => Promise<unknown>,
): Promise<string> {
  const folder = path.join(CACHE, `python-${name}`);
  const programs = path.join(folder, process.platform === 'win32' ? 'Scripts' : 'bin');
  await oneAtATime(`python-${name}`, log, async () => {
    const mark = path.join(folder, 'complete');
    if (existsSync(mark)) return;
    rmSync(folder, { recursive: true, force: true });
    const began = performance.now();
    await make(folder, path.join(programs, 'python'));
    mkdirSync(mark);
    log(`Made the Python environment ${name} in ${((performance.now() - began) / 1000).toFixed(1)} s.`);
  });
  return programs;
}

const pip = (python: string, args: readonly string[]): Promise<string> =>
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...args], {
    cwd: path.resolve(import.meta.dirname, '../..'),
  });
