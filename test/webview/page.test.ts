/** The built Explore panel in a real browser, under the policy that VS Code's page gives it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ToExplore } from '../../src/contract/pages/explore.ts';
import type { Run, Series } from '../../src/contract/shapes.ts';
import { PanelPage } from './panelPage.ts';
import { aRun, aSeries, detector, summaryOf } from './samples.ts';

let panel: PanelPage;
before(async () => (panel = await PanelPage.open('explore', { executionIds: ['exe-1'] })));
after(async () => panel.close());

const show = (series: Series[], run: Partial<Run> = {}): ToExplore => ({
  type: 'show',
  executionIds: ['exe-1'],
  runs: [aRun({ summary: summaryOf(series), progress: { done: 5, total: 12, unit: 'epochs' }, ...run })],
  hints: {},
  axis: 'epoch',
  attempts: 'latest',
  smoothing: 0,
  slots: {},
  series,
});

/** Opens the page anew, as VS Code does when a hidden panel is seen again: what it saved is there, its content isn't. */
async function reopen(...messages: readonly ToExplore[]): Promise<void> {
  await panel.page.reload();
  await panel.send(...messages);
}

const text = (selector: string): Promise<string> => panel.page.locator(selector).first().innerText();
const plot = (figure: string): string => `[data-figure="${figure}"] .plot`;
const drawnFigures = `[...document.querySelectorAll('.card:not(.curve)')].map((card) => card.dataset.figure)`;

/** Drags over a plot, from one share of its width to another. */
async function drag(figure: string, from: number, to: number): Promise<void> {
  const box = (await panel.page.locator(plot(figure)).boundingBox())!;
  const at = (share: number): number => box.x + 46 + share * (box.width - 60);
  await panel.page.mouse.move(at(from), box.y + 60);
  await panel.page.mouse.down();
  await panel.page.mouse.move(at((from + to) / 2), box.y + 62);
  await panel.page.mouse.move(at(to), box.y + 60);
  await panel.page.mouse.up();
}

/** Whether a chart's canvas has a pixel of this colour (near enough). */
const hasColor = (figure: string, [r, g, b]: readonly [number, number, number]): Promise<boolean> =>
  panel.run(`(() => {
    const canvas = document.querySelector('[data-figure="${figure}"] canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4)
      if (Math.abs(data[i] - ${r}) + Math.abs(data[i + 1] - ${g}) + Math.abs(data[i + 2] - ${b}) < 12 && data[i + 3] > 200) return true;
    return false;
  })()`);

