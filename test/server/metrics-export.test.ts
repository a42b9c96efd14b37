/** Every sample goes out as it came in, however many there are, to whoever reads on. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { serve as listen } from '@hono/node-server';
import fc from 'fast-check';
import { Exported, type Sample, type SampleBatch } from '../../src/contract/shapes.ts';
import { exportStream } from '../../src/server/http/export.ts';
import { columnsOf } from '../../src/server/metrics/columns.ts';
import { exportPart, type ExportAsk, type ExportPlace } from '../../src/server/metrics/export.ts';
import type { Metrics } from '../../src/server/metrics/metrics.ts';
import { MetricStore } from '../../src/server/metrics/store.ts';

/** So small that some dozens of samples make chunks, and chunks of chunks. */
const SMALL = { chunk: 8, buckets: 4, fan: 2 };

const name = fc.constantFrom('box_loss', 'mAP50(B)', 'a, "b"\nc', 'ü = 1');
const axis = fc.option(fc.oneof(fc.integer({ min: -3, max: 40 }), fc.double({ noNaN: true })), {
  nil: undefined,
});
const finite = (value: number | undefined): boolean => value === undefined || Number.isFinite(value);
const sample: fc.Arbitrary<Sample> = fc
  .record({
    figure: name,
    legend: fc.constantFrom('train', 'val', ''),
    epoch: axis.filter(finite),
    step: axis.filter(finite),
    time: fc.oneof(fc.integer({ min: 0, max: 2e12 }), fc.double({ noNaN: true, noDefaultInfinity: true })),
    y: fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer({ min: -3, max: 3 }),
      fc.constantFrom('NaN' as const, 'Infinity' as const, '-Infinity' as const, -0),
    ),
  })
  .map(({ epoch, step, ...rest }) => ({
    ...rest,
    ...(epoch === undefined ? {} : { epoch }),
    ...(step === undefined ? {} : { step }),
  }));

interface Logged {
  executionId: string;
  batch: SampleBatch & { batch: number };
}
const RUNS = ['e-1', 'e-2', 'e-3'];
const logged: fc.Arbitrary<Logged[]> = fc.array(
  fc.record({
    executionId: fc.constantFrom(...RUNS),
    batch: fc.record({
      attempt: fc.integer({ min: 1, max: 2 }),
      // Some come twice: the second changes nothing.
      batch: fc.integer({ min: 0, max: 12 }),
      samples: fc.array(sample, { maxLength: 30 }),
    }),
  }),
  { maxLength: 20 },
);

const model = (executionId: string): { name: string; version: number } => ({
  name: `"${executionId}", a model`,
  version: 3,
});

/** Reads a document as `http/export.ts` makes it, in parts as small as they get; between them `meanwhile` happens. */
async function exported(
  store: MetricStore,
  format: ExportAsk['format'],
  choice: Partial<ExportAsk> = {},
  meanwhile: () => void = () => undefined,
): Promise<string> {
  const metrics = {
    async exportPart(ask: ExportAsk, place: ExportPlace | null) {
      const part = exportPart(store, ask, place, 1);
      meanwhile();
      return part;
    },
  };
  const asks = RUNS.map((executionId) => ({
    executionId,
    model: model(executionId),
    figures: null,
    attempt: null,
    ...choice,
  }));
  return new Response(exportStream(format, asks, metrics, () => undefined)).text();
}

