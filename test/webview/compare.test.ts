/** Several runs on the Explore page: whose line is whose, what differs, and what is shown of many. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ToExplore, Traits } from '../../src/contract/pages/explore.ts';
import type { Run } from '../../src/contract/shapes.ts';
import { assigned } from '../../src/extension/runs/slots.ts';
import { comparisonOf, deltaOf } from '../../webview/explore/comparison.ts';
import { styleOf } from '../../webview/explore/strokes.ts';
import { PanelPage } from './panelPage.ts';
import { aRun, detector, summaryOf } from './samples.ts';

/** Runs of one model; each is a bit longer, and so better. */
function world(count: number): { ids: string[]; show: ToExplore; traits: Traits[] } {
  const ids = Array.from({ length: count }, (_, i) => `exe-${i + 1}`);
  const series = ids.map((executionId, i) => detector(1, 6 + (i % 6), 12, { executionId }));
  const runs = ids.map((executionId, i): Run => {
    const model = { id: `mod-${i + 1}`, name: 'shapes-small', version: i + 1 };
    return aRun({ executionId, model, status: 'Success', summary: summaryOf(series[i] ?? []) });
  });
  const slots = Object.fromEntries(ids.map((id, i) => [id, i]));
  const traits = ids.map((executionId, i) => ({
    executionId,
    config: { epochs: '12', 'optimizer.lr': String((i + 1) / 10) },
    training: { dataset: '/data/shapes' },
  }));
  return {
    ids,
    traits,
    show: {
      type: 'show',
      executionIds: ids,
      runs,
      hints: {},
      axis: 'epoch',
      attempts: 'latest',
      smoothing: 0,
      slots,
      series: series.flat(),
    },
  };
}

describe('Colours of compared runs', () => {
  const at = (slots: Readonly<Record<string, number>>, ...ids: string[]): (number | undefined)[] =>
    ids.map((id) => slots[id]);
  it('are a run’s own, whatever it is compared with later', () => {
    const first = assigned(['a', 'b', 'c'], {}, new Set());
    assert.deepEqual(at(first, 'a', 'b', 'c'), [0, 1, 2]);
    const later = assigned(['d', 'c'], first, new Set());
    assert.deepEqual(at(later, 'd', 'c', 'a'), [0, 2, 0]);
    assert.equal(assigned(['c', 'd'], later, new Set()), later);
  });
  it('differ from what is shown elsewhere, and within a comparison always', () => {
    const known = { a: 0, b: 0, c: 1 };
    assert.deepEqual(at(assigned(['a', 'b'], known, new Set()), 'a', 'b'), [0, 1]);
    assert.deepEqual(at(assigned(['d', 'e'], known, new Set(['a', 'c'])), 'd', 'e'), [2, 3]);
  });
  it('begin again with a dash once all are taken', () => {
    assert.deepEqual(styleOf(2), { color: 2, dash: [] });
    const looks = Array.from({ length: 24 }, (_, slot) => JSON.stringify(styleOf(slot)));
    assert.equal(new Set(looks).size, 24);
  });
});

describe('A comparison', () => {
  const { show, traits } = world(3);
  const runs = show.type === 'show' ? show.runs : [];
  it('has figures that say how good a run is first, then losses, and what differs apart from what does not', () => {
    const found = comparisonOf(runs, {}, traits);
    assert.deepEqual(
      found.figures.map(({ figure }) => figure),
      ['mAP50(B)', 'mAP50-95(B)', 'precision(B)', 'recall(B)', 'box_loss', 'cls_loss'],
    );
    assert.deepEqual(
      found.differs.map(({ name }) => name),
      ['optimizer.lr'],
    );
    assert.deepEqual(
      found.same.map(({ name }) => name),
      ['epochs', 'dataset'],
    );
    assert.equal(comparisonOf(runs, { box_loss: { main: true } }, []).figures[0]?.figure, 'box_loss');
  });
  it('tells by how much one is better or worse, in the direction of its figure', () => {
    assert.deepEqual(deltaOf(0.5, 0.4, 'higher'), { text: '+0.1000', better: true });
    assert.deepEqual(deltaOf(0.5, 0.4, 'lower'), { text: '+0.1000', better: false });
    assert.deepEqual(deltaOf(0.4, 0.5, 'lower'), { text: '−0.1000', better: true });
    assert.deepEqual(deltaOf(0.4, 0.4, 'lower'), { text: '±0', better: null });
  });
});

