/** What the metric store answers: windows of lines. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { MetricsQuery, Sample, SampleBatch } from '../../src/contract/shapes.ts';
import { columnsOf as batchOf } from '../../src/server/metrics/columns.ts';
import { columnsOf, seriesOf } from '../../src/server/metrics/series.ts';
import type { Beginnings } from '../../src/server/metrics/metrics.ts';
import { MetricStore } from '../../src/server/metrics/store.ts';

function open(t: TestContext): MetricStore {
  const store = new MetricStore(':memory:');
  t.after(() => store.close());
  return store;
}

const report = (store: MetricStore, samples: Sample[], rest: Partial<SampleBatch> = {}, run = 'run') =>
  store.report(run, batchOf({ attempt: 1, batch: 0, samples, ...rest }), {});

const query = (store: MetricStore, asked: Partial<MetricsQuery> = {}, began: Beginnings = {}) =>
  store
    .query({ executions: ['run'], axis: 'step', points: 100, ...asked }, began)
    .map((answer) => seriesOf(columnsOf(answer)));

const loss = (step: number, y: Sample['y'], rest: Partial<Sample> = {}): Sample => ({
  figure: 'box_loss',
  legend: 'train',
  step,
  y,
  time: 1_760_000_000_000 + step,
  ...rest,
});

describe('a query', () => {
  it('hides no spike of one sample among a hundred thousand', (t) => {
    const store = open(t);
    const spikes = new Map([
      [0, -50],
      [33_333, 1000],
      [99_999, 70],
    ]);
    report(
      store,
      Array.from({ length: 100_000 }, (_, i) => loss(i, spikes.get(i) ?? 1 + (i % 10) / 10)),
    );
    const [series] = query(store, { points: 200 });
    assert.ok(series !== undefined && series.x.length <= 200 && series.x.length > 90);
    assert.deepEqual(
      series.max.filter((y) => Number(y) > 2),
      [1000, 70],
    );
    assert.deepEqual(
      series.min.filter((y) => Number(y) < 1),
      [-50],
    );
  });

  it('puts late samples where they belong, whatever came since', (t) => {
    const store = open(t);
    const steps = Array.from({ length: 20_000 }, (_, i) => i);
    const late = steps.filter((i) => i % 1000 < 100);
    report(
      store,
      steps.filter((i) => i % 1000 >= 100).map((i) => loss(i, i)),
    );
    report(
      store,
      late.toReversed().map((i) => loss(i, i)),
      { batch: 1 },
    );
    for (const points of [64, 10_000]) {
      const [series] = query(store, { points });
      assert.ok(series !== undefined);
      assert.deepEqual(series.x, series.y, 'the last of a bucket is that of the greatest step');
      assert.deepEqual(
        series.count,
        series.x.map((x, i) => x - (series.x[i - 1] ?? -1)),
      );
    }
    const [window] = query(store, { from: 5000, to: 5099, points: 1000 });
    assert.deepEqual(window?.x, steps.slice(5000, 5100));
  });

  it('is in order of time when the clock went back', (t) => {
    const store = open(t);
    const times = [100, 200, 300, 150, 250, 350];
    report(
      store,
      times.map((time, i) => loss(i, i, { time })),
    );
    const [byTime] = query(store, { axis: 'time' });
    assert.deepEqual(byTime?.x, [100, 150, 200, 250, 300, 350]);
    assert.deepEqual(byTime?.y, [0, 3, 1, 4, 2, 5]);
    assert.deepEqual(query(store)[0]?.y, [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(query(store, { axis: 'time', from: 150, to: 300 })[0]?.y, [3, 1, 4, 2]);
  });

  it('by relative time lets several runs begin at the same place, whenever each did', (t) => {
    const store = open(t);
    for (const [run, began] of [
      ['run', 5000],
      ['other', 90_000],
    ] as const)
      report(
        store,
        [10, 20, 30].map((ms) => loss(ms, ms, { time: began + ms })),
        {},
        run,
      );
    report(store, [loss(1, 1, { time: 7000 }), loss(2, 2, { time: 7400 })], { attempt: 2 });
    const asked: Partial<MetricsQuery> = { axis: 'relative', executions: ['run', 'other'] };
    const began = { run: [5000, null], other: [90_000] };
    assert.deepEqual(
      query(store, { ...asked, attempt: 1, from: 15, to: 30 }, began).map((one) => [one.executionId, one.x]),
      [
        ['run', [20, 30]],
        ['other', [20, 30]],
      ],
    );
    // Of one that isn't told of, the first sample is the beginning.
    assert.deepEqual(
      query(store, asked, began).map((one) => [one.attempt, one.x]),
      [
        [2, [0, 400]],
        [1, [10, 20, 30]],
      ],
    );
  });

  it('says of each line what its x counts: all of a figure the same', (t) => {
    const store = open(t);
    report(store, [
      loss(1, 1, { epoch: 1 }),
      loss(2, 1, { legend: 'val' }),
      ...[1, 2].map((i): Sample => ({ figure: 'reward', legend: `of ${i}`, y: i, time: i })),
      { figure: 'accuracy', legend: '', epoch: 1, y: 1, time: 1 },
    ]);
    const axes = (axis: MetricsQuery['axis']): string[] =>
      query(store, { axis }).map((one) => `${one.figure} ${one.axis} ${one.x.join()}`);
    const rewards = ['reward sample 1', 'reward sample 1'];
    assert.deepEqual(axes('epoch'), ['box_loss epoch 1', 'box_loss epoch ', ...rewards, 'accuracy epoch 1']);
    assert.deepEqual(axes('step'), ['box_loss step 1', 'box_loss step 2', ...rewards, 'accuracy epoch 1']);
    for (const axis of ['time', 'relative'] as const) {
      assert.deepEqual([...new Set(query(store, { axis }).map((one) => one.axis))], [axis]);
    }
  });

  it('gives samples at one x one place, the one that came last as its value', (t) => {
    const store = open(t);
    report(store, [loss(1, 5), loss(2, 6), loss(2, 9)], { batch: 'rank0:0' });
    report(store, [loss(1, 3), loss(2, 7)], { batch: 'rank1:0' });
    const [series] = query(store);
    assert.deepEqual(
      [series?.x, series?.y, series?.min, series?.max, series?.count],
      [
        [1, 2],
        [3, 7],
        [3, 6],
        [5, 9],
        [2, 3],
      ],
    );
  });

  it('leaves NaN out of the extremes of a bucket that has numbers, and shows a bucket of NaN alone', (t) => {
    const store = open(t);
    report(store, [
      ...[0, 1, 2, 3].map((step) => loss(step, step)),
      ...[4, 6].map((step) => loss(step, 'NaN')),
      ...[5, 7].map((step) => loss(step, step)),
      ...[8, 9, 10, 11, 12, 13, 14, 15].map((step) => loss(step, 'NaN')),
    ]);
    const [series] = query(store, { points: 4 });
    assert.deepEqual(series?.y, [3, 7, 'NaN', 'NaN']);
    assert.deepEqual(series?.min, [0, 5, 'NaN', 'NaN']);
    assert.deepEqual(series?.max, [3, 7, 'NaN', 'NaN']);
    assert.deepEqual(series?.count, [4, 4, 4, 4]);
  });

  it('has a window with both ends included, and a line that is empty in it', (t) => {
    const store = open(t);
    report(
      store,
      [1, 2, 3, 4, 5].map((step) => loss(step, step)),
    );
    assert.deepEqual(query(store, { from: 2, to: 4 })[0]?.x, [2, 3, 4]);
    assert.deepEqual(query(store, { from: 4 })[0]?.x, [4, 5]);
    assert.deepEqual(query(store, { from: 3, to: 3, points: 1 })[0]?.count, [1]);
    assert.deepEqual(query(store, { from: 6, to: 9 })[0]?.x, []);
    assert.deepEqual(query(store, { from: 4, to: 2 })[0]?.x, []);
  });

  it('takes one place for all, also across zero', (t) => {
    const store = open(t);
    report(
      store,
      [-3, -1, 0, 2].map((step) => loss(step, step)),
    );
    assert.deepEqual(query(store, { points: 1 })[0], {
      ...query(store)[0],
      x: [2],
      y: [2],
      min: [-3],
      max: [2],
      count: [4],
    });
  });

  it('has the lines asked for, of each run the latest attempt that has any', (t) => {
    const store = open(t);
    report(store, [loss(1, 1), loss(1, 2, { legend: 'val' }), loss(1, 3, { figure: 'lr', legend: '' })]);
    report(store, [loss(9, 1)], {}, 'other');
    report(store, [loss(2, 1)], { attempt: 2 });
    report(store, [], { attempt: 3 });
    assert.deepEqual(
      query(store, { executions: ['other', 'run', 'unknown', 'run'] }).map((s) => [
        s.executionId,
        s.attempt,
        s.x,
      ]),
      [
        ['other', 1, [9]],
        ['run', 2, [2]],
      ],
    );
    report(store, [loss(3, 1, { figure: 'lr' }), loss(3, 1, { legend: 'val' })], { attempt: 2, batch: 1 });
    assert.deepEqual(
      query(store, { figures: ['box_loss'] }).map((s) => `${s.figure}/${s.legend}`),
      ['box_loss/train', 'box_loss/val'],
    );
  });

  it('has what was measured from outside by name and by time alone; no summary tells of it', (t) => {
    const store = open(t);
    report(store, [loss(1, 1)]);
    for (const [i, y] of [50, 70].entries()) {
      store.measure('run', 1, 1000 + i, [{ figure: 'system/cpu', legend: '', y }]);
      // It runs again, and has logged nothing yet.
      store.measure('run', 2, 2000 + i, [{ figure: 'system/cpu', legend: '', y: y + 1 }]);
    }
    const figures = (asked: Partial<MetricsQuery>): unknown[] =>
      query(store, { axis: 'time', ...asked }).map((one) => [one.attempt, one.figure, one.y]);
    assert.deepEqual(figures({}), [[1, 'box_loss', [1]]]);
    assert.deepEqual(figures({ attempt: 2 }), []);
    assert.deepEqual(figures({ figures: ['system/cpu'] }), [[2, 'system/cpu', [51, 71]]]);
    assert.deepEqual(figures({ figures: ['system/cpu'], from: 1001, to: 1002, attempt: 1 }), [
      [1, 'system/cpu', [70]],
    ]);
    const [byEpoch] = query(store, { axis: 'epoch', figures: ['system/cpu'], from: 2001 });
    assert.deepEqual([byEpoch?.axis, byEpoch?.x], ['time', [2001]]);
    assert.deepEqual(
      [1, 2].map((attempt) => store.summary('run', attempt).summary.map((line) => line.figure)),
      [['box_loss'], []],
    );
  });

  it('keeps a figure that a training names like one that is measured, beside it', (t) => {
    const store = open(t);
    report(store, [loss(1, 7, { figure: 'system/cpu', legend: '' })]);
    store.measure('run', 1, 1000, [{ figure: 'system/cpu', legend: '', y: 50 }]);
    assert.deepEqual(
      query(store).map((one) => [one.figure, one.y]),
      [['user/system/cpu', [7]]],
    );
    assert.deepEqual(query(store, { axis: 'time', figures: ['system/cpu'] })[0]?.y, [50]);
  });

  describe('by an axis that samples lack', () => {
    const at = (figure: string, legend: string, x: Partial<Sample>): Sample => ({
      figure,
      legend,
      y: 1,
      time: 1000,
      ...x,
    });
    it('leaves out the samples without it, where another of the figure has it', (t) => {
      const store = open(t);
      report(store, [
        at('loss', 'train', { epoch: 1, step: 10 }),
        at('loss', 'train', { step: 20 }),
        at('loss', 'val', { epoch: 1 }),
        at('loss', 'val', { epoch: 2 }),
      ]);
      const [train, val] = query(store, { axis: 'epoch' });
      assert.deepEqual([train?.x, val?.x], [[1], [1, 2]]);
      const [trainBySteps, valBySteps] = query(store);
      assert.deepEqual([trainBySteps?.x, valBySteps?.x], [[10, 20], []]);
    });
    it('takes the other, where the whole figure has only that', (t) => {
      const store = open(t);
      report(store, [at('steps', '', { step: 7 }), at('epochs', '', { epoch: 3 })]);
      assert.deepEqual(
        query(store, { axis: 'epoch' }).map((s) => s.x),
        [[7], [3]],
      );
      assert.deepEqual(
        query(store, { axis: 'step' }).map((s) => s.x),
        [[7], [3]],
      );
    });
    it('counts the samples, where there is neither', (t) => {
      const store = open(t);
      report(
        store,
        Array.from({ length: 9000 }, () => at('bare', '', {})),
      );
      assert.deepEqual(query(store, { axis: 'epoch', from: 4095, to: 4098 })[0]?.x, [4095, 4096, 4097, 4098]);
      assert.equal(query(store, { axis: 'step' })[0]?.x.at(-1), 9000);
      assert.deepEqual(query(store, { axis: 'time' })[0]?.count, [9000]);
    });
  });
});
