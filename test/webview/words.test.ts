/** What charts and the panel say in words. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ToExplore } from '../../src/contract/pages/explore.ts';
import type { Trouble } from '../../src/contract/pages/page.ts';
import { meaningOf } from '../../src/contract/figures.ts';
import { lineOf, oddsOf } from '../../webview/charts/lines.ts';
import { bestOf } from '../../webview/charts/best.ts';
import {
  bestText,
  chartText,
  oddText,
  placeText,
  trendOf,
  tickText,
  valueText,
} from '../../webview/charts/words.ts';
import { emptyOf } from '../../webview/explore/empty.ts';
import { linesByFigure, readingOf, spanOf, viewOf, type FigureView } from '../../webview/explore/figures.ts';
import { initialState, next, type State } from '../../webview/explore/state.ts';
import { aRun, aSeries, detector } from './samples.ts';

const line = (x: number[], y: Parameters<typeof aSeries>[3]) => lineOf(aSeries('box_loss', 'val', x, y));
const heard = (...messages: (ToExplore | Trouble)[]): State => messages.reduce(next, initialState(['exe-1']));
const show = (rest: Partial<Extract<ToExplore, { type: 'show' }>> = {}): ToExplore => ({
  type: 'show',
  executionIds: ['exe-1'],
  runs: [aRun()],
  hints: {},
  axis: 'epoch',
  attempts: 'latest',
  smoothing: 0,
  slots: {},
  series: [],
  ...rest,
});

const figuresOf = (state: State): FigureView[] =>
  [...linesByFigure(state)].map(([figure, lines]) => viewOf(figure, lines, state, readingOf(state, 'epoch')));

it('values have about four digits', () => {
  const texts = [
    0,
    0.43123,
    0.05,
    0.00123,
    1.2345,
    12.345,
    123.45,
    12_345,
    4e6,
    1.2e-5,
    -0.5,
    NaN,
    Infinity,
    -Infinity,
  ];
  assert.deepEqual(
    texts.map((value) => valueText(value)),
    [
      '0',
      '0.4312',
      '0.0500',
      '0.00123',
      '1.234',
      '12.35',
      '123.5',
      '12,345',
      '4.00e6',
      '1.20e-5',
      '−0.5000',
      'NaN',
      '∞',
      '−∞',
    ],
  );
  assert.deepEqual(
    [3, 1200, 2.5].map((x) => placeText(x)),
    ['3', '1,200', '2.5'],
  );
});

it('values with a unit say it, as much as one reads at a glance', () => {
  assert.deepEqual(
    (
      [
        [0.43, '%'],
        [1587.2, '%'],
        [64, '°C'],
        [1_440_000_000, 'bytes'],
        [350_000, 'bytes/s'],
        [NaN, 'bytes'],
      ] as const
    ).map(([value, unit]) => valueText(value, unit)),
    ['0.4%', '1,587%', '64 °C', '1.4 GB', '350 kB/s', 'NaN'],
  );
  assert.deepEqual(
    [tickText(0, 'bytes'), tickText(5e8, 'bytes/s'), tickText(50, '%')],
    ['0', '500 MB', '50%'],
  );
});

describe('values that are no numbers are told', () => {
  const said = (y: Parameters<typeof aSeries>[3]): string | null => {
    const odd = line(
      y.map((_, i) => i + 1),
      y,
    );
    return oddText(odd, oddsOf(odd), 'epoch');
  };
  it('where they are', () => {
    assert.equal(said([1, 2, 3]), null);
    assert.equal(said([1, 2, 3, 'NaN', 5]), 'NaN at epoch 4');
    assert.equal(said([1, 'NaN', 3, 'NaN', 'NaN', 'NaN', 7]), 'NaN at epochs 2 and 4 to 6');
    assert.equal(said([1, 'NaN', 'NaN', 'NaN']), 'NaN since epoch 2');
    assert.equal(said([1, 'Infinity', 'NaN', 4]), '∞ at epoch 2; NaN at epoch 3');
  });
});

describe('a screen reader hears', () => {
  it('what a chart is, its first, last and best value, and where it goes', () => {
    const val = line([1, 2, 3, 4], [2, 1, 0.5, 0.6]);
    const text = chartText(
      'box_loss',
      'lower',
      [{ label: 'val', line: val, best: bestOf(val, 'lower'), odds: [] }],
      'epoch',
    );
    assert.equal(
      text,
      'box_loss by epoch, lower is better. val: from 2.000 at epoch 1 to 0.6000 at epoch 4, now rising, best 0.5000 at epoch 3.',
    );
  });
  it('of one point, of none, and of NaN', () => {
    const one = line([1, 2], [2, 'NaN']);
    const spoken = { label: 'val', line: one, best: null, odds: oddsOf(one) };
    assert.equal(
      chartText('loss', null, [spoken], 'step'),
      'loss by step. val: 2.000 at step 1, NaN at step 2.',
    );
    assert.equal(chartText('loss', null, [], 'step'), 'loss by step. No points yet.');
    // Nobody listens to each of many.
    assert.match(
      chartText(
        'loss',
        null,
        Array.from({ length: 40 }, () => spoken),
        'step',
      ),
      / And 32 more lines: its table has them\.$/,
    );
  });
  it('trends by what comes last', () => {
    assert.equal(trendOf(line([1, 2, 3, 4], [4, 3, 2, 1])), 'falling');
    assert.equal(trendOf(line([1, 2, 3, 4, 5, 6, 7, 8], [9, 5, 3, 2, 1, 1, 1, 1])), 'level');
    assert.equal(trendOf(line([1], [4])), 'level');
  });
});

describe('the charts of a run', () => {
  const state = heard(show({ series: detector(1, 5, 12).toReversed() }));
  const views = figuresOf(state);

  it('B45 to B51 are the seven of a detector, in their order', () => {
    assert.deepEqual(
      views.map((view) => view.figure),
      ['box_loss', 'cls_loss', 'dfl_loss', 'mAP50(B)', 'mAP50-95(B)', 'precision(B)', 'recall(B)'],
    );
  });

  it('others come after them, drawn the same way', () => {
    const more = figuresOf(
      heard(show({ series: [aSeries('learning_rate', '', [1], [0.1]), ...detector(1, 2, 12)] })),
    );
    const last = more.at(-1)!;
    assert.deepEqual(
      [more.length, last.figure, last.direction, last.lines[0]!.label],
      [8, 'learning_rate', null, 'learning_rate'],
    );
  });

  it('losses have train and val, told apart by colour and by dash; the others val alone', () => {
    const [train, val] = views[0]!.lines;
    assert.deepEqual([train!.label, val!.label], ['train', 'val']);
    assert.notEqual(train!.color, val!.color);
    assert.notDeepEqual(train!.dash, val!.dash);
    assert.deepEqual(
      views[3]!.lines.map((view) => view.label),
      ['val'],
    );
  });

  it('B54 mark the best of val, by the direction', () => {
    const [train, val] = views[0]!.lines;
    assert.deepEqual([train!.marked, val!.marked], [false, true]);
    assert.equal(bestText(val!.best!, 'epoch'), `best ${valueText(Math.min(...val!.line.y))} · epoch 5`);
  });

  it("take a project's own directions", () => {
    const series = [aSeries('reward', '', [1, 2], [5, 3])];
    const best = (better: 'higher' | 'lower') =>
      figuresOf(heard(show({ series, hints: { reward: { better } } })))[0]!.lines[0]!.best?.value;
    assert.deepEqual([best('higher'), best('lower')], [5, 3]);
  });

  it('B43 count what the training logged: steps where it has no epochs, samples where it has neither', () => {
    const axes = (['epoch', 'step', 'sample'] as const).map((axis) => {
      const series = [aSeries('loss', '', [10, 20], [2, 1], { axis })];
      return figuresOf(heard(show({ series })))[0]!.axis;
    });
    assert.deepEqual(axes, ['epoch', 'step', 'sample']);
  });

  it('reach as far as the training will go', () => {
    const running = heard(
      show({
        series: detector(1, 5, 12),
        runs: [aRun({ progress: { done: 5, total: 12, unit: 'epochs' } })],
      }),
    );
    assert.deepEqual(spanOf(figuresOf(running)[0]!, running), { first: 1, last: 5, live: true, end: 12 });
  });

  it('each say in a sentence what they mean', () => {
    for (const { meaning } of views) assert.match(meaning, /^[A-Z].+\. (Lower|Higher) is better\.$/);
    assert.match(meaningOf('precision(B)'), /TP \/ \(TP \+ FP\)/);
  });
});

describe('where there is no chart, it is said why', () => {
  const said = (rest: Partial<ReturnType<typeof aRun>>): string | undefined =>
    emptyOf(heard(show({ runs: [aRun(rest)] })))?.title;

  it('for each way to be without one', () => {
    assert.equal(emptyOf(initialState(['exe-1']))?.title, 'Loading metrics…');
    assert.equal(
      said({ status: 'Pending', reason: 'every replica is busy' }),
      'Waits: every replica is busy',
    );
    assert.equal(said({}), "Running; the first epoch isn't done yet.");
    assert.equal(said({ status: 'Success' }), 'This training logged no figures.');
    assert.equal(
      said({ status: 'Failed', reason: 'boom' }),
      'shapes-small v1 ended before it logged a figure.',
    );
    assert.match(emptyOf(heard(show({ runs: [aRun({ status: 'Success' })] })))?.code ?? '', /context\.log\(/);
    assert.equal(
      emptyOf(heard(show(), { type: 'removed', executionId: 'exe-1' }))?.title,
      'This run was removed.',
    );
    assert.equal(emptyOf(heard(show({ series: detector(1, 1, 12) }))), null);
  });

  it('not twice, where a heading has said it', () => {
    const empty = (rest: Partial<ReturnType<typeof aRun>>): ReturnType<typeof emptyOf> =>
      emptyOf(heard(show({ runs: [aRun(rest)] })), true);
    const waiting = empty({ status: 'Pending', reason: 'every replica is busy' });
    assert.equal(waiting?.title, 'Charts appear here when the first epoch is done.');
    assert.equal(empty({ status: 'Failed', reason: 'boom' })?.hint, null);
  });

  it('what was drawn stays while the backend is away', () => {
    const state = heard(show({ series: detector(1, 2, 12) }), {
      type: 'trouble',
      message: 'away',
      remedies: [],
    });
    assert.equal(emptyOf(state), null);
    assert.equal(state.trouble?.message, 'away');
    assert.equal(next(state, { type: 'append', from: 1, series: [] }).trouble, null);
  });
});
