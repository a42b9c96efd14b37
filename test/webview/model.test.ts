/** The page of a model in a browser, with a stand-in for its host. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { LogPart } from '../../src/contract/pages/model.ts';
import { detail, files, log, overview, png, told, TRACEBACK } from './modelSamples.ts';
import { PanelPage } from './panelPage.ts';
import { detector, summaryOf, aRun } from './samples.ts';
import { THEMES, type ThemeName } from './themes.ts';

let page: PanelPage;
before(async () => {
  const pictures = {
    'pr_curve.png': png(40, 30, () => [10, 90, 200]),
    'confusion.png': png(40, 30, () => [200, 90, 10]),
  };
  page = await PanelPage.open('model', { executionId: 'exe-1' }, { pictures });
});
after(() => page.close());
beforeEach(async () => {
  await page.run('sessionStorage.clear()');
  await page.page.reload();
});

const tab = (name: string): Promise<void> => page.page.getByRole('tab', { name, exact: true }).click();
const visible = (text: string | RegExp): Promise<void> => page.page.getByText(text).first().waitFor();
const press = (name: string): Promise<void> => page.page.getByRole('button', { name, exact: true }).click();
const lastAsk = async (name: string): Promise<unknown> =>
  (await page.asked()).findLast((one) => one.name === name)?.ask;
const numbered = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `line ${String(from + i).padStart(6, '0')}\n`).join('');
const WIDTH = 12;
/** Lines of a log of `all` such lines. */
const stretch = (from: number, to: number, all: number): LogPart =>
  log(numbered(from, to), { from: from * WIDTH, size: all * WIDTH }).part;
const rows = (): Promise<string[]> =>
  page.run(`[...document.querySelectorAll('.log-line')].map((row) => row.textContent)`);

describe('The head', () => {
  it('B5 B6 B7 B8 tells version, status, progress, a duration that ticks, and the service', async () => {
    await page.send(told({ progress: { done: 7, total: 12, unit: 'epoch' }, durationMs: 65_000 }));
    await page.page.getByRole('heading', { name: 'shapes-small v2' }).waitFor();
    assert.equal(await page.page.locator('.head .status').innerText(), 'In Progress');
    assert.equal(
      await page.page.getByRole('progressbar').getAttribute('aria-valuetext'),
      'epoch 7 of 12 · about 50s left',
    );
    await visible('1m 05s');
    await visible('1m 07s');
    await press('mgmt-train-shapes');
    assert.equal(await lastAsk('showService'), null);
    assert.ok((await page.asked()).some(({ name }) => name === 'showService'));
  });

  it('freezes the duration at the end, and says the reason with a way to its place', async () => {
    const reason = 'ValueError: lr must be above 0 (train.py:12)';
    await page.send(told({ status: 'Failed', durationMs: 3000, reason }));
    await visible('3s');
    await press('train.py:12');
    assert.deepEqual(await lastAsk('openPlace'), { file: 'train.py', line: 12 });
  });

  it('B20 leads from a Failed run to its logs in one step', async () => {
    await page.send(told({ status: 'Failed', attempt: 1 }));
    await press('Show Logs');
    assert.deepEqual(await lastAsk('watch'), { tab: 'logs', attempt: null });
    await page.send(log(TRACEBACK, {}, true));
    await visible('ValueError: lr must be above 0, not -1');
  });

  it('offers what can be done now, and nothing else', async () => {
    const offered = (): Promise<string[]> =>
      page.page.locator('.head .actions vscode-button:visible').allInnerTexts();
    await page.send(told());
    await visible('Abort');
    assert.deepEqual(await offered(), ['Explore Beside', 'Abort', '…']);
    await page.send(told({ status: 'Success' }));
    await visible('Rerun');
    assert.deepEqual(await offered(), ['Explore Beside', 'Rerun', 'Remove', '…']);
    await page.send(told({ stopping: true }));
    await visible('In Progress, stopping');
    assert.deepEqual(await offered(), ['Explore Beside', '…']);
    for (const [name, action] of [['Explore Beside', 'exploreMetrics']] as const) {
      await press(name);
      assert.deepEqual(await lastAsk('run'), { action });
    }
  });

  it('opens the editor’s own menu over itself, with what the run can do', async () => {
    await page.send(told());
    await visible('Abort');
    await page.run(
      `addEventListener('contextmenu', (e) => (window.menu = [e.clientX > 0, JSON.parse(e.target.closest('[data-vscode-context]').dataset.vscodeContext)]))`,
    );
    await page.page.getByRole('button', { name: 'More Actions' }).focus();
    await page.page.keyboard.press('Enter');
    await page.until('window.menu !== undefined');
    assert.deepEqual(await page.run('menu'), [
      true,
      {
        webviewSection: 'run',
        preventDefaultContextMenuItems: true,
        'trainyard.run': ';abortable;',
        executionId: 'exe-1',
      },
    ]);
  });

  it('B61 B65 says a diagnosis in full, with its remedies as buttons', async () => {
    const diagnosis = {
      severity: 'error',
      code: 'NoSuchInstance',
      message: 'There is no GPU here.',
      hint: 'Use a CPU.',
      since: '2026-01-10T10:00:30.000Z',
    } as const;
    await page.send(
      told(
        { status: 'Created', diagnosis, reason: 'says it again' },
        { diagnosis: { ...diagnosis, remedies: ['Use CPU', 'Show Service Executions'] } },
      ),
    );
    await visible('There is no GPU here.');
    assert.equal(await page.page.getByText('says it again').count(), 0);
    await press('Use CPU');
    assert.deepEqual(await lastAsk('remedy'), { remedy: 'Use CPU' });
    await press('Show Service Executions');
    assert.deepEqual(await lastAsk('remedy'), { remedy: 'Show Service Executions' });
  });

  it('lets an attempt be chosen where there are several', async () => {
    await page.send(told({ attempt: 3 }));
    await page.page.getByRole('combobox', { name: 'Attempt' }).selectOption('2');
    assert.deepEqual(await lastAsk('watch'), { tab: 'overview', attempt: 2 });
    await page.page.getByRole('combobox', { name: 'Attempt' }).selectOption('3');
    assert.deepEqual(await lastAsk('watch'), { tab: 'overview', attempt: null });
  });

  it('says what went wrong with what was asked for, until something else is', async () => {
    await page.send(told());
    await page.answers('showService', { err: { message: 'The backend is gone.' } });
    await press('mgmt-train-shapes');
    await visible('The backend is gone.');
    await press('Explore Beside');
    await page.page.getByText('The backend is gone.').waitFor({ state: 'hidden' });
  });
});

