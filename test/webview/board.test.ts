/** Many charts on the Explore page: which are shown, where and how large, and that it stays so. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ToExplore } from '../../src/contract/pages/explore.ts';
import type { Series } from '../../src/contract/shapes.ts';
import { PanelPage } from './panelPage.ts';
import { aRun, aSeries, detector, showOf } from './samples.ts';

let panel: PanelPage;
before(async () => {
  panel = await PanelPage.open('explore', { executionIds: ['exe-1'] }, { width: 900, height: 900 });
});
after(async () => panel.close());

const show = showOf;

const few = [...detector(1, 8, 12), aSeries('lr', '', [1, 2], [0.1, 0.2])];
const CURVE = 'precision(B) over recall(B)';
const EPOCHS = Array.from({ length: 100 }, (_, i) => i + 1);
/** 300 figures of 100 epochs each, in ten groups. */
const many = (upTo = 100): Series[] =>
  Array.from({ length: 300 }, (_, i) =>
    aSeries(
      `layer${i % 10}/weight${String(i).padStart(3, '0')}`,
      '',
      EPOCHS.slice(0, upTo),
      EPOCHS.slice(0, upTo).map((epoch) => Math.sin(epoch / 9 + i)),
    ),
  );

const groups = (): Promise<Record<string, string[]>> =>
  panel.run(`Object.fromEntries([...document.querySelectorAll('.section')].map((section) =>
    [section.dataset.group, [...section.querySelectorAll('.card')].map((card) => card.dataset.figure)]))`);
/** A card's tools show once the pointer is over it. */
async function press(name: string, figure: string): Promise<void> {
  await panel.page.locator(`[data-figure="${figure}"] .name`).hover();
  await panel.page.getByRole('button', { name: `${name}: ${figure}`, exact: true }).click();
}
const height = (figure: string): Promise<number> =>
  panel.run(`document.querySelector('[data-figure="${figure}"] .plot')?.clientHeight ?? 0`);

async function reopen(...messages: readonly ToExplore[]): Promise<void> {
  await panel.page.reload();
  await panel.send(...messages);
}

/** What a training takes of its machine, a sample every five seconds. */
const machine = (): Series[] => {
  const x = Array.from({ length: 60 }, (_, i) => Date.parse(aRun().startedAt!) + 5000 * (i + 1));
  const wave = (low: number, high: number) =>
    x.map((_, i) => low + ((high - low) * (1 + Math.sin(i / 4))) / 2);
  const line = (figure: string, legend: string, low: number, high: number): Series =>
    aSeries(figure, legend, x, wave(low, high), { axis: 'time' });
  return [
    line('system/cpu', '', 60, 380),
    line('system/memory', '', 1.1e9, 3.4e9),
    line('system/disk written', '', 0, 480_000),
    ...['GPU 0', 'GPU 1'].flatMap((gpu, i) => [
      line('system/gpu', gpu, 20 + 30 * i, 96),
      line('system/gpu memory', gpu, 4e9, 19e9 + i * 2e9),
      line('system/gpu temperature', gpu, 41, 78 - 5 * i),
    ]),
  ];
};

