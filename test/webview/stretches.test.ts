/** From the store's samples to the lines of a chart, through the feed: stretches that are known finely, and attempts as one line. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it, type TestContext } from 'node:test';
import { FIRST_WISH, type ChartWish } from '../../src/contract/pages/explore.ts';
import type { MetricsQuery, Run, Sample } from '../../src/contract/shapes.ts';
import { Feed } from '../../src/extension/panels/feed.ts';
import { columnsOf as batchOf } from '../../src/server/metrics/columns.ts';
import { columnsOf, seriesOf } from '../../src/server/metrics/series.ts';
import { MetricStore } from '../../src/server/metrics/store.ts';
import type { By } from '../../webview/explore/choices.ts';
import { detailsFor, merged } from '../../webview/explore/details.ts';
import { linesByFigure, readingOf, viewOf, type FigureView } from '../../webview/explore/figures.ts';
import { initialState, next, type State } from '../../webview/explore/state.ts';
import { aRun } from './samples.ts';

const START = Date.parse('2026-01-10T10:00:01.000Z');
const at = (step: number, y: number, rest: Partial<Sample> = {}): Sample => ({
  figure: 'loss',
  legend: 'val',
  step,
  y,
  time: START + step,
  ...rest,
});

/** A training whose samples the real store keeps, and a page that is fed with them. */
class Training {
  readonly store = new MetricStore(':memory:');
  readonly asked: MetricsQuery[] = [];
  run: Run = aRun();
  state: State = initialState(['exe-1']);
  feed: Feed | null = null;
  #batch = 0;

  constructor(t: TestContext) {
    t.after(() => {
      this.feed?.dispose();
      this.store.close();
    });
  }

