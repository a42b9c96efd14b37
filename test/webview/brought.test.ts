/** Charts that a project brings: what is said of their specifications, the rows that they draw, and how they live on the page. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { parse, View } from 'vega';
import { compile } from 'vega-lite';
import type { BroughtChart, ToExplore } from '../../src/contract/pages/explore.ts';
import { axesOf, made, problemOf, type Brought } from '../../webview/charts/brought.ts';
import { BroughtCharts, rowsOf } from '../../webview/explore/brought.ts';
import { initialState, next, type State } from '../../webview/explore/state.ts';
import { PanelPage } from './panelPage.ts';
import { aRun, aSeries, detector, LOOK, summaryOf, showOf } from './samples.ts';

const GAP: Brought = {
  title: 'Overfit',
  description: 'Validation loss over training loss.',
  data: { name: 'metrics' },
  transform: [{ filter: "datum.figure === 'box_loss'" }],
  mark: { type: 'line', point: true },
  encoding: {
    x: { field: 'epoch', type: 'quantitative' },
    y: { field: 'value', type: 'quantitative' },
    color: { field: 'legend', type: 'nominal' },
  },
};

describe('Of a specification is said', () => {
  const cases: [what: string, spec: Brought, said: RegExp | null][] = [
    ['nothing where it can be drawn', GAP, null],
    ['nothing where its data is written into it', { ...GAP, data: { values: [{ value: 1 }] } }, null],
    [
      'nothing where a data set of its own has a name',
      { ...GAP, data: { name: 'own' }, datasets: { own: [] } },
      null,
    ],
    [
      'that nothing is loaded',
      { ...GAP, data: { url: 'https://example.org/a.csv' } },
      /would load https:\/\/example\.org\/a\.csv, and a chart here loads nothing/,
    ],
    [
      'that nothing is loaded, wherever it asks for it',
      { ...GAP, transform: [{ lookup: 'run', from: { data: { url: 'runs.json' }, key: 'run' } }] },
      /would load runs\.json/,
    ],
    ['which data there is', { ...GAP, data: { name: 'metric' } }, /no data named "metric".*named "metrics"/],
    ['which marks there are', { ...GAP, mark: 'lines' }, /no mark "lines".*line/],
    [
      'that Vega is another language',
      { ...GAP, $schema: 'https://vega.github.io/schema/vega/v6.json' },
      /no Vega-Lite specification/,
    ],
  ];
  for (const [what, spec, said] of cases) {
    it(what, () => {
      if (said === null) assert.equal(problemOf(spec), null);
      else assert.match(problemOf(spec) ?? '', said);
    });
  }

  it('by which axes it draws', () => {
    assert.deepEqual(axesOf(GAP), ['epoch']);
    assert.deepEqual(axesOf({ mark: 'line', encoding: { x: { field: 'time', type: 'temporal' } } }), [
      'time',
    ]);
    assert.deepEqual(axesOf({ mark: 'line', transform: [{ calculate: "datum['step'] / 10", as: 'x' }] }), [
      'step',
    ]);
    assert.deepEqual(axesOf({ mark: 'bar', encoding: { y: { field: 'value', title: 'time' } } }), ['epoch']);
  });
});

const START = Date.parse('2026-01-10T10:00:00.000Z');

function stateBy(axis: State['axis'], series: Parameters<typeof summaryOf>[0]): State {
  const shown: ToExplore = {
    type: 'show',
    executionIds: ['exe-1'],
    runs: [aRun({ summary: summaryOf(series) })],
    hints: {},
    slots: {},
    axis,
    attempts: 'latest',
    smoothing: 0,
    series: [...series],
  };
  return next(initialState(['exe-1']), shown);
}

describe('The rows', () => {
  const epochs = aSeries('box_loss', 'val', [1, 2, 3], [0.5, 'NaN', 0.25]);

  it('have a value each, with run, figure and legend', () => {
    assert.deepEqual(rowsOf([stateBy('epoch', [epochs])])[2], {
      run: 'shapes-small v1',
      execution: 'exe-1',
      figure: 'box_loss',
      legend: 'val',
      epoch: 3,
      step: null,
      time: null,
      value: 0.25,
    });
    assert.equal(rowsOf([stateBy('epoch', [epochs])])[1]?.value, null);
  });

  it('have all axes that are asked for, where these have the same places', () => {
    const times = { ...epochs, axis: 'time' as const, x: [1, 2, 3].map((minute) => START + minute * 60_000) };
    const [first] = rowsOf([stateBy('epoch', [epochs]), stateBy('time', [times])]);
    assert.deepEqual([first?.epoch, first?.time, first?.step], [1, START + 60_000, null]);
    const reduced = {
      ...times,
      x: [START, START + 60_000],
      y: [0.5, 0.25],
      min: [0.5, 0.25],
      max: [0.5, 0.25],
      count: [1, 2],
    };
    const [other] = rowsOf([stateBy('epoch', [epochs]), stateBy('time', [reduced])]);
    assert.deepEqual([other?.epoch, other?.time], [1, null]);
  });
});

it('The axes that are told besides are asked for once it is known which the page has', () => {
  const brought = new BroughtCharts();
  const drawn = { specification: GAP };
  brought.hear({ type: 'charts', charts: [{ id: '/home/ada/shapes:0', title: 'Overfit', drawn }] });
  assert.deepEqual(brought.wanted(initialState(['exe-1'])), []);
  assert.deepEqual(brought.wanted(stateBy('time', [])), ['epoch']);
  assert.deepEqual(brought.wanted(stateBy('epoch', [])), []);
});

describe('Where they tell runs apart by colour', () => {
  const runs = [
    { executionId: 'exe-1', name: 'small v1', color: '#123456' },
    { executionId: 'exe-2', name: 'small v2', color: '#654321' },
  ];
  const scaleOf = (color: Brought): unknown => {
    const { spec } = made({ ...GAP, encoding: { color } }, runs, LOOK, { width: 300, height: 200 }, false);
    return (spec as unknown as { encoding: { color: { scale?: object } } }).encoding.color.scale;
  };

  it('runs have the colours that are their own everywhere', () => {
    assert.deepEqual(scaleOf({ field: 'run' }), {
      domain: ['small v1', 'small v2'],
      range: ['#123456', '#654321'],
    });
    assert.deepEqual(scaleOf({ field: 'execution' }), {
      domain: ['exe-1', 'exe-2'],
      range: ['#123456', '#654321'],
    });
  });

  it('but not where the specification says by which, or means something else', () => {
    assert.deepEqual(scaleOf({ field: 'run', scale: { scheme: 'viridis' } }), { scheme: 'viridis' });
    assert.equal(scaleOf({ field: 'legend' }), undefined);
  });
});

describe('On the page', () => {
  let panel: PanelPage;
  before(async () => {
    panel = await PanelPage.open('explore', { executionIds: ['exe-1'] }, { width: 900, height: 1200 });
  });
  after(async () => panel.close());

  const series = detector(1, 5, 12);
  const show = showOf(series);
  const bring = (...charts: { title: string; drawn: BroughtChart['drawn'] }[]): ToExplore => ({
    type: 'charts',
    charts: charts.map((chart, i) => ({ id: `/home/ada/shapes:${i}`, ...chart })),
  });
  const card = (i: number, selector = ''): string =>
    `[data-figure="/home/ada/shapes:${i}"] ${selector}`.trim();
  const rows = (i: number, count: number): Promise<void> =>
    panel.until(`document.querySelector('${card(i)}')?.dataset.rows === '${count}'`);

  it('they stand in a group of their own at the top, and grow as points come without being made anew', async () => {
    await panel.send(bring({ title: 'Overfit', drawn: { specification: GAP } }), show);
    await rows(0, 50);
    const groups = await panel.page.locator('.group-heading').allInnerTexts();
    assert.match(groups[0] ?? '', /Charts of this project\s*1/);
    assert.equal(await panel.page.locator(card(0, '.name')).innerText(), 'Overfit');
    assert.equal(
      await panel.page.locator(card(0, '.plot')).getAttribute('aria-label'),
      'Overfit. Validation loss over training loss.',
    );
    await panel.run(`document.querySelector('${card(0, 'canvas')}').mine = true`);
    await panel.send({ type: 'append', from: 6, series: detector(6, 7, 12) });
    await rows(0, 70);
    assert.equal(await panel.run(`document.querySelector('${card(0, 'canvas')}').mine`), true);
    assert.equal(await panel.run(`document.querySelector('${card(0)}').dataset.views`), '1');
    // The dark theme's first colour for lines.
    assert.ok(
      await panel.run(`(() => {
        const canvas = document.querySelector('${card(0, 'canvas')}');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        for (let i = 0; i < data.length; i += 4)
          if (Math.abs(data[i] - 89) + Math.abs(data[i + 1] - 164) + Math.abs(data[i + 2] - 249) < 12) return true;
        return false;
      })()`),
    );
  });

  it('one that asks for steps or times gets them, whatever the charts beside it count', async () => {
    const byTime: Brought = {
      ...GAP,
      encoding: { ...(GAP['encoding'] as object), x: { field: 'time', type: 'temporal' } },
    };
    await panel.send(bring({ title: 'Overfit', drawn: { specification: byTime } }));
    await panel.until(`said.some(({ name }) => name === 'besides')`);
    assert.deepEqual((await panel.asked()).find(({ name }) => name === 'besides')?.ask, { axes: ['time'] });
    const times = series.map((one) => ({
      ...one,
      axis: 'time' as const,
      x: one.x.map((epoch) => START + epoch * 60_000),
    }));
    await panel.send({
      type: 'besides',
      axis: 'time',
      lines: { ...show, axis: 'time', series: times },
    });
    await rows(0, 50);
    await panel.send(bring({ title: 'Overfit', drawn: { specification: GAP } }));
    await panel.until(
      `JSON.stringify(said.filter(({ name }) => name === 'besides').at(-1).ask.axes) === '[]'`,
    );
  });

  it('one that cannot be drawn says why in its card, and the others are there', async () => {
    await panel.send(
      bring(
        { title: 'Overfit', drawn: { specification: GAP } },
        { title: 'Loads', drawn: { specification: { ...GAP, data: { url: 'https://example.org/a.csv' } } } },
        {
          title: 'Broken',
          drawn: { specification: { ...GAP, transform: [{ filter: 'datum.figure ===' }] } },
        },
        { title: 'lost', drawn: { problem: 'There is no file charts/lost.vl.json.' } },
        { title: 'Empty', drawn: { specification: {} } },
      ),
    );
    const said = async (i: number, text: string): Promise<void> =>
      panel.until(
        `document.querySelector('${card(i, '.broken')}')?.innerText.includes(${JSON.stringify(text)})`,
      );
    await said(1, 'would load https://example.org/a.csv');
    await said(2, 'can’t be drawn: Unexpected end of input');
    await said(3, 'There is no file charts/lost.vl.json.');
    await said(4, 'can’t be drawn: Invalid specification');
    assert.equal(await panel.page.locator(card(0, 'canvas')).isVisible(), true);
    assert.equal(await panel.page.locator(card(1, 'canvas')).count(), 0);
    assert.deepEqual(await panel.findings(), []);
  });

  it('shows as a table what it draws', async () => {
    const toggle = async (): Promise<void> => {
      await panel.page.locator(card(0, '.more')).focus();
      await panel.page.keyboard.press('Enter');
      await panel.page.getByRole('menuitemcheckbox', { name: 'Show as Table' }).click();
    };
    await toggle();
    await panel.page.locator(card(0, '.values')).waitFor();
    const texts = (selector: string): Promise<string[]> =>
      panel.page.locator(card(0, selector)).allInnerTexts();
    assert.deepEqual(await texts('thead th'), ['epoch', 'value', 'legend']);
    // Of all figures its filter leaves one.
    assert.equal((await texts('tbody tr')).length, 14);
    await toggle();
    await panel.page.locator(card(0, 'canvas')).waitFor();
  });

  it('is taken away with its data, and draws by itself', async () => {
    await panel.page.locator(card(0, '.more')).focus();
    await panel.page.keyboard.press('Enter');
    await panel.page.getByRole('menuitem', { name: 'Open Vega-Lite Specification' }).click();
    await panel.until(`said.some(({ name }) => name === 'openSpecification')`);
    const { ask } = (await panel.asked()).find(({ name }) => name === 'openSpecification')!;
    const spec = JSON.parse((ask as { text: string }).text) as Parameters<typeof compile>[0];
    assert.equal(Object.keys(spec.datasets?.['metrics'] ?? {}).length, 70);
    const svg = await new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();
    assert.match(svg, />Overfit</);
    assert.match(svg, />train</);
  });

  it('a repaired one is drawn, a removed one is gone', async () => {
    await panel.send(bring({ title: 'Repaired', drawn: { specification: GAP } }));
    await panel.until(`document.querySelectorAll('[data-group=project] .card').length === 1`);
    await panel.send(bring());
    await panel.until(`document.querySelectorAll('[data-group=project] .card').length === 0`);
  });

  it('and all of that violates no policy and fails at nothing', async () => {
    assert.deepEqual(await panel.violations(), []);
    assert.deepEqual(
      (await panel.said()).filter((message) => message.type === 'failed'),
      [],
    );
  });
});
