/** A backend without HTTP on an engine that is simulated (a test double), and what can happen to it. */
import assert from 'node:assert/strict';
import { mock } from 'node:test';
import fc from 'fast-check';
import { Settings, type Run, type SampleBatch } from '../../src/contract/shapes.ts';
import { isOver, TRANSITIONS } from '../../src/contract/status.ts';
import { Dispatcher } from '../../src/server/dispatch/dispatcher.ts';
import { TransitionRefused } from '../../src/server/dispatch/transition.ts';
import type { Metrics } from '../../src/server/metrics/metrics.ts';
import { failureOf, toRun } from '../../src/server/runs.ts';
import { Database } from '../../src/server/store/database.ts';
import { EventLog } from '../../src/server/store/events.ts';
import { ExecutionStore, type ExecutionRecord } from '../../src/server/store/executions.ts';
import { ServiceStore, type ServiceRecord } from '../../src/server/store/services.ts';
import { SimulatedEngine, type Replica } from './simulatedEngine.ts';

const SERVICES = 3;
const HOUR = 3_600_000;

/** Something that happens: to the `n`th thing there is of its kind. */
export type Happening =
  | { what: 'submit' | 'pause' | 'resume' | 'retry' | 'scale'; service: number; n: number }
  | { what: 'abort' | 'rerun' | 'remove'; n: number }
  | { what: (typeof BECOMING)[number]; n: number }
  | { what: 'backend restarts' | 'submission lost' | 'engine away' | 'engine back' }
  | { what: 'clock jumps'; hours: number };

/** What can become of a replica. */
const BECOMING = [
  'ready',
  'return',
  'raise',
  'kill',
  'out of memory',
  'image missing',
  'vanish',
  'machine restarts',
  'node lost',
  'preempted',
] as const;

const n = fc.nat(20);
const service = fc.nat(SERVICES - 1);
export const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ what: fc.constant('submit' as const), service, n }) },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constantFrom('pause', 'resume', 'retry', 'scale'), service, n }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constantFrom('abort', 'rerun', 'remove'), n }) },
  { weight: 5, arbitrary: fc.record({ what: fc.constantFrom('ready', 'return'), n }) },
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constantFrom(...BECOMING), n }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constantFrom('backend restarts', 'submission lost', 'engine away', 'engine back'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('clock jumps' as const),
      hours: fc.constantFrom(-48, -1, 1, 48),
    }),
  },
);

/** To be ended; while it is there, the clock of this process is its own. */
export class World {
  readonly db = new Database(':memory:');
  readonly events = new EventLog(this.db);
  readonly executions = new ExecutionStore(this.db, this.events);
  readonly services = new ServiceStore(this.db, this.events);
  readonly engine: SimulatedEngine;
  readonly metrics: Metrics;
  readonly made: ServiceRecord[];
  dispatcher: Dispatcher;

  constructor(metrics: Metrics, gpus: number) {
    this.metrics = metrics;
    this.engine = new SimulatedEngine(gpus);
    mock.timers.enable({ apis: ['Date'], now: Date.now() });
    this.engine.onStart = (start) => {
      const own = this.executions.get(start.executionId)?.service ?? '';
      this.#assertNotOvertaking(start.executionId);
      const busy = this.engine
        .living()
        .filter((one) => this.executions.get(one.start.executionId)?.service === own);
      assert.ok(
        busy.length < (this.services.get(own)?.settings.autoscaling ?? 0),
        'more replicas than auto-scaling allows',
      );
    };
    this.made = Array.from({ length: SERVICES }, (_, i) =>
      this.services.create(
        '/p',
        `a${i}`,
        { instance: i === 0 ? 'cpu' : 'gpu', gpus: Math.max(1, i), autoscaling: 1 + (i % 2) },
        new Date(0).toISOString(),
      ),
    );
    this.dispatcher = this.#dispatcher();
  }

