import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Locator } from 'playwright-core';
import * as z from 'zod';
import { openWorkbench, storiesIn, THEMES_TRIED, until, type Workbench } from './harness/index.ts';
import { makeTrainingProject, OWN } from './trainings.ts';

// One training, one panel: each story goes on where the one before it ended.

const project = makeTrainingProject('explore');
project.write('trainyard.json', project.text.replace('"epochs": 12', '"epochs": 20'));
let workbench: Workbench;
const it = storiesIn(() => workbench);
const RUN = 'shapes-small v1';
const TITLE = `${RUN} · Explore`;

before(async () => {
  workbench = await openWorkbench({
    name: 'explore',
    folder: project.folder,
    extension: OWN,
    env: { TRAINYARD_HOME: project.home },
    size: { width: 1500, height: 1000 },
  });
});

after(async () => {
  await workbench.close();
  project.end();
});

const panel = (selector: string): Promise<Locator> => workbench.webview(TITLE).locator(selector);

/** What a chart tells of itself. */
async function facts(figure: string): Promise<{ views: number; points: number; x: string; y: string }> {
  const card = await panel(`[data-figure="${figure}"]`);
  const told = async (name: string): Promise<string> => (await card.getAttribute(`data-${name}`)) ?? '';
  return {
    views: Number(await told('views')),
    points: Number(await told('points')),
    x: await told('x'),
    y: await told('y'),
  };
}

/** Waits until a chart shows the first so many epochs. */
async function epochs(count: number, figure = 'mAP50(B)'): Promise<void> {
  await until(`${count} epochs in ${figure}`, async () => (await facts(figure)).points === count);
}

