/** What is told of single lines: their last values, their samples as they came, and samples that are meant once. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Sample } from '../../src/contract/shapes.ts';
import { columnsOf } from '../../src/server/metrics/columns.ts';
import { history } from '../../src/server/metrics/history.ts';
import { MetricStore } from '../../src/server/metrics/store.ts';

/** Chunks of four samples, so that a few make several. */
const SMALL = { chunk: 4, buckets: 4, fan: 2 };

function open(t: TestContext): MetricStore {
  const store = new MetricStore(':memory:', SMALL);
  t.after(() => store.close());
  return store;
}

let batches = 0;
function keep(store: MetricStore, samples: Sample[], attempt = 1, once = false): void {
  store.report('run', columnsOf({ attempt, batch: batches++, samples }), {}, once);
}

const loss = (step: number, y = step / 10, rest: Partial<Sample> = {}): Sample => ({
  figure: 'loss',
  legend: 'train',
  step,
  y,
  time: 1000 + step,
  ...rest,
});
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const line = { executionId: 'run', figure: 'loss', legend: 'train' };

describe('The history of a line', () => {
  it('is told stretch by stretch, over chunks and attempts, the first one first', (t) => {
    const store = open(t);
    keep(
      store,
      range(0, 10).map((step) => loss(step)),
    );
    keep(
      store,
      range(10, 16).map((step) => loss(step)),
      2,
    );
    for (const most of [1, 3, 4, 7, 100]) {
      const found: number[] = [];
      for (;;) {
        const { values, more } = history(store, { ...line, skip: found.length, most });
        assert.ok(values.y.length <= most);
        found.push(...values.step);
        if (!more) break;
      }
      assert.deepEqual(found, range(0, 16), `${most} at a time`);
    }
  });

  it('has what a later attempt logged again once: from its first step on, nothing of those before it', (t) => {
    const store = open(t);
    const logged = (attempt: number, steps: number[]): void =>
      keep(
        store,
        steps.map((step) => loss(step, attempt)),
        attempt,
      );
    logged(1, range(0, 10));
    logged(2, range(6, 13));
    logged(3, range(11, 15));
    const expected = [
      ...range(0, 6).map((step) => [step, 1]),
      ...range(6, 11).map((step) => [step, 2]),
      ...range(11, 15).map((step) => [step, 3]),
    ];
    for (const most of [1, 3, 4, 100]) {
      const found: number[][] = [];
      for (let more = true; more;) {
        const part = history(store, { ...line, skip: found.length, most });
        found.push(...Array.from(part.values.step, (step, i) => [step, part.values.y[i]!]));
        more = part.more;
      }
      assert.deepEqual(found, expected, `${most} at a time`);
    }
    logged(4, range(0, 2));
    assert.deepEqual([...history(store, { ...line, skip: 0, most: 99 }).values.y], [4, 4]);
  });

  it('tells the epoch where a sample has no step, and nothing where there is no line', (t) => {
    const store = open(t);
    keep(store, [{ figure: 'loss', legend: 'train', epoch: 3, y: 1, time: 5 }]);
    assert.deepEqual([...history(store, { ...line, skip: 0, most: 9 }).values.step], [3]);
    const none = history(store, { ...line, legend: 'val', skip: 0, most: 9 });
    assert.deepEqual([none.values.y.length, none.more], [0, false]);
  });

  it('ends with the last value, by step, of the latest attempt', (t) => {
    const store = open(t);
    keep(store, [loss(5, 0.5), loss(4, 0.4)]);
    keep(store, [loss(1, 0.1, { legend: 'val' })]);
    keep(store, [loss(2, 0.2)], 2);
    store.measure('run', 2, 7, [{ figure: 'system/cpu', legend: '', y: 50 }]);
    const found = store.latest(['run', 'nobody']).map(({ legend, y, step, time }) => [legend, y, step, time]);
    assert.deepEqual(found, [
      ['train', 0.2, 2, 1002],
      ['val', 0.1, 1, 1001],
    ]);
  });
});

describe('Samples that are meant once', () => {
  const steps = (store: MetricStore): number[] => [
    ...history(store, { ...line, skip: 0, most: 99 }).values.step,
  ];

  it('are passed over where they are there already, in this batch, a chunk or the tail', (t) => {
    const store = open(t);
    keep(
      store,
      range(0, 6).map((step) => loss(step)),
      1,
      true,
    );
    keep(store, [loss(2), loss(5), loss(6), loss(6)], 1, true);
    assert.deepEqual(steps(store), range(0, 7));
    keep(
      store,
      range(0, 7).map((step) => loss(step)),
      1,
      true,
    );
    assert.deepEqual(steps(store), range(0, 7));
  });

  it('are kept where anything differs: value, step or time', (t) => {
    const store = open(t);
    keep(store, [loss(0), loss(0, 1), loss(0, 0, { time: 999 }), loss(1, 0, { time: 1000 })], 1, true);
    assert.equal(steps(store).length, 4);
    keep(store, [loss(9, 0, { y: 'NaN' })], 1, true);
    keep(store, [loss(9, 0, { y: 'NaN' })], 1, true);
    assert.equal(steps(store).length, 5);
  });

  it('are meant as often as they come where nobody says so', (t) => {
    const store = open(t);
    keep(store, [loss(0), loss(0)]);
    assert.equal(steps(store).length, 2);
  });
});
