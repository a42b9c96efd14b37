import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { PlannedGpu } from '../../src/server/dispatch/gpuPool.ts';
import { asksForGpus, plan, type QueuedRun, type QueuedService } from '../../src/server/dispatch/plan.ts';

const NOW = 1_000_000;

const run = (id: string, change: Partial<QueuedRun> = {}): QueuedRun => ({
  id,
  name: `${id} v1`,
  service: 's',
  active: false,
  gpus: [],
  stopping: false,
  since: null,
  ...change,
});

const service = (change: Partial<QueuedService> = {}): QueuedService => ({
  id: 's',
  name: 'mgmt-train-shapes',
  settings: { instance: 'gpu', gpus: 1, takeBusyGpus: false, autoscaling: 1 },
  paused: false,
  failing: null,
  retryAt: null,
  ...change,
});

const failing = {
  severity: 'error',
  code: 'StartFailed',
  message: 'No numpy.',
  hint: '',
  since: '',
} as const;

/** "g0 g1!" are two GPUs, on the second of which somebody else computes. */
const gpusOf = (text: string): PlannedGpu[] =>
  text
    .split(' ')
    .filter(Boolean)
    .map((word, index) => ({
      id: word.replace('!', ''),
      vendor: word.startsWith('amd') ? 'amd' : 'nvidia',
      index,
      foreign: word.endsWith('!') ? { who: 'python (pid 4711) of alice', since: '14:03 UTC' } : null,
    }));
const byId = (services: readonly QueuedService[]): Map<string, QueuedService> =>
  new Map(services.map((one) => [one.id, one]));
const planned = (queue: QueuedRun[], services: QueuedService[], gpus = ''): string[] =>
  plan(queue, byId(services), gpusOf(gpus), NOW).decisions.map((decision) =>
    decision.kind === 'start'
      ? `${decision.id} starts on [${decision.gpus.join()}]`
      : `${decision.id} ${decision.kind}s: ${decision.reason}`,
  );

const cpu = (autoscaling: number): QueuedService =>
  service({ settings: { instance: 'cpu', gpus: 1, takeBusyGpus: false, autoscaling } });

