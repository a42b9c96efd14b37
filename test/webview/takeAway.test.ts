/** What is taken away from a chart draws by itself, and says what the page says. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { bestOf } from '../../webview/charts/best.ts';
import { lineOf, oddsOf } from '../../webview/charts/lines.ts';
import { rowsOf } from '../../webview/charts/rows.ts';
import { axisOfX, axisOfY } from '../../webview/charts/scales.ts';
import { takeAwaySpec } from '../../webview/charts/takeAway.ts';
import { viewOf } from '../../webview/explore/figures.ts';
import { chartMarkdown, panelMarkdown } from '../../webview/explore/markdown.ts';
import { initialState, next, type State } from '../../webview/explore/state.ts';
import { tableOf } from '../../webview/explore/tableRows.ts';
import { aRun, aSeries, summaryOf, LOOK as look } from './samples.ts';

const train = aSeries('box_loss', 'train', [1, 2, 3, 4], [0.9, 0.7, 0.6, 0.5]);
const val = aSeries('box_loss', 'val', [1, 2, 3, 4], [1, 'NaN', 0.65, 0.8]);

/** As a chart draws these lines, under keys of its own. */
function taken(labels: readonly (readonly [string, string])[]): TopLevelSpec {
  const lines = [train, val].map(lineOf);
  const keys = ['a', 'b'];
  return takeAwaySpec(
    {
      shape: {
        axis: 'epoch',
        log: false,
        path: null,
        strokes: keys.map((key, i) => ({ key, color: look.palette[i]!, dash: i === 0 ? [5, 3] : [] })),
      },
      rows: rowsOf(
        lines.map((line, i) => ({
          key: keys[i]!,
          line,
          smooth: null,
          best: i === 1 ? bestOf(line, 'lower') : null,
          odds: oddsOf(line),
        })),
        false,
      ),
      x: axisOfX([1, 4], 300, 'epoch'),
      y: axisOfY([0.4, 1], 160),
      width: 300,
      height: 160,
      quiet: false,
      look,
    },
    { title: 'box_loss', subtitle: 'best 0.6500 · epoch 3', labels: new Map(labels) },
  );
}

/** Through JSON, as whoever opens it gets it; without an interpreter, as Vega's own editor draws it. */
async function drawn(spec: TopLevelSpec): Promise<{ svg: string; warned: string[] }> {
  const warned: string[] = [];
  const say = (...words: readonly unknown[]): void => void warned.push(words.map(String).join(' '));
  const quiet = { warn: console.warn, error: console.error };
  Object.assign(console, { warn: say, error: say });
  try {
    const own: TopLevelSpec = JSON.parse(JSON.stringify(spec)) as TopLevelSpec;
    const view = new View(parse(compile(own).spec), { renderer: 'none' });
    return { svg: await view.toSVG(), warned };
  } finally {
    Object.assign(console, quiet);
  }
}

describe('A specification that is taken away', () => {
  it('names its schema, has its data inline and draws by itself', async () => {
    const spec = taken([
      ['a', 'train'],
      ['b', 'val'],
    ]);
    assert.equal(spec.$schema, 'https://vega.github.io/schema/vega-lite/v6.json');
    assert.doesNotMatch(JSON.stringify(spec), /"url"/);
    assert.deepEqual(spec.datasets?.['points'], [
      { line: 'train', x: 1, y: 0.9 },
      { line: 'train', x: 2, y: 0.7 },
      { line: 'train', x: 3, y: 0.6 },
      { line: 'train', x: 4, y: 0.5 },
      { line: 'val', x: 1, y: 1 },
      { line: 'val', x: 2, y: null },
      { line: 'val', x: 3, y: 0.65 },
      { line: 'val', x: 4, y: 0.8 },
    ]);
    const { svg, warned } = await drawn(spec);
    assert.deepEqual(warned, []);
    for (const text of ['box_loss', 'best 0.6500 · epoch 3', 'train', 'val', 'epoch', '0.6'])
      assert.match(svg, new RegExp(`>${text.replace('.', String.raw`\.`)}<`), text);
    assert.match(svg, /fill="rgb\(30, 30, 30\)"/);
    // The same colours and dashes, in the plot and in the legend.
    assert.equal(svg.match(/stroke="rgb\(1, 2, 3\)"[^>]*stroke-dasharray="5,3"/g)?.length, 2);
    assert.ok((svg.match(/stroke="rgb\(4, 5, 6\)"/g)?.length ?? 0) >= 2);
    // The mark where the value was NaN.
    assert.match(svg, /stroke="rgb\(240, 80, 80\)"/);
  });

  it('tells lines of the same name apart', async () => {
    const { svg } = await drawn(
      taken([
        ['a', 'shapes v1 val'],
        ['b', 'shapes v1 val'],
      ]),
    );
    assert.match(svg, />shapes v1 val</);
    assert.match(svg, />shapes v1 val \(2\)</);
  });
});

