/** The host's side of the Explore panel: what it asks the backend for, how often, and how it catches up. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it, type TestContext } from 'node:test';
import * as z from 'zod';
import { isSystemFigure } from '../../src/contract/figures.ts';
import { ToExplore } from '../../src/contract/pages/explore.ts';
import { Trouble } from '../../src/contract/pages/page.ts';
import type { Figure, MetricsQuery, Run, Series } from '../../src/contract/shapes.ts';
import { Feed } from '../../src/extension/panels/feed.ts';
import { Known } from '../../src/extension/panels/known.ts';
import { AWAY } from '../../src/extension/panels/trouble.ts';
import { initialState, next, type State } from '../../webview/explore/state.ts';
import { aRun, aSeries } from './samples.ts';

const Heard = z.union([Trouble, ToExplore]);
type Heard = z.output<typeof Heard>;

/** A backend in a few lines: it keeps samples, answers queries as the real one does, and counts them. */
class Backend {
  readonly samples: { figure: string; legend: string; x: number | null; y: Figure }[] = [];
  readonly asked: MetricsQuery[] = [];
  run: Run | null = aRun();
  down = false;

  log(figure: string, legend: string, x: number | null, y: Figure): void {
    this.samples.push({ figure, legend, x, y });
    if (this.run !== null) this.run = { ...this.run, summary: this.#summary() };
  }

  query(asked: MetricsQuery): Series[] {
    // Nothing is measured here.
    if (asked.figures?.some(isSystemFigure) === true) return [];
    this.asked.push(asked);
    if (this.down) throw Object.assign(new Error('ECONNREFUSED'), { unreachable: true });
    const from = asked.from ?? -Infinity;
    return this.#lines()
      .filter(({ figure }) => asked.figures?.includes(figure) ?? true)
      .map(({ figure, legend, places }) => {
        const shown = [...places].filter(([x]) => x >= from).toSorted(([a], [b]) => a - b);
        const x = shown.map(([at]) => at);
        const y = shown.map(([, values]) => values.at(-1)!);
        const count = shown.map(([, values]) => values.length);
        return aSeries(figure, legend, x, y, { count, attempt: this.run?.attempt ?? 1 });
      });
  }

  #lines(): { figure: string; legend: string; places: Map<number, Figure[]> }[] {
    const lines = new Map<string, { figure: string; legend: string; places: Map<number, Figure[]> }>();
    for (const { figure, legend, x, y } of this.samples) {
      const line = lines.get(`${figure} ${legend}`) ?? {
        figure,
        legend,
        places: new Map<number, Figure[]>(),
      };
      lines.set(`${figure} ${legend}`, line);
      if (x !== null) line.places.set(x, [...(line.places.get(x) ?? []), y]);
    }
    return [...lines.values()];
  }

  #summary(): Run['summary'] {
    return this.#lines().map(({ figure, legend }) => {
      const own = this.samples.filter((one) => one.figure === figure && one.legend === legend);
      return {
        figure,
        legend,
        count: own.length,
        last: own.at(-1)!.y,
        lastEpoch: own.at(-1)!.x,
        best: null,
        bestEpoch: null,
      };
    });
  }
}

const GAP = 20;

class Panel {
  readonly backend = new Backend();
  readonly heard: Heard[] = [];
  state: State = initialState(['exe-1']);
  readonly feed: Feed;

  constructor(t: TestContext, prepare: (backend: Backend) => void = () => {}) {
    prepare(this.backend);
    this.feed = new Feed(
      ['exe-1'],
      {
        run: () => this.backend.run ?? undefined,
        ensure: () => Promise.resolve(this.backend.run === null ? [] : [this.backend.run]),
        query: async (asked) => Promise.resolve(asked).then((one) => this.backend.query(one)),
        attempt: null,
        smoothing: () => 0.5,
        slots: () => ({}),
        hints: () => Promise.resolve({}),
        post: (message) => {
          this.heard.push(Heard.parse(structuredClone(message)));
          this.state = next(this.state, message);
        },
        failed: () => {},
      },
      undefined,
      GAP,
    );
    t.after(() => this.feed.dispose());
  }

  changed(): void {
    this.feed.runChanged('exe-1');
  }