describe('the Explore panel', () => {
  it('says that it is ready, and what it waits for', async () => {
    assert.deepEqual(await panel.said(), [{ type: 'ready' }]);
    assert.match(await text('.empty'), /Loading metrics/);
    await panel.send(show([]));
    await panel.until(`document.querySelector('.empty').innerText.includes("first epoch isn't done yet")`);
    assert.match(await text('.top'), /shapes-small v1\s+In Progress/);
  });

  it('B45 to B51 draws the seven figures of a detector, in their order', async () => {
    await panel.send(show(detector(1, 5, 12)));
    await panel.page.setViewportSize({ width: 700, height: 1400 });
    await panel.drawn(3, 10);
    await panel.drawn(4, 5);
    assert.deepEqual(await panel.run(drawnFigures), [
      'box_loss',
      'cls_loss',
      'dfl_loss',
      'mAP50(B)',
      'mAP50-95(B)',
      'precision(B)',
      'recall(B)',
    ]);
    // Dark theme: charts.blue is val, charts.orange is train.
    assert.ok(await hasColor('box_loss', [89, 164, 249]));
    assert.ok(await hasColor('box_loss', [209, 134, 22]));
    assert.ok(!(await hasColor('recall(B)', [209, 134, 22])));
  });

  it('grows by changesets: same canvas, same view, no scale moved', async () => {
    await panel.run(`document.querySelector('[data-figure="box_loss"] canvas').mine = true`);
    const then = await panel.facts('box_loss');
    await panel.send({ type: 'append', from: 5, series: detector(5, 6, 12) });
    await panel.drawn(3, 12);
    await panel.send({ type: 'append', from: 6, series: detector(6, 8, 12) });
    await panel.drawn(3, 16);
    const afterwards = await panel.facts('box_loss');
    assert.deepEqual([then.views, afterwards.views, afterwards.points], [1, 1, 16]);
    assert.deepEqual(afterwards.x, then.x);
    assert.equal(await panel.run(`document.querySelector('[data-figure="box_loss"] canvas').mine`), true);
    assert.match(await text('[data-figure="box_loss"] .place'), /^epoch 8$/);
  });

  it('B54 tells the best value and its epoch, and moves it as points arrive', async () => {
    const best = async (): Promise<string> => text('[data-figure="mAP50(B)"] .best');
    const series = detector(1, 8, 12).find((one) => one.figure === 'mAP50(B)')!;
    const highest = Math.max(...series.y.map(Number));
    assert.equal(await best(), `best ${highest.toFixed(4)} · epoch ${series.x[series.y.indexOf(highest)]}`);
    await panel.send({ type: 'append', from: 9, series: [aSeries('mAP50(B)', 'val', [9], [0.95])] });
    await panel.until(
      `document.querySelector('[data-figure="mAP50(B)"] .best').innerText === 'best 0.9500 · epoch 9'`,
    );
  });

  it('zooms by a drag, all charts at once, and stays zoomed while points arrive', async () => {
    const whole = await panel.facts('box_loss');
    await drag('box_loss', 0.2, 0.6);
    await panel.until(
      `Number(document.querySelector('[data-figure="recall(B)"]').dataset.x?.split(' ')[0]) > 2`,
    );
    const zoomed = await panel.facts('box_loss');
    assert.ok(zoomed.x[0]! > whole.x[0]! + 1 && zoomed.x[1]! < whole.x[1]! - 3, String(zoomed.x));
    assert.deepEqual((await panel.facts('recall(B)')).x, zoomed.x);
    await panel.send({ type: 'append', from: 8, series: detector(8, 10, 12) });
    await panel.drawn(3, 20);
    const later = await panel.facts('box_loss');
    assert.deepEqual([later.x, later.views], [zoomed.x, 1]);
    assert.equal(await panel.page.getByText('Reset Zoom').isVisible(), true);
  });

  it('is restored as it was: the same runs, the same zoom', async () => {
    const { x } = await panel.facts('box_loss');
    assert.deepEqual(await panel.run(`JSON.parse(sessionStorage.getItem('state')).subject`), {
      executionIds: ['exe-1'],
    });
    await reopen(show(detector(1, 10, 12)));
    await panel.drawn(3, 20);
    assert.deepEqual((await panel.facts('box_loss')).x, x);
  });

  it('shows all again by double-click, by key and by button', async () => {
    const all = `document.querySelector('[data-figure="box_loss"]').dataset.x.startsWith('0.')`;
    await panel.page.locator(plot('box_loss')).dblclick({ position: { x: 120, y: 60 } });
    await panel.until(all);
    await panel.page.locator(plot('box_loss')).focus();
    for (const key of ['+', '0', '+', 'Escape']) {
      await panel.page.keyboard.press(key);
      await panel.until(key === '+' ? `!(${all})` : all);
    }
    await panel.page.keyboard.press('+');
    await panel.page.getByText('Reset Zoom').click();
    await panel.until(all);
  });

  it('zooms by a wheel with Ctrl, and leaves the plain wheel to scrolling', async () => {
    const { x } = await panel.facts('box_loss');
    await panel.page.locator(plot('box_loss')).hover({ position: { x: 150, y: 60 } });
    await panel.page.mouse.wheel(0, -10);
    await panel.page.keyboard.down('Control');
    await panel.page.mouse.wheel(0, -200);
    await panel.page.keyboard.up('Control');
    await panel.until(`document.querySelector('[data-figure="box_loss"]').dataset.x !== '${x.join(' ')}'`);
    const zoomed = await panel.facts('box_loss');
    assert.ok(zoomed.x[1]! - zoomed.x[0]! < x[1]! - x[0]!);
    await panel.page.keyboard.press('Tab');
    await panel.page.locator(plot('box_loss')).press('0');
  });

  it('shows the values at an epoch under the pointer, in all charts', async () => {
    const series = detector(1, 10, 12);
    const value = (figure: string, legend: string, epoch: number): number =>
      Number(series.find((one) => one.figure === figure && one.legend === legend)!.y[epoch - 1]);
    await panel.page.locator(plot('box_loss')).hover({ position: { x: 46 + 9 + 2, y: 70 } });
    await panel.until(`document.querySelector('[data-figure="box_loss"] .place').innerText === 'epoch 1'`);
    assert.ok(
      (await text('[data-figure="box_loss"] .legend')).includes(value('box_loss', 'train', 1).toFixed(3)),
    );
    assert.ok(
      (await text('[data-figure="recall(B)"] .legend')).includes(value('recall(B)', 'val', 1).toFixed(4)),
    );
    assert.equal(await panel.run(`document.querySelectorAll('.overlay [data-rule="true"]').length`), 7);
  });

  it('reads values by arrow keys, aloud', async () => {
    await panel.page.mouse.move(2, 2);
    const loss = panel.page.locator(plot('box_loss'));
    await loss.press('Home');
    await loss.press('ArrowRight');
    await panel.until(`document.querySelector('[aria-live]').textContent.startsWith('epoch 2: train ')`);
    await loss.press('End');
    await panel.until(`document.querySelector('[aria-live]').textContent.startsWith('epoch 10: train ')`);
  });

  it('tells screen readers what each chart shows, and what its figure means', async () => {
    const image = panel.page.getByRole('img', {
      name: /^box_loss by epoch, lower is better\. train: from .* val: .* best /,
    });
    assert.equal(await image.count(), 1);
    assert.equal(await panel.page.getByRole('img').count(), 8);
    const name = panel.page.getByRole('button', { name: 'precision(B)', exact: true });
    await name.focus();
    await panel.page.getByRole('tooltip', { name: /TP \/ \(TP \+ FP\)/ }).waitFor();
    assert.match(
      await panel.run(
        `document.getElementById(document.querySelector('[data-figure="recall(B)"] .name').getAttribute('aria-describedby')).textContent`,
      ),
      /TP \/ \(TP \+ FN\)/,
    );
    await panel.page.locator('.progress[role=progressbar]').waitFor();
  });

  it('shows NaN as what it is: a gap, a mark and a sentence', async () => {
    const series = detector(1, 8, 12);
    const val = series.find((one) => one.figure === 'box_loss' && one.legend === 'val')!;
    val.y[3] = 'NaN';
    await panel.send(show(series));
    await panel.until(
      `document.querySelector('[data-figure="box_loss"] .note').innerText.includes('val: NaN at epoch 4')`,
    );
    await panel.until(`document.querySelector('[data-figure="box_loss"]').dataset.points === '16'`);
    assert.ok(await hasColor('box_loss', [241, 76, 76]));
    await panel.page.locator(plot('box_loss')).press('Home');
    for (let i = 0; i < 3; i++) await panel.page.locator(plot('box_loss')).press('ArrowRight');
    await panel.until(`document.querySelector('[aria-live]').textContent.endsWith('val NaN')`);
  });

  it('starts anew with a new attempt', async () => {
    await panel.send(show(detector(1, 2, 12, { attempt: 2 }), { attempt: 2 }));
    await panel.drawn(3, 4);
    await panel.send({ type: 'append', from: 1, series: detector(1, 3, 12, { attempt: 3 }) });
    await panel.drawn(3, 6);
  });

  it('posts what its buttons are for, and offers Abort only where it can be done', async () => {
    await panel.page.getByText('Abort', { exact: true }).click();
    await panel.page.getByText('Show Logs').click();
    await panel.send({ type: 'run', run: aRun({ stopping: true }) });
    await panel.page.getByText('Stopping').waitFor();
    assert.equal(await panel.page.getByText('Abort', { exact: true }).isVisible(), false);
    assert.deepEqual(await panel.asked(), [
      { name: 'command', ask: { command: 'abort', executionId: 'exe-1' } },
      { name: 'command', ask: { command: 'logs', executionId: 'exe-1' } },
    ]);
  });

  it('says what the trouble is, and keeps the curves', async () => {
    await panel.send({
      type: 'trouble',
      message: 'The backend is away.',
      remedies: ['restartBackend', 'showLog'],
    });
    await panel.page.getByRole('alert').getByText('The backend is away.').waitFor();
    await panel.page.getByText('Restart Backend').click();
    assert.deepEqual((await panel.said()).at(-1), { type: 'remedy', remedy: 'restartBackend' });
    assert.equal((await panel.run<string[]>(drawnFigures)).length, 7);
    await panel.send(show(detector(1, 4, 12)));
    await panel.page.getByRole('alert').waitFor({ state: 'hidden' });
  });

  it('follows the theme, also into high contrast, and keeps the zoom', async () => {
    await drag('box_loss', 0.1, 0.5);
    await panel.page.getByText('Reset Zoom').waitFor();
    await panel.until(`document.querySelector('[data-figure="box_loss"]').dataset.x.split(' ')[0] > 1`);
    const then = await panel.facts('box_loss');
    await panel.setTheme('light');
    await panel.until(`document.querySelector('[data-figure="box_loss"]').dataset.views > ${then.views}`);
    assert.ok(await hasColor('box_loss', [0, 99, 211]));
    await panel.setTheme('contrast');
    await panel.until(`document.querySelector('[data-figure="box_loss"]').dataset.views > ${then.views + 1}`);
    assert.deepEqual((await panel.facts('box_loss')).x, then.x);
    assert.equal(await panel.run(`document.querySelectorAll('[data-figure="box_loss"] canvas').length`), 1);
    await panel.setTheme('dark');
  });

  it('tells that its run was removed', async () => {
    await panel.send({ type: 'removed', executionId: 'exe-1' });
    await panel.page.getByText('This run was removed.').waitFor();
    assert.deepEqual(await panel.run(drawnFigures), []);
  });

  it('answers a message that it can not read with a complaint', async () => {
    await panel.run(`postMessage({ type: 'append', from: 1, series: 'all' }, '*')`);
    await panel.until(`said.some((message) => message.type === 'failed')`);
    assert.equal((await panel.said()).filter((message) => message.type === 'failed').length, 1);
  });

  it('violates no policy in all of this', async () => {
    assert.deepEqual(await panel.violations(), []);
  });
});
