/**
 * kill -9 on the backend at random moments, again and again, while real trainings of all kinds log, end, are aborted and are killed, and
 * others are submitted and run again. In the end all must be as if nothing had happened. `TRAINYARD_TEST_LONG=1`: 20 trainings and 100
 * kills, from a new seed that is printed; TRAINYARD_TEST_SEED repeats one, as far as processes can be repeated.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { CallError } from '../../src/client/api.ts';
import type { Run, RunDetail, SubmissionInput } from '../../src/contract/shapes.ts';
import { isOver, TRANSITIONS, type Status } from '../../src/contract/status.ts';
import { belonging } from '../../src/server/engines/local/processes.ts';
import { chances, seedOf } from './chance.ts';
import { PYTHON, RealBackend } from './realBackend.ts';

const LONG = process.env['TRAINYARD_TEST_LONG'] === '1';
const SEED = seedOf(LONG, 4711);
const KILLS = LONG ? 100 : 5;

/** Each notes in a ledger of its own what it has logged, and goes on until the gate opens. */
const CODE = `
import os, signal, sys, time
import trainyard

def log_until(gate, ledger, obeys=True):
    notes = os.open(f"{ledger}-{trainyard.attempt}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    epoch = 0
    while epoch == 0 or not (os.path.exists(gate) or (obeys and trainyard.should_stop)):
        epoch += 1
        trainyard.log(epoch=epoch, figures={"loss": {"train": 1 / epoch}})
        os.write(notes, b"%d\\n" % epoch)
        time.sleep(0.05 if gate else 0.01)
        if not gate and epoch == 20:
            break

def steady(context, gate, ledger):
    log_until(gate, ledger)

def raises(context, gate, ledger):
    log_until(gate, ledger)
    raise ValueError("as planned")

def stubborn(context, gate, ledger):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    log_until(gate, ledger, obeys=False)

def leaves_a_daemon(context, gate, ledger):
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        os.execv("/bin/sleep", ["sleep", "1000"])
    os.wait()
    log_until(gate, ledger)

def alone(context, gate, ledger, lock):
    # Fails where another has the place, or the GPU, at the same time.
    place = lock + os.environ.get("CUDA_VISIBLE_DEVICES", "")
    os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    log_until(gate, ledger)
    os.unlink(place)

if __name__ == "__main__":
    log_until(*sys.argv[1:])
`;

type Service = NonNullable<SubmissionInput['architecture']['service']>;
interface Kind {
  /** How many there are in a long run; in a short one there is one of each. */
  many: number;
  /** The function; left out, it is a command. */
  train?: string;
  service: Service;
  /** What is done to it amid the storm. */
  fate?: 'abort' | 'kill';
  ends: Status;
  reason?: RegExp;
}

const cpu = (autoscaling: number): Service => ({ instance: 'cpu', autoscaling, stopGraceSeconds: 1 });
const KINDS: Readonly<Record<string, Kind>> = {
  steady: { many: 4, train: 'steady', service: cpu(4), ends: 'Success' },
  narrow: { many: 3, train: 'alone', service: cpu(1), ends: 'Success' },
  gpu: { many: 3, train: 'alone', service: { instance: 'gpu', autoscaling: 3 }, ends: 'Success' },
  command: { many: 2, service: cpu(2), ends: 'Success' },
  raises: { many: 2, train: 'raises', service: cpu(2), ends: 'Failed', reason: /ValueError: as planned/ },
  daemon: { many: 2, train: 'leaves_a_daemon', service: cpu(2), ends: 'Success' },
  aborted: { many: 1, train: 'steady', service: cpu(2), fate: 'abort', ends: 'Terminated' },
  stubborn: { many: 1, train: 'stubborn', service: cpu(2), fate: 'abort', ends: 'Terminated' },
  killed: { many: 2, train: 'steady', service: cpu(2), fate: 'kill', ends: 'Aborted', reason: /SIGKILL/ },
};

const QUICK: Kind = { many: 0, train: 'steady', service: cpu(2), ends: 'Success' };

interface Training {
  name: string;
  kind: Kind;
  executionId: string;
  /** As many as the user has asked for. */
  attempts: number;
}

/** Something that is wanted of the backend: asked again until it resolves to true. Rejects where the backend dies meanwhile. */
type Wish = () => Promise<boolean>;

