import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import type { Locator } from 'playwright-core';
import type { Client } from '../../src/client/api.ts';
import { STATUSES } from '../../src/contract/status.ts';
import {
  LONG,
  chooseFromMenu,
  closeMenu,
  menuTitles,
  openMenu,
  openWorkbench,
  storiesIn,
  THEMES_TRIED,
  until,
  type Workbench,
} from './harness/index.ts';
import { failedAtNothing, Page } from './pages.ts';
import { TablePage } from './tablePage.ts';
import { killTraining, makeTrainingProject, OWN, runsOf } from './trainings.ts';

// The Training Table from its first row on: trainings in each of the eight statuses, a service that fails, one that is paused.

const project = makeTrainingProject('table');
const TABLE = 'Training Table';
let workbench: Workbench;
let client: Client;
let table: TablePage;
const it = storiesIn(() => workbench);

before(async () => {
  project.write(
    'trainyard.json',
    project.text
      .replace(
        '"broken": {',
        '"idle": { "train": "train.py:train", "service": { "instance": "cpu" } },\n    "broken": {',
      )
      .replace(
        '"never-ready"',
        '"left-waiting": { "architecture": "idle", "config": { "epochs": 12 } },\n    "never-ready"',
      ),
  );
  workbench = await openWorkbench({
    name: 'table',
    folder: project.folder,
    extension: OWN,
    env: { TRAINYARD_HOME: project.home },
    userSettings: { 'workbench.startupEditor': 'none' },
    size: { width: 1500, height: 900 },
  });
  table = new TablePage(workbench, TABLE);
});

after(async () => {
  await workbench.close();
  project.end();
});

const { runNamed, becomes, has } = runsOf(() => client);
const train = (model: string): string => project.trainyard('train', model);

it('says that nothing was trained yet, and trains from there', async () => {
  await workbench.runCommand('Trainyard: Show Training Table');
  await workbench.tab(TABLE).waitFor();
  await table.says(/Nothing has been trained here yet\./);
  await workbench.screenshot('empty');
  await table.press('Train Model…');
  await workbench.quickInput.opened('Choose a model to train');
  await workbench.quickInput.pick('shapes-small');
  client = await project.begun();
  await has('shapes-small v1', 'In Progress');
  await workbench.tab('shapes-small v1 · Explore').waitFor();
});

it('B2 B4 B5 B6 B7 B8 shows of each training what it is, how far it is and how long it took', async () => {
  await workbench.tab(TABLE).click();
  project.allow(3);
  await until(
    'the progress',
    async () => (await (await table.cell('shapes-small v1', 'progress')).textContent()) === '3/12 epochs',
  );
  const bar = (await table.cell('shapes-small v1', 'progress')).locator('[role=progressbar]');
  assert.equal(await bar.getAttribute('aria-valuenow'), '25');
  const text = async (column: string): Promise<string> =>
    (await table.cell('shapes-small v1', column)).innerText();
  assert.equal(await text('name'), 'shapes-small v1');
  assert.equal(await text('status'), 'In Progress');
  assert.equal(await text('service'), 'mgmt-train-shapes');
  const { createdAt } = await runNamed('shapes-small v1');
  const told = await table.run(
    `new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' }).format(new Date('${createdAt}'))`,
  );
  assert.equal(await text('createdAt'), told);
  const first = await text('duration');
  assert.match(first, /^\d+s$/);
  await until('the next second', async () => (await text('duration')) !== first);
  await workbench.screenshot('one');
  project.allow(12);
  await until('the end', async () => (await text('status')) === 'Success');
  assert.equal(await bar.getAttribute('aria-valuenow'), '100');
  // Nothing ticks any more: of what runs the next second is awaited, and this stays.
  const frozen = await text('duration');
  train('shapes-bad');
  project.allow(3);
  train('shapes-small');
  const running = async (): Promise<string> => (await table.cell('shapes-small v2', 'duration')).innerText();
  await until('two seconds of another', async () => (await running()) === '2s');
  assert.equal(await text('duration'), frozen);
});

it('B3 leads by its name to the model', async () => {
  await (await table.cell('shapes-small v1', 'name')).locator('.link').click();
  await new Page(workbench, 'shapes-small v1').says(/Success/);
  await workbench.screenshot('model-from-table');
});

it('B9 leads by its service to the executions of that', async () => {
  await workbench.tab(TABLE).click();
  await (await table.cell('shapes-small v1', 'service')).locator('.link').click();
  const page = new Page(workbench, 'mgmt-train-shapes');
  await page.isAt('Executions');
  await page.says(/shapes-small v1/);
  await workbench.tab(TABLE).click();
});

