/** A real backend for tests: its own process, its own home in a temporary folder, real Python. */
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { CallError, createClient, type Client } from '../../src/client/api.ts';
import { readServerFile } from '../../src/client/backend.ts';
import { followEvents } from '../../src/client/events.ts';
import { scriptSubmission } from '../../src/client/script.ts';
import type { Run, RunDetail, SubmissionInput } from '../../src/contract/shapes.ts';
import { isOver } from '../../src/contract/status.ts';

const MAIN = path.resolve(import.meta.dirname, '../../src/cli/main.ts');

/** The interpreter that trainings of tests run on. */
export const PYTHON = (() => {
  const found = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' });
  assert.equal(found.status, 0, 'these tests need python3 on the PATH');
  return found.stdout.trim();
})();

export class RealBackend {
  readonly folder: string;
  /** What is waited for comes within this time, or it is an error. */
  deadlineMs = 60_000;
  #process: ChildProcess | null = null;
  #output = '';
  #client: Client | null = null;

  readonly #env: Record<string, string>;

  private constructor(folder: string, env: Record<string, string>) {
    this.folder = folder;
    this.#env = env;
  }

  /** @param env what its environment has besides our own */
  static async start(env: Record<string, string> = {}): Promise<RealBackend> {
    const backend = new RealBackend(await mkdtemp(path.join(tmpdir(), 'trainyard-server-')), env);
    await mkdir(backend.project);
    await backend.restart();
    return backend;
  }

  get home(): string {
    return path.join(this.folder, 'home');
  }

  /** A folder for training code. */
  get project(): string {
    return path.join(this.folder, 'project');
  }

