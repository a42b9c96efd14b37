import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plan, type QueuedRun, type QueuedService } from '../../src/server/dispatch/plan.ts';

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
  settings: { instance: 'gpu', gpus: 1, autoscaling: 1 },
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

const planned = (queue: QueuedRun[], services: QueuedService[], gpus: string[] = []): string[] =>
  plan(queue, new Map(services.map((one) => [one.id, one])), gpus, NOW).decisions.map((decision) =>
    decision.kind === 'start'
      ? `${decision.id} starts on [${decision.gpus.join()}]`
      : `${decision.id} ${decision.kind}s: ${decision.reason}`,
  );

const cpu = (autoscaling: number): QueuedService =>
  service({ settings: { instance: 'cpu', gpus: 1, autoscaling } });

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
    assert.deepEqual(planned([busy, run('b')], [service(), other], ['g0']), [
      'b waits: Waits for a GPU; 0 free, the rest held by a v1.',
    ]);
    assert.deepEqual(planned([run('b')], [service(), other], ['g0']), ['b starts on [g0]']);
  });

  it('a run that needs many GPUs is not starved by smaller ones behind it', () => {
    const large = service({ id: 'large', settings: { instance: 'gpu', gpus: 2, autoscaling: 1 } });
    const queue = [
      run('a', { active: true, gpus: ['g0'] }),
      run('b', { service: 'large' }),
      run('c', { service: 'small' }),
    ];
    const small = service({ id: 'small' });
    assert.deepEqual(planned(queue, [service(), large, small], ['g0', 'g1']), [
      'b waits: Waits for 2 GPUs; 1 free, the rest held by a v1.',
      'c waits: Waits for a GPU; b v1 is first in line for GPUs.',
    ]);
  });

  it('B60 a paused service holds its queue', () => {
    assert.deepEqual(planned([run('a')], [service({ paused: true })], ['g0']), [
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

  it('says the same of the same state', () => {
    const queue = [run('a', { active: true }), run('b'), run('c')];
    assert.deepEqual(planned(queue, [cpu(1)]), planned(queue, [cpu(1)]));
  });
});
