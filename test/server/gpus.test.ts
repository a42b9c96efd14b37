/** Whose the processes on a GPU are, what a training is shown, and what a machine is said to have. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { describe, it } from 'node:test';
import type { Gpu } from '../../src/contract/compute.ts';
import { inventory, withInstance } from '../../src/server/dispatch/instances.ts';
import { machineOf } from '../../src/server/engines/local/capacity.ts';
import type { Found } from '../../src/server/engines/local/gpus/found.ts';
import { foreignOn } from '../../src/server/engines/local/gpus/foreign.ts';
import { gpuFinder, visibleGpus } from '../../src/server/engines/local/gpus/index.ts';
import { clockWords, holderWords } from '../../src/server/holders.ts';
import { fixture, printed, tools } from './gpuTools.ts';

const GPU: Found = {
  id: 'GPU-a',
  vendor: 'nvidia',
  index: 0,
  name: 'NVIDIA T4',
  memoryBytes: 16e9,
  usedBytes: 0,
  utilization: 0,
  temperature: 40,
  processes: [],
};

describe('Who is on a GPU', () => {
  it('a process that has our home and an execution in its environment, or descends from one, is ours', async () => {
    const env = { ...process.env, TRAINYARD_HOME: '/h', TRAINYARD_EXECUTION: 'e-1' };
    // Its child has no environment at all.
    const child = spawn('sh', ['-c', 'env -i sleep 60 & echo $!; wait'], { env });
    try {
      const inner = Number(String(await new Promise((resolve) => child.stdout.once('data', resolve))));
      const on = (pid: number, home: string): ReturnType<typeof foreignOn> =>
        foreignOn({ ...GPU, processes: [{ pid, name: 'sleep', memoryBytes: 5 }] }, home);
      assert.equal(await on(child.pid ?? 0, '/h'), null);
      assert.equal(await on(inner, '/h'), null);
      const stranger = await on(inner, '/another');
      assert.ok(stranger !== null && 'pid' in stranger);
      assert.deepEqual([stranger.pid, stranger.name, stranger.memoryBytes], [inner, 'sleep', 5]);
      assert.ok(Math.abs(Date.parse(stranger.since ?? '') - Date.now()) < 60_000, `since ${stranger.since}`);
      process.kill(inner, 'SIGKILL');
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('of several it is the one that is there longest; a pid that is nobody here has no user', async () => {
    const ghost = { pid: 2 ** 22 + 5, name: 'python', memoryBytes: null };
    const self = { pid: process.pid, name: 'node', memoryBytes: null };
    const first = await foreignOn({ ...GPU, processes: [ghost, self] }, '/h');
    assert.ok(first !== null && 'pid' in first && first.pid === process.pid);
    assert.deepEqual(await foreignOn({ ...GPU, processes: [ghost] }, '/h'), {
      ...ghost,
      user: null,
      since: null,
    });
  });

  it('where processes cannot be seen, more than 1 GB tells', async () => {
    const unseen = { ...GPU, processes: 'unseen' as const };
    assert.deepEqual(await foreignOn({ ...unseen, usedBytes: 1.1e9 }, '/h'), { memoryOnly: 1.1e9 });
    assert.equal(await foreignOn({ ...unseen, usedBytes: 0.9e9 }, '/h'), null);
    assert.equal(await foreignOn({ ...unseen, usedBytes: null }, '/h'), null);
  });

  it('is told in words that stay the same while it does', () => {
    const now = new Date('2025-05-03T18:00:00.000Z');
    const foreign = {
      pid: 4711,
      name: 'python',
      user: 'alice',
      memoryBytes: 1,
      since: '2025-05-03T14:03:00.000Z',
    };
    assert.equal(holderWords(foreign, now), 'python (pid 4711) of alice, since 14:03 UTC');
    assert.equal(holderWords({ ...foreign, user: null, since: null }, now), 'python (pid 4711)');
    assert.equal(holderWords({ memoryOnly: 2e9 }, now), "something that isn't ours and can't be seen");
    assert.equal(clockWords('2025-04-30T23:59:59.000Z', now), '30 Apr 23:59 UTC');
  });
});

describe('What a training is shown', () => {
  const cases: [string[], Record<string, string>][] = [
    [[], { CUDA_VISIBLE_DEVICES: '', HIP_VISIBLE_DEVICES: '' }],
    [['GPU-a', 'GPU-b'], { CUDA_VISIBLE_DEVICES: 'GPU-a,GPU-b' }],
    [['amd-2', 'amd-3'], { ROCR_VISIBLE_DEVICES: '2,3', HIP_VISIBLE_DEVICES: '0,1' }],
  ];
  for (const [gpus, wanted] of cases) {
    it(`[${gpus.join()}]: ${JSON.stringify(wanted)}`, () => {
      assert.deepEqual({ ...visibleGpus(gpus), ...wanted }, visibleGpus(gpus));
    });
  }
});

describe('The GPUs of a machine', () => {
  const nvidia = { 'nvidia-smi --query-gpu': printed(fixture('nvidia-gpus.csv')), 'nvidia-smi': printed('') };

  it('are those of every vendor that is there', async () => {
    const find = gpuFinder('/h', tools({ ...nvidia, 'rocm-smi': printed(fixture('rocm-smi.json')) }));
    assert.deepEqual(
      (await find())?.map((gpu) => [gpu.vendor, gpu.index, gpu.heldBy]),
      [
        ['nvidia', 0, "something that isn't ours and can't be seen"],
        ['nvidia', 1, null],
        ['amd', 0, "something that isn't ours and can't be seen"],
        ['amd', 1, null],
      ],
    );
    assert.equal(await gpuFinder('/h', tools({ ...nvidia, 'amd-smi': { kind: 'late' } }))(), null);
  });

  it('are looked for again where who asks needs it newer, and stay while a tool does not tell', async () => {
    const { processes: _processes, ...told } = GPU;
    let answer: Gpu[] | null = [{ ...told, heldBy: null, foreign: null }];
    let looks = 0;
    const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const { capacity } = machineOf('local', silent, () => {
      looks++;
      return Promise.resolve(answer);
    });
    assert.equal((await capacity()).gpus.length, 1);
    await capacity();
    await capacity(performance.now() - 5000);
    assert.equal(looks, 1);
    await capacity(performance.now());
    assert.equal(looks, 2);
    answer = null;
    assert.equal((await capacity(performance.now())).gpus.length, 1);
    answer = [];
    assert.equal((await capacity(performance.now())).gpus.length, 0);
  });

  it('are told where a service asks for what there is not', () => {
    const t4 = { vendor: 'nvidia' as const, name: 'NVIDIA T4' };
    const radeon = { vendor: 'amd' as const, name: 'Radeon' };
    assert.deepEqual([[], [t4], [t4, t4, radeon]].map(inventory), [
      'no GPU',
      'one GPU (NVIDIA T4)',
      '3 GPUs (2 NVIDIA T4, Radeon)',
    ]);
    const service = {
      id: 's',
      project: '/p',
      architecture: 'a',
      origin: 'trained' as const,
      name: 'mgmt-train-a',
      pausedAt: null,
      health: 'healthy' as const,
      failures: 0,
      diagnosis: null,
      retryAt: null,
      unreachable: null,
      settings: {
        engine: 'local',
        instance: 'gpu' as const,
        gpus: 3,
        takeBusyGpus: false,
        autoscaling: 1,
        onReset: 'rerun' as const,
        maxAttempts: 3,
        env: {},
        stopGraceSeconds: 10,
      },
    };
    const then = new Date(0);
    const lacking = withInstance(service, [t4, t4, radeon], then);
    assert.equal(
      lacking.diagnosis?.message,
      'mgmt-train-a asks for 3 GPUs; this machine has 3 GPUs (2 NVIDIA T4, Radeon).',
    );
    assert.equal(lacking.diagnosis.hint, 'Ask for at most 2, or set the instance to "cpu".');
    assert.equal(withInstance(lacking, [t4, t4, radeon], new Date()), lacking);
    assert.equal(withInstance(lacking, null, new Date()), lacking);
    assert.equal(withInstance(lacking, [t4, t4, t4], new Date()).health, 'unproven');
  });
});
