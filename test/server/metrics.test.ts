/** What the metric store keeps, and what it answers. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { MetricsQuery, Sample, ReportedFile, SampleBatch } from '../../src/contract/shapes.ts';
import { columnsOf as batchOf } from '../../src/server/metrics/columns.ts';
import { columnsOf, seriesOf } from '../../src/server/metrics/series.ts';
import { MetricStore } from '../../src/server/metrics/store.ts';

let folder: string;
before(() => (folder = mkdtempSync(join(tmpdir(), 'trainyard-metrics-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const newFile = (): string => join(folder, `${files++}.db`);

function open(t: TestContext, file = newFile()): MetricStore {
  const store = new MetricStore(file);
  t.after(() => store.close());
  return store;
}

const report = (store: MetricStore, samples: Sample[], rest: Partial<SampleBatch> = {}, run = 'run') =>
  store.report(run, batchOf({ attempt: 1, batch: 0, samples, ...rest }), {});

const query = (store: MetricStore, asked: Partial<MetricsQuery> = {}) =>
  store
    .query({ executions: ['run'], axis: 'step', points: 100, ...asked })
    .map((answer) => seriesOf(columnsOf(answer)));

const loss = (step: number, y: Sample['y'], rest: Partial<Sample> = {}): Sample => ({
  figure: 'box_loss',
  legend: 'train',
  step,
  y,
  time: 1_760_000_000_000 + step,
  ...rest,
});

describe('what is kept', () => {
  it('comes back exactly, also after the file was closed', (t) => {
    const file = newFile();
    const values = [0.1, 1 / 3, -0, 5e-324, 1.7976931348623157e308, Math.fround(0.3), 42];
    const first = new MetricStore(file);
    report(
      first,
      values.map((y, i) => loss(i, y, { epoch: i / 2, time: 1_760_000_000_000.25 + i })),
    );
    first.close();
    const second = open(t, file);
    const [series] = query(second);
    assert.deepEqual(series, {
      executionId: 'run',
      attempt: 1,
      figure: 'box_loss',
      legend: 'train',
      axis: 'step',
      x: [0, 1, 2, 3, 4, 5, 6],
      y: values,
      min: values,
      max: values,
      count: values.map(() => 1),
    });
    assert.deepEqual(query(second, { axis: 'epoch' })[0]?.x, [0, 0.5, 1, 1.5, 2, 2.5, 3]);
    assert.deepEqual(query(second, { axis: 'time', points: 7 })[0]?.x[1], 1_760_000_000_001.25);
  });

  it('has NaN and infinities as what they are', (t) => {
    const store = open(t);
    report(store, [loss(0, 1), loss(1, 'NaN'), loss(2, 'Infinity'), loss(3, '-Infinity')]);
    assert.deepEqual(query(store)[0]?.y, [1, 'NaN', 'Infinity', '-Infinity']);
    assert.equal(store.summary('run', 1).summary[0]?.last, '-Infinity');
  });

  it('has each batch once, whoever sends it again', (t) => {
    const file = newFile();
    const first = new MetricStore(file);
    assert.deepEqual(report(first, [loss(0, 1)]), { accepted: 1, repeated: false });
    assert.deepEqual(report(first, [loss(0, 1)]), { accepted: 1, repeated: true });
    first.close();
    const store = open(t, file);
    assert.deepEqual(report(store, [loss(0, 1)]), { accepted: 1, repeated: true });
    assert.deepEqual(query(store)[0]?.count, [1]);
    // Another writer, another attempt, another run: another batch.
    assert.equal(report(store, [loss(1, 1)], { batch: 'rank1:0' }).repeated, false);
    assert.equal(report(store, [loss(1, 1)], { batch: 'rank1:0' }).repeated, true);
    assert.equal(report(store, [loss(1, 1)], { batch: 'rank2:0' }).repeated, false);
    assert.equal(report(store, [loss(1, 1)], { attempt: 2 }).repeated, false);
    assert.equal(report(store, [loss(1, 1)], {}, 'other').repeated, false);
  });

  it('knows the last batch of each writer, also where an earlier one is missing', (t) => {
    const store = open(t);
    assert.equal(store.lastBatch('run', 1, ''), null);
    for (const batch of [0, 7, 3, 'rank1:12']) report(store, [], { batch });
    assert.equal(store.lastBatch('run', 1, ''), 7);
    assert.equal(store.lastBatch('run', 1, 'rank1'), 12);
    assert.equal(store.lastBatch('run', 1, 'rank2'), null);
    assert.equal(store.lastBatch('run', 2, ''), null);
  });

  it('is all of a batch or nothing of it', (t) => {
    const file = newFile();
    const store = open(t, file);
    report(store, [loss(0, 1)]);
    const other = new DatabaseSync(file);
    // Stands for a full disk, in the middle of a batch.
    other.exec(
      `CREATE TRIGGER full BEFORE INSERT ON files BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`,
    );
    const rest: Partial<SampleBatch> = { batch: 1, files: [{ kind: 'artifact', path: '/a', time: 0 }] };
    assert.throws(() => report(store, [loss(1, 2), loss(1, 3, { figure: 'new' })], rest), /disk is full/);
    assert.equal(query(store).length, 1);
    assert.deepEqual(query(store)[0]?.x, [0]);
    assert.equal(store.summary('run', 1).summary[0]?.count, 1);
    other.exec('DROP TRIGGER full');
    other.close();
    assert.equal(report(store, [loss(1, 2)], rest).repeated, false);
    assert.deepEqual(query(store)[0]?.y, [1, 2]);
  });

  it('grows sample by sample to the same as all at once', (t) => {
    const [slow, fast] = [open(t), open(t)];
    const samples = Array.from({ length: 5000 }, (_, i) => loss(i, Math.sin(i)));
    samples.forEach((sample, batch) => report(slow, [sample], { batch }));
    report(fast, samples);
    for (const points of [10, 1000, 10_000])
      assert.deepEqual(query(slow, { points }), query(fast, { points }));
    assert.deepEqual(slow.summary('run', 1), fast.summary('run', 1));
  });

  it('is gone once it is removed, and of nobody else', (t) => {
    const store = open(t);
    const samples = Array.from({ length: 10_000 }, (_, i) => loss(i, i));
    for (const run of ['run', 'other']) report(store, samples, {}, run);
    report(store, samples, { attempt: 2, files: [{ kind: 'artifact', path: '/a', time: 0 }] });
    store.remove('run');
    assert.deepEqual(query(store), []);
    assert.deepEqual(store.files('run'), []);
    assert.equal(store.lastBatch('run', 1, ''), null);
    assert.equal(
      query(store, { executions: ['other'] })[0]?.count.reduce((a, b) => a + b),
      10_000,
    );
    assert.equal(report(store, [loss(0, 1)]).repeated, false);
  });
});

describe('a summary', () => {
  it('has the last by step, and the best in the figure’s direction with its epoch', (t) => {
    const store = open(t);
    const epoch = (figure: string, n: number, y: Sample['y']): Sample =>
      loss(n * 100, y, { figure, legend: 'val', epoch: n });
    report(store, [epoch('box_loss', 1, 3), epoch('mAP50(B)', 1, 0.2), epoch('lr', 1, 0.01)]);
    report(store, [epoch('box_loss', 3, 'NaN'), epoch('mAP50(B)', 3, 'Infinity'), epoch('lr', 3, 0.001)], {
      batch: 2,
    });
    report(store, [epoch('box_loss', 2, 1), epoch('mAP50(B)', 2, 0.5), epoch('lr', 2, 0.1)], { batch: 1 });
    assert.deepEqual(store.summary('run', 1), {
      executionId: 'run',
      attempt: 1,
      summary: [
        { figure: 'box_loss', legend: 'val', count: 3, last: 'NaN', lastEpoch: 3, best: 1, bestEpoch: 2 },
        {
          figure: 'mAP50(B)',
          legend: 'val',
          count: 3,
          last: 'Infinity',
          lastEpoch: 3,
          best: 0.5,
          bestEpoch: 2,
        },
        { figure: 'lr', legend: 'val', count: 3, last: 0.001, lastEpoch: 3, best: null, bestEpoch: null },
      ],
      progress: null,
    });
  });

  it('follows a hint of the project', (t) => {
    const store = open(t);
    const samples = [loss(1, 5, { figure: 'score' }), loss(2, 4, { figure: 'score' })];
    store.report('run', batchOf({ attempt: 1, batch: 0, samples }), { score: { better: 'higher' } });
    const [line] = store.summary('run', 1).summary;
    assert.deepEqual([line?.last, line?.best, line?.bestEpoch], [4, 5, null]);
  });

  it('is empty for what was never reported', (t) => {
    assert.deepEqual(open(t).summary('run', 1), {
      executionId: 'run',
      attempt: 1,
      summary: [],
      progress: null,
    });
  });

  it('has the progress of the latest batch, not of the one that came late', (t) => {
    const store = open(t);
    const progress = (done: number) => ({ done, total: 10, unit: 'epochs' });
    report(store, [], { batch: 5, progress: progress(5) });
    report(store, [], { batch: 4, progress: progress(4) });
    assert.equal(store.summary('run', 1).progress?.done, 5);
    report(store, [], { batch: 'rank1:0', progress: progress(6) });
    report(store, [], { batch: 6 });
    assert.deepEqual(store.summary('run', 1).progress, progress(6));
    assert.equal(store.summary('run', 2).progress, null);
  });
});

describe('files that were made known', () => {
  const file = (path: string, time: number, more: Partial<ReportedFile> = {}): ReportedFile => ({
    kind: 'artifact',
    path,
    time,
    ...more,
  });
  const known = (store: MetricStore): unknown[] =>
    store.files('run').map(({ path, time, attempt }) => [path, time, attempt]);

  it('are known once per attempt, in the order of their times', (t) => {
    const store = open(t);
    report(store, [], { files: [file('/last.png', 30), file('/best.png', 20)] });
    report(store, [], { batch: 1, files: [file('/last.png', 40), file('/best.png', 10)] });
    report(store, [], { attempt: 2, files: [file('/last.png', 35)] });
    assert.deepEqual(store.files('run'), [
      { ...file('/best.png', 20), attempt: 1 },
      { ...file('/last.png', 35), attempt: 2 },
      { ...file('/last.png', 40), attempt: 1 },
    ]);
    assert.deepEqual(store.files('other'), []);
  });

  it('are told with all that is known of them; of a checkpoint the last two reports', (t) => {
    const store = open(t);
    const kind = 'checkpoint';
    const reports = [1, 2, 3].map((n) =>
      file('/last.pt', n, { kind, copy: `/${n}/last.pt`, size: n, changed: n * 10 }),
    );
    // The second comes late, from another process.
    for (const [batch, n] of [2, 0, 1].entries()) report(store, [], { batch, files: [reports[n]!] });
    report(store, [], { batch: 3, files: [file('/other.pt', 2.5, { kind })] });
    assert.deepEqual(store.files('run'), [
      { ...reports[1], attempt: 1 },
      { ...file('/other.pt', 2.5, { kind }), attempt: 1 },
      { ...reports[2], attempt: 1 },
    ]);
  });

  it('have an end: the newest 10,000 of a kind and an attempt are kept', (t) => {
    const store = open(t);
    for (let batch = 0; batch < 11; batch++) {
      const some = Array.from({ length: 1000 }, (_, i) => file(`/${batch * 1000 + i}`, batch * 1000 + i));
      report(store, [], { batch, files: some });
    }
    const kept = store.files('run');
    assert.deepEqual([kept.length, kept[0]?.path, kept.at(-1)?.path], [10_000, '/1000', '/10999']);
  });

  it('by an older Trainyard are known to this one', (t) => {
    const name = newFile();
    const first = new MetricStore(name);
    report(first, [loss(1, 2)]);
    first.close();
    const old = new DatabaseSync(name);
    old.exec(`
      DROP TABLE files;
      CREATE TABLE files (attempt INTEGER NOT NULL, kind TEXT NOT NULL, path TEXT NOT NULL, time REAL NOT NULL,
        PRIMARY KEY (attempt, kind, path)) STRICT, WITHOUT ROWID;
      INSERT INTO files VALUES (1, 'checkpoint', '/last.pt', 7);
      PRAGMA user_version = 1`);
    old.close();
    const store = open(t, name);
    assert.deepEqual(known(store), [['/last.pt', 7, 1]]);
    const backup = new DatabaseSync(`${name}.v1.bak`, { readOnly: true });
    assert.equal(backup.prepare('PRAGMA user_version').get()?.['user_version'], 1, 'kept as it was');
    backup.close();
    report(store, [], { batch: 1, files: [file('/last.pt', 8, { kind: 'checkpoint', copy: '/1/last.pt' })] });
    assert.deepEqual(known(store), [
      ['/last.pt', 7, 1],
      ['/last.pt', 8, 1],
    ]);
    assert.deepEqual(query(store)[0]?.y, [2]);
  });
});

describe('the file', () => {
  it('of a newer Trainyard is refused, and left as it is', () => {
    const file = newFile();
    const newer = new DatabaseSync(file);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    assert.throws(() => new MetricStore(file), /newer Trainyard wrote it \(schema 99/);
  });
  it('that is none of ours is named in the error', () => {
    const file = newFile();
    writeFileSync(file, 'this is no database, and long enough for SQLite to look at its header'.repeat(20));
    assert.throws(
      () => new MetricStore(file),
      (error: Error) => error.message.includes(file),
    );
  });
  it('keeps its present schema when it is opened again', (t) => {
    const file = newFile();
    new MetricStore(file).close();
    open(t, file);
    const db = new DatabaseSync(file, { readOnly: true });
    assert.equal(db.prepare('PRAGMA user_version').get()?.['user_version'], 2);
    assert.equal(db.prepare('PRAGMA journal_mode').get()?.['journal_mode'], 'wal');
    db.close();
  });
});