describe('the board', () => {
  it('has a group for each kind of figure', async () => {
    await panel.send(show(few));
    await panel.until(`document.querySelectorAll('.card canvas').length === 9`);
    assert.deepEqual(await groups(), {
      loss: ['box_loss', 'cls_loss', 'dfl_loss'],
      mAP: ['mAP50(B)', 'mAP50-95(B)'],
      precision: ['precision(B)', 'recall(B)', CURVE],
      rest: ['lr'],
    });
  });

  it('folds a group, pins a figure and has three sizes, and all of that stays over a reload', async () => {
    const medium = await height('box_loss');
    await panel.page.getByRole('button', { name: 'mAP 2' }).click();
    await press('Pin to the Top', 'recall(B)');
    await panel.page.getByLabel('Size of charts').selectOption('large');
    await panel.until(`document.querySelector('[data-figure="box_loss"] .plot').clientHeight > ${medium}`);
    const now = {
      pinned: ['recall(B)'],
      loss: ['box_loss', 'cls_loss', 'dfl_loss'],
      mAP: [],
      precision: ['precision(B)', CURVE],
      rest: ['lr'],
    };
    assert.deepEqual(await groups(), now);
    const large = await height('box_loss');
    await reopen(show(few));
    await panel.until(`document.querySelector('[data-figure="box_loss"] canvas') !== null`);
    assert.deepEqual(await groups(), now);
    assert.equal(await height('box_loss'), large);
    assert.equal(await panel.page.getByLabel('Size of charts').inputValue(), 'large');
    await panel.page.getByLabel('Size of charts').selectOption('small');
    await panel.until(`document.querySelector('[data-figure="box_loss"] .plot').clientHeight < ${medium}`);
    await panel.page.getByLabel('Size of charts').selectOption('medium');
    await press('Unpin', 'recall(B)');
    await panel.page.getByRole('button', { name: 'mAP 2' }).click();
  });

  it('puts a chart where it is dragged or moved by its menu, and keeps it there', async () => {
    const losses = async (): Promise<string[] | undefined> => (await groups())['loss'];
    const head = (figure: string): string => `[data-figure="${figure}"] .card-head`;
    await panel.page.dragAndDrop(head('dfl_loss'), '[data-figure="box_loss"] .plot');
    await panel.until(`document.querySelector('[data-group="loss"] .card').dataset.figure === 'dfl_loss'`);
    assert.deepEqual(await losses(), ['dfl_loss', 'box_loss', 'cls_loss']);
    // In another group it has no place.
    await panel.page.dragAndDrop(head('dfl_loss'), '[data-figure="lr"] .plot');
    await press('Chart Actions', 'dfl_loss');
    assert.equal(await panel.page.getByRole('menuitem', { name: 'Move Earlier' }).count(), 0);
    await panel.page.getByRole('menuitem', { name: 'Move Later' }).click();
    await panel.until(`document.querySelector('[data-group="loss"] .card').dataset.figure === 'box_loss'`);
    assert.deepEqual(await losses(), ['box_loss', 'dfl_loss', 'cls_loss']);
    await reopen(show(few));
    await panel.until(`document.querySelector('[data-figure="box_loss"] canvas') !== null`);
    assert.deepEqual(await losses(), ['box_loss', 'dfl_loss', 'cls_loss']);
    await press('Chart Actions', 'cls_loss');
    await panel.page.getByRole('menuitem', { name: 'Move Earlier' }).click();
    await panel.until(
      `document.querySelectorAll('[data-group="loss"] .card')[1].dataset.figure === 'cls_loss'`,
    );
  });

  it('gives the page to one chart, over a reload too, and back with Escape', async () => {
    await panel.until(`document.querySelector('[data-figure="box_loss"] canvas') !== null`);
    const medium = await height('lr');
    await press('Show Large', 'lr');
    await panel.until(`document.querySelectorAll('.card').length === 1`);
    assert.ok((await height('lr')) > 2 * medium, String(await height('lr')));
    await reopen(show(few));
    await panel.until(`document.querySelectorAll('.card canvas').length === 1`);
    // It has the focus where it was asked for here; after a reload the key works from anywhere.
    await panel.page.keyboard.press('Escape');
    await panel.until(`document.querySelectorAll('.card').length === 9`);
    assert.ok(await panel.run(`document.activeElement.closest('.card').dataset.figure === 'lr'`));
    await panel.until(`document.querySelector('[data-figure="lr"] canvas').clientHeight < ${2 * medium}`);
  });

  it('finds figures by parts of their names, and says where there is none', async () => {
    const search = panel.page.getByLabel('Search figures');
    await search.fill('LOSS d');
    await panel.until(`document.querySelectorAll('.card').length === 1`);
    assert.match(await panel.page.locator('.toolbar').innerText(), /1 of 9/);
    await search.fill('nothing like it');
    await panel.page.getByText('No figure has a name like this.').waitFor();
    await search.press('Escape');
    await panel.until(`document.querySelectorAll('.card').length === 9`);
  });

  it('of 300 figures draws only what is in sight and lets go what is far', async () => {
    await panel.send(show(many()));
    await panel.until(`document.querySelectorAll('.card canvas').length > 4`);
    await panel.until(`document.querySelectorAll('.section').length === 10`);
    assert.equal(await panel.run(`document.querySelectorAll('.card').length`), 300);
    const drawn = `document.querySelectorAll('.card canvas').length`;
    assert.ok((await panel.run<number>(drawn)) < 24, await panel.run(drawn));
    // From one end to the other, as somebody who scrolls.
    const step = 600;
    for (let at = 0; at < (await panel.run<number>(`document.documentElement.scrollHeight`)); at += step) {
      await panel.run(`document.documentElement.scrollTop = ${at}`);
      await panel.until(`[...document.querySelectorAll('.card')].every((card) => {
        const { top, bottom } = card.getBoundingClientRect();
        return bottom < 0 || top > innerHeight || card.querySelector('canvas') !== null;
      })`);
    }
    const kept = await panel.run<number>(drawn);
    assert.ok(kept < 64, `${kept} charts are drawn`);
  });

  it('of 300 figures finds one at once, and goes on with new points in sight alone', async () => {
    const search = panel.page.getByLabel('Search figures');
    await search.fill('weight123');
    await panel.until(`document.querySelectorAll('.card').length === 1`);
    await panel.drawn(1, 100);
    await panel.send({
      type: 'append',
      from: 101,
      series: many().map((line) => ({
        ...line,
        x: [101],
        y: [0.5],
        min: [0.5],
        max: [0.5],
        count: [1],
      })),
    });
    await panel.drawn(1, 101);
    await search.fill('');
    await panel.run(`document.documentElement.scrollTop = 0`);
    await panel.until(`document.querySelectorAll('.card').length === 300`);
    await panel.until(`document.querySelector('.card').dataset.points === '101'`);
  });

  it('has nothing against accessibility, and violates no policy', async () => {
    await panel.send(show(few));
    await panel.until(`document.querySelectorAll('.card').length === 9`);
    assert.deepEqual(await panel.findings(), []);
    assert.deepEqual(await panel.violations(), []);
    assert.ok((await panel.said()).every((message) => message.type !== 'failed'));
  });
});

