import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Compute, Run, Service } from '../../src/contract/shapes.ts';
import { STATUSES } from '../../src/contract/status.ts';
import { couldScale } from '../../src/extension/runs/room.ts';
import { run, service, settings } from './runs.ts';

const gpu = (heldBy: string | null, foreign = false): Compute['engines'][number]['gpus'][number] => ({
  id: 'GPU-1',
  vendor: 'nvidia',
  index: 0,
  name: 'H100',
  memoryBytes: null,
  usedBytes: null,
  utilization: null,
  temperature: null,
  heldBy,
  foreign: foreign ? { memoryOnly: 1e9 } : null,
});
const compute = (...gpus: ReturnType<typeof gpu>[]): Compute => ({
  engines: [{ id: 'local', cpus: 8, gpus }],
});
const FREE = gpu(null);
const OURS = gpu('shapes-small v1');
const THEIRS = gpu('python of ada', true);

describe('B26 Set Auto-Scaling is offered', () => {
  const full = service({ replicas: { busy: 1, starting: 0, max: 1 }, queued: 1 });
  const cases: [what: string, one: Run, of: Service | undefined, there: Compute | null, offered: boolean][] =
    [
      [
        'on a Pending run of a full service while a GPU is free',
        run('Pending'),
        full,
        compute(OURS, FREE),
        true,
      ],
      ['not where no GPU is free', run('Pending'), full, compute(OURS), false],
      ['not where what is free is not known', run('Pending'), full, null, false],
      [
        'not where a replica is free: then something else keeps it waiting',
        run('Pending'),
        service({ replicas: { busy: 0, starting: 0, max: 1 } }),
        compute(FREE),
        false,
      ],
      [
        'where the last replica is starting',
        run('Pending'),
        service({ replicas: { busy: 0, starting: 1, max: 1 } }),
        compute(FREE),
        true,
      ],
      [
        'not where fewer GPUs are free than one training takes',
        run('Pending'),
        { ...full, settings: settings({ gpus: 2 }) },
        compute(OURS, FREE),
        false,
      ],
      ['not where somebody else computes on the GPU', run('Pending'), full, compute(THEIRS), false],
      [
        'though, where the service takes such GPUs',
        run('Pending'),
        { ...full, settings: settings({ takeBusyGpus: true }) },
        compute(THEIRS),
        true,
      ],
      [
        'where the service needs no GPU',
        run('Pending'),
        { ...full, settings: settings({ instance: 'cpu' }) },
        null,
        true,
      ],
      ['not where the service is not known', run('Pending'), undefined, compute(FREE), false],
    ];
  for (const [what, one, of, there, offered] of cases) {
    it(what, () => assert.equal(couldScale(one, of, there), offered));
  }
  it('on no other status', () => {
    for (const status of STATUSES.filter((each) => each !== 'Pending')) {
      assert.equal(couldScale(run(status), full, compute(FREE)), false, status);
    }
  });
});