  shown(figure = 'loss', legend = 'val'): [number, number][] {
    const line = [...this.state.lines.values()].find((one) => one.figure === figure && one.legend === legend);
    return line === undefined ? [] : line.x.map((x, i) => [x, line.y[i]!]);
  }

  /** Waits for a state of the panel. */
  async until(what: (panel: this) => boolean): Promise<void> {
    const deadline = Date.now() + 5000;
    while (!what(this)) {
      if (Date.now() > deadline) throw new Error(`never came; heard ${JSON.stringify(this.heard)}`);
      await sleep(2);
    }
  }

  types(): string[] {
    return this.heard.map((message) => message.type);
  }
}

describe('a panel that can be seen', () => {
  it('B42 gets everything first, then only what is behind its last point', async (t) => {
    const panel = new Panel(t, (backend) => {
      backend.log('loss', 'val', 1, 3);
      backend.log('loss', 'val', 2, 2);
    });
    await panel.until(({ heard }) => heard.length > 0);
    assert.deepEqual(panel.types(), ['show']);
    panel.backend.log('loss', 'val', 3, 1);
    panel.changed();
    await panel.until((one) => one.shown().length === 3);
    assert.deepEqual(panel.types(), ['show', 'run', 'append']);
    assert.deepEqual(panel.backend.asked.at(-1), {
      executions: ['exe-1'],
      figures: ['loss'],
      from: 2,
      axis: 'epoch',
      points: 400,
    });
    assert.deepEqual(panel.shown(), [
      [1, 3],
      [2, 2],
      [3, 1],
    ]);
  });

  it('asks nothing where a change brought no point', async (t) => {
    const panel = new Panel(t, (backend) => backend.log('loss', 'val', 1, 3));
    await panel.until(({ heard }) => heard.length === 1);
    panel.changed();
    await panel.until(({ heard }) => heard.length === 2);
    assert.deepEqual([panel.types(), panel.backend.asked.length], [['show', 'run'], 1]);
  });

  it('gets figures and legends that come later whole', async (t) => {
    const panel = new Panel(t, (backend) => backend.log('loss', 'train', 1, 3));
    await panel.until(({ heard }) => heard.length === 1);
    panel.backend.log('loss', 'val', 1, 4);
    panel.backend.log('mAP', 'val', 1, 0.5);
    panel.changed();
    await panel.until((one) => one.shown('mAP').length === 1 && one.shown('loss').length === 1);
    assert.deepEqual(panel.shown('loss', 'train'), [[1, 3]]);
  });

  it('gets the last change too, however fast they come, at most once a gap', async (t) => {
    const panel = new Panel(t);
    const began = Date.now();
    for (let epoch = 1; epoch <= 200; epoch++) {
      panel.backend.log('loss', 'val', epoch, 1 / epoch);
      panel.changed();
      if (epoch % 10 === 0) await sleep(4);
    }
    await panel.until((one) => one.shown().length === 200);
    const most = (Date.now() - began) / GAP + 2;
    assert.ok(panel.backend.asked.length <= most, `${panel.backend.asked.length} questions, at most ${most}`);
  });

  it('gets late points and repeated ones, by asking for everything where a count is short', async (t) => {
    const panel = new Panel(t, (backend) => {
      backend.log('loss', 'val', 1, 3);
      backend.log('loss', 'val', 5, 1);
    });
    await panel.until(({ heard }) => heard.length === 1);
    panel.backend.log('loss', 'val', 3, 2);
    panel.changed();
    await panel.until((one) => one.shown().length === 3);
    assert.deepEqual(panel.shown(), [
      [1, 3],
      [3, 2],
      [5, 1],
    ]);
    // At an x that is there: the last value of that place counts.
    panel.backend.log('loss', 'val', 5, 0.5);
    panel.changed();
    await panel.until((one) => one.shown().at(-1)?.[1] === 0.5);
    assert.equal(panel.shown().length, 3);
  });

  it('is not asked for again and again for samples that have no epoch', async (t) => {
    const panel = new Panel(t, (backend) => {
      backend.log('loss', 'val', 1, 3);
      backend.log('loss', 'val', null, 9);
    });
    await panel.until(({ heard }) => heard.length === 1);
    panel.changed();
    await panel.until(({ heard }) => heard.length === 2);
    await sleep(5 * GAP);
    assert.equal(panel.backend.asked.length, 1);
  });

  it('starts anew with a new attempt, once it has points', async (t) => {
    const panel = new Panel(t, (backend) => {
      for (let epoch = 1; epoch <= 5; epoch++) backend.log('loss', 'val', epoch, epoch);
    });
    await panel.until(({ heard }) => heard.length === 1);
    panel.backend.run = aRun({ attempt: 2, status: 'Rerun', summary: [] });
    panel.changed();
    await panel.until(({ heard }) => heard.length === 2);
    assert.equal(panel.shown().length, 5);
    panel.backend.samples.length = 0;
    panel.backend.log('loss', 'val', 1, 42);
    panel.changed();
    await panel.until((one) => one.shown().length === 1);
    assert.deepEqual([panel.shown(), panel.types().at(-1)], [[[1, 42]], 'show']);
  });

  it('has NaN and infinities as they are', async (t) => {
    const panel = new Panel(t, (backend) => {
      backend.log('loss', 'val', 1, 'NaN');
      backend.log('loss', 'val', 2, '-Infinity');
    });
    await panel.until((one) => one.shown().length === 2);
    assert.deepEqual(panel.shown(), [
      [1, NaN],
      [2, -Infinity],
    ]);
  });

  it('is told that a run is gone', async (t) => {
    const panel = new Panel(t, (backend) => (backend.run = null));
    await panel.until(({ state }) => state.removed.has('exe-1'));
    assert.deepEqual([panel.types(), panel.backend.asked.length], [['show', 'removed'], 0]);
    panel.feed.runRemoved('exe-1');
    panel.feed.runRemoved('another');
    assert.equal(panel.heard.length, 3);
  });
});

