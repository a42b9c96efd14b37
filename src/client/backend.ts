/**
 * One backend a home, shared by every window and terminal: finds the one that runs, or starts one. What it starts is detached, on
 * purpose: trainings and the backend outlive the window.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ServerFile } from '../contract/home.ts';
import { PROTOCOL } from '../contract/routes.ts';
import { CallError, createClient, type Client } from './api.ts';

/** `$TRAINYARD_HOME`, else the platform's folder for a program's data. */
export function homeDir(env: NodeJS.ProcessEnv = process.env): string {
  const chosen = env['TRAINYARD_HOME'];
  if (chosen !== undefined && chosen !== '') return path.resolve(chosen);
  if (process.platform === 'win32') {
    return path.join(env['LOCALAPPDATA'] ?? path.join(homedir(), 'AppData', 'Local'), 'Trainyard');
  }
  if (process.platform === 'darwin')
    return path.join(homedir(), 'Library', 'Application Support', 'Trainyard');
  return path.join(env['XDG_DATA_HOME'] ?? path.join(homedir(), '.local', 'share'), 'trainyard');
}

/** The backend, and its metric store's thread. */
const PROGRAMS = ['trainyard.mjs', 'metrics.mjs'];

/** The program to start: the folder that holds these and `runner/`, and its version. */
export interface Program {
  folder: string;
  version: string;
}

/** A client of the backend that runs in this home and fits, or null. Rejects where one runs that doesn't fit. */
export async function findBackend(home: string, version: string): Promise<Client | null> {
  const file = await readServerFile(home);
  if (file === null) return null;
  const client = createClient(file);
  const health = await client.call('health', { signal: AbortSignal.timeout(5_000) }).catch(() => null);
  if (health === null || health.pid !== file.pid) return null;
  if (health.protocol > PROTOCOL) {
    throw new CallError(
      'version',
      null,
      `The backend in ${home} is version ${health.version}; this is ${version}, which is too old to talk to it.`,
      'Update Trainyard here, or end that backend with `trainyard stop`.',
    );
  }
  if (health.protocol === PROTOCOL && !isNewer(version, health.version)) return client;
  // Ours is newer: the old one makes room. Its trainings go on, and ours takes them up.
  await stopBackend(client);
  return null;
}

/** Ends a backend and resolves once its process is gone. Its trainings go on. */
export async function stopBackend(client: Client): Promise<void> {
  const { pid } = await client.call('health', {});
  await client.call('stopBackend', {});
  await gone(pid);
}

/** Finds the home's backend, or starts it. Rejects with a sentence for a person. */
export async function findOrStartBackend(home: string, program: Program): Promise<Client> {
  const found = await findBackend(home, program.version);
  if (found !== null) return found;
  await mkdir(home, { recursive: true, mode: 0o700 });
  const app = await installApp(home, program);
  const failures: string[] = [];
  // VS Code's own Node first; some builds of it can't be run as Node, and then the PATH's may do.
  for (const node of process.versions['electron'] === undefined
    ? [process.execPath]
    : [process.execPath, 'node']) {
    const outcome = await startWith(node, app, home, program.version);
    if (typeof outcome !== 'string') return outcome;
    failures.push(`${node}: ${outcome}`);
  }
  throw new CallError(
    'start',
    null,
    `The backend didn't start. ${failures.join('; ')}`,
    `Its log is ${path.join(home, 'backend.log')}. Where VS Code can't run as Node, install Node 22.16 or newer.`,
  );
}

async function startWith(node: string, app: string, home: string, version: string): Promise<Client | string> {
  const log = openSync(path.join(home, 'backend.log'), 'a', 0o600);
  let child: ChildProcess;
  try {
    child = spawn(node, [path.join(app, 'trainyard.mjs'), 'serve', '--home', home], {
      cwd: home,
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '' },
    });
  } finally {
    closeSync(log);
  }
  let ended: string | null = null;
  child.on('error', (error) => (ended = error.message));
  // One that finds the home taken ends well: somebody else's backend is coming up, and is waited for as ours would be.
  child.on('exit', (code, signal) => {
    if (code !== 0) ended = `it ended with ${signal ?? `exit code ${code}`}`;
  });
  child.unref();
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    const client = await findBackend(home, version);
    if (client !== null) return client;
    if (ended !== null) return ended;
    await delay(40);
  }
  child.kill();
  return 'no answer within 10 s';
}

/** Copies the program into the home, once per content, so that an update pulls nothing from under what runs. */
async function installApp(home: string, program: Program): Promise<string> {
  const hash = createHash('sha256');
  for (const name of PROGRAMS) hash.update(await readFile(path.join(program.folder, name)));
  const runner = path.join(program.folder, 'runner');
  for (const name of (await readdir(runner, { recursive: true })).toSorted()) {
    if (name.endsWith('.py')) hash.update(name).update(await readFile(path.join(runner, name)));
  }
  const app = path.join(home, 'app', `${program.version}-${hash.digest('hex').slice(0, 10)}`);
  if ((await readdir(app).catch(() => [])).length > 0) return app;
  await mkdir(path.dirname(app), { recursive: true, mode: 0o700 });
  const half = await mkdtemp(`${app}.`);
  for (const name of PROGRAMS) await cp(path.join(program.folder, name), path.join(half, name));
  await cp(runner, path.join(half, 'runner'), {
    recursive: true,
    filter: (source) => !source.includes('__pycache__'),
  });
  try {
    await rename(half, app);
  } catch (error) {
    // Somebody else was first; theirs is the same content.
    await rm(half, { recursive: true, force: true });
    if ((await readdir(app).catch(() => [])).length === 0) throw error;
  }
  return app;
}

/** What `server.json` says, or null where there is none or it is being written. */
export async function readServerFile(home: string): Promise<ServerFile | null> {
  try {
    return ServerFile.parse(JSON.parse(await readFile(path.join(home, 'server.json'), 'utf8')));
  } catch {
    return null;
  }
}

async function gone(pid: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await delay(40);
  }
  throw new CallError('version', null, `The backend (process ${pid}) doesn't end.`, 'End it by hand.');
}

/** Compares "1.2.3" with "1.2.3" by numbers. */
function isNewer(a: string, b: string): boolean {
  const [left, right] = [a, b].map((v) => v.split(/[.-]/).map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