it('B5 B15 B16 B21 B22 B24 B59 B60 B61 B63 B64 B69 has all eight statuses, and the icons where they belong', async () => {
  killTraining((await has('shapes-small v2', 'In Progress')).executionId);
  await has('shapes-small v2', 'Aborted');
  const abort = async (name: string): Promise<void> => {
    await client.call('abort', { params: { id: (await runNamed(name)).executionId } });
    await has(name, 'Terminated');
  };
  const rerun = async (name: string): Promise<void> => {
    await client.call('rerun', { params: { id: (await runNamed(name)).executionId } });
  };
  train('shapes-small');
  await has('shapes-small v3', 'In Progress');
  await abort('shapes-small v3');
  // Two services keep what waits: one since it fails, one since it is paused. What was ended there and is asked for again is Rerun.
  train('never-ready');
  await becomes('never-ready v1', 'kept', (run) => run.diagnosis !== null);
  await abort('never-ready v1');
  await rerun('never-ready v1');
  train('never-ready');
  train('left-waiting');
  const idle = (await has('left-waiting v1', 'In Progress')).service.id;
  await client.call('pauseService', { params: { id: idle } });
  train('left-waiting');
  await has('left-waiting v2', 'Created');
  await abort('left-waiting v2');
  await rerun('left-waiting v2');
  train('left-waiting');
  train('shapes-small');
  await has('shapes-small v4', 'In Progress');
  train('shapes-small');
  await has('shapes-small v5', 'Pending');
  const wanted = [
    'shapes-small v5 Pending ',
    'shapes-small v4 In Progress ',
    'left-waiting v3 Created Warning: Paused',
    'left-waiting v2 Rerun Warning: Paused',
    'left-waiting v1 In Progress ',
    'never-ready v2 Created Error: CrashLoop',
    'never-ready v1 Rerun Error: CrashLoop',
    'shapes-small v3 Terminated ',
    'shapes-small v2 Aborted ',
    'shapes-bad v1 Failed ',
    'shapes-small v1 Success ',
  ];
  let seen: string[] = [];
  await until(
    'the rows',
    async () => {
      seen = (await table.rows()).map(
        ({ name, status, icon }) => `${name} ${status} ${icon.replace('. Show details', '')}`,
      );
      return seen.join('\n') === wanted.join('\n');
    },
    60_000,
  ).catch((error: unknown) => {
    throw new Error(`There was:\n${seen.join('\n')}`, { cause: error });
  });
  assert.deepEqual(
    [...new Set((await table.rows()).map(({ status }) => status))].toSorted(),
    STATUSES.toSorted(),
  );
  await workbench.screenshot('all-statuses');
});

it('B65 B66 B67 B68 says by hover and by click why, and leads to the executions of the service', async () => {
  const cases = [
    [
      'never-ready v2',
      'mgmt-train-broken',
      /keeps failing to start[^]*CrashLoop[^]*nothing_of_this_name[^]*Since/,
    ],
    ['left-waiting v3', 'mgmt-train-idle', /is paused[^]*Paused[^]*Since/],
  ] as const;
  for (const [name, service, words] of cases) {
    const icon = (await table.cell(name, 'status')).locator('.diagnosis');
    const card = await table.find('.hover-card');
    await icon.hover();
    await card.waitFor();
    assert.match(await card.innerText(), words);
    await workbench.screenshot(`hover-${service}`);
    await (await table.heading('Name')).hover();
    await card.waitFor({ state: 'hidden' });
    await icon.click();
    await card.waitFor();
    // A click holds it where it is.
    await (await table.heading('Name')).hover();
    assert.match(await card.innerText(), words);
    await card.locator('vscode-button:text-is("Show Service Executions")').click();
    const page = new Page(workbench, service);
    await page.isAt('Executions');
    await page.says(new RegExp(name));
    await workbench.tab(TABLE).click();
  }
});

it('B65 opens the details by keyboard, and resumes a paused service from there', async () => {
  await (await table.cell('left-waiting v3', 'status')).focus();
  await workbench.page.keyboard.press('Enter');
  await (await table.find('.hover-card[aria-label="Warning: Paused"]')).waitFor();
  assert.equal(await table.run('document.activeElement.innerText'), 'Resume Service');
  await workbench.page.keyboard.press('Enter');
  await becomes('left-waiting v3', 'free', (run) => run.diagnosis === null);
  await until('no warning', async () =>
    (await table.rows()).every(({ icon }) => !icon.startsWith('Warning')),
  );
  await client.call('pauseService', { params: { id: (await runNamed('left-waiting v3')).service.id } });
  await until('the warning', async () => (await table.rows()).some(({ icon }) => icon.startsWith('Warning')));
});

