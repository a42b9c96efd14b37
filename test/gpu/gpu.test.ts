/**
 * Trainings on a real NVIDIA GPU, with PyTorch: what the test double of `test/server/gpu-trainings.test.ts` can only claim. It takes GPU 0
 * as it finds it, and expects that nobody else computes there.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setInterval } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import type { Gpu } from '../../src/contract/compute.ts';
import type { Run, Series } from '../../src/contract/shapes.ts';
import { PYTHON, RealBackend } from '../server/realBackend.ts';

const GB = 1e9;

/** Takes 3 GB, multiplies there until it is told to stop, and says what it sees. */
const COMPUTES = `
import os, torch
def train(context):
    print('sees', torch.cuda.device_count(), os.environ.get('CUDA_VISIBLE_DEVICES'), flush=True)
    taken = torch.zeros(3 * 10**9, dtype=torch.uint8, device='cuda')
    one = torch.rand(4096, 4096, device='cuda')
    epoch = 0
    while not context.should_stop:
        for _ in range(50): one = torch.nn.functional.normalize(one @ one)
        torch.cuda.synchronize()
        epoch += 1
        context.log(epoch=epoch, figures={'loss': {'train': float(one.mean())}})
`;
const SEES = `
import torch
def train(context):
    print('sees', torch.cuda.device_count(), torch.cuda.is_available(), flush=True)
`;
const ASKS_TOO_MUCH = `
import torch
def train(context):
    torch.zeros(10**13, dtype=torch.uint8, device='cuda')
`;
/** Somebody else's: neither our home nor an execution is in its environment. */
const STRANGER = `
import sys, torch
taken = torch.zeros(3 * 10**9, dtype=torch.uint8, device='cuda')
print('there', flush=True)
sys.stdin.read()
`;

const smi = (query: string): string =>
  execFileSync('nvidia-smi', [query, '--format=csv,noheader,nounits'], { encoding: 'utf8' }).trim();

/** Bytes in use on GPU 0. */
const usedOfFirst = (): number => Number(smi('--query-gpu=memory.used').split('\n')[0]) * 2 ** 20;

describe('Trainings on a real GPU', () => {
  let backend: RealBackend;
  let count = 0;

  before(async () => {
    // The first import of torch on a machine takes longer than a test has.
    execFileSync(PYTHON, ['-c', 'import torch; torch.zeros(1, device="cuda")']);
    count = smi('--query-gpu=uuid').split('\n').length;
    backend = await RealBackend.start();
  });
  after(() => backend.end());

  /** Where the driver's libraries are, on machines that name it. */
  const { LD_LIBRARY_PATH } = process.env;
  const env = LD_LIBRARY_PATH === undefined ? {} : { LD_LIBRARY_PATH };
  const train = (id: string, code: string, gpus = 1): Promise<Run> =>
    backend.train(code, { id, service: { instance: 'gpu', gpus, env } });
  const computes = (run: Run): Promise<Run> =>
    backend.until(run.executionId, (now) => now.summary.length > 0);
  const waits = (run: Run, reason: RegExp): Promise<Run> =>
    backend.until(run.executionId, (now) => now.status === 'Pending' && reason.test(now.reason ?? ''));
  const abort = async (run: Run): Promise<void> => {
    await backend.client.call('abort', { params: { id: run.executionId } });
    await backend.ended(run);
  };
  const gpus = async (): Promise<readonly Gpu[]> =>
    (await backend.client.call('compute', {})).engines[0]?.gpus ?? [];

  it('finds what the machine has', async () => {
    const found = (await gpus()).map(({ index, name, memoryBytes }) => [
      index,
      name,
      Math.round((memoryBytes ?? 0) / 2 ** 20),
    ]);
    const told = smi('--query-gpu=index,name,memory.total')
      .split('\n')
      .map((line) => line.split(', '))
      .map(([index, name, mebibytes]) => [Number(index), name, Number(mebibytes)]);
    assert.deepEqual(found, told);
  });

  it('one that has all GPUs sees them; the next waits, is told who has them, and gets them once they are free', async () => {
    const first = await train('first', COMPUTES, count);
    await computes(first);
    assert.match(await backend.log(first), new RegExp(`^sees ${count} GPU-`, 'm'));
    const next = await train('next', COMPUTES, count);
    await waits(next, /GPU 0 is used by first-model v1 since \d\d:\d\d UTC/);
    assert.ok(usedOfFirst() > 3 * GB, `used: ${usedOfFirst()}`);
    const [gpu] = await gpus();
    assert.deepEqual([gpu?.heldBy, gpu?.foreign], ['first-model v1', null]);
    await abort(first);
    await computes(next);
    await abort(next);
    assert.ok(usedOfFirst() < 3 * GB, `still used: ${usedOfFirst()}`);
    const [free] = await gpus();
    assert.deepEqual([free?.heldBy, free?.foreign], [null, null]);
  });

  it('what a training takes of its GPU is measured', async () => {
    const run = await train('measured', COMPUTES);
    const figures = ['system/gpu', 'system/gpu memory', 'system/gpu temperature'];
    const body = { executions: [run.executionId], figures, axis: 'time' as const, points: 100 };
    let series: Series[] = [];
    const most = (figure: string): number =>
      Math.max(...series.filter((one) => one.figure === figure).flatMap(({ y }) => y.map(Number)));
    // It is measured every few seconds, and no event tells of it.
    for await (const _ of setInterval(500, null, { signal: AbortSignal.timeout(30_000) })) {
      ({ series } = await backend.client.call('queryMetrics', { body }));
      if (most('system/gpu') > 50) break;
    }
    assert.ok(most('system/gpu memory') > 3 * GB, `memory ${most('system/gpu memory')}`);
    const warmth = most('system/gpu temperature');
    assert.ok(warmth > 20 && warmth < 100, `${warmth} °C`);
    await abort(run);
  });

  it('a CPU instance sees none', async () => {
    const run = await backend.train(SEES, { id: 'cpu', service: { instance: 'cpu' } });
    assert.equal((await backend.ended(run)).status, 'Success');
    assert.match(await backend.log(run), /^sees 0 False$/m);
  });

  it('what fits on no GPU fails, and its reason says what to do', async () => {
    const failed = await backend.ended(await train('greedy', ASKS_TOO_MUCH));
    assert.equal(failed.status, 'Failed');
    assert.match(failed.reason ?? '', /OutOfMemoryError: CUDA out of memory.*train with smaller batches/s);
  });

  it('while somebody else computes there a run waits and says who, and starts once they are gone', async () => {
    const stranger = spawn(PYTHON, ['-c', STRANGER], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      for await (const line of createInterface(stranger.stdout)) if (line === 'there') break;
      const run = await train('polite', COMPUTES, count);
      const seen = smi('--query-compute-apps=pid') !== '';
      const who = seen
        ? `python\\S* \\(pid ${stranger.pid}\\)`
        : "something that isn't ours and can't be seen";
      await waits(run, new RegExp(`GPU 0 is used by ${who}`));
      stranger.stdin.end();
      await computes(run);
      await abort(run);
    } finally {
      stranger.kill();
    }
  });
});
