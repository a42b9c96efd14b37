/** Pythons of this machine beside the one that `python3` means: those of the PATH, and those that pyenv keeps. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync } from 'node:fs';
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

/** How an environment is made: upon which Python, whether with what that has installed, and what is installed, in turn. */
interface Recipe {
  base: string;
  system: boolean;
  installs: readonly (readonly string[])[];
}

/** A virtual environment with these requirements (files of them are looked for in this checkout), made once; the folder of its programs. */
export async function pythonEnvironment(
  name: string,
  requirements: readonly string[],
  log: Log,
): Promise<string> {
  return madeOnce(name, log, (folder) =>
    make(folder, { base: 'python3', system: false, installs: [requirements] }, log),
  );
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
  return madeOnce(name, log, async (folder) => {
    const own = ['--no-deps', ...requirements];
    if (process.platform !== 'linux')
      return make(folder, { base: 'python3', system: false, installs: [['torch', 'torchvision'], own] }, log);
    const base = '/usr/bin/python3';
    if (spawnSync(base, ['-c', 'import torch, torchvision, ensurepip']).status !== 0)
      await installDebianPackages(['python3-torch', 'python3-torchvision', 'python3-venv'], log);
    return make(folder, { base, system: true, installs: [own] }, log);
  });
}

/** That of uv, whose program is of that name. */
export const uvEnvironment = (log: Log): Promise<string> =>
  madeOnce('uv', log, (folder) =>
    byPip(folder, { base: 'python3', system: false, installs: [['uv==0.13.9']] }),
  );

async function madeOnce(name: string, log: Log, how: (folder: string) => Promise<void>): Promise<string> {
  const folder = path.join(CACHE, `python-${name}`);
  await oneAtATime(`python-${name}`, log, async () => {
    const mark = path.join(folder, 'complete');
    if (existsSync(mark)) return;
    const began = performance.now();
    await how(folder);
    mkdirSync(mark);
    log(`Made the Python environment ${name} in ${((performance.now() - began) / 1000).toFixed(1)} s.`);
  });
  return programsIn(folder);
}

const make = (folder: string, recipe: Recipe, log: Log): Promise<void> =>
  byUv(folder, recipe, log).catch((error: unknown) => {
    // A registry fails at times, and uv knows nothing of what pip is configured to.
    log(`${error instanceof Error ? error.message : String(error)}\nOnce more, by pip:`);
    return byPip(folder, recipe);
  });

const programsIn = (folder: string): string =>
  path.join(folder, process.platform === 'win32' ? 'Scripts' : 'bin');
const root = path.resolve(import.meta.dirname, '../..');

/** Several times as fast as pip. */
async function byUv(folder: string, { base, system, installs }: Recipe, log: Log): Promise<void> {
  const uv = path.join(await uvEnvironment(log), 'uv');
  const env = { ...process.env, UV_CACHE_DIR: path.join(CACHE, 'uv') };
  const venv = ['--clear', '--seed', ...(system ? ['--system-site-packages'] : [])];
  // A version manager's name leads to another Python elsewhere.
  const python = (await run(base, ['-c', 'import sys; print(sys.executable)'])).trim();
  await run(uv, ['venv', '--quiet', ...venv, '--python', python, folder], { env });
  for (const install of installs) {
    const words = ['--quiet', '--python', path.join(programsIn(folder), 'python')];
    await run(uv, ['pip', 'install', ...words, ...install], { cwd: root, env });
  }
}

async function byPip(folder: string, { base, system, installs }: Recipe): Promise<void> {
  await run(base, ['-m', 'venv', '--clear', ...(system ? ['--system-site-packages'] : []), folder]);
  for (const install of installs) {
    const words = ['--quiet', '--disable-pip-version-check'];
    await run(path.join(programsIn(folder), 'python'), ['-m', 'pip', 'install', ...words, ...install], {
      cwd: root,
    });
  }
}