describe('The overview', () => {
  it('tells what differs from the version before, and leads there', async () => {
    await page.send(told(), overview());
    await page.page.getByRole('row', { name: 'Configuration lr 0.01 0.02' }).waitFor();
    await press('v1');
    assert.deepEqual(await lastAsk('showRun'), { executionId: 'exe-0' });
    await page.send(overview({ before: { executionId: 'exe-0', version: 1, differences: [] } }));
    await visible('The same as v1.');
  });

  it('tells what it ran: code and its difference, packages, configuration, dataset, machine', async () => {
    await page.send(told(), overview());
    await visible('1,280 files, 48 MB');
    for (const text of ['4f1c2d3e5a', 'CPython 3.12.4', 'NVIDIA H100 80GB HBM3', 'tools/plot.py'])
      await visible(text);
    await press('1.2 kB of changes');
    assert.ok((await page.asked()).some(({ name }) => name === 'showPatch'));
    await page.page.getByText('3 packages').click();
    await visible('ultralytics');
    // What was opened stays so when something else changes.
    await page.send(overview({ detail: detail({ reason: 'new' }) }));
    await visible('ultralytics');
    await press('train.py:train');
    assert.deepEqual(await lastAsk('openPlace'), { file: 'train.py', line: null });
    await press('Reveal');
    assert.deepEqual(await lastAsk('revealOutput'), { attempt: 1 });
    await press('Copy Model ID');
    assert.deepEqual(await lastAsk('run'), { action: 'copyModelId' });
    await press('Copy Execution ID');
    assert.deepEqual(await lastAsk('run'), { action: 'copyExecutionId' });
  });

  it('says what is not known yet, or never will be', async () => {
    await page.send(
      told({ status: 'Pending' }),
      overview({ detail: detail({}, { ran: null }), before: null }),
    );
    await visible('Code, packages and machine are noted when it starts.');
    await page.send(overview({ detail: detail({ status: 'Terminated' }, { ran: null }), before: null }));
    await visible(/were not noted: it ended before/);
  });
});