const RUNS = [
  { executionId: 'exe-1', name: 'shapes-small v1' },
  { executionId: 'exe-2', name: 'odd|name v2' },
];

function compared(): State {
  const other = [
    aSeries('box_loss', 'val', [1, 2], [0.91234, 1234.5], { executionId: 'exe-2' }),
    aSeries('lr', '', [1, 2], [0.01, 0.001], { executionId: 'exe-2' }),
  ];
  const clean = aSeries('box_loss', 'val', [1, 2, 3, 4], [1, 0.9, 0.65, 0.8]);
  return next(initialState(['exe-1', 'exe-2']), {
    type: 'show',
    executionIds: ['exe-1', 'exe-2'],
    runs: [
      aRun({ summary: summaryOf([train, clean]) }),
      aRun({
        executionId: 'exe-2',
        model: { id: 'm', name: 'odd|name', version: 2 },
        summary: summaryOf(other),
      }),
    ],
    hints: {},
    slots: {},
    axis: 'epoch',
    attempts: 'latest',
    smoothing: 0,
    series: [train, clean, ...other],
  });
}

const viewIn = (state: State, figure: string) =>
  viewOf(
    figure,
    [...state.lines.values()].filter((line) => line.figure === figure),
    state,
    { by: 'epoch', begins: new Map() },
  );

describe('A Markdown table', () => {
  it('has the runs as rows: last and best of each line, with the epoch, as written on screen', () => {
    assert.equal(
      chartMarkdown(viewIn(compared(), 'box_loss'), RUNS),
      `**box_loss** ↓

| Run | train last | train best | val last | val best |
| :-- | --: | --: | --: | --: |
| shapes-small v1 | 0.5000 | 0.5000 (epoch 4) | 0.8000 | 0.6500 (epoch 3) |
| odd\\|name v2 | – | – | 1,235 | 0.9123 (epoch 1) |
`,
    );
  });

  it('has no best where no direction is known', () => {
    assert.match(chartMarkdown(viewIn(compared(), 'lr'), RUNS), /\| Run \| last \|\n.*\n\| .* \| 0\.001 \|/);
  });

  it('of the whole panel has the main figures as columns', () => {
    const state = compared();
    assert.equal(
      panelMarkdown([viewIn(state, 'box_loss'), viewIn(state, 'lr')], RUNS),
      `| Run | box_loss ↓ |
| :-- | --: |
| shapes-small v1 | 0.8000, best 0.6500 (epoch 3) |
| odd\\|name v2 | 1,235, best 0.9123 (epoch 1) |
`,
    );
  });
});

describe('The values of a chart as a table', () => {
  it('have a column for each line, and a dash where one has nothing', () => {
    const { heads, rows, of } = tableOf(viewIn(compared(), 'box_loss'), null);
    assert.deepEqual(heads, ['epoch', 'shapes-small v1 train', 'shapes-small v1 val', 'odd|name v2 val']);
    assert.equal(of, 4);
    assert.deepEqual(
      rows.map(({ cells }) => cells.join(' ')),
      ['1 0.9000 1.000 0.9123', '2 0.7000 0.9000 1,235', '3 0.6000 0.6500 –', '4 0.5000 0.8000 –'],
    );
  });

  it('show what the chart shows, and of many places those that lie evenly, with the best', () => {
    const x = Array.from({ length: 5000 }, (_, i) => i + 1);
    const many = aSeries(
      'mAP50(B)',
      'val',
      x,
      x.map((at) => (at === 1234 ? 0.9 : 0.5)),
    );
    const state = next(initialState(['exe-1']), {
      type: 'show',
      executionIds: ['exe-1'],
      runs: [aRun({ summary: summaryOf([many]) })],
      hints: {},
      slots: {},
      axis: 'epoch',
      attempts: 'latest',
      smoothing: 0,
      series: [many],
    });
    const view = viewIn(state, 'mAP50(B)');
    assert.equal(tableOf(view, [10, 19]).rows.length, 10);
    const { rows, of } = tableOf(view, null);
    assert.equal(of, 5000);
    assert.ok(rows.length >= 200 && rows.length <= 201, String(rows.length));
    assert.deepEqual(
      [rows[0]?.cells[0], rows.at(-1)?.cells[0], rows.find(({ best }) => best)?.cells],
      ['1', '5,000', ['1,234', '0.9000']],
    );
  });
});