it('B10 B11 B12 finds rows by name and by the id of a model while one types', async () => {
  const search = await table.find('input[type=search]');
  await search.fill('BAD');
  await table.shows('shapes-bad v1');
  await search.fill((await runNamed('shapes-small v2')).model.id);
  await table.shows('shapes-small v2');
  await table.says(/1 of 11 runs/);
  await search.fill('nothing like it');
  await table.says(/There are no runs that match “nothing like it”\./);
  await workbench.screenshot('nothing-found');
  await table.press('Clear Filter');
  await table.says(/11 runs/);
});

it('B13 B14 shows only the statuses that one chooses, each of the eight', async () => {
  const all = await table.rows();
  for (const status of STATUSES) {
    const chip = await table.find(`.chip:has(:text-is("${status}"))`);
    await chip.click();
    const wanted = all.filter((row) => row.status === status).map(({ name }) => name);
    assert.ok(wanted.length > 0, status);
    await table.shows(...wanted);
    assert.equal(await chip.locator('.count').innerText(), String(wanted.length));
    await chip.click();
  }
  for (const status of ['Failed', 'Aborted'])
    await (await table.find(`.chip:has(:text-is("${status}"))`)).click();
  await table.shows('shapes-small v2', 'shapes-bad v1');
  await workbench.screenshot('filtered');
  await table.press('Clear Filter');
});

it('B55 B56 B57 B58 has the four actions in the menu of a row', async () => {
  const row = (name: string): Promise<Locator> => table.cell(name, 'createdAt');
  const titles = await openMenu(workbench.page, await row('shapes-small v5'));
  const four = ['Copy Model ID', 'Copy Execution ID', 'Abort Training', 'Remove Training'];
  assert.deepEqual(
    titles.filter((one) => four.includes(one)),
    four,
  );
  assert.equal(titles.at(-1), 'Remove Training');
  await workbench.screenshot('menu');
  await chooseFromMenu(workbench.page, 'Copy Model ID');
  const { model, executionId } = await runNamed('shapes-small v5');
  await until('the id of the model', async () => (await workbench.clipboard()) === model.id);
  await openMenu(workbench.page, await row('shapes-small v5'));
  await chooseFromMenu(workbench.page, 'Copy Execution ID');
  await until('the id of the execution', async () => (await workbench.clipboard()) === executionId);
  await openMenu(workbench.page, await row('shapes-small v5'));
  await chooseFromMenu(workbench.page, 'Abort Training');
  await has('shapes-small v5', 'Terminated');
  const ended = await openMenu(workbench.page, await row('shapes-small v5'));
  assert.ok(!ended.includes('Abort Training') && ended.includes('Rerun Training'), ended.join());
  await chooseFromMenu(workbench.page, 'Remove Training');
  await workbench.dialog.opened();
  await workbench.dialog.press('Remove and Delete Files');
  await until('the row to go', async () =>
    (await table.rows()).every(({ name }) => name !== 'shapes-small v5'),
  );
  const { runs } = await client.call('listRuns', { query: {} });
  assert.ok(!runs.some((run) => run.executionId === executionId));
});

it('is used as a grid by keyboard alone, its menu included', async () => {
  const { page } = workbench;
  const at = async (): Promise<unknown> =>
    table.run(
      `(document.activeElement.closest('.row').querySelector('.of-name .link')?.innerText ?? 'titles') + ' ' + document.activeElement.getAttribute('aria-colindex')`,
    );
  await (await table.find('input[type=search]')).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Control+Home');
  assert.equal(await at(), 'shapes-small v4 1');
  for (const [key, place] of [
    ['ArrowDown', 'left-waiting v3 1'],
    ['End', 'left-waiting v3 6'],
    ['ArrowLeft', 'left-waiting v3 5'],
    ['Control+End', 'shapes-small v1 6'],
    ['Control+Home', 'shapes-small v4 1'],
    ['ArrowUp', 'titles 1'],
    ['ArrowDown', 'shapes-small v4 1'],
  ]) {
    await page.keyboard.press(key ?? '');
    assert.equal(await at(), place, key);
  }
  await page.keyboard.press('Space');
  await page.keyboard.press('Shift+ArrowDown');
  await until(
    'two chosen rows',
    async () => (await table.rows()).filter(({ chosen }) => chosen).length === 2,
  );
  await workbench.screenshot('chosen');
  await page.keyboard.press('Shift+F10');
  const several = await menuTitles(page);
  assert.ok(several.includes('Compare Runs') && !several.includes('Show Logs'), several.join());
  await closeMenu(page);
  await (await table.cell('shapes-small v1', 'name')).focus();
  await page.keyboard.press('Enter');
  await workbench.tab('shapes-small v1').waitFor();
  await workbench.tab(TABLE).click();
});

