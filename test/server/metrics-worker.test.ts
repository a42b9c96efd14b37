/** The store in its own thread: durable when it answers, and no call without an answer. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { SampleBatch } from '../../src/contract/shapes.ts';
import { openMetrics } from '../../src/server/metrics/client.ts';
import { BadBatch, MetricsFailed, type Metrics, type Reported } from '../../src/server/metrics/metrics.ts';
import { Pacer } from '../../src/server/metrics/pacer.ts';

const WORKER = new URL('../../src/server/metrics/worker.ts', import.meta.url);
const CLIENT = new URL('../../src/server/metrics/client.ts', import.meta.url);
const HINTS = {};

let folder: string;
before(() => (folder = mkdtempSync(join(tmpdir(), 'trainyard-worker-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const newFile = (): string => join(folder, `${files++}.db`);

async function open(t: TestContext, file = newFile()): Promise<Metrics> {
  const metrics = await openMetrics({ file, worker: WORKER });
  t.after(() => metrics.close());
  return metrics;
}

const batch = (number: number, samples = 3): SampleBatch => ({
  attempt: 1,
  batch: number,
  samples: Array.from({ length: samples }, (_, i) => {
    const step = number * samples + i;
    return { figure: 'box_loss', legend: 'train', step, y: i === 1 ? 'NaN' : step, time: step };
  }),
});
const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe('calls', () => {
  it('cross to the thread and back', async (t) => {
    const metrics = await open(t);
    assert.deepEqual(await metrics.report('run', batch(0), HINTS), { accepted: 3, repeated: false });
    assert.deepEqual(await metrics.reportRaw('run', bytesOf(batch(0)), HINTS), {
      accepted: 3,
      repeated: true,
    });
    const small = Buffer.from(
      JSON.stringify({ ...batch(1), files: [{ kind: 'checkpoint', path: '/a.pt', time: 5 }] }),
    );
    assert.deepEqual(await metrics.reportRaw('run', small, HINTS), { accepted: 3, repeated: false });
    assert.equal(await metrics.lastBatch('run', 1, ''), 1);
    const asked = { executions: ['run'], axis: 'step' as const, points: 100 };
    const series = await metrics.query(asked);
    assert.deepEqual(series[0]?.y, [0, 'NaN', 2, 3, 'NaN', 5]);
    assert.deepEqual(JSON.parse(Buffer.from(await metrics.queryRaw(asked)).toString()), { series });
    assert.equal((await metrics.summary('run', 1)).summary[0]?.count, 6);
    assert.deepEqual(await metrics.files('run'), [
      { kind: 'checkpoint', path: '/a.pt', time: 5, attempt: 1 },
    ]);
    await metrics.remove('run');
    assert.deepEqual(await metrics.query(asked), []);
  });

  it('say which field of a batch is wrong, and keep nothing of it', async (t) => {
    const metrics = await open(t);
    const wrong = { ...batch(0), samples: [...batch(0).samples, { figure: 'x' }] };
    await assert.rejects(metrics.reportRaw('run', bytesOf(wrong), HINTS), (error) => {
      assert.ok(error instanceof BadBatch);
      assert.equal(error.field, 'samples[3].time');
      return error.message.startsWith('samples[3].time must be a number');
    });
    await assert.rejects(metrics.reportRaw('run', bytesOf({ ...batch(0), attempt: 3 }), HINTS, 2), {
      field: 'attempt',
    });
    assert.equal(await metrics.lastBatch('run', 1, ''), null);
    assert.equal(
      (await metrics.reportRaw('run', bytesOf({ ...batch(0), attempt: 2 }), HINTS, 2)).accepted,
      3,
    );
  });

  it('are answered in order, however many are under way, and what is under way is done before closing', async () => {
    const file = newFile();
    const metrics = await openMetrics({ file, worker: WORKER });
    const answers = Array.from({ length: 50 }, (_, i) => metrics.reportRaw('run', bytesOf(batch(i)), HINTS));
    await metrics.close();
    assert.equal((await Promise.all(answers)).length, 50);
    await assert.rejects(metrics.lastBatch('run', 1, ''), /was closed/);
    await metrics.close();
    const again = await openMetrics({ file, worker: WORKER });
    assert.equal(await again.lastBatch('run', 1, ''), 49);
    await again.close();
  });
});

it('every acknowledged batch is there once after a kill -9 in the middle of writing', async () => {
  const file = newFile();
  const program = `
    import { openMetrics } from ${JSON.stringify(CLIENT.href)};
    const metrics = await openMetrics({ file: ${JSON.stringify(file)}, worker: new URL(${JSON.stringify(WORKER.href)}) });
    const send = async (number) => {
      const samples = Array.from({ length: 2000 }, (_, i) => {
        const step = number * 1000 + (i >> 1);
        return { figure: 'box_loss', legend: i % 2 ? 'train' : 'val', step, y: step, time: step };
      });
      const body = new TextEncoder().encode(JSON.stringify({ attempt: 1, batch: number, samples }));
      const { repeated } = await metrics.reportRaw('run', body, {});
      process.stdout.write(number + (repeated ? ' repeated' : ' kept') + '\\n');
    };
    // Several under way at a time, from the first unacknowledged on.
    for (let number = Number(process.argv[2]); ; number += 4) {
      await Promise.all([0, 1, 2, 3].map((i) => send(number + i)));
    }
  `;
  const script = join(folder, 'writer.mjs');
  writeFileSync(script, program);
  let acknowledged = 0;
  for (const enough of [3, 25, 60]) {
    const child = spawn(process.execPath, [script, String(acknowledged)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    for await (const line of createInterface({ input: child.stdout })) {
      assert.equal(Number(line.split(' ')[0]), acknowledged);
      acknowledged++;
      if (acknowledged === enough) child.kill('SIGKILL');
    }
    assert.equal(await ended, 'SIGKILL');

    const metrics = await openMetrics({ file, worker: WORKER });
    const last = (await metrics.lastBatch('run', 1, '')) ?? -1;
    assert.ok(last >= acknowledged - 1, `batch ${last} is there, ${acknowledged - 1} was acknowledged`);
    const series = await metrics.query({ executions: ['run'], axis: 'step', points: 700 });
    assert.deepEqual(
      series.map(({ legend, count }) => [legend, count.reduce((a, b) => a + b)]),
      [
        ['val', (last + 1) * 1000],
        ['train', (last + 1) * 1000],
      ],
    );
    for (const { x, y } of series) assert.deepEqual(x, y);
    await metrics.close();
  }
});

describe('a thread that ends', () => {
  const dying = (message: string): URL =>
    new URL(
      `data:text/javascript,${encodeURIComponent(`
        import { parentPort } from 'node:worker_threads';
        parentPort.postMessage({ kind: 'ready' });
        parentPort.on('message', ({ id, call }) => { ${message} });
      `)}`,
    );

  it('rejects every call, pending and to come, and says so once', async () => {
    const metrics = await openMetrics({
      file: '',
      worker: dying(`if (call === 'summary') throw new Error('out of memory')`),
    });
    const failures: Error[] = [];
    metrics.onFailure((error) => failures.push(error));
    const pending = [metrics.lastBatch('run', 1, ''), metrics.files('run'), metrics.summary('run', 1)];
    for (const call of pending) await assert.rejects(call, MetricsFailed);
    await assert.rejects(metrics.report('run', batch(0), HINTS), /out of memory/);
    assert.deepEqual(
      failures.map((error) => error.message),
      ['out of memory'],
    );
    await metrics.close();
  });

  it('without a word, too', async () => {
    const metrics = await openMetrics({ file: '', worker: dying('process.exit(3)') });
    await assert.rejects(metrics.files('run'), /exit code 3/);
    await metrics.close();
  });

  it('or never answers: the call has a deadline', async () => {
    const metrics = await openMetrics({ file: '', worker: dying(''), deadlineMs: 10 });
    await assert.rejects(metrics.files('run'), /no answer within 0.01 s \(files\)/);
    await assert.rejects(metrics.close(), /no answer/);
  });

  it('before it began: the file can’t be opened, and the error names it', async () => {
    const file = join(folder, 'missing', 'metrics.db');
    await assert.rejects(openMetrics({ file, worker: WORKER }), (error) => {
      return error instanceof MetricsFailed && error.message.includes(file);
    });
  });
});

describe('news', () => {
  it('of a run come at once, then together, the last always', async (t) => {
    const metrics = await open(t);
    const told: Reported[][] = [];
    metrics.onReported((changes) => told.push(changes));
    for (let i = 0; i < 5; i++) {
      await metrics.report('run', { ...batch(i), progress: { done: i, total: 5, unit: 'epochs' } }, HINTS);
    }
    await metrics.report('run', batch(4), HINTS);
    await metrics.close();
    assert.equal(told[0]?.[0]?.summary[0]?.count, 3);
    assert.deepEqual(told.at(-1)?.[0]?.progress, { done: 4, total: 5, unit: 'epochs' });
    assert.equal(told.at(-1)?.[0]?.summary[0]?.count, 15);
    assert.ok(told.length < 6);
  });

  it('are at least an interval apart for each run', () => {
    let now = 0;
    let timer: { at: number; callback: () => void } | null = null;
    const told: string[] = [];
    const pacer = new Pacer<string>(250, (changed) => told.push(`${now}: ${changed.join(' ')}`), {
      now: () => now,
      after(ms, callback) {
        timer = { at: now + ms, callback };
        return { cancel: () => (timer = null) };
      },
    });
    const goTo = (time: number): void => {
      while (timer !== null && timer.at <= time) {
        const { at, callback } = timer;
        [now, timer] = [at, null];
        callback();
      }
      now = time;
    };
    pacer.changed('a', 'a1');
    pacer.changed('a', 'a2');
    goTo(100);
    pacer.changed('b', 'b1');
    pacer.changed('a', 'a3');
    pacer.changed('b', 'b2');
    goTo(1000);
    pacer.changed('a', 'a4');
    pacer.changed('a', 'a5');
    pacer.changed('b', 'b3');
    pacer.changed('b', 'b4');
    pacer.forget((thing) => thing.startsWith('b'));
    pacer.flush();
    assert.deepEqual(told, ['0: a1', '100: b1', '250: a3', '350: b2', '1000: a4', '1000: b3', '1000: a5']);
    assert.equal(timer, null);
  });
});
