/**
 * What the backend costs, beside what it is meant to cost: `node test/bench/dispatch.ts [runs kept]`. The program that ships, in its
 * own process with a home of its own, and real Python. Takes about a minute with the default, 100,000 runs kept.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient, type Client } from '../../src/client/api.ts';
import { readServerFile } from '../../src/client/backend.ts';
import { followEvents } from '../../src/client/events.ts';
import type { Run, SubmissionInput } from '../../src/contract/shapes.ts';
import { isOver } from '../../src/contract/status.ts';
import { fill, nameOf } from '../server/manyRuns.ts';
import { median, tell } from './tell.ts';

const root = path.resolve(import.meta.dirname, '../..');
const CORES = availableParallelism();
const LATENCIES = 15;
const TRAININGS = 12 * CORES;
const CONNECTIONS = 8;
const SUBMITTING_MS = 3000;
const kept = Number(process.argv[2] ?? 100_000);

const folder = mkdtempSync(path.join(tmpdir(), 'trainyard-bench-'));
const project = path.join(folder, 'project');
const python = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).stdout.trim();
const shell = path.join(folder, 'python-that-tells');
const running = new Set<ChildProcess>();

try {
  // As it ships; what `npm run build` makes is larger.
  spawnSync(process.execPath, [path.join(root, 'esbuild.mjs'), '--production'], {
    cwd: root,
    stdio: 'inherit',
  });
  mkdirSync(project);
  writeFileSync(path.join(project, 'train.py'), 'def train():\n    pass\n');
  // The time at which it is there, in microseconds, and then Python.
  writeFileSync(
    shell,
    `#!/bin/bash\n[ -n "$TRAINYARD_START_FOLDER" ] && echo $EPOCHREALTIME > "$TRAINYARD_START_FOLDER/spawned"\nexec ${python} "$@"\n`,
  );
  chmodSync(shell, 0o755);
  await training();
  const few = await keeping(1000);
  const many = await keeping(kept);
  for (const [what, ms] of many) {
    const before = few.get(what) ?? NaN;
    tell(`${what}: times as long as with 1,000`, ms / before, 'x');
  }
} finally {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

interface Started {
  client: Client;
  child: ChildProcess;
  tookMs: number;
}

/** Starts the backend on this home. What it took is measured from here to its announcement. */
async function start(home: string): Promise<Started> {
  mkdirSync(home, { recursive: true });
  const began = performance.now();
  const child = spawn(process.execPath, [path.join(root, 'dist/trainyard.mjs'), 'serve', '--home', home], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  running.add(child);
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (text) => String(text).includes('listens on') && resolve());
    child.once('exit', (code) => reject(new Error(`the backend ended with ${code}`)));
  });
  const tookMs = performance.now() - began;
  const server = await readServerFile(home);
  if (server === null) throw new Error('the backend listens and has not said where');
  return { client: createClient(server), child, tookMs };
}

async function stop({ client, child }: Started): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  await client.call('stopBackend', {});
  await gone;
  running.delete(child);
}

/** What is resident, in MB; of a process that has had a moment to come to rest. */
async function resident({ child }: Started): Promise<number> {
  await delay(1500);
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024) / 1e6;
}

function submission(id: string, interpreter: string, autoscaling: number): SubmissionInput {
  return {
    project,
    architecture: {
      id,
      train: 'train.py:train',
      python: interpreter,
      service: { instance: 'cpu', autoscaling },
    },
    model: {
      name: `${id}-model`,
      dataset: '/data/shapes',
      config: { epochs: 100, lr: 0.01, layers: [16, 32, 64] },
    },
    environment: Object.fromEntries(
      Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
    ),
  };
}

async function training(): Promise<void> {
  const home = path.join(folder, 'home');
  const backend = await start(home);
  tell('memory of the backend, idle', await resident(backend), ' MB', 120);
  const ends = endsOf(backend.client);
  await ends.connected;

  const bare = Array.from({ length: LATENCIES }, () => timed(() => spawnSync(python, ['-c', 'pass'])));
  const told = Array.from({ length: LATENCIES }, () => {
    const before = now();
    spawnSync(shell, ['-c', 'pass'], { env: { ...process.env, TRAINYARD_START_FOLDER: folder } });
    return spawnedAt(folder) - before;
  });
  const toSpawn: number[] = [];
  const toReady: number[] = [];
  for (let i = 0; i < LATENCIES; i++) {
    const asked = now();
    const run = await backend.client.call('submit', { body: submission('latency', shell, 1) });
    const ended = await ends.of(run);
    toSpawn.push(spawnedAt(path.join(home, 'runs', run.executionId, 'attempt-1', 'start-1')) - asked);
    toReady.push(Date.parse(ended.startedAt ?? '') - asked);
  }
  const shellMs = median(told);
  const bareMs = median(bare);
  tell('the bare interpreter, from its spawn to its end', bareMs, ' ms');
  tell('a bare shell that tells when it is there', shellMs, ' ms');
  tell('submission to spawn, median, beyond that shell', median(toSpawn) - shellMs, ' ms', 5);
  tell(
    'submission to ready, median, beyond the shell and the interpreter',
    median(toReady) - shellMs - bareMs,
    ' ms',
    50,
  );

  const bareRate = await rateOfBare();
  const began = performance.now();
  const runs = await Promise.all(
    Array.from({ length: TRAININGS }, () =>
      backend.client.call('submit', { body: submission('many', python, CORES) }),
    ),
  );
  await Promise.all(runs.map((run) => ends.of(run)));
  const rate = (TRAININGS * 1000) / (performance.now() - began);
  tell(`bare interpreters a second, ${CORES} at once`, bareRate);
  tell('trainings a second that return at once', rate, '', bareRate / 1.5, 'more');
  tell('  how many times as long as a bare interpreter', bareRate / rate, 'x', 1.5);

  const [first] = runs;
  if (first !== undefined) await backend.client.call('pauseService', { params: { id: first.service.id } });
  tell(
    `submissions a second, ${CONNECTIONS} connections`,
    await submissionsPerSecond(backend.client, submission('many', python, CORES)),
    '',
    1000,
    'more',
  );
  ends.stop();
  await stop(backend);
}