it('sorts, widens and adds columns', async () => {
  await table.press('Columns…');
  await workbench.quickInput.opened('Choose what to show beside the name');
  await workbench.screenshot('columns');
  await workbench.quickInput.check('mAP50-95(B)');
  await workbench.quickInput.check('epochs');
  await workbench.quickInput.check('Attempt');
  await workbench.quickInput.accept();
  await (await table.heading('mAP50-95(B)')).waitFor();
  await until('the best value', async () =>
    (await (await table.cell('shapes-small v1', 'metric')).innerText()).startsWith('0.692'),
  );
  await until(
    'the setting',
    async () => (await (await table.cell('shapes-small v1', 'config')).innerText()) === '12',
  );
  assert.equal(await (await table.cell('never-ready v1', 'attempt')).innerText(), '2');
  await (await table.heading('mAP50-95(B)')).click();
  await until('the best one first', async () => (await table.rows())[0]?.name === 'shapes-small v1');
  assert.equal(await (await table.heading('mAP50-95(B)')).getAttribute('aria-sort'), 'descending');
  const first = await table.widthOf('Service');
  const edge = await (await table.heading('Service')).locator('.handle').boundingBox();
  assert.ok(edge);
  await workbench.page.mouse.move(edge.x + 6, edge.y + 8);
  await workbench.page.mouse.down();
  await workbench.page.mouse.move(edge.x + 46, edge.y + 8, { steps: 4 });
  await workbench.page.mouse.up();
  assert.equal(await table.widthOf('Service'), first + 40);
  await (await table.heading('Attempt')).focus();
  await workbench.page.keyboard.press('Shift+ArrowRight');
  await workbench.screenshot('more-columns');
});

it('is as it was after a reload of the window: columns, order, widths, filter, choice', async () => {
  const widths = [await table.widthOf('Service'), await table.widthOf('Attempt')];
  await (await table.find('input[type=search]')).fill('shapes');
  await table.says(/5 of 10 runs/);
  const order = (await table.rows()).map(({ name }) => name);
  await (await table.cell('shapes-small v4', 'createdAt')).click();
  await workbench.reload();
  await table.shows(...order);
  await until(
    'the choice',
    async () =>
      (await table.rows())
        .filter(({ chosen }) => chosen)
        .map(({ name }) => name)
        .join() === 'shapes-small v4',
  );
  assert.deepEqual([await table.widthOf('Service'), await table.widthOf('Attempt')], widths);
  assert.equal(await (await table.heading('mAP50-95(B)')).getAttribute('aria-sort'), 'descending');
  await until(
    'the setting',
    async () => (await (await table.cell('shapes-small v1', 'config')).innerText()) === '12',
  );
  await table.press('Clear Filter');
  await workbench.screenshot('restored');
});

it('B62 shows the error on what runs while its service fails, too', async () => {
  const { executionId, service } = await runNamed('shapes-small v4');
  await client.call('changeService', {
    params: { id: service.id },
    body: { settings: { autoscaling: 2 } },
  });
  project.write('train.py', 'import nothing_of_this_name\n\ndef train():\n    pass\n');
  train('shapes-small');
  await has('shapes-small v6', 'Created');
  const icon = (await table.cell('shapes-small v4', 'status')).locator('.diagnosis');
  await until('the error', async () => (await icon.getAttribute('aria-label'))?.startsWith('Error: '));
  const { status } = await client.call('getRun', { params: { id: executionId } });
  assert.equal(status, 'In Progress');
  // What is over shows none, though it was of the same service.
  const over = (await table.rows()).filter((row) =>
    ['Success', 'Failed', 'Aborted', 'Terminated'].includes(row.status),
  );
  assert.ok(over.length >= 4 && over.every((row) => row.icon === ''));
});

if (LONG) {
  it('can be read in a dark theme and in high contrast', async () => {
    for (const kind of THEMES_TRIED) {
      await workbench.setTheme(kind);
      await (await table.cell('never-ready v2', 'status')).locator('.diagnosis').click();
      await (await table.find('.hover-card')).waitFor();
      await table.isAccessible(kind);
      await workbench.screenshot(kind);
    }
  });
}

it('breaks no content security policy, and fails at nothing', () => {
  failedAtNothing(
    workbench,
    /shapes-bad v1 failed|shapes-small v2 stopped|mgmt-train-(broken|shapes) can't train/,
  );
  return Promise.resolve();
});
