/**
 * What metrics cost, beside what they are meant to cost: `node test/bench/metrics.ts [millions of points in the long line]`. Takes
 * about a minute with the default, 10 million, for which the aims hold.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MetricsQuery } from '../../src/contract/shapes.ts';
import { openMetrics } from '../../src/server/metrics/client.ts';
import { parseBatch, type LineColumns } from '../../src/server/metrics/columns.ts';
import { MetricStore } from '../../src/server/metrics/store.ts';
import { inTraining, overHttp } from './metrics/backend.ts';
import { charts } from './metrics/charts.ts';
import { BATCH, body, line, LINES, START } from './metrics/points.ts';
import { median, tell } from './tell.ts';

const WORKER = new URL('../../src/server/metrics/worker.ts', import.meta.url);

const millions = Number(process.argv[2] ?? 10);
const folder = await mkdtemp(join(tmpdir(), 'trainyard-bench-'));
try {
  // First of all: who sends shares the processors with the backend, and is to have nothing else to do.
  await overHttp();
  await writing();
  await inTraining();
  trickling();
  await reading();
  await charts();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function writing(): Promise<void> {
  const bodies = Array.from({ length: 60 }, (_, batch) => body(batch));
  const rounds = 4;
  const points = rounds * bodies.length * BATCH;
  const size = (bodies[0]?.length ?? 0) / BATCH;
  console.log(
    `Writing batches of ${BATCH} points in ${LINES.length} lines, ${size.toFixed(0)} bytes of JSON a point`,
  );

  const file = join(folder, 'direct.db');
  const store = new MetricStore(file);
  let started = performance.now();
  for (const bytes of bodies) parseBatch(bytes);
  const parsing = (performance.now() - started) / bodies.length;
  started = performance.now();
  for (let round = 0; round < rounds; round++) {
    for (const bytes of bodies) store.report(`run ${round}`, parseBatch(bytes), {});
  }
  const direct = performance.now() - started;
  store.close();
  tell('points a second, parsed and stored in this thread', (points / direct) * 1000, '', 400_000, 'more');
  tell('  of which parsing and checking, ms a batch', parsing, ' ms');
  tell('bytes a point on disk', (await stat(file)).size / points, ' B', 16);

  for (const writers of [1, 8]) {
    const metrics = await openMetrics({ file: join(folder, `${writers}.db`), worker: WORKER });
    const queues = Array.from({ length: writers }, (_, writer) =>
      bodies.filter((_body, i) => i % writers === writer),
    );
    started = performance.now();
    await Promise.all(
      queues.map(async (queue, writer) => {
        // Each writer waits for the answer to its batch before it sends the next, as a runner does.
        for (let round = 0; round < rounds; round++) {
          for (const bytes of queue)
            await metrics.reportRaw(`run ${writer} ${round}`, new Uint8Array(bytes), {});
        }
      }),
    );
    const took = performance.now() - started;
    await metrics.close();
    tell(
      `points a second through the worker, ${writers} writer(s)`,
      (points / took) * 1000,
      '',
      400_000,
      'more',
    );
  }
}

/** What a training sends that logs once in a while: a sample of each line. */
function trickling(): void {
  const store = new MetricStore(join(folder, 'small.db'));
  const batches = 5000;
  const times = Array.from({ length: batches }, (_, number) => {
    const lines = LINES.map((name) => line(name, number, 1));
    return timed(() => report(store, 'run', number, lines));
  });
  store.close();
  const total = times.reduce((sum, time) => sum + time);
  tell(`batches of ${LINES.length} points, one a line, a second`, (batches / total) * 1000);
  tell('  the slowest', Math.max(...times), ' ms');
}

async function reading(): Promise<void> {
  const file = join(folder, 'long.db');
  let store = new MetricStore(file);
  const total = millions * 1e6;
  const started = performance.now();
  for (let done = 0; done < total; done += BATCH)
    report(store, 'long', done, [line('box_loss train', done, BATCH)]);
  tell(
    `points a second without JSON, into one line of ${millions} million`,
    (total / (performance.now() - started)) * 1000,
  );
  store.close();
  tell('bytes a point on disk', (await stat(file)).size / total, ' B', 16);
  const windows = Array.from({ length: 60 }, (_, i) => {
    const width = total / 4 ** (i % 6);
    const from = ((total - width) * ((i * 37) % 60)) / 60;
    return { from, to: from + width };
  });
  for (const axis of ['step', 'time'] as const) {
    store = new MetricStore(file);
    const times = windows.map(({ from, to }) => {
      const window = axis === 'step' ? { from, to } : { from: START + from * 25, to: START + to * 25 };
      return timed(() => store.query({ executions: ['long'], axis, points: 1000, ...window }));
    });
    tell(`a window of 1,000 points out of ${millions} million by ${axis}, median`, median(times), ' ms', 10);
    tell('  the slowest of 60', Math.max(...times), ' ms');
    store.close();
  }

  const many = join(folder, 'many.db');
  store = new MetricStore(many);
  const each = 10_000 * millions;
  const executions = Array.from({ length: 20 }, (_, i) => `run ${i}`);
  for (const run of executions) {
    for (let done = 0; done < each; done += 1000) {
      report(
        store,
        run,
        done,
        LINES.map((name) => line(name, done, 1000)),
      );
    }
  }
  store.close();
  const query: MetricsQuery = { executions, axis: 'step', points: 500 };
  store = new MetricStore(many);
  console.log(`Reading 20 runs x 8 figures, ${LINES.length * 20} lines of ${each} points, 500 places each`);
  tell(
    '20 runs x 8 figures, first time',
    timed(() => store.query(query)),
    ' ms',
  );
  tell(
    '20 runs x 8 figures, median',
    median(Array.from({ length: 9 }, () => timed(() => store.query(query)))),
    ' ms',
    50,
  );
  store.close();

  const metrics = await openMetrics({ file: many, worker: WORKER });
  for (const [name, ask] of [
    ['as columns', () => metrics.query(query)],
    ['as JSON', () => metrics.queryRaw(query)],
  ] as const) {
    const times: number[] = [];
    for (let i = 0; i < 9; i++) {
      const asked = performance.now();
      await ask();
      times.push(performance.now() - asked);
    }
    tell(`the same through the worker, ${name}, median`, median(times), ' ms');
  }
  await metrics.close();
}

function report(store: MetricStore, run: string, number: number, lines: LineColumns[]): void {
  store.report(run, { attempt: 1, writer: '', number, samples: 0, lines, progress: null, files: [] }, {});
}

function timed(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}