  #dispatcher(): Dispatcher {
    const { db, events, executions, services, engine, metrics } = this;
    const quiet = {
      info: () => undefined,
      warn: () => undefined,
      error: (message: string, error?: unknown) => assert.fail(`${message}: ${String(error)}`),
    };
    return new Dispatcher({
      db,
      events,
      executions,
      services,
      engine,
      metrics,
      mlflowUri: () => null,
      leftBehind: nothing,
      log: quiet,
    });
  }

  service(i: number): ServiceRecord {
    const found = this.services.get(this.made[i]?.id ?? '');
    assert.ok(found);
    return found;
  }

  async happen(one: Happening): Promise<void> {
    switch (one.what) {
      case 'submit':
        this.submit(one.service);
        break;
      case 'pause':
        this.services.update({ ...this.service(one.service), pausedAt: new Date(0).toISOString() });
        break;
      case 'resume':
        this.services.update({ ...this.service(one.service), pausedAt: null });
        break;
      case 'retry':
        this.services.update({
          ...this.service(one.service),
          retryAt: this.service(one.service).retryAt === null ? null : 0,
        });
        break;
      case 'scale': {
        const now = this.service(one.service);
        this.services.update({
          ...now,
          settings: Settings.parse({ ...now.settings, autoscaling: 1 + (one.n % 4) }),
        });
        break;
      }
      case 'abort':
      case 'rerun':
      case 'remove':
        this.#ask(one.what, one.n);
        break;
      case 'backend restarts':
        await this.dispatcher.end();
        this.dispatcher = this.#dispatcher();
        break;
      case 'submission lost':
        this.engine.loseNext = true;
        break;
      case 'engine away':
        this.engine.unreachable = 'The simulated engine does not answer.';
        break;
      case 'engine back':
        this.engine.unreachable = null;
        break;
      case 'clock jumps':
        mock.timers.setTime(Date.now() + one.hours * HOUR);
        break;
      case 'ready':
      case 'return':
      case 'raise':
      case 'kill':
      case 'out of memory':
      case 'image missing':
      case 'vanish':
      case 'machine restarts':
      case 'node lost':
      case 'preempted':
        this.#becomeNth(one.what, one.n);
        break;
      default:
        one satisfies never;
    }
    await this.settle();
  }

  submit(i: number): void {
    const { id, architecture } = this.service(i);
    const submission = {
      project: '/p',
      architecture: { id: architecture, train: 'a.py:train', python: '/python' },
      model: { name: architecture, config: {} },
    };
    this.db.transaction(() => this.executions.create(submission, id, null, null, new Date()));
  }

  #ask(what: 'abort' | 'rerun' | 'remove', index: number): void {
    const all = this.executions.page({ sort: 'createdAt', limit: 1000 });
    const one = all[index % Math.max(1, all.length)];
    if (one === undefined) return;
    try {
      if (what === 'abort') this.dispatcher.abort(one);
      else if (what === 'rerun') this.dispatcher.rerun(one, null);
      else if (isOver(one.status)) this.executions.remove(one.id);
    } catch (error) {
      assert.ok(error instanceof TransitionRefused);
    }
  }

  #becomeNth(what: (typeof BECOMING)[number], index: number): void {
    const living = this.engine.living();
    const replica = living[index % Math.max(1, living.length)];
    if (replica !== undefined) this.become(replica, what);
  }

  become(replica: Replica, what: (typeof BECOMING)[number]): void {
    const { engine } = this;
    const killed = { exit: { signal: 'SIGKILL' }, outcome: null };
    switch (what) {
      case 'ready':
        return engine.makeReady(replica);
      case 'return':
        return engine.finish(replica);
      case 'raise':
        return engine.finish(replica, { exit: { code: 1 }, outcome: null });
      case 'kill':
        return engine.finish(replica, killed);
      case 'out of memory':
        return engine.finish(replica, { ...killed, outOfMemory: { usedBytes: 2e9, allowedBytes: 1e9 } });
      case 'image missing':
        return engine.finish(replica, {
          exit: null,
          startFailure: {
            code: 'ImagePullBackOff',
            message: 'There is no image a:1.',
            hint: 'Name another.',
          },
        });
      case 'vanish':
        return engine.lose(replica, null);
      case 'machine restarts':
        return engine.lose(replica, 'the machine restarted');
      case 'node lost':
        return engine.lose(replica, 'the node gpu-a was lost');
      case 'preempted':
        return engine.lose(replica, 'the job was preempted');
    }
  }

  async settle(): Promise<void> {
    this.dispatcher.kick();
    await this.dispatcher.settled();
  }

  /** First come, first served: what asks for GPUs doesn't get them before an earlier run that could start with them. */
  #assertNotOvertaking(id: string): void {
    const wantsGpus = (one: ExecutionRecord): boolean =>
      this.services.get(one.service)?.settings.instance === 'gpu';
    const live = this.executions.live();
    const at = live.findIndex((one) => one.id === id);
    const starting = live[at];
    if (starting === undefined || !wantsGpus(starting)) return;
    for (const earlier of live.slice(0, at)) {
      const { service: serviceId, active, stopping } = earlier;
      const own = this.services.get(serviceId);
      assert.ok(own);
      const busy = live.filter((one) => one.service === serviceId && one.active).length;
      const couldStart =
        !active &&
        !stopping &&
        own.pausedAt === null &&
        failureOf(own) === null &&
        busy < own.settings.autoscaling;
      assert.ok(!couldStart || !wantsGpus(earlier), `${id} overtook ${earlier.id}`);
    }
  }

  /** What is held in memory of the queue is what is kept. */
  #assertHeld(): void {
    const live = this.executions.live();
    // Inside a transaction it is read from the database.
    assert.deepEqual(
      live,
      this.db.transaction(() => this.executions.live()),
    );
    for (const { id } of this.made) {
      const own = live.filter((one) => one.service === id);
      const active = own.filter((one) => one.active);
      const busy = active.filter((one) => one.status === 'In Progress').length;
      assert.deepEqual(this.executions.atWork(id), {
        queued: own.length - active.length,
        starting: active.length - busy,
        busy,
      });
    }
  }

  run(id: string): Run {
    const execution = this.executions.get(id);
    const own = this.services.get(execution?.service ?? '');
    assert.ok(execution !== null && own !== null);
    return toRun(execution, own, Date.now());
  }

  /** What must hold whenever nothing is under way. */
  async assertSound(): Promise<void> {
    for (const one of this.executions.page({ sort: 'createdAt', limit: 1000 })) {
      this.#assertTold(one);
      const way = this.executions.history(one.id).map((entry) => entry.status);
      way.forEach((to, i) => {
        const from = way[i - 1];
        assert.ok(
          from === undefined || from === to || TRANSITIONS[from].includes(to),
          `${one.id}: ${way.join(' > ')}`,
        );
      });
      assert.equal(way.at(-1), one.status);
      if (isOver(one.status))
        assert.ok(!one.active && one.gpus.length === 0, `${one.id} is over and still holds a place`);
    }
    this.#assertHeld();
    const { acts } = this.engine;
    const { head } = this.events;
    await this.settle();
    assert.deepEqual(
      [this.engine.acts, this.events.head],
      [acts, head],
      'a second pass over the same state did something',
    );
  }

  /** B59 B60 B62 B64 B69: what waits on a fault or a pause is never Pending, and icons show where they should. */
  #assertTold({ id, service: serviceId, status, stopping }: ExecutionRecord): void {
    const own = this.services.get(serviceId);
    assert.ok(own);
    const failing = failureOf(own) !== null;
    if (!stopping && status === 'Pending')
      assert.ok(!failing && own.pausedAt === null, `${id} is Pending on a service that isn't well`);
    const waits = status === 'Created' || status === 'Rerun';
    const expected =
      failing && (waits || status === 'In Progress')
        ? 'error'
        : !failing && own.pausedAt !== null && waits
          ? 'warning'
          : null;
    assert.equal(this.run(id).diagnosis?.severity ?? null, expected, `${id} ${status}`);
  }

  /** Lets everything have its way until nothing is left to do. */
  async finishAll(): Promise<void> {
    this.engine.loseNext = false;
    this.engine.unreachable = null;
    for (let i = 0; i < SERVICES; i++) this.services.update({ ...this.service(i), pausedAt: null });
    await this.settle();
    for (let round = 0; round < 500 && this.executions.live().length > 0; round++) {
      for (let i = 0; i < SERVICES; i++) await this.happen({ what: 'retry', service: i, n: 0 });
      for (const replica of this.engine.living()) this.engine.makeReady(replica);
      await this.settle();
      for (const replica of this.engine.living()) this.engine.finish(replica);
      await this.settle();
    }
    const left = this.executions.live().map(({ id, status, reason }) => `${id} ${status}: ${reason}`);
    assert.deepEqual(left, [], 'not everything ended');
  }

  async end(): Promise<void> {
    mock.timers.reset();
    await this.dispatcher.end();
    this.db.close();
  }
}

async function* nothing(): AsyncIterable<SampleBatch> {}
