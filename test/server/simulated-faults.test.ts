/** What an engine on this machine can't bring about, on a simulated one (a test double): images, nodes, preemption, an engine that is away. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Run } from '../../src/contract/shapes.ts';
import { openMetrics } from '../../src/server/metrics/client.ts';
import type { Metrics } from '../../src/server/metrics/metrics.ts';
import type { Replica } from './simulatedEngine.ts';
import { World } from './simulatedWorld.ts';

let folder = '';
let metrics: Metrics;
let world: World;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'trainyard-simulated-'));
  const worker = new URL('../../src/server/metrics/worker.ts', import.meta.url);
  metrics = await openMetrics({ file: path.join(folder, 'metrics.db'), worker });
});
after(async () => {
  await metrics.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  world = new World(metrics, 2);
});
afterEach(() => world.end());

const runs = (): Run[] =>
  world.executions.page({ sort: 'createdAt', limit: 100 }).map((one) => world.run(one.id));
const only = (): Run => {
  const [run] = runs();
  assert.ok(run);
  return run;
};
const replica = (): Replica => {
  const [first] = world.engine.living();
  assert.ok(first, 'nothing is at work');
  return first;
};
/** One run, whose replica is starting, or running where it is made ready. */
async function started(service: number, ready: boolean): Promise<void> {
  await world.happen({ what: 'submit', service, n: 0 });
  if (ready) await world.happen({ what: 'ready', n: 0 });
  assert.equal(only().status, ready ? 'In Progress' : 'Pending');
}

describe('An image that can not be pulled', () => {
  it('B59 B61 keeps the run Created, its service failing with ImagePullBackOff, and is tried again', async () => {
    await started(1, false);
    await world.happen({ what: 'image missing', n: 0 });
    const { status, attempt, diagnosis } = only();
    assert.deepEqual([status, attempt, diagnosis?.code], ['Created', 1, 'ImagePullBackOff']);
    assert.equal(diagnosis?.message, 'There is no image a:1.');
    assert.equal(world.engine.living().length, 0);
    for (let i = 0; i < 2; i++) {
      await world.happen({ what: 'retry', service: 1, n: 0 });
      assert.equal(only().status, 'Created', 'it stays Created until a start is ready');
      await world.happen({ what: 'image missing', n: 0 });
    }
    // The more exact code stays, however often.
    assert.equal(only().diagnosis?.code, 'ImagePullBackOff');
    await world.happen({ what: 'retry', service: 1, n: 0 });
    await world.happen({ what: 'ready', n: 0 });
    assert.deepEqual([only().status, only().diagnosis], ['In Progress', null]);
  });
});

for (const [what, evidence] of [
  ['node lost', 'the node gpu-a was lost'],
  ['preempted', 'the job was preempted'],
  ['machine restarts', 'the machine restarted'],
] as const) {
  describe(`${what[0]?.toUpperCase()}${what.slice(1)}`, () => {
    it('before it is ready: it waits again, and no failure is counted', async () => {
      await started(1, false);
      await world.happen({ what, n: 0 });
      const { status, attempt, diagnosis } = only();
      // It began again in the same pass.
      assert.deepEqual([status, attempt, diagnosis], ['Pending', 1, null]);
      assert.deepEqual([world.service(1).health, world.service(1).failures], ['unproven', 0]);
      assert.equal(replica().start.start, 2);
    });

    it('B23 while it runs: Rerun while attempts are left, with the reason', async () => {
      await started(1, true);
      await world.happen({ what, n: 0 });
      const rerun = world.executions.history(only().executionId).find((entry) => entry.status === 'Rerun');
      assert.match(rerun?.reason ?? '', new RegExp(`${evidence.slice(4)}\\. Attempt 1 was lost\\.`));
      assert.equal(only().attempt, 2);
      for (let i = 0; i < 2; i++) {
        await world.happen({ what: 'ready', n: 0 });
        await world.happen({ what, n: 0 });
      }
      const { status, attempt } = only();
      assert.deepEqual([status, attempt], ['Aborted', 3]);
    });

    it('B21 while it runs, where the service says "fail": Aborted at once', async () => {
      const own = world.service(1);
      world.services.update({ ...own, settings: { ...own.settings, onReset: 'fail' } });
      await started(1, true);
      await world.happen({ what, n: 0 });
      assert.deepEqual([only().status, only().attempt], ['Aborted', 1]);
    });
  });
}

