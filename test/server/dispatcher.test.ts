import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { Settings, type SampleBatch } from '../../src/contract/shapes.ts';
import { isOver, TRANSITIONS } from '../../src/contract/status.ts';
import { Dispatcher } from '../../src/server/dispatch/dispatcher.ts';
import { TransitionRefused } from '../../src/server/dispatch/transition.ts';
import { openMetrics } from '../../src/server/metrics/client.ts';
import type { Metrics } from '../../src/server/metrics/metrics.ts';
import { Database } from '../../src/server/store/database.ts';
import { EventLog } from '../../src/server/store/events.ts';
import { ExecutionStore } from '../../src/server/store/executions.ts';
import { ServiceStore, type ServiceRecord } from '../../src/server/store/services.ts';
import { SimulatedEngine } from './simulatedEngine.ts';

const LONG = process.env['TRAINYARD_TEST_LONG'] === '1';
const SERVICES = 3;

/** Something that happens: to the `n`th thing there is of its kind. */
type Happening =
  | { what: 'submit' | 'pause' | 'resume' | 'retry' | 'scale'; service: number; n: number }
  | { what: 'abort' | 'rerun' | 'remove'; n: number }
  | {
      what: 'ready' | 'return' | 'raise' | 'kill' | 'out of memory' | 'vanish' | 'machine restarts';
      n: number;
    }
  | { what: 'backend restarts' | 'submission lost' };

const n = fc.nat(20);
const service = fc.nat(SERVICES - 1);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ what: fc.constant('submit' as const), service, n }) },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constantFrom('pause', 'resume', 'retry', 'scale'), service, n }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constantFrom('abort', 'rerun', 'remove'), n }) },
  { weight: 5, arbitrary: fc.record({ what: fc.constantFrom('ready', 'return'), n }) },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constantFrom('raise', 'kill', 'out of memory', 'vanish', 'machine restarts'),
      n,
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constantFrom('backend restarts', 'submission lost') }) },
);

/** A backend without HTTP, on an engine that is simulated. */
class World {
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
    this.engine.onStart = (start) => {
      const own = this.executions.get(start.executionId)?.service ?? '';
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
      case 'ready':
      case 'return':
      case 'raise':
      case 'kill':
      case 'out of memory':
      case 'vanish':
      case 'machine restarts':
        this.#become(one.what, one.n);
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
      else if (what === 'rerun') this.dispatcher.rerun(one);
      else if (isOver(one.status)) this.executions.remove(one.id);
    } catch (error) {
      assert.ok(error instanceof TransitionRefused);
    }
  }

  #become(what: string, index: number): void {
    const living = this.engine.living();
    const replica = living[index % Math.max(1, living.length)];
    if (replica === undefined) return;
    if (what === 'ready') this.engine.makeReady(replica);
    else if (what === 'return') this.engine.finish(replica);
    else if (what === 'raise') this.engine.finish(replica, { exit: { code: 1 }, outcome: null });
    else if (what === 'kill') this.engine.finish(replica, { exit: { signal: 'SIGKILL' }, outcome: null });
    else if (what === 'out of memory')
      this.engine.finish(replica, {
        exit: { signal: 'SIGKILL' },
        outcome: null,
        outOfMemory: { usedBytes: 2, allowedBytes: 1 },
      });
    else this.engine.lose(replica, what === 'machine restarts');
  }

  async settle(): Promise<void> {
    this.dispatcher.kick();
    await this.dispatcher.settled();
  }

  /** What must hold whenever nothing is under way. */
  async assertSound(): Promise<void> {
    for (const one of this.executions.page({ sort: 'createdAt', limit: 1000 })) {
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
    assert.deepEqual(
      this.executions.live(),
      // Inside a transaction it is read from the database.
      this.db.transaction(() => this.executions.live()),
      'what is held of the queue is not what is kept',
    );
    for (const { id } of this.made) {
      const own = this.executions.live().filter((one) => one.service === id);
      const active = own.filter((one) => one.active);
      const busy = active.filter((one) => one.status === 'In Progress').length;
      assert.deepEqual(this.executions.atWork(id), {
        queued: own.length - active.length,
        starting: active.length - busy,
        busy,
      });
    }
    const { acts } = this.engine;
    const { head } = this.events;
    await this.settle();
    assert.deepEqual(
      [this.engine.acts, this.events.head],
      [acts, head],
      'a second pass over the same state did something',
    );
  }

  /** Lets everything have its way until nothing is left to do. */
  async finishAll(): Promise<void> {
    this.engine.loseNext = false;
    for (let i = 0; i < SERVICES; i++) this.services.update({ ...this.service(i), pausedAt: null });
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
    await this.dispatcher.end();
    this.db.close();
  }
}

async function* nothing(): AsyncIterable<SampleBatch> {}

describe('The dispatcher, whatever happens', () => {
  let folder = '';
  let metrics: Metrics;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trainyard-dispatcher-'));
    const worker = new URL('../../src/server/metrics/worker.ts', import.meta.url);
    metrics = await openMetrics({ file: path.join(folder, 'metrics.db'), worker });
  });
  after(async () => {
    await metrics.close();
    await rm(folder, { recursive: true });
  });

  it('never puts two executions on a GPU, nor more than auto-scaling, loses nothing, starts nothing twice, and ends everything', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(happening, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 2, max: 4 }),
        async (happenings, gpus) => {
          const world = new World(metrics, gpus);
          try {
            for (const one of happenings) {
              await world.happen(one);
              await world.assertSound();
            }
            await world.finishAll();
            await world.assertSound();
          } finally {
            await world.end();
          }
        },
      ),
      { numRuns: LONG ? 20_000 : 300 },
    );
  });

  it('does not let small runs starve a large one', async () => {
    const world = new World(metrics, 2);
    try {
      await world.happen({ what: 'submit', service: 1, n: 0 });
      // Service 2 needs both GPUs; a stream of small ones comes behind it.
      world.submit(2);
      for (let i = 0; i < 5; i++) await world.happen({ what: 'submit', service: 1, n: 0 });
      const [first] = world.engine.living();
      assert.ok(first);
      world.engine.makeReady(first);
      await world.settle();
      world.engine.finish(first);
      await world.settle();
      assert.deepEqual(
        world.engine.living().map((one) => one.start.gpus.length),
        [2],
      );
      await world.finishAll();
    } finally {
      await world.end();
    }
  });
});
