/** The local engine alone, with real processes, in a folder of its own; and what /proc tells of what is left. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { End, Engine, Observation, Start, StartKey } from '../../src/server/engines/engine.ts';
import { createLocalEngine } from '../../src/server/engines/local/localEngine.ts';
import { PYTHON } from './realBackend.ts';

const RUNNER = path.resolve(import.meta.dirname, '../../src/runner');
/** Making an environment takes its time on a busy machine. */
const DEADLINE_MS = 60_000;
/** Some changes are made by no file: then it is looked again after so long. */
const LOOK_AGAIN_MS = 100;

type Seen<State> = Extract<Observation, { state: State }>;

export class EngineHarness {
  readonly folder: string;
  readonly #engines: Engine[] = [];
  readonly #keys: StartKey[] = [];
  readonly warnings: string[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<EngineHarness> {
    const harness = new EngineHarness(await mkdtemp(path.join(tmpdir(), 'trainyard-engine-')));
    mkdirSync(harness.project);
    return harness;
  }

  get home(): string {
    return path.join(this.folder, 'home');
  }

  get project(): string {
    return path.join(this.folder, 'project');
  }

  /** An engine on the same home: as another backend, or the same after a restart. */
  engine(): Engine {
    const note = (message: string): void => void this.warnings.push(message);
    const log = { info: note, warn: note, error: note };
    const engine = createLocalEngine({ home: this.home, runner: RUNNER, log });
    this.#engines.push(engine);
    return engine;
  }

  write(name: string, text: string, mode = 0o644): string {
    const file = path.join(this.project, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
  }

  /** What trains this text's `train`, unless told otherwise. */
  start(code: string | null, change: Partial<Start> = {}): Start {
    const executionId = change.executionId ?? `e-${this.#keys.length + 1}`;
    if (code !== null) this.write(`${executionId}.py`, code);
    const start: Start = {
      executionId,
      attempt: 1,
      start: 1,
      project: this.project,
      train: code === null ? null : `${executionId}.py:train`,
      command: null,
      python: PYTHON,
      requirements: null,
      model: { id: 'm-1', name: 'toy', version: 1 },
      dataset: null,
      config: {},
      resumeFrom: null,
      environment: {
        PATH: process.env['PATH'] ?? '',
        HOME: this.folder,
        TMPDIR: this.folder,
        PYTHONDONTWRITEBYTECODE: '1',
      },
      gpus: [],
      memoryBytes: null,
      stopGraceSeconds: 10,
      token: 'secret',
      ...change,
    };
    this.#keys.push(start);
    return start;
  }

  writeJson(file: string, value: unknown): void {
    writeFileSync(file, JSON.stringify(value));
  }

  startFolder(key: StartKey): string {
    return path.join(this.home, 'runs', key.executionId, `attempt-${key.attempt}`, `start-${key.start}`);
  }

  log(key: StartKey, engine: Engine): string {
    return readFileSync(engine.logFile(key.executionId, key.attempt), 'utf8');
  }

  /** The pid of the supervisor, once it has claimed. */
  supervisor(key: StartKey): number {
    const claim: unknown = JSON.parse(readFileSync(path.join(this.startFolder(key), 'claim.json'), 'utf8'));
    assert.ok(typeof claim === 'object' && claim !== null && 'pid' in claim && typeof claim.pid === 'number');
    return claim.pid;
  }

  /** Watches and looks until it is in this state, and says as much. */
  async until<State extends Observation['state']>(
    engine: Engine,
    key: StartKey,
    state: State,
    wanted: (seen: Seen<State>) => boolean = () => true,
  ): Promise<Seen<State>> {
    const isIt = (one: Observation): one is Seen<State> => one.state === state;
    let seen: Observation | null = null;
    let changed: () => void = () => undefined;
    const watching = engine.watch(key, () => changed());
    const until = Date.now() + DEADLINE_MS;
    try {
      for (;;) {
        const change = new Promise<void>((resolve) => {
          changed = resolve;
          setTimeout(resolve, LOOK_AGAIN_MS);
        });
        seen = await engine.observe(key);
        if (isIt(seen) && wanted(seen)) return seen;
        assert.ok(Date.now() < until, `not as wanted in time: ${JSON.stringify(seen)}`);
        await change;
      }
    } finally {
      watching.dispose();
    }
  }

  async ended(engine: Engine, key: StartKey): Promise<End> {
    return (await this.until(engine, key, 'ended')).end;
  }

  async running(engine: Engine, key: StartKey): Promise<void> {
    await this.until(engine, key, 'running');
  }

  /** Waits until the start has printed this. */
  async printed(engine: Engine, key: StartKey, text: string): Promise<void> {
    const until = Date.now() + DEADLINE_MS;
    while (!this.log(key, engine).includes(text)) {
      assert.ok(Date.now() < until, `never printed ${text}: ${this.log(key, engine)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Pids of living processes of this home, by their environment. */
  processes(line = `TRAINYARD_HOME=${this.home}`): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => {
        try {
          const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
          return environment.includes(line) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
        } catch {
          // It is gone meanwhile, or another user's.
          return false;
        }
      });
  }

  /** Waits until this process has no zombies: whatever it spawned is waited for. */
  async noZombies(): Promise<void> {
    const until = Date.now() + DEADLINE_MS;
    while (zombies().length > 0) {
      assert.ok(Date.now() < until, `zombies: ${zombies().join(' ')}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** The processes of this home, less the supervisors, which end once they have told that nothing else is left. */
  leftBehind(): number[] {
    const supervisors = new Set(
      this.#keys
        .filter((key) => existsSync(path.join(this.startFolder(key), 'claim.json')))
        .map((key) => this.supervisor(key)),
    );
    return this.processes().filter((pid) => !supervisors.has(pid));
  }

  /** Waits until nothing is left, the supervisors included; false where that takes too long. */
  async nothingIsLeft(deadlineMs = DEADLINE_MS): Promise<boolean> {
    const until = Date.now() + deadlineMs;
    while (this.processes().length > 0) {
      if (Date.now() > until) return false;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return true;
  }

  /** Ends what a failed test left behind, too. */
  async end(): Promise<void> {
    const clean = await this.nothingIsLeft(3000);
    const left = this.processes();
    for (const pid of left) process.kill(pid, 'SIGKILL');
    assert.ok(await this.nothingIsLeft(), 'processes that no SIGKILL ends');
    for (const engine of this.#engines) await engine.dispose();
    rmSync(this.folder, { recursive: true, force: true });
    assert.ok(clean, `the test left processes behind: ${left.join(' ')}`);
  }
}

function zombies(): string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      return fields[0] === 'Z' && Number(fields[1]) === process.pid;
    } catch {
      return false;
    }
  });
}
