/**
 * Trainings on GPUs, from the queue to what the process sees. The machine has none: its `nvidia-smi` is a TEST DOUBLE, a script that tells
 * of two GPUs and of whichever processes the test says.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Compute, Gpu } from '../../src/contract/compute.ts';
import type { SystemFigure } from '../../src/contract/figures.ts';
import type { Run } from '../../src/contract/shapes.ts';
import { RealBackend } from './realBackend.ts';

const FIRST = 'GPU-11111111-aaaa-bbbb-cccc-000000000000';
const SECOND = 'GPU-22222222-aaaa-bbbb-cccc-000000000000';

/** Tells what it was shown, then waits until it is told to stop. */
const WAITS = `
import os, time
def train(context):
    shown = {key: os.environ.get(key) for key in ('CUDA_VISIBLE_DEVICES', 'OMP_NUM_THREADS')}
    print('shown', os.getpid(), shown['CUDA_VISIBLE_DEVICES'], shown['OMP_NUM_THREADS'], flush=True)
    context.log(epoch=1, figures={'loss': {'train': 1}})
    while not context.should_stop: time.sleep(.01)
`;
const TELLS = WAITS.replace(/ {4}while.*\n/, '');

describe('Trainings on GPUs, with a test double of nvidia-smi', () => {
  let backend: RealBackend;
  let tools = '';

  before(async () => {
    tools = await mkdtemp(path.join(tmpdir(), 'trainyard-double-'));
    const double = `#!/bin/sh
# A test double of nvidia-smi: it tells what a test wrote.
echo "$*" >> '${tools}/calls'
case "$1" in
  --query-gpu=*) printf '0, ${FIRST}, Double T4, 16000, 400, 3, 40\\n1, ${SECOND}, Double T4, 16000, 400, [N/A], 41\\n' ;;
  --query-compute-apps=*) cat '${tools}/apps' ;;
esac
`;
    writeFileSync(path.join(tools, 'nvidia-smi'), double, { mode: 0o755 });
    processesAre();
    backend = await RealBackend.start({ PATH: `${tools}${path.delimiter}${process.env['PATH'] ?? ''}` });
  });
  after(async () => {
    await backend.end();
    await rm(tools, { recursive: true });
  });

  /** The compute processes that the double tells of from now on. */
  function processesAre(...lines: string[]): void {
    writeFileSync(path.join(tools, 'apps.new'), lines.map((line) => `${line}\n`).join(''));
    renameSync(path.join(tools, 'apps.new'), path.join(tools, 'apps'));
  }

  const train = (
    id: string,
    service: { gpus?: number; autoscaling?: number; takeBusyGpus?: boolean },
  ): Promise<Run> => backend.train(WAITS, { id, service: { instance: 'gpu', ...service } });

  /** What a training says that it was shown; it is at its waiting then. */
  async function shown(run: Run): Promise<{ pid: number; devices: string; threads: string }> {
    await backend.until(run.executionId, (now) => now.summary.length > 0);
    const [, pid, devices, threads] = /^shown (\d+) (\S*) (\S+)$/m.exec(await backend.log(run)) ?? [];
    assert.ok(pid !== undefined && devices !== undefined && threads !== undefined);
    return { pid: Number(pid), devices, threads };
  }
  const abort = async (run: Run): Promise<void> => {
    await backend.client.call('abort', { params: { id: run.executionId } });
    await backend.ended(run);
  };
  const waits = (run: Run, reason: RegExp): Promise<Run> =>
    backend.until(run.executionId, (now) => now.status === 'Pending' && reason.test(now.reason ?? ''));
  const gpus = async (): Promise<Gpu[]> => {
    const { engines }: Compute = await backend.client.call('compute', {});
    return engines[0]?.gpus ?? [];
  };

  it('a CPU instance is shown no GPU, shares the cores, and nobody asks for GPUs on its behalf', async () => {
    const service = { instance: 'cpu' as const, autoscaling: 2 };
    const run = await backend.train(TELLS, { id: 'cpu', service });
    const ended = await backend.ended(run);
    assert.equal(ended.status, 'Success');
    const { devices, threads } = await shown(run);
    assert.deepEqual([devices, threads], ['', String(Math.max(1, Math.floor(availableParallelism() / 2)))]);
    assert.ok(!existsSync(path.join(tools, 'calls')), 'nvidia-smi was called');
  });

  it('B24 B25 B40 two get a GPU each, whole; a third waits, is told who has them, and gets the first that is free', async () => {
    const one = await train('two', { autoscaling: 2 });
    const other = await train('two', {});
    const [first, second] = [await shown(one), await shown(other)];
    assert.deepEqual([first.devices, second.devices], [FIRST, SECOND]);
    assert.equal(first.threads, 'None');
    const third = await train('third', {});
    await waits(
      third,
      /^Waits for a GPU: GPU 0 is used by two-model v1 since \d\d:\d\d UTC, GPU 1 by two-model v2 since \d\d:\d\d UTC\.$/,
    );
    const line = await train('fourth', { gpus: 2 });
    await waits(
      line,
      /^Waits for 2 GPUs, place 2 in line behind third-model v1: GPU 0 is used by two-model v1 since/,
    );
    await abort(line);
    // What of ours computes there is known for ours.
    processesAre(`${FIRST}, ${first.pid}, /usr/bin/python3, 300`);
    await abort(other);
    assert.equal((await shown(third)).devices, SECOND);
    assert.deepEqual(
      (await gpus()).map((gpu) => [gpu.index, gpu.vendor, gpu.utilization, gpu.heldBy, gpu.foreign]),
      [
        [0, 'nvidia', 3, 'two-model v1', null],
        [1, 'nvidia', null, 'third-model v1', null],
      ],
    );
    processesAre();
    await abort(third);
    await abort(one);
  });

  it('a GPU that somebody else took makes a run wait, says who; it starts when they leave', async () => {
    const stranger = spawn('sleep', ['600']);
    try {
      processesAre(
        `${FIRST}, ${stranger.pid}, /home/alice/env/bin/python, 9000`,
        `${SECOND}, ${stranger.pid}, /home/alice/env/bin/python, 9000`,
      );
      const run = await train('stolen', {});
      const who = `python \\(pid ${stranger.pid}\\) of ${userInfo().username}`;
      await waits(
        run,
        new RegExp(
          `^Waits for a GPU: GPU 0 is used by ${who} since .* UTC, GPU 1 by ${who} since .* UTC\\.$`,
        ),
      );
      const [gpu] = await gpus();
      assert.match(gpu?.heldBy ?? '', new RegExp(`^${who}, since .*\\d\\d:\\d\\d UTC$`));
      assert.ok(gpu?.foreign && 'pid' in gpu.foreign && gpu.foreign.memoryBytes === 9000 * 2 ** 20);
      processesAre(`${FIRST}, ${stranger.pid}, /home/alice/env/bin/python, 9000`);
      assert.equal((await shown(run)).devices, SECOND);
      // Set to take it all the same, the next one does.
      const next = await train('bold', {});
      await waits(next, new RegExp(`GPU 0 is used by ${who}`));
      await backend.client.call('changeService', {
        params: { id: next.service.id },
        body: { settings: { takeBusyGpus: true } },
      });
      assert.equal((await shown(next)).devices, FIRST);
      await abort(next);
      await abort(run);
    } finally {
      processesAre();
      stranger.kill();
    }
  });

  it('one that asks for more than there are is told what there is', async () => {
    const run = await train('greedy', { gpus: 3 });
    const held = await backend.until(run.executionId, (now) => now.diagnosis !== null);
    assert.deepEqual([held.status, held.diagnosis?.code], ['Created', 'NoSuchInstance']);
    assert.equal(
      held.diagnosis?.message,
      'mgmt-train-greedy asks for 3 GPUs; this machine has 2 GPUs (2 Double T4).',
    );
    await abort(run);
  });

  /** How many values of it are kept by now, a line. */
  async function kept(run: Run, figure: SystemFigure): Promise<Record<string, number>> {
    const { series } = await backend.client.call('queryMetrics', {
      body: { executions: [run.executionId], figures: [figure], axis: 'time', points: 1000 },
    });
    return Object.fromEntries(series.map((one) => [one.legend, one.x.length]));
  }
  const ENOUGH_MS = 30_000;
  async function untilKept(run: Run, figure: SystemFigure, legend: string, count: number): Promise<void> {
    for (const until = Date.now() + ENOUGH_MS; ((await kept(run, figure))[legend] ?? 0) < count;) {
      assert.ok(Date.now() < until, `no ${count} values of ${figure} ${legend}`);
      await delay(100);
    }
  }
  const asked = (): number => readFileSync(path.join(tools, 'calls'), 'utf8').split('--query-gpu').length;

  it('what each takes of the machine is kept by time, also by the next backend; the tools are asked for all at once', async () => {
    const one = await train('measured', { autoscaling: 2 });
    const other = await train('measured', {});
    await shown(other);
    await untilKept(one, 'system/gpu temperature', 'GPU 0', 1);
    const askedBefore = asked();
    await backend.kill();
    await backend.restart();
    const { ['GPU 0']: had = 0 } = await kept(one, 'system/gpu');
    await untilKept(one, 'system/gpu', 'GPU 0', had + 2);
    await untilKept(other, 'system/gpu temperature', 'GPU 1', 2);
    await untilKept(one, 'system/cpu', '', 1);
    assert.ok(asked() - askedBefore <= 4, `asked ${asked() - askedBefore} times`);
    assert.deepEqual(Object.keys(await kept(other, 'system/gpu')), [], "GPU 1 doesn't tell how busy it is");
    assert.deepEqual(Object.keys(await kept(other, 'system/gpu memory')), ['GPU 1']);
    const run = await backend.detail(one);
    assert.deepEqual(
      run.summary.map((line) => line.figure),
      ['loss'],
    );
    const { series } = await backend.client.call('queryMetrics', {
      body: { executions: [run.executionId], axis: 'epoch', points: 10 },
    });
    assert.deepEqual(
      series.map((line) => line.figure),
      ['loss'],
    );
    const stream = await backend.client.open('exportMetrics', { query: { executions: run.executionId } });
    const csv = Buffer.concat((await stream.toArray()) as Uint8Array[]).toString('utf8');
    assert.match(csv, /,system\/memory,,,,\d+,\d{7,}$/m);
    assert.match(csv, /,system\/gpu temperature,GPU 0,,,\d+,40$/m);
    await abort(one);
    await abort(other);
  });

  it('is asked no more once nothing trains on a GPU', async () => {
    const cpu = async (): Promise<unknown> => backend.ended(await backend.train(TELLS, { id: 'cpu' }));
    await cpu();
    const askedBefore = asked();
    // Passes of the dispatcher happen: other trainings come and go.
    for (let n = 0; n < 3; n++) await cpu();
    assert.equal(asked(), askedBefore);
  });
});