describe('what a training takes of its machine', () => {
  const heading = () => panel.page.locator('[data-group="system/"] .group-heading');
  const legend = (figure: string) => panel.page.locator(`[data-figure="${figure}"] .legend`).innerText();

  it('stands last in a group of its own that is folded until one wants it, by time, with units', async () => {
    await panel.page.evaluate('sessionStorage.clear(); localStorage.clear()');
    await reopen(show([...few, ...machine()]));
    await panel.until(`document.querySelectorAll('.card canvas').length === 9`);
    assert.deepEqual(Object.keys(await groups()).at(-1), 'system/');
    assert.deepEqual((await groups())['system/'], []);
    assert.match(await heading().innerText(), /^System\s+6$/);
    await heading().click();
    await heading().scrollIntoViewIfNeeded();
    await panel.until(`document.querySelectorAll('[data-group="system/"] .card canvas').length === 6`);
    assert.match(await legend('system/memory'), /^system\/memory\s+\d\.\d GB$/);
    assert.match(await legend('system/gpu temperature'), /^GPU 0\s+\d\d °C\s+GPU 1\s+\d\d °C$/);
    assert.match(await legend('system/disk written'), /\d kB\/s$/);
    const { x } = await panel.facts('system/cpu');
    assert.ok(x[0]! < 6 && x[1]! >= 300, String(x));
    const told = await panel.page.locator('[data-figure="system/cpu"] .plot').getAttribute('aria-label');
    assert.match(told ?? '', /^system\/cpu by time\. .* to \d+% at 5m/);
    const help = await panel.page.locator('[data-figure="system/cpu"] .tip').textContent();
    assert.match(help ?? '', /100% is one core/);
  });
});