describe('A run that was logged elsewhere', () => {
  it('tells its parameters, its own tags and where it came from, and has no logs', async () => {
    const mlflow = {
      experiment: 'detectors',
      params: { optimizer: 'AdamW' },
      tags: {
        'mlflow.runName': 'from-notebook',
        'mlflow.note.content': 'With more shapes.',
        'mlflow.source.name': 'sweep.ipynb',
        team: 'vision',
      },
      parent: { executionId: 'exe-9', name: 'sweep', version: 2 },
      nested: [
        { executionId: 'exe-10', name: 'try-a', version: 1 },
        { executionId: 'exe-11', name: 'try-b', version: 1 },
      ],
    };
    await page.send(
      told({ origin: 'mlflow' }),
      overview({
        detail: detail({ origin: 'mlflow' }, { mlflow, config: mlflow.params, ran: null }),
        before: null,
      }),
    );
    await visible(/A program elsewhere logs it through MLflow/);
    for (const text of ['detectors', 'With more shapes.', 'sweep.ipynb', 'vision']) await visible(text);
    const words = await page.page.locator('#panel-overview').innerText();
    assert.equal(words.match(/AdamW/g)?.length, 1, words);
    assert.doesNotMatch(words, /mlflow\.|from-notebook/);
    const tabs = page.page.getByRole('tab');
    assert.deepEqual(await tabs.allInnerTexts(), ['Overview', 'Explore', 'Files']);
    await visible(/Nested runs\s*try-a v1, try-b v1/);
    await press('sweep v2');
    assert.deepEqual(await lastAsk('showRun'), { executionId: 'exe-9' });
    // From the last to the first and back, past the one that is left out.
    await tab('Overview');
    await page.page.keyboard.press('ArrowLeft');
    await page.page.keyboard.press('ArrowLeft');
    assert.equal(await page.page.getByRole('tab', { selected: true }).innerText(), 'Explore');
  });

  it('tells where and when it was imported, and of no folder that it never had', async () => {
    const run = { origin: 'imported' } as const;
    const imported = { from: '/home/ada/old/runs/detect/train', at: '2026-01-10T10:00:00.000Z' };
    await page.send(told(run), overview({ detail: detail(run, { imported, ran: null }), before: null }));
    await visible(/From\s*\/home\/ada\/old\/runs\/detect\/train\s*Imported\s*Jan 10/);
    assert.doesNotMatch(await page.page.locator('#panel-overview').innerText(), /Output folder/);
    await tab('Files');
    const elsewhere = { ...files().files[0]!, path: `${imported.from}/results.png`, name: 'results.png' };
    await page.send(files({ outputDir: null, files: [elsewhere] }));
    await page.page.getByRole('row', { name: /^results\.png Artifact/ }).waitFor();
    assert.doesNotMatch(await page.page.locator('#panel-files').innerText(), /Output Folder|\/home\/ada/);
    await page.page.getByTitle(`Open ${elsewhere.path}`).click();
    assert.deepEqual(await lastAsk('openFile'), { attempt: 1, path: elsewhere.path });
    await page.send(files({ outputDir: null, files: [] }));
    await visible('There are no files.');
    assert.doesNotMatch(await page.page.locator('#panel-files').innerText(), /Save checkpoints/);
  });
});

describe('The charts', () => {
  const lines = detector(1, 7, 12);
  const run = aRun({ summary: summaryOf(lines) });

  it('B42 are those of the Explore page, and grow', async () => {
    await page.send(told());
    await tab('Explore');
    assert.deepEqual(await lastAsk('watch'), { tab: 'explore', attempt: null });
    await page.send({
      type: 'show',
      executionIds: ['exe-1'],
      runs: [run],
      hints: {},
      axis: 'epoch',
      attempts: 'latest',
      smoothing: 0,
      slots: {},
      series: lines,
    });
    await page.until(`document.querySelectorAll('.card canvas').length > 3`);
    assert.equal((await page.facts('mAP50(B)')).points, 7);
    await page.send({ type: 'append', from: 7, series: detector(7, 8, 12) });
    await page.until(`document.querySelector('[data-figure="mAP50(B)"]').dataset.points === '8'`);
    assert.equal((await page.facts('mAP50(B)')).views, 1);
  });

  it('keep their zoom over a reload', async () => {
    await page.send(told());
    await tab('Explore');
    const show = {
      type: 'show',
      executionIds: ['exe-1'],
      runs: [run],
      hints: {},
      axis: 'epoch',
      attempts: 'latest',
      smoothing: 0,
      slots: {},
      series: lines,
    } as const;
    await page.send({ ...show, executionIds: ['exe-1'], runs: [run], series: lines });
    await page.page.locator('[data-figure="box_loss"] .plot').focus();
    const whole = (await page.facts('box_loss')).x;
    await page.page.keyboard.press('+');
    await page.until(`document.querySelector('[data-figure="box_loss"]').dataset.x !== '${whole.join(' ')}'`);
    const zoomed = (await page.facts('box_loss')).x;
    await page.page.reload();
    await page.send(told());
    await page.send({ ...show, executionIds: ['exe-1'], runs: [run], series: lines });
    await page.until(
      `document.querySelector('[data-figure="box_loss"]')?.dataset.x === '${zoomed.join(' ')}'`,
    );
    await press('Reset Zoom');
    await page.until(`document.querySelector('[data-figure="box_loss"]').dataset.x === '${whole.join(' ')}'`);
  });
});