describe('An engine that can not be reached', () => {
  it('B59 B61 B62 keeps what waits Created, leaves what runs as it is, says so on both, and clears by itself', async () => {
    await started(0, true);
    await world.happen({ what: 'submit', service: 1, n: 0 });
    await world.happen({ what: 'engine away' });
    const told = runs().map(({ status, diagnosis }) => [status, diagnosis?.code]);
    assert.deepEqual(told, [
      ['In Progress', 'EngineUnreachable'],
      ['Created', 'EngineUnreachable'],
    ]);
    assert.deepEqual(
      world.services.history(world.service(1).id).map(({ kind }) => kind),
      ['failing', 'made'],
    );
    await world.happen({ what: 'submit', service: 2, n: 0 });
    assert.equal(runs()[2]?.status, 'Created');
    await world.happen({ what: 'engine back' });
    assert.deepEqual(
      runs().map(({ status, diagnosis }) => [status, diagnosis]),
      [
        ['In Progress', null],
        ['Pending', null],
        ['Pending', null],
      ],
    );
    assert.equal(world.services.history(world.service(1).id)[0]?.kind, 'healthy');
  });

  it('does not hide for good what was wrong before', async () => {
    await started(1, false);
    await world.happen({ what: 'raise', n: 0 });
    assert.equal(only().diagnosis?.code, 'StartFailed');
    await world.happen({ what: 'engine away' });
    await world.happen({ what: 'retry', service: 1, n: 0 });
    assert.equal(only().diagnosis?.code, 'EngineUnreachable');
    await world.happen({ what: 'engine back' });
    assert.deepEqual([only().status, only().diagnosis?.code], ['Created', 'StartFailed']);
  });

  it('B57 an abort that could not be handed over is, once it answers', async () => {
    await started(1, true);
    await world.happen({ what: 'engine away' });
    await world.happen({ what: 'abort', n: 0 });
    assert.deepEqual([only().status, only().stopping], ['In Progress', true]);
    assert.equal(replica().stopAsked, false);
    await world.happen({ what: 'engine back' });
    assert.equal(replica().stopAsked, true);
    await world.happen({ what: 'return', n: 0 });
    assert.equal(only().status, 'Terminated');
  });
});

describe('A pause while a replica starts', () => {
  it('B60 B63 calls the start off: Created with a warning, no failure counted; resuming starts it anew', async () => {
    await started(1, false);
    await world.happen({ what: 'pause', service: 1, n: 0 });
    assert.deepEqual(
      [only().status, only().diagnosis?.code, replica().stopAsked],
      ['Created', 'Paused', true],
    );
    // It gets ready just then: its user saw nothing of it run.
    await world.happen({ what: 'ready', n: 0 });
    assert.equal(only().status, 'Created');
    await world.happen({ what: 'return', n: 0 });
    const { status, attempt, reason } = only();
    assert.deepEqual([status, attempt, world.engine.living().length], ['Created', 1, 0]);
    assert.match(reason ?? '', /is paused\. Resume it to start this\.$/);
    assert.deepEqual([world.service(1).health, world.service(1).failures], ['unproven', 0]);
    await world.happen({ what: 'resume', service: 1, n: 0 });
    await world.happen({ what: 'ready', n: 0 });
    assert.deepEqual([only().status, only().attempt], ['In Progress', 1]);
  });
});

describe('A service that ran out of memory', () => {
  it('makes its next try while its other replicas go on', async () => {
    const own = world.service(0);
    world.services.update({ ...own, settings: { ...own.settings, autoscaling: 2 } });
    for (let i = 0; i < 2; i++) await world.happen({ what: 'submit', service: 0, n: 0 });
    for (let i = 0; i < 2; i++) await world.happen({ what: 'ready', n: i });
    await world.happen({ what: 'out of memory', n: 1 });
    assert.deepEqual(
      runs().map(({ status, diagnosis }) => [status, diagnosis?.code]),
      [
        ['In Progress', 'OOM'],
        ['Rerun', 'OOM'],
      ],
    );
    await world.happen({ what: 'retry', service: 0, n: 0 });
    assert.equal(world.engine.living().length, 2);
    await world.happen({ what: 'ready', n: 1 });
    assert.deepEqual(
      runs().map(({ status, diagnosis }) => [status, diagnosis]),
      [
        ['In Progress', null],
        ['In Progress', null],
      ],
    );
  });
});

describe('A clock that jumps', () => {
  it('back: what failed is tried again all the same, and who came first is served first', async () => {
    await started(1, false);
    await world.happen({ what: 'raise', n: 0 });
    await world.happen({ what: 'clock jumps', hours: -48 });
    assert.equal(world.engine.living().length, 1, 'a try that was due soon is made');
    await world.happen({ what: 'submit', service: 1, n: 0 });
    await world.happen({ what: 'ready', n: 0 });
    assert.deepEqual(
      world.executions.live().map(({ model }) => model.version),
      [1, 2],
    );
  });

  it('while one runs: how long it ran is what its engine says', async () => {
    await started(1, true);
    const [startedAt, endedAt] = ['2025-05-01T10:00:00.000Z', '2025-05-01T10:30:00.000Z'];
    world.engine.finish(replica(), { startedAt, endedAt });
    await world.settle();
    assert.deepEqual([only().startedAt, only().durationMs], [startedAt, 30 * 60_000]);
  });

  it('ahead: nothing that runs is given up', async () => {
    await started(1, true);
    await world.happen({ what: 'clock jumps', hours: 48 });
    await world.assertSound();
    assert.equal(only().status, 'In Progress');
  });
});

describe('The cores', () => {
  it('are shared by all CPU replicas that may be at work at once', async () => {
    const cores = availableParallelism();
    const threadsOf = (i: number): number | undefined =>
      [...world.engine.replicas.values()][i]?.start.threads;
    await world.happen({ what: 'submit', service: 0, n: 0 });
    assert.equal(threadsOf(0), cores);
    const [other] = world.made.slice(1);
    assert.ok(other);
    world.services.update({ ...other, settings: { ...other.settings, instance: 'cpu', autoscaling: 1 } });
    await world.happen({ what: 'submit', service: 1, n: 0 });
    assert.equal(threadsOf(1), Math.max(1, Math.floor(cores / 2)));
  });
});