/** Bare interpreters started and ended, as many at once as there are cores. */
async function rateOfBare(): Promise<number> {
  const began = performance.now();
  let left = TRAININGS;
  const one = async (): Promise<void> => {
    while (left-- > 0) await new Promise((resolve) => spawn(python, ['-c', 'pass']).once('exit', resolve));
  };
  await Promise.all(Array.from({ length: CORES }, one));
  return (TRAININGS * 1000) / (performance.now() - began);
}

/** Each connection sends its next submission when the one before is acknowledged, which it is once it is durable. */
async function submissionsPerSecond({ address }: Client, asked: SubmissionInput): Promise<number> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const body = JSON.stringify(asked);
  const headers = { authorization: `Bearer ${address.token}`, 'content-length': Buffer.byteLength(body) };
  const send = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const request = http.request(
        `${address.url}/api/v1/executions`,
        { method: 'POST', agent, headers },
        (answer) => {
          if (answer.statusCode !== 201) reject(new Error(`a submission was answered ${answer.statusCode}`));
          answer.resume().once('end', resolve);
        },
      );
      request.once('error', reject);
      request.end(body);
    });
  const began = performance.now();
  let done = 0;
  const connection = async (): Promise<void> => {
    while (performance.now() - began < SUBMITTING_MS) {
      await send();
      done++;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  const took = performance.now() - began;
  agent.destroy();
  return (done * 1000) / took;
}

/** A backend with so many runs kept: its start, its memory, its lists. Milliseconds by what was asked. */
async function keeping(runs: number): Promise<Map<string, number>> {
  const home = path.join(folder, `home-${runs}`);
  mkdirSync(home);
  const making = timed(() => fill(path.join(home, 'trainyard.db'), runs, [project, folder]));
  console.log(`With ${runs.toLocaleString('en-US')} runs kept (made in ${(making / 1000).toFixed(1)} s)`);
  const starts: number[] = [];
  let backend = await start(home);
  for (let i = 0; i < 4; i++) {
    await stop(backend);
    backend = await start(home);
    starts.push(backend.tookMs);
  }
  tell('start of the backend, from spawn to listening, median of 4', median(starts), ' ms', 500);
  tell('memory of the backend, idle with these kept', await resident(backend), ' MB', 120);
  const { client } = backend;
  type Query = NonNullable<Parameters<typeof client.call<'listRuns'>>[1]['query']>;
  const found = new Map<string, number>();
  const measure = async (what: string, query: Query, times = 9): Promise<string | null> => {
    const took: number[] = [];
    let next: string | null = null;
    for (let i = 0; i < times; i++) {
      const asked = performance.now();
      ({ next } = await client.call('listRuns', { query }));
      took.push(performance.now() - asked);
    }
    found.set(what, median(took));
    tell(`  ${what}`, median(took), ' ms', 20);
    return next;
  };
  // The client's own first call, which is none of the list's.
  await client.call('health', {});
  await measure('first page, cold', { limit: 100 }, 1);
  const next = await measure('first page', { limit: 100 });
  await measure('next page', { limit: 100, cursor: next ?? '' });
  await measure('first page by name', { limit: 100, sort: 'name' });
  await measure('first page by status', { limit: 100, sort: 'status' });
  await measure('first page of one project', { limit: 100, project });
  await measure('first page of a status that few have', {
    limit: 100,
    status: 'In Progress,Aborted',
    project,
  });
  await measure('search for one letter', { limit: 100, search: 'e' });
  await measure('search for one run', { limit: 100, search: nameOf(runs - 7) });
  await measure('search for nothing that is there', { limit: 100, search: '100%' });
  const services = performance.now();
  await client.call('listServices', {});
  tell('  services with their counts', performance.now() - services, ' ms', 20);
  tell('memory of the backend after that', await resident(backend), ' MB');
  await stop(backend);
  return found;
}

interface Ends {
  connected: Promise<void>;
  /** How a run ended. Rejects where that isn't well: then the figures are worth nothing. */
  of(run: Run): Promise<Run>;
  stop(): void;
}

/** The ends of runs, as the event stream tells of them. */
function endsOf(client: Client): Ends {
  const connected = Promise.withResolvers<void>();
  const over = new Map<string, Run>();
  const waiting = new Map<string, (run: Run) => void>();
  const following = followEvents(() => Promise.resolve(client), {
    onReady: () => connected.resolve(),
    onEvent: (event) => {
      if (event.event !== 'run' || !isOver(event.data.status)) return;
      over.set(event.data.executionId, event.data);
      waiting.get(event.data.executionId)?.(event.data);
    },
    onBroken: (error) => {
      throw error;
    },
  });
  return {
    connected: connected.promise,
    async of({ executionId }) {
      const ended =
        over.get(executionId) ?? (await new Promise<Run>((resolve) => waiting.set(executionId, resolve)));
      if (ended.status !== 'Success') throw new Error(`a training ended ${ended.status}: ${ended.reason}`);
      return ended;
    },
    stop: () => following.stop(),
  };
}

/** Milliseconds since 1970, with their fractions. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

function spawnedAt(where: string): number {
  return Number(readFileSync(path.join(where, 'spawned'), 'utf8')) * 1000;
}

function timed(work: () => unknown): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}