  log(attempt: number, samples: Sample[]): void {
    this.store.report('exe-1', batchOf({ attempt, batch: this.#batch++, samples }), {});
    this.run = aRun({ attempt, summary: this.store.summary('exe-1', attempt).summary });
    this.feed?.runChanged('exe-1');
  }

  show(wish: Partial<ChartWish> = {}, attempt: number | null = null): void {
    this.feed = new Feed(
      ['exe-1'],
      {
        attempt,
        run: () => this.run,
        ensure: () => Promise.resolve([this.run]),
        query: async (query) => {
          this.asked.push(query);
          return Promise.resolve(this.store.query(query).map((answer) => seriesOf(columnsOf(answer))));
        },
        smoothing: () => 0,
        slots: () => ({}),
        hints: () => Promise.resolve({}),
        post: (message) => (this.state = next(this.state, structuredClone(message))),
        failed: (error) => assert.fail(String(error)),
      },
      { ...FIRST_WISH, ...wish },
      5,
      20,
    );
  }

  measure(attempt: number, time: number, y: number): void {
    this.store.measure('exe-1', attempt, time, [{ figure: 'system/cpu', legend: '', y }]);
  }

  view(figure = 'loss', by: By = this.state.axis === 'time' ? 'relative' : 'epoch'): FigureView {
    const { state } = this;
    const lines = linesByFigure(state).get(figure) ?? [];
    return viewOf(figure, lines, state, readingOf(state, by));
  }

  /** x and y of the lines as they are shown now. */
  shown(figure?: string): [number, number][][] {
    return this.view(figure).lines.map(({ line }) => line.x.map((x, i) => [x, line.y[i]!]));
  }

  async until(what: () => boolean): Promise<void> {
    const deadline = Date.now() + 5000;
    while (!what()) {
      if (Date.now() > deadline) throw new Error(`never came; asked ${JSON.stringify(this.asked.slice(-3))}`);
      await sleep(2);
    }
  }
}

describe('a stretch of a line of 100,000 points', () => {
  const wave = (step: number): number => Math.sin(step / 3) + (step === 50_123 ? 99 : 0);
  const many = Array.from({ length: 100_000 }, (_, i) => at(i + 1, wave(i + 1)));

  it('is asked for as finely as its pixels need, shows every point, and the rest of the line stays', async (t) => {
    const training = new Training(t);
    training.log(1, many);
    training.show({ axis: 'step' });
    await training.until(() => training.state.begun);
    const reading = readingOf(training.state, 'step');
    assert.deepEqual(detailsFor(training.view(), null, false, 600, reading), []);
    const details = detailsFor(training.view(), [50_000, 50_200], false, 600, reading);
    assert.deepEqual(details, [
      { executions: ['exe-1'], figures: ['loss'], from: 49_950, to: 50_250, points: 900 },
    ]);
    training.feed!.wish({ ...FIRST_WISH, axis: 'step', details });
    await training.until(() => training.state.details.length === 1);
    const [line] = training.shown();
    const inside = line!.filter(([x]) => x >= 50_000 && x <= 50_200);
    assert.deepEqual(
      inside,
      Array.from({ length: 201 }, (_, i) => [50_000 + i, wave(50_000 + i)]),
    );
    const xs = line!.map(([x]) => x);
    assert.deepEqual(
      xs,
      [...new Set(xs)].toSorted((a, b) => a - b),
    );
    assert.ok(line!.length < 1300 && xs[0]! < 1000, String(line!.length));
    assert.equal(xs.at(-1), 100_000);
    // What is known finely isn't asked for again, nor given up.
    assert.deepEqual(detailsFor(training.view(), [50_000, 50_200], false, 600, reading), details);
  });

  it('goes on while points come in, also at the end of the line', async (t) => {
    const training = new Training(t);
    training.log(1, many);
    training.show({ axis: 'step' });
    await training.until(() => training.state.begun);
    const reading = readingOf(training.state, 'step');
    const details = detailsFor(training.view(), [99_900, 100_100], false, 600, reading);
    training.feed!.wish({ ...FIRST_WISH, axis: 'step', details });
    await training.until(() => training.state.details.length === 1);
    for (let step = 100_001; step <= 100_050; step++) training.log(1, [at(step, wave(step))]);
    await training.until(() => training.shown()[0]!.at(-1)![0] === 100_050);
    assert.deepEqual(
      training.shown()[0]!.filter(([x]) => x >= 99_900),
      Array.from({ length: 151 }, (_, i) => [99_900 + i, wave(99_900 + i)]),
    );
  });

  it('is given up when nothing is wished finely any more', async (t) => {
    const training = new Training(t);
    training.log(1, many);
    training.show({
      axis: 'step',
      details: [{ executions: ['exe-1'], figures: ['loss'], from: 1, to: 100, points: 200 }],
    });
    await training.until(() => training.state.details.length === 1);
    training.feed!.wish({ ...FIRST_WISH, axis: 'step' });
    await training.until(() => training.state.details.length === 0);
    assert.ok(training.shown()[0]!.length <= 400);
  });

  it('by duration is asked for in each run’s own time; a chart alone is known as finely as it is wide', async (t) => {
    const training = new Training(t);
    training.log(1, many);
    training.show({ axis: 'time' });
    await training.until(() => training.state.begun);
    const reading = readingOf(training.state, 'relative');
    const [wish] = detailsFor(training.view(), [10, 20], false, 400, reading);
    assert.deepEqual([wish!.from, wish!.to, wish!.points], [START + 7500, START + 22_500, 600]);
    const whole = detailsFor(training.view(), null, true, 1180, reading);
    assert.deepEqual(whole, [{ executions: ['exe-1'], figures: ['loss'], points: 1200 }]);
    const both = merged([...whole, { ...whole[0]!, figures: ['mAP'] }, wish!]);
    assert.deepEqual(
      both.map(({ figures }) => figures),
      [['loss', 'mAP'], ['loss']],
    );
  });
});

describe('attempts', () => {
  const epochs = (from: number, to: number, y: number): Sample[] =>
    Array.from({ length: to - from + 1 }, (_, i) => ({
      figure: 'loss',
      legend: 'val',
      epoch: from + i,
      y,
      time: START + 1000 * (100 * y + from + i),
    }));
  const ys = (training: Training): number[][] => training.shown().map((line) => line.map(([, y]) => y));

  it('that resume continue the curve, from where they began on', async (t) => {
    const training = new Training(t);
    training.log(1, epochs(1, 6, 1));
    training.log(2, epochs(5, 7, 2));
    training.show();
    await training.until(() => training.state.begun);
    assert.deepEqual(training.shown(), [[1, 2, 3, 4, 5, 6, 7].map((epoch) => [epoch, epoch < 5 ? 1 : 2])]);
    // Live, as if it had been one.
    training.log(2, epochs(8, 8, 2));
    await training.until(() => ys(training)[0]!.length === 8);
    // A third one takes over where it begins.
    training.log(3, epochs(3, 4, 3));
    await training.until(() => ys(training)[0]!.length === 4);
    assert.deepEqual(ys(training), [[1, 1, 3, 3]]);
  });

  it('that restart replace it, as soon as they have a point', async (t) => {
    const training = new Training(t);
    training.log(1, epochs(1, 6, 1));
    training.show();
    await training.until(() => ys(training)[0]?.length === 6);
    training.log(2, epochs(1, 1, 2));
    await training.until(() => ys(training)[0]!.length === 1);
    assert.deepEqual(ys(training), [[2]]);
  });

  it('can all be seen, each as a line of its own, the earlier ones behind', async (t) => {
    const training = new Training(t);
    training.log(1, epochs(1, 6, 1));
    training.log(2, epochs(1, 3, 2));
    training.show();
    await training.until(() => training.state.begun);
    training.feed!.wish({ ...FIRST_WISH, attempts: 'all' });
    await training.until(() => training.state.attempts === 'all');
    assert.deepEqual(ys(training), [
      [1, 1, 1, 1, 1, 1],
      [2, 2, 2],
    ]);
    const { lines } = training.view();
    assert.deepEqual(
      lines.map(({ label, earlier, marked }) => [label, earlier, marked]),
      [
        ['val (attempt 1)', true, false],
        ['val', false, true],
      ],
    );
    training.log(2, epochs(4, 4, 2));
    await training.until(() => ys(training)[1]!.length === 4);
    training.feed!.wish(FIRST_WISH);
    await training.until(() => ys(training).length === 1);
    assert.deepEqual(ys(training), [[2, 2, 2, 2]]);
  });

  it('by time follow each other where they resumed, and are replaced where they restarted', async (t) => {
    const resumed = new Training(t);
    resumed.log(1, epochs(1, 3, 1));
    resumed.log(2, epochs(3, 4, 2));
    resumed.show({ axis: 'time' });
    await resumed.until(() => resumed.state.begun);
    assert.deepEqual(ys(resumed), [[1, 1, 1, 2, 2]]);
    const restarted = new Training(t);
    restarted.log(1, epochs(1, 3, 1));
    restarted.log(2, epochs(1, 4, 2));
    restarted.show({ axis: 'time' });
    await restarted.until(() => restarted.state.begun);
    assert.deepEqual(ys(restarted), [[2, 2, 2, 2]]);
  });

  it('that restart replace what they haven’t logged yet, too; those that resume leave it', async (t) => {
    const other = (samples: Sample[]): Sample[] => samples.map((one) => ({ ...one, legend: 'train' }));
    const restarted = new Training(t);
    restarted.log(1, [...epochs(1, 6, 1), ...other(epochs(1, 6, 1))]);
    restarted.log(2, other(epochs(1, 2, 2)));
    restarted.show();
    await restarted.until(() => restarted.state.begun);
    assert.deepEqual(ys(restarted), [[2, 2]]);
    const resumed = new Training(t);
    resumed.log(1, [...epochs(1, 6, 1), ...other(epochs(1, 6, 1))]);
    resumed.log(2, other(epochs(5, 6, 2)));
    resumed.show();
    await resumed.until(() => resumed.state.begun);
    assert.deepEqual(ys(resumed), [
      [1, 1, 1, 1, 2, 2],
      [1, 1, 1, 1],
    ]);
  });

  it('of long lines are cut where they were resumed, though their first place stands for many samples', async (t) => {
    const steps = (from: number, count: number, y: number): Sample[] =>
      Array.from({ length: count }, (_, i) => at(from + i, y));
    const training = new Training(t);
    training.log(1, steps(1, 30_000, 1));
    training.log(2, steps(20_001, 40_000, 2));
    training.show({ axis: 'step' });
    await training.until(() => training.state.begun);
    const [line] = training.shown();
    const seam = line!.findIndex(([, y]) => y === 2);
    assert.ok(seam > 50 && line!.slice(0, seam).every(([x]) => x <= 20_001));
    assert.ok(line!.slice(seam).every(([, y]) => y === 2) && line!.at(-1)![0] === 60_000);
    const again = new Training(t);
    again.log(1, steps(1, 30_000, 1));
    again.log(2, steps(1, 7000, 2));
    again.show({ axis: 'step' });
    await again.until(() => again.state.begun);
    assert.ok(again.shown()[0]!.every(([, y]) => y === 2));
  });

  it('that are looked at by themselves are shown as they were', async (t) => {
    const training = new Training(t);
    training.log(1, epochs(1, 6, 1));
    training.log(2, epochs(5, 7, 2));
    training.show({}, 1);
    await training.until(() => training.state.begun);
    assert.deepEqual(ys(training), [[1, 1, 1, 1, 1, 1]]);
    assert.deepEqual([...new Set(training.asked.map(({ attempt }) => attempt))], [1]);
  });
});

describe('what a training takes of its machine', () => {
  it('is shown by time whatever the others are shown by, and goes on while it runs', async (t) => {
    const training = new Training(t);
    training.log(1, [at(1, 5), at(2, 4)]);
    training.measure(1, START + 5000, 80);
    training.show({ axis: 'step' });
    await training.until(() => training.state.begun);
    assert.equal(training.view().axis, 'step');
    const { axis, unit, lines } = training.view('system/cpu');
    assert.deepEqual([axis, unit, lines.map(({ line }) => line.x)], ['relative', '%', [[5]]]);
    assert.equal(training.view('system/cpu', 'clock').axis, 'clock');
    training.measure(1, START + 10_000, 120);
    await training.until(() => training.shown('system/cpu')[0]!.length === 2);
    assert.deepEqual(training.shown('system/cpu'), [
      [
        [5, 80],
        [10, 120],
      ],
    ]);
    training.run = aRun({ status: 'Success', summary: training.run.summary });
    training.feed!.runChanged('exe-1');
    await training.until(() => training.state.runs.get('exe-1')!.status === 'Success');
    // A question may be on its way.
    await sleep(40);
    const questions = training.asked.length;
    await sleep(100);
    assert.equal(training.asked.length, questions);
  });

  it('is that of the latest attempt, or of each by itself', async (t) => {
    const training = new Training(t);
    training.log(1, [at(1, 5)]);
    training.measure(1, START + 5000, 80);
    training.log(2, [at(2, 4)]);
    training.measure(2, START + 65_000, 60);
    training.show();
    await training.until(() => training.state.begun);
    assert.deepEqual(training.shown('system/cpu'), [[[0, 60]]]);
    training.feed!.wish({ ...FIRST_WISH, attempts: 'all' });
    await training.until(() => training.state.attempts === 'all');
    assert.deepEqual(
      training.view('system/cpu').lines.map(({ line, earlier }) => [line.x, line.y, earlier]),
      [
        [[0], [80], true],
        [[60], [60], false],
      ],
    );
  });
});