describe('The log', () => {
  const begin = async (part: LogPart, ended = false): Promise<void> => {
    await page.send(told());
    await tab('Logs');
    await page.send({ type: 'log', part, ended });
  };

  it('shows the end, follows it, and has only the lines in sight in the page', async () => {
    await begin(stretch(0, 5000, 5000));
    await visible('line 004999');
    assert.ok((await rows()).length < 120);
    await page.send({ type: 'log', part: stretch(5000, 5010, 5010), ended: false });
    await visible('line 005009');
    await visible('New lines appear here.');
    await page.send({ type: 'log', part: { ...stretch(5010, 5010, 5010), open: ' 40%' }, ended: true });
    await visible('This is its end.');
    assert.equal((await rows()).at(-1), ' 40%');
  });

  it('stays where somebody reads, and goes to the end on demand', async () => {
    await begin(stretch(0, 5000, 5000));
    await visible('line 004999');
    await page.page.locator('.log').focus();
    await page.page.keyboard.press('Home');
    await visible('line 000000');
    await page.send({ type: 'log', part: stretch(5000, 5010, 5010), ended: false });
    await page.until(`document.querySelector('.log').scrollTop === 0`);
    assert.equal((await rows())[0], 'line 000000');
    await press('Go to End');
    await visible('line 005009');
  });

  it('asks for the lines before those that it has, when somebody gets there, and moves nothing', async () => {
    await begin(stretch(3000, 5000, 5000));
    await visible('line 004999');
    await visible('36 kB to 60 kB of 60 kB are loaded.');
    await page.answers('readLog', { ok: stretch(1000, 3000, 5000) });
    await page.run(`document.querySelector('.log').scrollTop = 1000`);
    await page.until(`said.some((one) => one.name === 'readLog')`);
    assert.deepEqual(await lastAsk('readLog'), { attempt: 1, at: { before: 3000 * WIDTH } });
    await visible('12 kB to 60 kB of 60 kB are loaded.');
    await page.until(`document.querySelector('.log').scrollTop === 1000 + 2000 * 20`);
    await visible('line 003050');
  });

  it('shows warnings and errors alone', async () => {
    await begin(log(`one\ntrain.py:3: UserWarning: two\n${TRACEBACK}four\n`).part);
    const level = page.page.getByRole('combobox', { name: 'Lines to show' });
    await level.selectOption('Warnings and errors');
    await page.until(`document.querySelectorAll('.log-line').length === 7`);
    await level.selectOption('Errors');
    await page.until(`document.querySelectorAll('.log-line').length === 6`);
    await page.send(log('x\n', { from: 0, size: 500 }));
    assert.equal(await page.page.getByRole('button', { name: 'Show Earlier Lines' }).isVisible(), false);
  });

  it('leads to the places that it names', async () => {
    await begin(log(TRACEBACK).part);
    await press('File "model.py", line 40');
    assert.deepEqual(await lastAsk('openPlace'), { file: 'model.py', line: 40 });
  });

  it('is searched in what it has, forth and back, by keyboard', async () => {
    await begin(log(`${numbered(0, 500)}needle one\n${numbered(500, 1000)}NEEDLE two\n`).part);
    await page.page.getByRole('searchbox').fill('needle');
    await visible(/[12] of 2/);
    await page.page.keyboard.press('Enter');
    const current = (): Promise<string> => page.page.locator('.log-line.current').innerText();
    const first = await current();
    await page.page.keyboard.press('Shift+Enter');
    await page.until(`document.querySelector('.log-line.current')?.textContent !== ${JSON.stringify(first)}`);
    assert.deepEqual([first, await current()].toSorted(), ['NEEDLE two', 'needle one']);
    assert.equal(await page.page.locator('mark').first().innerText(), (await current()).slice(0, 6));
    await page.page.getByRole('searchbox').fill('nowhere');
    await visible('No match');
  });

  it('is searched further back on demand, and shows what was found', async () => {
    await begin(stretch(3000, 5000, 5000));
    await page.page.getByRole('searchbox').fill('000042');
    await visible('No match');
    await page.answers('searchLog', { ok: { found: 42 * WIDTH, reached: 42 * WIDTH } });
    await page.answers('readLog', { ok: stretch(42, 2000, 5000) });
    await press('Search Earlier Lines');
    await page.until(`document.querySelector('.log-line.current')?.textContent === 'line 000042'`);
    assert.deepEqual(await lastAsk('searchLog'), {
      attempt: 1,
      text: '000042',
      at: { before: 3000 * WIDTH },
    });
    await visible('1 of 1');
  });

  it('is searched further on, where a stretch is shown that is not its end', async () => {
    await begin(stretch(3000, 5000, 5000));
    assert.equal(await page.page.getByRole('button', { name: 'Search Later Lines' }).isVisible(), false);
    await page.answers('readLog', { ok: stretch(0, 2000, 5000) });
    await press('Go to Start');
    await visible('line 000000');
    await page.page.getByRole('searchbox').fill('004321');
    await visible('No match');
    await page.answers('searchLog', { ok: { found: 4321 * WIDTH, reached: 2000 * WIDTH } });
    await page.answers('readLog', { ok: stretch(4321, 5000, 5000) });
    await press('Search Later Lines');
    await page.until(`document.querySelector('.log-line.current')?.textContent === 'line 004321'`);
    assert.deepEqual(await lastAsk('searchLog'), {
      attempt: 1,
      text: '004321',
      at: { after: 2000 * WIDTH },
    });
  });

  it('says that a text is nowhere after', async () => {
    await begin(stretch(3000, 5000, 5000));
    await page.answers('readLog', { ok: stretch(0, 2000, 5000) });
    await press('Go to Start');
    await visible('line 000000');
    await page.page.getByRole('searchbox').fill('nowhere');
    await page.answers('searchLog', { ok: { found: null, reached: 5000 * WIDTH } });
    await press('Search Later Lines');
    await visible('Not in the lines after.');
  });

  it('says that a text is nowhere before', async () => {
    await begin(stretch(3000, 5000, 5000));
    await page.page.getByRole('searchbox').fill('nowhere');
    await page.answers('searchLog', { ok: { found: null, reached: 0 } });
    await press('Search Earlier Lines');
    await visible('Not in the lines before.');
  });

  it('is where it was after a reload: place, search, filter', async () => {
    await begin(stretch(0, 5000, 5000));
    await page.page.getByRole('searchbox').fill('line');
    await page.run(`document.querySelector('.log').scrollTop = 2000 * 20`);
    await page.until(`JSON.parse(sessionStorage.getItem('state')).own.log.at?.line === 2000`);
    await page.answers('readLog', { ok: stretch(0, 4000, 5000) });
    await page.page.reload();
    await page.send(told());
    await page.until(`said.some((one) => one.name === 'watch')`);
    assert.deepEqual(await lastAsk('watch'), { tab: 'logs', attempt: null });
    await page.send({ type: 'log', part: stretch(3000, 5000, 5000), ended: false });
    await page.until(`document.querySelector('.log').scrollTop === 2000 * 20`);
    await visible('line 002003');
    assert.equal(await page.page.getByRole('searchbox').inputValue(), 'line');
  });

  it('says so where nothing was printed', async () => {
    await begin(log('').part);
    await visible('It has printed nothing yet.');
    await page.send(log('', {}, true));
    await visible('It printed nothing.');
  });
});