/** CSV as RFC 4180 has it, but for line ends. */
function rowsOf(csv: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

type Row = [
  executionId: string,
  attempt: number,
  figure: string,
  legend: string,
  epoch: number | undefined,
  step: number | undefined,
  y: number | undefined,
  time: number | undefined,
];
const read = (word: string): number | undefined => (word === '' ? undefined : Number(word));

/** What was kept: by line, in the order in which it came. */
function kept(batches: readonly Logged[]): Map<string, Row[]> {
  const lines = new Map<string, Row[]>();
  const seen = new Set<string>();
  for (const { executionId, batch } of batches) {
    const key = `${executionId} ${batch.attempt} ${batch.batch}`;
    if (seen.has(key)) continue;
    seen.add(key);
    for (const { figure, legend, epoch, step, y, time } of batch.samples)
      add(lines, [executionId, batch.attempt, figure, legend, epoch, step, Number(y), time]);
  }
  return lines;
}

function add(lines: Map<string, Row[]>, row: Row): void {
  const line = JSON.stringify(row.slice(0, 4));
  lines.set(line, [...(lines.get(line) ?? []), row]);
}

function fromCsv(csv: string): Map<string, Row[]> {
  const lines = new Map<string, Row[]>();
  const [head, ...rows] = rowsOf(csv);
  assert.equal(head?.join(), 'executionId,model,version,attempt,figure,legend,epoch,step,time,y');
  for (const [id = '', called, version, attempt, figure = '', legend = '', e, s, t, y] of rows) {
    assert.deepEqual([called, Number(version)], Object.values(model(id)));
    const [epoch, step, time, value] = [e, s, t, y].map((word) => read(word ?? 'nothing'));
    add(lines, [id, Number(attempt), figure, legend, epoch, step, value, time]);
  }
  return lines;
}

function fromJson(json: string): Map<string, Row[]> {
  const lines = new Map<string, Row[]>();
  for (const { executionId, attempt, figure, legend, samples, ...rest } of Exported.parse(JSON.parse(json))
    .series) {
    assert.deepEqual(rest.model, model(executionId));
    for (const { epoch, step, y, time } of samples)
      add(lines, [executionId, attempt, figure, legend, epoch, step, Number(y), time]);
  }
  return lines;
}

function open(t?: TestContext): MetricStore {
  const store = new MetricStore(':memory:', SMALL);
  t?.after(() => store.close());
  return store;
}
const report = (store: MetricStore, { executionId, batch }: Logged): unknown =>
  store.report(executionId, columnsOf(batch), {});

describe('An export', () => {
  it('equals what was logged, sample by sample, NaN, repeated and late ones included', async () => {
    await fc.assert(
      fc.asyncProperty(logged, async (batches) => {
        const store = open();
        for (const one of batches) report(store, one);
        assert.deepEqual(fromCsv(await exported(store, 'csv')), kept(batches));
        assert.deepEqual(fromJson(await exported(store, 'json')), kept(batches));
        store.close();
      }),
    );
  });

  it('has each sample once where training goes on meanwhile: all that were there, and some that came', async () => {
    await fc.assert(
      fc.asyncProperty(logged, logged, async (before, after) => {
        const store = open();
        for (const one of before) report(store, one);
        const coming = after.map(({ executionId, batch }) => ({
          executionId,
          batch: { ...batch, batch: batch.batch + 100 },
        }));
        const waiting = [...coming];
        const csv = await exported(store, 'csv', {}, () => {
          const one = waiting.shift();
          if (one !== undefined) report(store, one);
        });
        const all = kept([...before, ...coming]);
        const found = fromCsv(csv);
        for (const [line, rows] of found) assert.deepEqual(rows, all.get(line)?.slice(0, rows.length));
        for (const [line, rows] of kept(before)) assert.ok((found.get(line)?.length ?? 0) >= rows.length);
        store.close();
      }),
    );
  });

  it('has the figures and the attempt that were chosen', async (t) => {
    const store = open(t);
    const samples = ['loss', 'lr'].map((figure) => ({ figure, legend: '', step: 1, y: 2, time: 3 }));
    for (const attempt of [1, 2])
      report(store, { executionId: 'e-1', batch: { attempt, batch: 0, samples } });
    const lines = async (choice: Partial<ExportAsk>): Promise<unknown[]> =>
      [...fromCsv(await exported(store, 'csv', choice)).values()].map(([row]) => row?.slice(1, 3));
    assert.deepEqual(await lines({}), [
      [1, 'loss'],
      [1, 'lr'],
      [2, 'loss'],
      [2, 'lr'],
    ]);
    assert.deepEqual(await lines({ attempt: 2, figures: ['lr'] }), [[2, 'lr']]);
    assert.deepEqual(await lines({ figures: ['nothing like it'] }), []);
    assert.deepEqual(JSON.parse(await exported(store, 'json', { figures: ['none'] })), { series: [] });
  });

  it('breaks off, and never looks whole, where its run is removed meanwhile', async (t) => {
    const store = open(t);
    const samples = Array.from({ length: 50 }, (_, step) => ({
      figure: 'loss',
      legend: '',
      step,
      y: 1,
      time: 1,
    }));
    report(store, { executionId: 'e-2', batch: { attempt: 1, batch: 0, samples } });
    let parts = 0;
    const broken = exported(store, 'csv', {}, () => {
      if (++parts === 3) store.remove('e-2');
    });
    await assert.rejects(broken, /e-2 was removed while it was exported/);
  });
});

describe('An export of half a million samples, over HTTP', () => {
  interface Served {
    response: IncomingMessage;
    /** Parts that were made so far. */
    parts: () => number;
    ended: Promise<void>;
    whole: number;
  }

  async function served(t: TestContext): Promise<Served> {
    const store = new MetricStore(':memory:');
    const steps = Float64Array.from({ length: 100_000 }, (_, i) => i);
    for (let number = 0; number < 5; number++) {
      const x = steps.map((i) => number * 1e5 + i);
      const line = { figure: 'loss', legend: '', epoch: x, step: x, time: x, y: x };
      const rest = { attempt: 1, writer: '', number, samples: 1e5, progress: null, files: [] };
      store.report('e-1', { ...rest, lines: [line] }, {});
    }
    let parts = 0;
    const metrics: Pick<Metrics, 'exportPart'> = {
      async exportPart(ask, place) {
        parts++;
        return exportPart(store, ask, place);
      },
    };
    const ended = Promise.withResolvers<void>();
    const ask = { executionId: 'e-1', model: { name: 'm', version: 1 }, figures: null, attempt: null };
    const server = listen({
      fetch: () => new Response(exportStream('csv', [ask], metrics, ended.resolve)),
      hostname: '127.0.0.1',
      port: 0,
      createServer,
    });
    t.after(() => {
      if ('closeAllConnections' in server) server.closeAllConnections();
      server.close();
      store.close();
    });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const [response] = (await once(get(`http://127.0.0.1:${port}`), 'response')) as [IncomingMessage];
    return { response, parts: () => parts, ended: ended.promise, whole: Math.ceil(5e5 / 4096) };
  }

  /** Until no part was made for a while: the pipe to the reader is full. */
  async function stalled(parts: () => number): Promise<number> {
    for (let before = -1; before !== parts();) {
      before = parts();
      await delay(200);
    }
    return parts();
  }

  it('makes no more of it than a slow reader takes, and goes on with the reader', async (t) => {
    const { response, parts, whole } = await served(t);
    const made = await stalled(parts);
    assert.ok(made < whole / 4, `${made} of ${whole} parts were made for a reader that takes none`);
    let lines = 0;
    for await (const part of response) for (const byte of part as Uint8Array) if (byte === 10) lines++;
    assert.equal(lines, 5e5 + 1);
    assert.ok(parts() >= whole / 2);
  });

  it('ends with a client that goes away', async (t) => {
    const { response, parts, ended, whole } = await served(t);
    await stalled(parts);
    response.destroy();
    await ended;
    const made = parts();
    await delay(100);
    assert.equal(parts(), made);
    assert.ok(made < whole / 4);
  });
});