  get client(): Client {
    assert.ok(this.#client, 'the backend was not started');
    return this.#client;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** All that the backend has printed. */
  get output(): string {
    return this.#output;
  }

  /** Starts it (again) on the same home, and resolves once it listens. */
  async restart(): Promise<void> {
    const child = this.#spawn();
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (text: string) => {
        if (text.includes('listens on')) resolve();
      });
      child.once('exit', (code) => reject(new Error(`the backend ended with ${code}:\n${this.#output}`)));
    });
    this.#process = child;
    const server = await readServerFile(this.home);
    assert.ok(server, 'the backend said that it listens, and not where');
    this.#client = createClient(server);
  }

  /** Starts it on the same home, and kills it so soon, however far it has come by then. */
  async startAndKill(afterMs: number): Promise<void> {
    const child = this.#spawn();
    const timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
    await once(child, 'exit');
    clearTimeout(timer);
  }

  #spawn(): ChildProcessByStdio<null, Readable, Readable> {
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', MAIN, 'serve', '--home', this.home],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...this.#env },
      },
    );
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    return child;
  }

  /** kill -9, and resolves once it is gone. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === null || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** Ends it as a person would; what it has written is whole then. */
  async stop(): Promise<void> {
    const child = this.#process;
    assert.ok(child, 'the backend was not started');
    const gone = new Promise((resolve) => child.once('exit', resolve));
    await this.client.call('stopBackend', {});
    await gone;
  }

  /** Ends everything: trainings, the backend, its folder. */
  async end(): Promise<void> {
    const child = this.#process;
    if (child !== null && child.exitCode === null && child.signalCode === null) {
      const { runs } = await this.client.call('listRuns', { query: { limit: 1000 } });
      for (const run of runs.filter((one) => one.origin === 'trained' && !isOver(one.status))) {
        await this.client.call('abort', { params: { id: run.executionId } }).catch((error: unknown) => {
          // It is being stopped already, or was over meanwhile.
          if (!(error instanceof CallError && error.status === 409)) throw error;
        });
        await this.until(run.executionId, (now) => isOver(now.status));
      }
      await this.stop();
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Writes a file of the project. */
  async write(name: string, text: string): Promise<void> {
    await writeFile(path.join(this.project, name), text);
  }

  /** Trains what this text defines as `train`, unless told otherwise, on a CPU. */
  async train(
    code: string,
    change: Partial<SubmissionInput['architecture']> & { config?: object } = {},
  ): Promise<Run> {
    const { config = {}, ...architecture } = change;
    const id = architecture.id ?? 'toy';
    await this.write(`${id}.py`, code);
    const body: SubmissionInput = {
      project: this.project,
      architecture: {
        id,
        python: PYTHON,
        ...(architecture.command === undefined ? { train: `${id}.py:train` } : {}),
        ...architecture,
        service: { instance: 'cpu', stopGraceSeconds: 2, ...architecture.service },
      },
      model: { name: `${id}-model`, config: config as Record<string, never> },
      // Tests change a file faster than Python's cache of compiled files can tell.
      environment: { PATH: process.env['PATH'] ?? '', HOME: this.folder, PYTHONDONTWRITEBYTECODE: '1' },
    };
    return this.client.call('submit', { body });
  }

  /** Trains a file of this text as *Train Current File* does, on a CPU. */
  async trainFile(
    file: string,
    text: string,
    python: string,
    serviceEnv: Record<string, string> = {},
  ): Promise<Run> {
    await this.write(file, text);
    const env = { PATH: process.env['PATH'] ?? '', HOME: this.folder };
    const body = await scriptSubmission({ folder: this.project, file, project: null, python, env });
    body.architecture.service = { instance: 'cpu', env: serviceEnv };
    return this.client.call('submit', { body });
  }

  /** Follows the event stream until the run is as wanted; the run as it is then. */
  async until(id: string, wanted: (run: Run) => boolean, client = this.client): Promise<Run> {
    return new Promise((resolve, reject) => {
      let last: Run | null = null;
      const done = (): void => {
        clearTimeout(deadline);
        following.stop();
      };
      const look = (run: Run): void => {
        if (run.executionId !== id) return;
        last = run;
        if (!wanted(run)) return;
        done();
        resolve(run);
      };
      const deadline = setTimeout(() => {
        done();
        reject(new Error(`not as wanted in time: ${JSON.stringify(last)}\n${this.#output}`));
      }, this.deadlineMs);
      const following = followEvents(async () => client, {
        onReady: () => void client.call('getRun', { params: { id } }).then(look, reject),
        onEvent: (event) => {
          if (event.event === 'run') look(event.data);
        },
        onBroken: () => undefined,
      });
    });
  }

  ended(run: Run): Promise<Run> {
    return this.until(run.executionId, (now) => isOver(now.status));
  }

  running(run: Run): Promise<Run> {
    return this.until(run.executionId, (now) => now.status === 'In Progress');
  }

  detail(run: Run): Promise<RunDetail> {
    return this.client.call('getRun', { params: { id: run.executionId } });
  }

  /** All that a run has printed; with `follow` all that it will ever print. */
  async log(run: Run, follow = false): Promise<string> {
    const stream = await this.client.open('logs', {
      params: { id: run.executionId },
      query: { follow: follow ? 'true' : 'false' },
    });
    const parts = (await stream.toArray()) as Uint8Array[];
    return Buffer.concat(parts).toString('utf8');
  }

  /** The points of one line: x and y. */
  async points(run: Run, figure: string, legend = ''): Promise<[x: number, y: number | string][]> {
    const { series } = await this.client.call('queryMetrics', {
      body: { executions: [run.executionId], figures: [figure], axis: 'epoch', points: 10_000 },
    });
    const line = series.find((one) => one.legend === legend);
    return (line?.x ?? []).map((x, i) => [x, line?.y[i] ?? 'nothing']);
  }

  /** Pids of living processes that belong to a run, by their environment; its supervisors, which are ours, aren't among them. */
  async processesOf(run: Run): Promise<number[]> {
    const listed = spawnSync(
      'sh',
      ['-c', `grep -lz "^TRAINYARD_EXECUTION=${run.executionId}$" /proc/[0-9]*/environ 2>/dev/null`],
      {
        encoding: 'utf8',
      },
    );
    const pids = [...listed.stdout.matchAll(/\/proc\/(\d+)\//g)].map(([, pid]) => Number(pid));
    const living = await Promise.all(
      pids.map(async (pid) => {
        const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
        return stat !== null && !/\) [ZX] /.test(stat);
      }),
    );
    const claims = await Promise.all(
      globSync(path.join(this.home, 'runs', run.executionId, '*', '*', 'claim.json')).map((file) =>
        readFile(file, 'utf8'),
      ),
    );
    const supervisors = new Set(claims.map((text) => (JSON.parse(text) as { pid: number }).pid));
    return pids.filter((pid, i) => living[i] && !supervisors.has(pid));
  }
}