describe('The files', () => {
  it('are listed with size and time, and pictures are shown', async () => {
    await page.send(told());
    await tab('Files');
    await page.send(files());
    await page.page.getByRole('row', { name: /weights\/last\.pt Checkpoint 23 MB/ }).waitFor();
    await page.until(
      `[...document.images].length === 2 && [...document.images].every((one) => one.naturalWidth === 40)`,
    );
    await page.page.getByRole('button', { name: 'plots/pr_curve.png' }).first().click();
    assert.deepEqual(await lastAsk('openFile'), { attempt: 1, path: 'plots/pr_curve.png' });
    await press('weights/last.pt');
    assert.deepEqual(await lastAsk('openFile'), { attempt: 1, path: 'weights/last.pt' });
    assert.deepEqual(await page.violations(), []);
  });

  it('say what to do where there are none, and that there are more', async () => {
    await page.send(told());
    await tab('Files');
    await page.send(files({ files: [] }));
    await visible('There are no files.');
    await page.send(files({ cut: true }));
    await visible(/There are more files/);
  });
});

describe('The page', () => {
  it('says that it loads, that it waits, and that the run is gone', async () => {
    await visible('Loading the model…');
    await page.send({ type: 'trouble', message: 'The backend is away.', remedies: ['restartBackend'] });
    await visible('The backend is away.');
    await press('Restart Backend');
    assert.deepEqual((await page.said()).at(-1), { type: 'remedy', remedy: 'restartBackend' });
    await page.send(told());
    await page.page.getByText('The backend is away.').waitFor({ state: 'hidden' });
    await page.send(told({}, { run: null, durationMs: null }));
    await visible('This run was removed.');
    assert.equal(await page.page.getByRole('tab').count(), 0);
  });

  it('is used by keyboard: one stop for the tabs, arrows between them', async () => {
    await page.send(told());
    await page.page.getByRole('tab', { name: 'Overview' }).focus();
    for (const [key, name] of [
      ['ArrowRight', 'Explore'],
      ['ArrowRight', 'Logs'],
      ['End', 'Files'],
      ['ArrowRight', 'Overview'],
      ['ArrowLeft', 'Files'],
      ['Home', 'Overview'],
    ] as const) {
      await page.page.keyboard.press(key);
      await page.page.getByRole('tab', { name, selected: true }).waitFor();
      await page.page.getByRole('tabpanel', { name }).waitFor();
      assert.deepEqual(await lastAsk('watch'), { tab: name.toLowerCase(), attempt: null });
    }
  });

  it('is at the same tab, as far down, after a reload', async () => {
    await page.page.setViewportSize({ width: 700, height: 500 });
    await page.send(told(), overview());
    await visible('4f1c2d3e5a');
    await page.run(`document.querySelector('.scrolls').scrollTop = 120`);
    await page.until(`JSON.parse(sessionStorage.getItem('state')).own.scroll.overview === 120`);
    await page.page.reload();
    await page.send(told(), overview());
    await page.until(`document.querySelector('.scrolls').scrollTop === 120`);
    await tab('Files');
    await page.page.reload();
    await page.send(told());
    await page.page.getByRole('tab', { name: 'Files', selected: true }).waitFor();
  });

  for (const theme of Object.keys(THEMES) as ThemeName[]) {
    it(`is accessible, and keeps to its policy: ${theme}`, async () => {
      await page.setTheme(theme);
      const diagnosis = {
        severity: 'warning',
        code: 'Paused',
        message: 'It is paused.',
        hint: 'Resume it.',
        since: '2026-01-10T10:00:30.000Z',
      } as const;
      await page.send(
        told(
          { status: 'Created', attempt: 2, diagnosis },
          { diagnosis: { ...diagnosis, remedies: ['Resume Service'] } },
        ),
        overview(),
      );
      await visible('It is paused.');
      const findings = [...(await page.findings())];
      await page.send(told({ status: 'Failed', reason: 'ValueError (train.py:12)' }));
      await tab('Logs');
      await page.send(log(`${numbered(0, 200)}x.py:1: UserWarning: a\n${TRACEBACK}`, {}, true));
      await page.page.getByRole('searchbox').fill('step');
      await page.page.locator('mark').first().waitFor();
      findings.push(...(await page.findings()));
      await tab('Files');
      await page.send(files());
      await page.page.getByRole('row', { name: /last\.pt/ }).waitFor();
      findings.push(...(await page.findings()));
      assert.deepEqual(findings, []);
      assert.deepEqual(await page.violations(), []);
      assert.deepEqual(
        (await page.said()).filter(({ type }) => type === 'failed'),
        [],
      );
    });
  }
});
