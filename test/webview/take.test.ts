/** What one takes away from the built Explore page, through the menus of its charts, in a real browser. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PanelPage } from './panelPage.ts';
import { detector, showOf } from './samples.ts';

let panel: PanelPage;
const series = detector(1, 8, 12);
before(async () => {
  panel = await PanelPage.open('explore', { executionIds: ['exe-1'] });
  await panel.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await panel.send(showOf(series));
  await panel.until(`document.querySelector('[data-figure="box_loss"]')?.dataset.points === '16'`);
});
after(async () => panel.close());

const card = (selector: string): string => `[data-figure="box_loss"] ${selector}`;

async function openMenu(): Promise<void> {
  await panel.page.locator(card('.more')).focus();
  await panel.page.keyboard.press('Enter');
  await panel.page.locator('[role=menu]').waitFor();
}

/** Chooses an entry, and resolves with what the page then asked of its host. */
async function choose(label: string): Promise<unknown> {
  const asked = (await panel.asked()).length;
  await openMenu();
  await panel.page.getByRole('menuitem', { name: label }).click();
  await panel.until(`said.filter(({ type }) => type === 'call').length > ${asked}`);
  return (await panel.asked())[asked]?.ask;
}

/** Width, height, and the colour of a corner of a PNG. */
const pictureOf = (base64: string): Promise<[number, number, number[]]> =>
  panel.run(`(async () => {
    const bytes = Uint8Array.from(atob('${base64}'), (char) => char.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    canvas.drawImage(bitmap, 0, 0);
    return [bitmap.width, bitmap.height, [...canvas.getImageData(1, 1, 1, 1).data]];
  })()`);

describe('the menu of a chart', () => {
  it('opens by a key, is walked by keys, and gives the focus back', async () => {
    await openMenu();
    const focused = `document.activeElement.innerText`;
    assert.equal(await panel.run(focused), 'Show as Table');
    await panel.page.keyboard.press('ArrowUp');
    assert.equal(await panel.run(focused), 'Move Later');
    await panel.page.keyboard.press('c');
    assert.equal(await panel.run(focused), 'Copy as PNG');
    assert.deepEqual(await panel.findings(), []);
    await panel.page.keyboard.press('Escape');
    await panel.until(`document.querySelector('[role=menu]') === null`);
    assert.equal(await panel.run(`document.activeElement.ariaLabel`), 'Chart Actions: box_loss');
    assert.equal(await panel.run(`document.activeElement.ariaExpanded`), 'false');
  });

  it('closes first where Escape would lead back to all charts', async () => {
    await panel.page.locator(card('.name')).hover();
    await panel.page.getByLabel('Show Large: box_loss').click();
    await panel.until(`document.querySelectorAll('.card').length === 1`);
    await openMenu();
    await panel.page.keyboard.press('Escape');
    await panel.until(`document.querySelector('[role=menu]') === null`);
    assert.equal(await panel.page.locator('.card').count(), 1);
    await panel.page.keyboard.press('Escape');
    await panel.until(`document.querySelectorAll('.card').length === 8`);
  });

  it('copies the chart as a picture, on the ground of the theme', async () => {
    await openMenu();
    await panel.page.getByRole('menuitem', { name: 'Copy as PNG' }).click();
    await panel.until(`document.querySelector('[aria-live]').innerText === 'Copied the picture.'`);
    const base64 = await panel.run<string>(`(async () => {
      const [item] = await navigator.clipboard.read();
      const bytes = new Uint8Array(await (await item.getType('image/png')).arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
    })()`);
    const [width, height, corner] = await pictureOf(base64);
    assert.ok(width > 500 && height > 400, `${width} x ${height}`);
    assert.deepEqual(corner, [31, 31, 31, 255]);
  });

  it('hands a PNG of twice the size and an SVG to the editor, named for run and figure', async () => {
    const png = (await choose('Save as PNG…')) as { name: string; format: string; content: string };
    assert.deepEqual([png.name, png.format], ['shapes-small v1 box_loss', 'png']);
    const plot = (await panel.page.locator(card('canvas')).boundingBox())!;
    const [width] = await pictureOf(png.content);
    assert.ok(Math.abs(width / 2 - plot.width) < 30, `${width} of ${plot.width}`);
    const svg = (await choose('Save as SVG…')) as typeof png;
    assert.equal(svg.format, 'svg');
    for (const text of ['>box_loss<', '>train<', '>val<', '>epoch<', '>best 0.'])
      assert.ok(svg.content.includes(text), text);
  });

  it('opens the specification with its data', async () => {
    const { text } = (await choose('Open Vega-Lite Specification')) as { text: string };
    const spec = JSON.parse(text) as { $schema: string; datasets: { points: { line: string }[] } };
    assert.match(spec.$schema, /vega-lite/);
    assert.equal(spec.datasets.points.length, 16);
  });

  it('copies the values as a Markdown table, and those of all charts from the toolbar', async () => {
    const { text } = (await choose('Copy as Markdown Table')) as { text: string };
    assert.match(text, /^\*\*box_loss\*\* ↓\n\n\| Run \| train last \| train best \|/);
    const asked = (await panel.asked()).length;
    await panel.page.locator('.toolbar .more').click();
    await panel.page.getByRole('menuitem', { name: 'Copy as Markdown Table' }).click();
    await panel.until(`said.filter(({ type }) => type === 'call').length > ${asked}`);
    const all = (await panel.asked())[asked] as { name: string; ask: { text: string } };
    assert.equal(all.name, 'copyText');
    assert.match(all.ask.text, /^\| Run \| box_loss ↓ \|.*\| recall\(B\) ↑ \|\n/);
  });

  it('exports the samples of its figure, and from the toolbar those of all', async () => {
    assert.deepEqual(await choose('Export Data…'), { executionIds: ['exe-1'], figures: ['box_loss'] });
    const asked = (await panel.asked()).length;
    await panel.page.locator('.toolbar .more').click();
    await panel.page.getByRole('menuitem', { name: 'Export Data…' }).click();
    await panel.until(`said.filter(({ type }) => type === 'call').length > ${asked}`);
    assert.deepEqual((await panel.asked())[asked]?.ask, { executionIds: ['exe-1'], figures: null });
  });

  it('says beside the chart what went wrong', async () => {
    await panel.answers('openSpecification', { err: { message: 'No editor can be opened.' } });
    await choose('Open Vega-Lite Specification');
    await panel.page.locator(card('.problem')).waitFor();
    assert.equal(await panel.page.locator(card('.problem')).innerText(), 'No editor can be opened.');
    await panel.answers('openSpecification', { ok: null });
    await choose('Open Vega-Lite Specification');
    await panel.page.locator(card('.problem')).waitFor({ state: 'hidden' });
  });
});