describe('while the backend is away', () => {
  it('the panel says so, keeps its curves, and catches up by itself', async (t) => {
    const panel = new Panel(t, (backend) => backend.log('loss', 'val', 1, 3));
    await panel.until(({ heard }) => heard.length === 1);
    panel.backend.down = true;
    panel.backend.log('loss', 'val', 2, 2);
    panel.changed();
    await panel.until(({ state }) => state.trouble !== null);
    assert.deepEqual([panel.state.trouble?.message, panel.shown()], [AWAY, [[1, 3]]]);
    panel.backend.down = false;
    await panel.until(({ state }) => state.trouble === null);
    assert.deepEqual(panel.shown(), [
      [1, 3],
      [2, 2],
    ]);
  });

  it('tries seldom, but at once when the connection stands again', async (t) => {
    const panel = new Panel(t, (backend) => (backend.down = true));
    await panel.until(({ backend }) => backend.asked.length === 4);
    const tries = panel.backend.asked.length;
    panel.backend.down = false;
    panel.feed.again();
    await panel.until(({ state }) => state.begun);
    assert.equal(panel.backend.asked.length, tries + 1);
  });

  it('a panel that is hidden asks nothing more', async (t) => {
    const panel = new Panel(t, (backend) => backend.log('loss', 'val', 1, 3));
    await panel.until(({ heard }) => heard.length === 1);
    panel.feed.dispose();
    panel.backend.log('loss', 'val', 2, 3);
    panel.changed();
    await sleep(3 * GAP);
    assert.deepEqual([panel.backend.asked.length, panel.heard.length], [1, 1]);
  });
});

describe('what is known of a line that was reduced', () => {
  const reduced = aSeries('loss', '', [10, 20], [1, 2], { count: [10, 10] });
  const summary = { figure: 'loss', legend: '', last: 1, lastEpoch: 1, best: null, bestEpoch: null };

  it('is asked for behind its last place, so that this keeps its extremes', () => {
    const known = new Known([reduced], [aRun({ summary: [{ ...summary, count: 20 }] })], 400);
    const run = aRun({ summary: [{ ...summary, count: 22 }] });
    const plan = known.plan(run);
    assert.ok(typeof plan !== 'string' && plan[0]!.from! > 20 && plan[0]!.from! < 20.000001);
    known.append([aSeries('loss', '', [21, 22], [1, 1])]);
    assert.equal(known.plan(run), 'nothing');
    assert.equal(known.lacks(run), false);
  });

  it('is reduced again when it has grown long', () => {
    const x = Array.from({ length: 801 }, (_, i) => i);
    const known = new Known([aSeries('loss', '', x, x)], [], 400);
    assert.equal(known.plan(aRun({ summary: [{ ...summary, count: 802 }] })), 'all');
  });
});