describe('Who starts and who waits', () => {
  it('B39 at auto-scaling 1 a second run waits, and is told for whom', () => {
    assert.deepEqual(planned([run('a'), run('b')], [cpu(1)]), [
      'a starts on []',
      'b waits: Place 2 in the queue of mgmt-train-shapes: its one replica busy (a v1).',
    ]);
  });

  it('B40 at N, N run at the same time', () => {
    assert.deepEqual(
      planned([run('a'), run('b'), run('c')], [cpu(2)]).map((line) => line.slice(0, 8)),
      ['a starts', 'b starts', 'c waits:'],
    );
  });

  it('B24 B25 waits while every GPU is held, and starts when one is free', () => {
    const busy = run('a', { active: true, gpus: ['g0'], service: 't', since: '12:03 UTC' });
    const other = service({ id: 't' });
    assert.deepEqual(planned([busy, run('b')], [service(), other], 'g0'), [
      'b waits: Waits for a GPU: GPU 0 is used by a v1 since 12:03 UTC.',
    ]);
    assert.deepEqual(planned([run('b')], [service(), other], 'g0'), ['b starts on [g0]']);
  });

  it('a run that needs many GPUs is not starved by smaller ones behind it', () => {
    const large = service({
      id: 'large',
      settings: { instance: 'gpu', gpus: 2, takeBusyGpus: false, autoscaling: 1 },
    });
    const queue = [
      run('a', { active: true, gpus: ['g0'] }),
      run('b', { service: 'large' }),
      run('c', { service: 'small' }),
    ];
    const small = service({ id: 'small' });
    assert.deepEqual(planned(queue, [service(), large, small], 'g0 g1'), [
      'b waits: Waits for 2 GPUs, 1 is free: GPU 0 is used by a v1.',
      'c waits: Waits for a GPU, place 2 in line behind b v1: GPU 0 is used by a v1.',
    ]);
  });

  it('B60 a paused service holds its queue', () => {
    assert.deepEqual(planned([run('a')], [service({ paused: true })], 'g0'), [
      'a holds: mgmt-train-shapes is paused. Resume it to start this.',
    ]);
  });

  it('B59 a failing service holds its queue until its back-off ends, then makes one try', () => {
    const waiting = service({ ...cpu(5), failing, retryAt: NOW + 4000 });
    const services = new Map([['s', waiting]]);
    assert.equal(plan([run('a')], services, [], NOW).wakeAt, NOW + 4000);
    assert.deepEqual(planned([run('a'), run('b')], [{ ...waiting, retryAt: NOW }]), [
      'a starts on []',
      'b holds: mgmt-train-shapes is failing: No numpy.',
    ]);
  });

  it('tells exact places up to 100; behind that the words stay the same while the queue moves', () => {
    const many = Array.from({ length: 150 }, (_, i) => run(`r${i}`));
    const busy = run('a', { active: true, gpus: ['g0'] });
    const wide = service({ settings: { instance: 'gpu', gpus: 1, takeBusyGpus: false, autoscaling: 500 } });
    const [before, later] = [many, many.slice(1)].map((queue) => planned([busy, ...queue], [cpu(1)]));
    assert.match(before?.[99] ?? '', /Place 100 in the queue of mgmt-train-shapes: its one replica busy/);
    assert.equal(before?.[100], 'r100 waits: More than 100 are before it in the queue of mgmt-train-shapes.');
    assert.deepEqual(before?.slice(101), later?.slice(100));
    const lined = planned([busy, ...many], [wide], 'g0');
    assert.match(lined[99] ?? '', /Waits for a GPU, place 100 in line behind r0 v1: GPU 0/);
    assert.equal(lined[100], 'r100 waits: Waits for a GPU: at least 100 are before it in line.');
  });

  it('says the same of the same state', () => {
    const queue = [run('a', { active: true }), run('b'), run('c')];
    assert.deepEqual(planned(queue, [cpu(1)]), planned(queue, [cpu(1)]));
  });

  describe('where somebody else computes on a GPU', () => {
    const wants = (gpus: number, takeBusyGpus: boolean): QueuedService =>
      service({ settings: { instance: 'gpu', gpus, takeBusyGpus, autoscaling: 9 } });

    it('leaves it alone, says who is there, and looks again soon', () => {
      assert.deepEqual(planned([run('a'), run('b')], [wants(1, false)], 'g0! g1'), [
        'a starts on [g1]',
        'b waits: Waits for a GPU: GPU 0 is used by python (pid 4711) of alice since 14:03 UTC, GPU 1 by a v1.',
      ]);
      const waits = plan([run('a')], byId([wants(1, false)]), gpusOf('g0!'), NOW);
      assert.equal(waits.wakeAt, NOW + 5000);
      // Ours tell when they end.
      const held = run('a', { active: true, gpus: ['g0'] });
      assert.equal(plan([held, run('b')], byId([wants(1, false)]), gpusOf('g0'), NOW).wakeAt, null);
    });

    it('takes it where the service is set to, after those that are free', () => {
      assert.deepEqual(planned([run('a')], [wants(1, true)], 'g0! g1'), ['a starts on [g1]']);
      assert.deepEqual(planned([run('a')], [wants(2, true)], 'g0! g1'), ['a starts on [g1,g0]']);
    });

    it('GPUs of two vendors are not given to one run', () => {
      assert.deepEqual(planned([run('a')], [wants(2, false)], 'amd0 g1 amd2'), ['a starts on [amd0,amd2]']);
      assert.deepEqual(planned([run('a')], [wants(2, false)], 'amd0 g1'), [
        'a waits: Waits for 2 GPUs, 2 are free.',
      ]);
    });
  });

  it('asks for GPUs only where one would let a run start', () => {
    const asks = (queue: QueuedRun[], own: QueuedService): boolean => asksForGpus(queue, byId([own]), NOW);
    const active = run('a', { active: true, gpus: ['g0'] });
    assert.equal(asks([run('a')], service()), true);
    assert.equal(asks([active], service()), false);
    assert.equal(asks([active, run('b')], service()), false);
    assert.equal(asks([run('a')], service({ paused: true })), false);
    assert.equal(asks([run('a')], service({ failing, retryAt: NOW + 1 })), false);
    assert.equal(asks([run('a')], service({ failing, retryAt: NOW })), true);
    assert.equal(asks([run('a')], cpu(1)), false);
  });

  it('never puts two on a GPU, and none on one that somebody else has, whatever comes and goes', () => {
    const services = [1, 2, 3].map((gpus) =>
      service({
        id: `s${gpus}`,
        settings: { instance: 'gpu', gpus, takeBusyGpus: gpus === 3, autoscaling: gpus },
      }),
    );
    const step = fc.oneof(
      fc.record({ kind: fc.constant('submit' as const), service: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ kind: fc.constant('end' as const), which: fc.nat() }),
      fc.record({ kind: fc.constant('foreign' as const), which: fc.integer({ min: 0, max: 3 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let queue: QueuedRun[] = [];
        const gpus = gpusOf('g0 g1 g2 g3');
        for (const [n, now] of steps.entries()) {
          if (now.kind === 'submit') queue.push(run(`r${n}`, { service: `s${now.service}` }));
          const active = queue.filter((one) => one.active);
          const ends = now.kind === 'end' ? active[now.which % Math.max(1, active.length)] : undefined;
          queue = queue.filter((one) => one !== ends);
          const changed = now.kind === 'foreign' ? gpus[now.which] : undefined;
          if (changed !== undefined)
            changed.foreign = changed.foreign === null ? { who: 'x', since: null } : null;
          queue = afterPass(queue, services, gpus);
          // The same state again changes nothing.
          assert.deepEqual(afterPass(queue, services, gpus), queue);
        }
        // Once the others have left, everything gets its turn, the large ones too.
        for (const gpu of gpus) gpu.foreign = null;
        for (let left = queue.length; left > 0; left--) {
          queue = afterPass(queue, services, gpus);
          const ends = queue.find((one) => one.active);
          assert.ok(ends !== undefined, `starved: ${queue.map((one) => one.id).join()}`);
          queue = queue.filter((one) => one !== ends);
        }
      }),
    );
  });
});

/** The queue after one pass, where every start comes about; what a pass may not do fails. */
function afterPass(queue: QueuedRun[], services: QueuedService[], gpus: PlannedGpu[]): QueuedRun[] {
  const held = new Set(queue.flatMap((one) => one.gpus));
  const starts = new Map<string, string[]>();
  let somebodyWaitsForGpus = false;
  for (const decision of plan(queue, byId(services), gpus, NOW).decisions) {
    if (decision.kind === 'wait' && decision.reason.startsWith('Waits for')) somebodyWaitsForGpus = true;
    if (decision.kind !== 'start') continue;
    assert.ok(!somebodyWaitsForGpus, `${decision.id} passed one that waits for GPUs`);
    const own = services.find((one) => one.id === queue.find(({ id }) => id === decision.id)?.service)!;
    assert.equal(new Set(decision.gpus).size, own.settings.gpus);
    for (const id of decision.gpus) {
      assert.ok(!held.has(id), `two on ${id}`);
      held.add(id);
      if (!own.settings.takeBusyGpus) assert.equal(gpus.find((gpu) => gpu.id === id)?.foreign, null);
    }
    starts.set(decision.id, decision.gpus);
  }
  return queue.map((one) =>
    starts.has(one.id) ? { ...one, active: true, gpus: starts.get(one.id) ?? [] } : one,
  );
}