describe('a chart as a table', () => {
  it('shows its values, grows as points come, and stays one over a reload', async () => {
    await openMenu();
    await panel.page.getByRole('menuitemcheckbox', { name: 'Show as Table' }).click();
    await panel.page.locator(card('.values')).waitFor();
    const texts = (selector: string): Promise<string[]> => panel.page.locator(card(selector)).allInnerTexts();
    assert.deepEqual(await texts('thead th'), ['epoch', 'train', 'val']);
    assert.equal((await texts('tbody tr')).length, 8);
    assert.equal(await panel.page.locator(card('canvas')).isVisible(), false);
    await panel.run(`document.querySelector('${card('tbody tr')}').mine = true`);
    await panel.send({ type: 'append', from: 8, series: detector(8, 9, 12) });
    await panel.until(`document.querySelectorAll('${card('tbody tr')}').length === 9`);
    assert.equal(await panel.run(`document.querySelector('${card('tbody tr')}').mine`), true);
    assert.deepEqual(await panel.findings(), []);
    await panel.page.reload();
    await panel.send(showOf(series));
    await panel.page.locator(card('.values')).waitFor();
    await openMenu();
    assert.equal(await panel.run(`document.activeElement.ariaChecked`), 'true');
    await panel.page.keyboard.press('Enter');
    await panel.page.locator(card('canvas')).waitFor();
  });

  it('has of precision over recall both, epoch by epoch', async () => {
    const curve = (selector: string): string => `.card.curve ${selector}`;
    await panel.page.locator(curve('.more')).focus();
    await panel.page.keyboard.press('Enter');
    await panel.page.getByRole('menuitemcheckbox', { name: 'Show as Table' }).click();
    await panel.page.locator(curve('.values')).waitFor();
    const texts = (selector: string): Promise<string[]> =>
      panel.page.locator(curve(selector)).allInnerTexts();
    assert.deepEqual(await texts('thead th'), ['epoch', 'val']);
    assert.equal((await texts('tbody tr')).length, 8);
    assert.match((await texts('tbody td'))[0] ?? '', /^0\.\d+ \/ 0\.\d+$/);
    assert.deepEqual(await panel.findings(), []);
  });
});

it('all of that violates no policy and fails at nothing', async () => {
  assert.deepEqual(await panel.violations(), []);
  assert.deepEqual(
    (await panel.said()).filter((message) => message.type === 'failed'),
    [],
  );
});