it('B42 opens beside the code with the training, and says what it waits for', async () => {
  await workbench.openFile('train.py');
  await workbench.runCommand('Trainyard: Train Model…');
  await workbench.quickInput.opened('Choose a model to train');
  await workbench.quickInput.pick('shapes-small');
  await workbench.tab(TITLE).waitFor({ timeout: 30_000 });
  await workbench.webview(TITLE).text(/Running; the first epoch isn't done yet\./, 30_000);
  await workbench.screenshot('waiting');
});

it('B41 B43 B44 draws each epoch as it is done, without building a chart anew', async (t) => {
  project.allow(2);
  await epochs(2);
  const canvas = await panel('[data-figure="mAP50(B)"] canvas');
  await canvas.evaluate((element: { mine?: boolean }) => (element.mine = true));
  const first = await facts('mAP50(B)');
  const began = Date.now();
  project.allow(4);
  await epochs(4);
  t.diagnostic(`two epochs took ${Date.now() - began} ms to be trained and shown`);
  const later = await facts('mAP50(B)');
  assert.deepEqual([first.views, later.views, later.x], [1, 1, first.x]);
  assert.equal(await canvas.evaluate((element: { mine?: boolean }) => element.mine), true);
});

it('B45 B46 B47 B48 B49 B50 B51 has a chart for each figure of a detector, with its lines and what it means', async () => {
  const cards = await (await panel('.card:not(.curve)')).all();
  assert.deepEqual(await Promise.all(cards.map((card) => card.getAttribute('data-figure'))), [
    'box_loss',
    'cls_loss',
    'dfl_loss',
    'mAP50(B)',
    'mAP50-95(B)',
    'precision(B)',
    'recall(B)',
  ]);
  const texts = {
    box_loss: [/train\s+0\.2500\s+val\s+0\.3000/, /How far predicted boxes lie from the true ones/],
    cls_loss: [/train\s+0\.5000\s+val\s+0\.6000/, /How wrong the class scores of the boxes are/],
    dfl_loss: [/train\s+0\.1250\s+val\s+0\.1450/, /Distribution focal loss/],
    'mAP50(B)': [/val\s+0\.8000/, /from IoU 0\.5\./],
    'mAP50-95(B)': [/val\s+0\.6000/, /averaged over IoU 0\.5 to 0\.95/],
    'precision(B)': [/val\s+0\.8000/, /TP \/ \(TP \+ FP\)/],
    'recall(B)': [/val\s+0\.8000/, /TP \/ \(TP \+ FN\)/],
  };
  for (const [figure, [values = /$^/, meaning = /$^/]] of Object.entries(texts)) {
    // What is out of sight isn't drawn.
    await (await panel(`[data-figure="${figure}"] .name`)).focus();
    const legend = await panel(`[data-figure="${figure}"] .legend`);
    await until(`the values of ${figure}`, async () => values.test(await legend.innerText()));
    const help = await panel(`[data-figure="${figure}"] .tip`);
    await help.waitFor();
    assert.match(await help.innerText(), meaning);
  }
});

it('B53 tells of true negatives nowhere', async () => {
  const all = await (await panel('body')).evaluate((body: { textContent: string }) => body.textContent);
  assert.match(all, /TP \/ \(TP \+ FN\)/);
  assert.doesNotMatch(all, /\bTN\b|true negative|specificity|accuracy/i);
});

it("B54 marks the best value and its epoch, in the figure's own direction", async () => {
  const best = async (figure: string): Promise<string> =>
    (await panel(`[data-figure="${figure}"] .best`)).innerText();
  assert.equal(await best('box_loss'), 'best 0.3000 · epoch 4');
  assert.equal(await best('mAP50(B)'), 'best 0.8000 · epoch 4');
  const arrows = await (await panel('.card:not(.curve) .arrow')).allInnerTexts();
  assert.deepEqual(arrows, ['↓', '↓', '↓', '↑', '↑', '↑', '↑']);
});

/** Chooses an entry of a chart's menu. */
async function chooseOf(chart: string, entry: string): Promise<void> {
  await (await panel(`[aria-label="Chart Actions: ${chart}"]`)).focus();
  await workbench.page.keyboard.press('Enter');
  await (await panel(`[role=menu] button:text-is("${entry}")`)).click();
}

it('takes a chart away: as a picture, as a specification, as a table for a pull request', async () => {
  const { quickInput, page } = workbench;
  await chooseOf('mAP50(B)', 'Save as SVG…');
  await quickInput.opened('Save as SVG');
  await until('a name', async () => (await quickInput.value()).endsWith('/shapes-small-v1-mAP50(B).svg'));
  await quickInput.type(join(project.folder, 'taken.svg'));
  await quickInput.accept();
  const file = join(project.folder, 'taken.svg');
  const svg = await until('the picture', async () => existsSync(file) && readFileSync(file, 'utf8'));
  assert.match(svg, /^<svg/);
  for (const text of ['mAP50(B)', 'best 0.8000 · epoch 4', 'val', 'epoch'])
    assert.ok(svg.includes(`>${text}<`), text);
  await chooseOf('mAP50(B)', 'Copy as Markdown Table');
  const copied = await until('the table', async () => {
    const text = await workbench.clipboard();
    return text.includes('mAP50') && text;
  });
  assert.match(copied, /\| shapes-small v1 \| 0\.8000 \| 0\.8000 \(epoch 4\) \|/);
  await chooseOf('mAP50(B)', 'Copy as PNG');
  const kind = `(async () => (await navigator.clipboard.read()).flatMap(({ types }) => types).join())()`;
  await until('the picture', async () => (await page.evaluate(kind)) === 'image/png');
  await chooseOf('mAP50(B)', 'Export Data…');
  await quickInput.opened('Export Metrics of shapes-small v1');
  await until('a name', async () => (await quickInput.value()).endsWith('/shapes-small-v1-metrics.csv'));
  await quickInput.type(join(project.folder, 'taken.csv'));
  await quickInput.accept();
  await workbench.notification(/^The metrics of shapes-small v1 are in taken\.csv/);
  const [head, ...rows] = readFileSync(join(project.folder, 'taken.csv'), 'utf8').trim().split('\n');
  assert.match(head ?? '', /figure/);
  assert.ok(rows.length === 4 && rows.every((row) => row.includes('mAP50(B)')), rows.join('\n'));
  await chooseOf('mAP50(B)', 'Open Vega-Lite Specification');
  const editor = page.locator('.editor-instance:has(.monaco-editor)');
  await editor.getByText('https://vega.github.io/schema/vega-lite/v6.json').waitFor();
  await workbench.screenshot('specification');
  await workbench.runCommand('View: Revert and Close Editor');
});

it('shows the values of a chart as a table, and grows it', async () => {
  await chooseOf('mAP50(B)', 'Show as Table');
  const rows = await panel('[data-figure="mAP50(B)"] .values tbody tr');
  await until('four epochs', async () => (await rows.count()) === 4);
  assert.deepEqual(await rows.last().locator('th, td').allInnerTexts(), ['4 (best)', '0.8000']);
  await chooseOf('mAP50(B)', 'Show as Table');
  await (await panel('[data-figure="mAP50(B)"] canvas')).waitFor();
});

it('draws charts that the project brings, as soon as its file says so, and says what is wrong with one', async () => {
  const plain = readFileSync(join(project.folder, 'trainyard.json'), 'utf8');
  const bring = (charts: unknown): void =>
    project.write(
      'trainyard.json',
      plain.replace('"models"', `"charts": ${JSON.stringify(charts)}, "models"`),
    );
  project.write(
    'gap.vl.json',
    JSON.stringify({
      title: 'Gap',
      data: { name: 'metrics' },
      transform: [{ filter: "datum.figure === 'box_loss'" }],
      mark: 'line',
      encoding: {
        x: { field: 'epoch', type: 'quantitative' },
        y: { field: 'value', type: 'quantitative' },
        color: { field: 'legend', type: 'nominal' },
      },
    }),
  );
  bring(['gap.vl.json', { title: 'Elsewhere', data: { url: 'https://example.org/a.csv' }, mark: 'bar' }]);
  const own = await panel('[data-group=project] .card');
  await until('both charts', async () => (await own.count()) === 2);
  await own.first().scrollIntoViewIfNeeded();
  const rows = async (): Promise<number> => Number(await own.first().getAttribute('data-rows'));
  // Ten lines of four epochs, whichever of them it draws.
  const first = await until('its rows', async () => (await rows()) >= 40 && rows());
  project.allow(5);
  await until('another epoch', async () => (await rows()) >= first + 10);
  assert.equal(await own.first().getAttribute('data-views'), '1');
  await own.last().getByText('It would load https://example.org/a.csv').waitFor();
  await workbench.screenshot('brought');
  project.write('trainyard.json', plain);
  await until('none', async () => (await own.count()) === 0);
});

it('stays zoomed while points arrive', async () => {
  await (await panel('[data-figure="box_loss"] .name')).focus();
  const whole = await facts('mAP50(B)');
  const plot = await panel('[data-figure="box_loss"] .plot');
  const box = await until('the plot', async () => plot.boundingBox());
  const x = (share: number): number => box.x + 46 + share * (box.width - 60);
  await workbench.page.mouse.move(x(0.1), box.y + 50);
  await workbench.page.mouse.down();
  await workbench.page.mouse.move(x(0.3), box.y + 52);
  await workbench.page.mouse.move(x(0.6), box.y + 50);
  await workbench.page.mouse.up();
  await (await panel('text=Reset Zoom')).waitFor();
  const zoomed = await until('the zoom of all charts', async () => {
    const told = await facts('mAP50(B)');
    return told.x !== whole.x && told;
  });
  project.allow(6);
  await epochs(6);
  const later = await facts('mAP50(B)');
  assert.deepEqual([later.x, later.views], [zoomed.x, 1]);
});

it('reads by duration, smoothed as the setting says, and goes back to all charts with Escape', async () => {
  const { x } = await facts('box_loss');
  await (await panel('[aria-label="What the x axis counts"]')).selectOption('relative');
  await until('another axis', async () => (await facts('box_loss')).x !== x);
  assert.match(await (await panel('[data-figure="box_loss"] .place')).innerText(), /^\d+(\.\d)?s$|^\dm/);
  mkdirSync(join(project.folder, '.vscode'));
  project.write('.vscode/settings.json', JSON.stringify({ 'trainyard.charts.smoothing': 0.6 }));
  const card = await panel('[data-figure="box_loss"]');
  await until('the smoothed line', async () => Number(await card.getAttribute('data-raw')) > 0);
  await workbench.screenshot('by-duration');
  project.write('.vscode/settings.json', '{}');
  await (await panel('[aria-label="What the x axis counts"]')).selectOption('epoch');
  await until('the axis before', async () => (await facts('box_loss')).x === x);
  await (await panel('[data-figure="box_loss"] .plot')).focus();
  await (await panel('[data-figure="box_loss"] .name')).hover();
  await (await panel('[aria-label="Show Large: box_loss"]')).click();
  await until('one chart alone', async () => (await (await panel('.card')).count()) === 1);
  await workbench.page.keyboard.press('Escape');
  await until('all charts', async () => (await (await panel('.card')).count()) === 8);
});

it('catches up when it is seen again', async () => {
  const { x } = await facts('box_loss');
  await workbench.tab(TITLE).click();
  await workbench.openFile('trainyard.json');
  await until(
    'the panel to be hidden',
    async () => (await workbench.page.locator('iframe.webview:visible').count()) === 0,
  );
  project.allow(7);
  await workbench.tab(TITLE).click();
  await epochs(7);
  assert.equal((await facts('box_loss')).x, x);
});

it('is restored after a reload of the window, with its zoom', async () => {
  const { x } = await facts('box_loss');
  await workbench.reload();
  await epochs(7);
  assert.equal((await facts('box_loss')).x, x);
  await workbench.screenshot('restored');
});

it('catches up by itself after the backend was killed', async () => {
  const { pid } = z
    .object({ pid: z.int() })
    .parse(JSON.parse(readFileSync(join(project.home, 'server.json'), 'utf8')));
  process.kill(pid, 'SIGKILL');
  project.allow(9);
  await until('nine epochs', async () => (await facts('mAP50(B)')).points === 9, 60_000);
  await (await panel('[role=alert]')).waitFor({ state: 'hidden' });
});

it('B52 shows precision and recall of 1 once no box is wrong and none is missing', async () => {
  project.allow(13);
  await epochs(13);
  for (const figure of ['precision(B)', 'recall(B)']) {
    await (await panel(`[data-figure="${figure}"] .name`)).focus();
    const legend = await panel(`[data-figure="${figure}"] .legend`);
    await until(`the value of ${figure}`, async () => /val\s+1\.000\b/.test(await legend.innerText()));
    assert.equal(await (await panel(`[data-figure="${figure}"] .best`)).innerText(), 'best 1.000 · epoch 13');
  }
});

it('follows the theme', async () => {
  await (await panel('vscode-button:text-is("Reset Zoom")')).click();
  await (await panel('[data-figure="box_loss"] .name')).focus();
  for (const kind of THEMES_TRIED) {
    const { views } = await facts('box_loss');
    await workbench.setTheme(kind);
    await until('the new look', async () => (await facts('box_loss')).views !== views);
    await workbench.screenshot(kind);
  }
});

it('has in a group of its own what the training takes of the machine', async () => {
  const memory = '[data-figure="system/memory"]';
  await (await panel('.group-heading:has-text("System")')).click();
  await until('the memory', async () => {
    const card = await panel(memory);
    return (await card.count()) === 1 && Number(await card.getAttribute('data-points')) > 0;
  });
  assert.match(await (await panel(`${memory} .legend`)).innerText(), /\d (MB|GB)/);
  await (await panel('.group-heading:has-text("System")')).click();
});

it('leads to the log, aborts, and tells the end', async () => {
  await (await panel('vscode-button:text-is("Abort")')).click();
  const status = async (): Promise<string> => (await panel('.run .status')).innerText();
  // A training that has run for long is only aborted after a question.
  const asked = await until('a question or an end', async () => {
    if (await workbench.dialog.root.isVisible()) return 'asked';
    return (await status()) === 'In Progress' ? null : 'done';
  });
  if (asked === 'asked') await workbench.dialog.press('Abort Training');
  await until('the end', async () => (await status()) === 'Terminated');
  assert.equal(await (await panel('vscode-button:text-is("Abort")')).isVisible(), false);
  await (await panel('text=Show Logs')).click();
  await workbench.tab(`${RUN}.log`).waitFor();
});

it('replaces its curves where it is rerun from the start, and has those of both attempts for who wants them', async () => {
  await workbench.tab(TITLE).click();
  project.allow(2);
  await (await panel('vscode-button:text-is("Rerun")')).click();
  await epochs(2);
  await (await panel('[aria-label="Which attempts are shown"]')).selectOption('all');
  await epochs(13 + 2);
  const legend = await (await panel('[data-figure="mAP50(B)"] .legend')).innerText();
  assert.match(legend, /val \(attempt 1\)\s+1\.000\s+val\s+0\.6667/);
  assert.equal(await (await panel('.run .remark')).isVisible(), false);
  await workbench.screenshot('attempts');
  await (await panel('[aria-label="Which attempts are shown"]')).selectOption('latest');
  await epochs(2);
  project.allow(20);
  await epochs(20);
  const rerun = await panel('vscode-button:text-is("Rerun")');
  await rerun.waitFor();
  assert.equal(await (await panel('.run .status')).innerText(), 'Success');
});

it('breaks no content security policy, and fails at nothing', async () => {
  assert.deepEqual(workbench.console.violations(), []);
  assert.deepEqual(workbench.console.errors(), []);
  await workbench.screenshot('ended');
  assert.doesNotMatch(workbench.extensionLog('trainyard.trainyard', 'Trainyard'), /Explore panel/);
});
