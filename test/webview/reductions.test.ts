/** Whatever comes in whatever order, a panel that gets it bit by bit shows what is there: no sample is lost, no spike hidden. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { Run, Sample, Series } from '../../src/contract/shapes.ts';
import { Known } from '../../src/extension/panels/known.ts';
import { columnsOf as batchOf } from '../../src/server/metrics/columns.ts';
import { columnsOf, seriesOf } from '../../src/server/metrics/series.ts';
import { MetricStore } from '../../src/server/metrics/store.ts';
import { extended, keyOf, lineOf, type Line } from '../../webview/charts/lines.ts';
import { aRun } from './samples.ts';

const POINTS = 12;
const AXES = ['epoch', 'step', 'time'] as const;
type Axis = (typeof AXES)[number];

const value: fc.Arbitrary<Sample['y']> = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom<Sample['y'][]>('NaN', 'Infinity', '-Infinity', 1e9, -1e9) },
);
/** By how much the next sample is further on: mostly a little, now and then it is late, or repeats what was there. */
const gap = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 3 }) },
  { weight: 1, arbitrary: fc.integer({ min: -40, max: 40 }) },
);
const told = fc.record({
  legend: fc.constantFrom('train', 'val'),
  gap,
  /** The clock is set back now and then, and an epoch is missing. */
  clock: gap,
  epoch: fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  y: value,
});
const batches = fc.array(fc.array(told, { minLength: 1, maxLength: 25 }), { minLength: 1, maxLength: 12 });

it('a panel that gets a line bit by bit has every sample in its place, and the extremes of each', () => {
  let run = 0;
  const store = new MetricStore(':memory:', { chunk: 8, buckets: 4, fan: 2 });
  fc.assert(
    fc.property(batches, fc.constantFrom(...AXES), fc.integer({ min: 0, max: 3 }), (all, axis, before) => {
      const panel = new Panel(store, `run ${run++}`, axis);
      const samples: Sample[] = [];
      let [step, time] = [0, 1000];
      for (const [i, batch] of all.entries()) {
        if (i === before) panel.open();
        const part = batch.map(({ legend, gap: by, clock, epoch, y }): Sample => {
          step += by;
          time += clock;
          const at = epoch ? { epoch: Math.floor(step / 5) } : {};
          return { figure: 'loss', legend, step, ...at, y, time };
        });
        samples.push(...part);
        panel.report(i, part);
      }
      for (const legend of ['train', 'val']) {
        const own = samples.filter((one) => one.legend === legend);
        if (all.length > before) check(panel.line(legend), own, axis);
      }
    }),
    { numRuns: 500 },
  );
  store.close();
});

/** A panel with its host, who asks for what is missing after each batch. */
class Panel {
  readonly #store: MetricStore;
  readonly #run: string;
  readonly #axis: Axis;
  #known: Known | null = null;
  #lines = new Map<string, Line>();

  constructor(store: MetricStore, run: string, axis: Axis) {
    this.#store = store;
    this.#run = run;
    this.#axis = axis;
  }

  line(legend: string): Line | undefined {
    return [...this.#lines.values()].find((line) => line.legend === legend);
  }

  report(batch: number, samples: Sample[]): void {
    this.#store.report(this.#run, batchOf({ attempt: 1, batch, samples }), {});
    if (this.#known === null) return;
    const plan = this.#known.plan(this.#now());
    if (plan === 'nothing') return;
    if (plan === 'all') return this.open();
    for (const ask of plan) {
      const series = this.#query(ask.from).filter(({ x }) => x.length > 0);
      this.#known.append(series);
      for (const tail of series.map(lineOf)) {
        this.#lines.set(keyOf(tail), extended(this.#lines.get(keyOf(tail)), tail));
      }
    }
    if (this.#known.lacks(this.#now())) this.open();
  }

  /** Everything is read anew. */
  open(): void {
    const series = this.#query();
    this.#known = new Known(series, [this.#now()], POINTS);
    this.#lines = new Map(series.map(lineOf).map((line) => [keyOf(line), line]));
  }

  #now(): Run {
    return aRun({ executionId: this.#run, summary: this.#store.summary(this.#run, 1).summary });
  }

  #query(from?: number): Series[] {
    const window = from === undefined ? {} : { from };
    return this.#store
      .query({ executions: [this.#run], axis: this.#axis, points: POINTS, ...window })
      .map((answer) => seriesOf(columnsOf(answer)));
  }
}

function check(line: Line | undefined, own: readonly Sample[], axis: Axis): void {
  const samples = own.flatMap((one) => {
    const x = one[axis];
    return x === undefined ? [] : [{ x, y: Number(one.y) }];
  });
  assert.equal(line?.count.reduce((a, b) => a + b, 0) ?? 0, samples.length);
  if (line === undefined) return;
  line.x.forEach((end, i) => {
    const after = line.x[i - 1] ?? -Infinity;
    assert.ok(end > after);
    const inside = samples.filter(({ x }) => x > after && x <= end);
    const numbers = inside.map(({ y }) => y).filter((y) => !Number.isNaN(y));
    assert.equal(line.count[i], inside.length);
    assert.equal(line.min[i], numbers.length === 0 ? NaN : Math.min(...numbers));
    assert.equal(line.max[i], numbers.length === 0 ? NaN : Math.max(...numbers));
    // The last to come of those that are furthest on.
    assert.equal(line.y[i], inside.findLast(({ x }) => x === end)?.y);
  });
}