describe('kill -9 on the backend at random moments', { timeout: LONG ? 3_000_000 : 150_000 }, () => {
  const chance = chances(SEED);
  const trainings: Training[] = [];
  const wishes: Wish[] = [];
  let tools = '';
  let backend: RealBackend;

  before(async () => {
    tools = await mkdtemp(path.join(tmpdir(), 'trainyard-double-'));
    const double = `#!/bin/sh
# A test double of nvidia-smi: it tells of two GPUs that nobody else uses.
case "$1" in
  --query-gpu=*) printf '0, GPU-one, Double, 16000, 400, 3, 40\\n1, GPU-two, Double, 16000, 400, 3, 41\\n' ;;
esac
`;
    await writeFile(path.join(tools, 'nvidia-smi'), double, { mode: 0o755 });
    backend = await RealBackend.start({ PATH: `${tools}${path.delimiter}${process.env['PATH'] ?? ''}` });
    await backend.write('storm.py', CODE);
  });
  after(async () => {
    await backend.end();
    await rm(tools, { recursive: true });
  });

  const inFolder = (name: string): string => path.join(backend.folder, name);
  const detail = (id: string): Promise<RunDetail> => backend.client.call('getRun', { params: { id } });

  /** Wants a training, under a key that makes asking again harmless; `also` is called once it is there. */
  function want(name: string, id: string, kind: Kind, gate: string, also?: (made: Training) => void): void {
    const { train, service } = kind;
    const ledger = inFolder(`ledger-${name}`);
    const lock = train === 'alone' ? { lock: inFolder(`lock-${id}-`) } : {};
    const run =
      train === undefined ? { command: [PYTHON, 'storm.py', gate, ledger] } : { train: `storm.py:${train}` };
    const body = {
      project: backend.project,
      architecture: { id, python: PYTHON, ...run, service },
      model: { name, config: { gate, ledger, ...lock } },
      environment: { PATH: process.env['PATH'] ?? '', HOME: backend.folder },
    };
    wishes.push(async () => {
      const { executionId } = await backend.client.call('submit', {
        headers: { 'idempotency-key': `storm ${name}` },
        body,
      });
      const made = { name, kind, executionId, attempts: 1 };
      trainings.push(made);
      also?.(made);
      return true;
    });
  }

  function wantFate({ executionId: id, kind }: Training): void {
    wishes.push(async () => {
      const run = await detail(id);
      if (run.stopping || isOver(run.status)) return true;
      if (run.status !== 'In Progress') return false;
      if (kind.fate === 'abort') await backend.client.call('abort', { params: { id } });
      else for (const pid of await backend.processesOf(run)) process.kill(pid, 'SIGKILL');
      return true;
    });
  }

  function wantRerun(training: Training): void {
    const { executionId: id } = training;
    const attempts = ++training.attempts;
    wishes.push(async () => {
      const run = await detail(id);
      // Asked before, and heard by a backend that died before it could say so.
      if (run.attempt >= attempts) return true;
      // The one before may not have been asked for yet.
      if (run.attempt < attempts - 1 || !isOver(run.status)) return false;
      await backend.client.call('rerun', { params: { id } });
      return true;
    });
  }

  /** Asks for what is wanted, one thing after the other, until nothing is left or the backend is dead. */
  async function work(onAsked: () => void = () => undefined): Promise<void> {
    for (;;) {
      const [wish] = wishes;
      if (wish === undefined) return;
      try {
        const asked = wish();
        onAsked();
        const done = await asked;
        wishes.shift();
        if (done) continue;
        wishes.push(wish);
        await delay(20);
      } catch (error) {
        if (error instanceof CallError && error.unreachable) return;
        throw error;
      }
    }
  }

  /** Kills a backend while it starts, or after it was asked for some things: before it has answered the last one, or some time later. */
  async function round(): Promise<void> {
    if (chance() < 0.15) {
      await backend.startAndKill(chance() * 1_500);
      return;
    }
    await backend.restart();
    let left = Math.floor(chance() * 6);
    const enough = Promise.withResolvers<void>();
    const working = work(() => {
      if (left-- === 0) enough.resolve();
    });
    await Promise.race([enough.promise, working]);
    await delay(chance() * (chance() < 0.3 ? 1_000 : 30));
    await backend.kill();
    await working;
  }

  /** What a training's own notes say that it logged, in its latest attempt. */
  async function logged({ name, attempts }: Training): Promise<number> {
    const notes = await readFile(inFolder(`ledger-${name}-${attempts}`), 'utf8').catch(() => '');
    return notes.split('\n').filter(Boolean).length;
  }

  /** Every epoch that is kept of its latest attempt: asked for in windows of no more than are told one by one. */
  async function epochsOf({ executionId, summary }: Run): Promise<number[]> {
    const window = 5_000;
    const epochs: number[] = [];
    for (let from = 0; from <= (summary[0]?.lastEpoch ?? 0); from += window) {
      const body = {
        executions: [executionId],
        axis: 'epoch' as const,
        from,
        to: from + window - 1,
        points: 2 * window,
      };
      const { series } = await backend.client.call('queryMetrics', { body });
      epochs.push(...(series[0]?.x ?? []));
    }
    return epochs;
  }

  async function assertAsIfNothingHappened(training: Training): Promise<number> {
    const { name, kind, executionId, attempts } = training;
    const run = await backend.until(executionId, (now) => now.attempt === attempts && isOver(now.status));
    assert.equal(run.status, kind.ends, `${name}: ${run.reason}`);
    if (kind.reason !== undefined) assert.match(run.reason ?? '', kind.reason, name);
    const epochs = await epochsOf(run);
    const notes = await logged(training);
    const wrong = epochs.findIndex((epoch, i) => epoch !== i + 1);
    assert.equal(wrong, -1, `${name}: where epoch ${wrong + 1} belongs there is ${epochs[wrong]}`);
    // Who is killed between logging and noting it has logged one more.
    const most = run.status === 'Aborted' || run.status === 'Terminated' ? notes + 1 : notes;
    assert.ok(epochs.length >= notes && epochs.length <= most, `${name}: ${epochs.length} of ${notes}`);
    assert.equal(run.summary[0]?.count, epochs.length, name);
    const { history } = await detail(executionId);
    history.forEach(({ status }, i) => {
      const from = history[i - 1]?.status;
      const way = history.map((one) => one.status).join(' > ');
      assert.ok(
        from === undefined || from === status || TRANSITIONS[from].includes(status),
        `${name}: ${way}`,
      );
    });
    assert.deepEqual(await backend.processesOf(run), [], `${name} left a process`);
    return epochs.length;
  }

  it(`${KILLS} times: all is as if nothing had happened (seed ${SEED})`, async (t) => {
    const gate = inFolder('gate');
    // Who has a fate goes on until it comes.
    const never = inFolder('never');
    for (const [id, kind] of Object.entries(KINDS)) {
      for (let i = 0; i < (LONG ? kind.many : 1); i++) {
        if (kind.fate === undefined) want(`${id}-${i}`, id, kind, gate);
        else want(`${id}-${i}`, id, kind, never, wantFate);
      }
    }
    await backend.kill();
    for (let i = 0; i < KILLS; i++) {
      // The last quarter of the kills meets them while they end.
      if (i === Math.floor(KILLS * 0.75)) await writeFile(gate, '');
      if (chance() < 0.5) want(`quick-${i}`, 'quick', QUICK, '');
      const again = trainings.filter(({ kind }) => kind === QUICK)[Math.floor(chance() * 20)];
      if (again !== undefined) wantRerun(again);
      await round();
    }
    await backend.restart();
    await work();
    assert.equal(wishes.length, 0);

    let samples = 0;
    for (const training of trainings) samples += await assertAsIfNothingHappened(training);
    const { runs } = await backend.client.call('listRuns', { query: { limit: 1000, sort: 'createdAt' } });
    assert.deepEqual(
      runs.map((run) => `${run.executionId} ${run.model.name} v${run.model.version}`).toSorted(),
      trainings.map(({ executionId, name }) => `${executionId} ${name} v1`).toSorted(),
      'each submission is there once',
    );
    const { services } = await backend.client.call('listServices', {});
    for (const { name, replicas, queued } of services)
      assert.deepEqual([replicas.busy, replicas.starting, queued], [0, 0, 0], name);
    const { engines } = await backend.client.call('compute', {});
    assert.deepEqual(
      engines[0]?.gpus.map((gpu) => [gpu.id, gpu.heldBy]),
      [
        ['GPU-one', null],
        ['GPU-two', null],
      ],
    );
    await nothingIsLeft();
    assert.doesNotMatch(backend.output, / error /, backend.output);
    await backend.stop();
    for (const name of ['trainyard.db', 'metrics.db']) {
      const db = new DatabaseSync(path.join(backend.home, name), { readOnly: true });
      assert.deepEqual(db.prepare('PRAGMA integrity_check').all().map(Object.values), [['ok']], name);
      db.close();
    }
    t.diagnostic(`${trainings.length} trainings, ${samples} samples`);
  });

  /** A supervisor ends after it has told how its training ended: there is no other event to wait for. */
  async function nothingIsLeft(): Promise<void> {
    const deadline = performance.now() + 10_000;
    for (;;) {
      const left = await belonging(`TRAINYARD_HOME=${backend.home}`);
      if (left.length === 0) return;
      assert.ok(performance.now() < deadline, `processes are left: ${left.map(({ pid }) => pid).join(', ')}`);
      await delay(50);
    }
  }
});