describe('the page of several runs', () => {
  const few = world(3);
  let panel: PanelPage;
  before(async () => {
    panel = await PanelPage.open('explore', { executionIds: few.ids }, { width: 1100, height: 900 });
    await panel.answers('traits', { ok: few.traits });
    await panel.send(few.show);
    await panel.until(`document.querySelectorAll('.card canvas').length >= 4`);
    await panel.until(`document.querySelector('.differs')`);
  });
  after(async () => panel.close());

  const rows = (): Promise<string[]> =>
    panel.run(
      `[...document.querySelectorAll('.compare tbody tr')].map((row) => row.innerText.replace(/\\s+/g, ' '))`,
    );
  const legend = (figure: string): Promise<string[]> =>
    panel.run(
      `[...document.querySelectorAll('[data-figure="${figure}"] .legend .label')].map((label) => label.textContent)`,
    );
  const lines = `[...document.querySelectorAll('[data-figure="mAP50(B)"] .legend line')].map((line) => line.getAttribute('stroke'))`;
  const swatches = `[...document.querySelectorAll('.compare tr:not(.hidden-run) .swatch line')].map((line) => line.getAttribute('stroke'))`;
  const tick = (name: string): ReturnType<typeof panel.page.getByLabel> =>
    panel.page.getByLabel(`Show ${name} in the charts`);

  it('has a row for each, in the colour of its lines, with what differs and not what is the same', async () => {
    const told = await rows();
    assert.equal(told.length, 3);
    assert.match(told[0] ?? '', /^shapes-small v1 Success 0\.\d{4} .* 0\.1 Baseline Show Logs Rerun$/);
    assert.deepEqual(await panel.run(lines), await panel.run(swatches));
    assert.equal(await panel.run(`new Set(${swatches}).size`), 3);
    const heads = (): Promise<string[]> =>
      panel.run(`[...document.querySelectorAll('.compare thead th')].map((th) => th.textContent)`);
    assert.ok(!(await heads()).includes('epochs'));
    await panel.page.getByLabel('Settings that are the same').check();
    await panel.until(`document.querySelector('.compare thead').innerText.includes('epochs')`);
    assert.ok((await heads()).includes('dataset'));
  });

  it('switches runs off and on; the others keep their colours', async () => {
    const had = await panel.run<string[]>(lines);
    await tick('shapes-small v1').uncheck();
    await panel.until(`document.querySelectorAll('[data-figure="mAP50(B)"] .legend .entry').length === 2`);
    assert.deepEqual(await legend('mAP50(B)'), ['shapes-small v2 val', 'shapes-small v3 val']);
    assert.deepEqual(await panel.run(lines), had.slice(1));
    assert.match(await panel.page.locator('.comparison h1').innerText(), /^2 of 3 runs$/);
    await tick('shapes-small v2').click({ modifiers: ['Alt'] });
    await panel.until(`document.querySelectorAll('[data-figure="mAP50(B)"] .legend .entry').length === 1`);
    assert.deepEqual(await legend('mAP50(B)'), ['shapes-small v2 val']);
    await panel.page.getByText('Show All', { exact: true }).click();
    await panel.until(`document.querySelectorAll('[data-figure="mAP50(B)"] .legend .entry').length === 3`);
  });

  it('tells all others by the baseline', async () => {
    await panel.page.locator('[data-run="exe-1"]').getByText('Baseline').click();
    await panel.until(`document.querySelectorAll('.delta.better').length > 0`);
    const apart = (run: string): Promise<string[]> =>
      panel.run(
        `[...document.querySelectorAll('[data-run="${run}"] .numeric .delta')].map((one) => one.textContent)`,
      );
    assert.deepEqual((await apart('exe-1')).join(''), '');
    const [first = ''] = await apart('exe-3');
    const value = (run: string): Promise<string> =>
      panel.run(`document.querySelector('[data-run="${run}"] .numeric').firstChild.textContent`);
    const by = Number(await value('exe-3')) - Number(await value('exe-1'));
    assert.ok(Math.abs(Number(first.replace('−', '-')) - by) < 2e-4, `${first} instead of ${by}`);
    await panel.page.locator('[data-run="exe-1"]').getByText('Baseline').click();
    await panel.until(`[...document.querySelectorAll('.delta')].every((one) => one.textContent === '')`);
  });

  it('is as it was after a reload, and accessible', async () => {
    await tick('shapes-small v1').uncheck();
    await panel.until(`document.querySelectorAll('[data-figure="mAP50(B)"] .legend .entry').length === 2`);
    await panel.page.reload();
    await panel.send(few.show);
    await panel.until(`document.querySelectorAll('[data-figure="mAP50(B)"] .legend .entry').length === 2`);
    assert.deepEqual(await panel.findings(), []);
    assert.deepEqual(await panel.violations(), []);
  });

  it('opens the page of a run from its name', async () => {
    await panel.page.locator('[data-run="exe-2"] .link').click();
    const asked = await panel.asked();
    assert.deepEqual(asked.at(-1), { name: 'command', ask: { command: 'model', executionId: 'exe-2' } });
  });
});

describe('the page of more runs than colours can tell', () => {
  const many = world(24);
  let panel: PanelPage;
  before(async () => {
    panel = await PanelPage.open('explore', { executionIds: many.ids }, { width: 1100, height: 900 });
    await panel.answers('traits', { ok: many.traits });
    await panel.send(many.show);
    await panel.until(`document.querySelectorAll('.card canvas').length >= 4`);
  });
  after(async () => panel.close());

  /** How much ink there is of full strength. */
  const loud = `(() => {
    const canvas = document.querySelector('[data-figure="mAP50(B)"] canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let found = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i] > 240) found++;
    return found;
  })()`;

  it('is quiet, names few lines, and lets the one speak that is pointed at', async () => {
    await panel.until(`document.querySelector('[data-figure="mAP50(B)"]').dataset.points > 0`);
    assert.match(await panel.page.locator('[data-figure="mAP50(B)"] .legend').innerText(), /16 more lines/);
    const had = await panel.run<number>(loud);
    await panel.page.locator('[data-run="exe-3"] .status').hover();
    await panel.until(`${loud} > ${had} + 100`);
    const named = `[...document.querySelectorAll('[data-figure="mAP50(B)"] .legend .label')].map((label) => label.textContent)`;
    assert.deepEqual(await panel.run(named), ['shapes-small v3 val']);
    const plot = (await panel.page.locator('[data-figure="mAP50(B)"] .plot').boundingBox())!;
    await panel.page.mouse.move(plot.x + plot.width / 2, plot.y + plot.height / 2);
    await panel.until(
      `!${named}.includes('shapes-small v3 val') && ${named}.length === 2`.replace(
        'length === 2',
        'length <= 2',
      ),
    );
    await panel.page.mouse.move(5, 5);
    await panel.until(
      `document.querySelector('[data-figure="mAP50(B)"] .legend').innerText.includes('more lines')`,
    );
  });
});
