import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Client } from '../../src/client/api.ts';
import { Exported, type Run } from '../../src/contract/shapes.ts';
import { STATUSES } from '../../src/contract/status.ts';
import { STATUS_ICONS } from '../../src/extension/runs/item.ts';
import {
  colorOf,
  colorOfTheme,
  closeMenu,
  openWorkbench,
  storiesIn,
  THEMES_TRIED,
  until,
  type RowFacts,
  type Workbench,
} from './harness/index.ts';
import { badge, described, filterBy, groupBy, hovered, message, RUNS, settled } from './runsTree.ts';
import { killTraining, makeTrainingProject, OWN, runsOf } from './trainings.ts';

// A day on which everything happens: real trainings in each of the eight statuses, a service that fails, one that is paused.

const project = makeTrainingProject('runs');
let workbench: Workbench;
let client: Client;
const it = storiesIn(() => workbench);

before(async () => {
  workbench = await openWorkbench({
    name: 'runs',
    folder: project.folder,
    extension: OWN,
    env: { TRAINYARD_HOME: project.home },
    userSettings: { 'workbench.startupEditor': 'none' },
    size: { width: 1280, height: 900 },
  });
});

after(async () => {
  await workbench.close();
  project.end();
});

const nameOf = (run: Run): string => `${run.model.name} v${run.model.version}`;

const { runNamed, becomes, has } = runsOf(() => client);

/** Trains it as from a terminal, outside the window. */
const train = (model: string): string => project.trainyard('train', model);

it('counts and tells what needs a person, while one looks at something else', async () => {
  await workbench.openContainer('Explorer');
  client = await project.begun();
  project.allow(1000);
  train('shapes-small');
  await has('shapes-small v1', 'Success');
  train('shapes-bad');
  await has('shapes-bad v1', 'Failed');
  project.allow(3);
  train('shapes-small');
  const { executionId } = await becomes('shapes-small v2', 'at epoch 3', (run) => run.progress?.done === 3);
  killTraining(executionId);
  await has('shapes-small v2', 'Aborted');
  train('never-ready');
  await becomes('never-ready v1', 'kept', (run) => run.diagnosis !== null);
  await until('the badge', async () => (await badge(workbench)) === '3');
  await workbench.screenshot('badge');
  const status = workbench.statusItem('trainyard.trainyard.trainyard.activity');
  await until('the words', async () => (await status.innerText()).trim() === '1 queued, 1 service failing');
});

it('B20 B21 has told each thing once, with what to do about it', async () => {
  const failed = await workbench.notification(/^shapes-bad v1 failed: ValueError/);
  assert.deepEqual(await failed.buttons(), ['Show Logs', 'Rerun Training']);
  const aborted = await workbench.notification(/^shapes-small v2 stopped unexpectedly: .*SIGKILL/);
  assert.deepEqual(await aborted.buttons(), ['Show Logs', 'Rerun Training']);
  const service = await workbench.notification(/^mgmt-train-broken can't train \((StartFailed|CrashLoop)\)/);
  assert.deepEqual(await service.buttons(), ['Retry Now', 'Show Service Executions']);
  await workbench.screenshot('told');
  await failed.press('Show Logs');
  await workbench.tab('shapes-bad v1.log').waitFor();
  const texts = await workbench.notificationTexts();
  assert.equal(texts.filter((text) => /^mgmt-train-broken|^shapes/.test(text)).length, 2, texts.join('\n'));
});

it('B2 B5 B14 B15 B17 B18 B61 B62 B69 has all eight statuses, each in its group with its icon', async () => {
  // The one that was tried waits with its second attempt: Rerun. One that wasn't is Created.
  const first = await runNamed('never-ready v1');
  await client.call('abort', { params: { id: first.executionId } });
  await has('never-ready v1', 'Terminated');
  await client.call('rerun', { params: { id: first.executionId } });
  train('never-ready');
  train('shapes-small');
  await has('shapes-small v3', 'In Progress');
  await client.call('abort', { params: { id: (await runNamed('shapes-small v3')).executionId } });
  await has('shapes-small v3', 'Terminated');
  train('shapes-small');
  await has('shapes-small v4', 'In Progress');
  train('shapes-small');
  await workbench.openContainer('Trainyard');
  const rows = await settled(
    workbench,
    'In Progress 1',
    '  shapes-small v4',
    'Pending 1',
    '  shapes-small v5',
    'Created 1',
    '  never-ready v2',
    'Rerun 1',
    '  never-ready v1',
    'Failed 1',
    '  shapes-bad v1',
    'Aborted 1',
    '  shapes-small v2',
    'Success 1',
    '  shapes-small v1',
    'Terminated 1',
    '  shapes-small v3',
  );
  const icons = rows.filter((row) => row.level === 2).map((row) => row.icon);
  const ofStatus = STATUSES.map((status) => STATUS_ICONS[status].id.replace('~spin', ''));
  assert.deepEqual(
    icons,
    ofStatus.map((icon, i) => (STATUSES[i] === 'Created' || STATUSES[i] === 'Rerun' ? 'error' : icon)),
  );
  await workbench.screenshot('eight');
  // Who looks has seen what is broken; the service still fails.
  await until('the badge', async () => (await badge(workbench)) === '1');
});

it('B6 B7 shows how far each is and how long it took; what ended stays as it is', async () => {
  await described(workbench, 'shapes-small v4', /^25% · 3\/12 epochs · \d+s · mAP50-95 0\.563$/);
  const frozen = await described(workbench, 'shapes-small v2', /^\d+s · ended by SIGKILL/);
  await described(workbench, 'never-ready v2', /^Created · .*nothing_of_this_name/);
  await described(workbench, 'never-ready v1', /^attempt 2 · Rerun · .*nothing_of_this_name/);
  const running = await described(workbench, 'shapes-small v4', /s ·/);
  await until('the next tick', async () => {
    return (await workbench.tree(RUNS).row('shapes-small v4').description()) !== running;
  });
  assert.equal(await workbench.tree(RUNS).row('shapes-small v2').description(), frozen);
});

it('exports the samples of a run into the file that one names, and opens it', async () => {
  await workbench.tree(RUNS).row('shapes-small v1').choose('Export Metrics…');
  const { quickInput } = workbench;
  await quickInput.opened('Export Metrics of shapes-small v1');
  await until('a name', async () => (await quickInput.value()).endsWith('/shapes-small-v1-metrics.csv'));
  await quickInput.type(join(project.folder, 'taken.json'));
  await workbench.screenshot('export');
  await quickInput.accept();
  const told = await workbench.notification(/^The metrics of shapes-small v1 are in taken\.json/);
  const { series } = Exported.parse(JSON.parse(readFileSync(join(project.folder, 'taken.json'), 'utf8')));
  const run = await runNamed('shapes-small v1');
  assert.deepEqual(
    series.map(({ figure, legend, samples }) => [figure, legend, samples.length, samples.at(-1)?.y]),
    run.summary.map(({ figure, legend, count, last }) => [figure, legend, count, last]),
  );
  await told.press('Open');
  await workbench.tab('taken.json').waitFor();
  await workbench.screenshot('exported');
  await workbench.runCommand('View: Close All Editors');
  // Where notices come as toasts their list was never opened.
  if (await workbench.page.locator('.notifications-center').isVisible())
    await workbench.runCommand('Notifications: Hide Notifications');
});

/** The service's page shows its executions; it is closed again. */
async function showsExecutions(service: string, runs: RegExp): Promise<void> {
  const page = workbench.webview(service);
  await (await page.locator('[role=tab][aria-selected=true]:text-is("Executions")')).waitFor();
  await page.text(runs);
  await workbench.runCommand('View: Close All Editors');
}

it('B65 B66 B68 says by hover and by click why a service fails, and leads to its executions', async () => {
  for (const name of ['never-ready v2', 'never-ready v1']) {
    const row = workbench.tree(RUNS).row(name);
    await hovered(row, /CrashLoop since .*nothing_of_this_name[^]*Show Service Executions/);
    await row.root.locator('.custom-view-tree-node-item-icon').click();
    await workbench.dialog.opened();
    assert.equal(await workbench.dialog.message(), 'mgmt-train-broken: CrashLoop');
    assert.match(await workbench.dialog.detail(), /nothing_of_this_name[^]*Install[^]*Since /);
    if (name === 'never-ready v2') await workbench.screenshot('diagnosis');
    await workbench.dialog.press('Show Service Executions');
    await showsExecutions('mgmt-train-broken', /never-ready v2[^]*never-ready v1/);
  }
  const row = workbench.tree(RUNS).row('never-ready v2');
  assert.deepEqual(await row.actions(), ['Show Diagnosis', 'Abort Training']);
  await row.act('Show Diagnosis');
  await workbench.dialog.opened();
  await workbench.dialog.press('Retry Now');
  await workbench.page.getByText('mgmt-train-broken tries again').first().waitFor();
});

it('B26 lets a Pending run start by raising the auto-scaling of its full service', async () => {
  const row = workbench.tree(RUNS).row('shapes-small v5');
  assert.deepEqual(await row.actions(), ['Set Auto-Scaling…', 'Abort Training']);
  await row.act('Set Auto-Scaling…');
  await workbench.quickInput.opened('Auto-Scaling of mgmt-train-shapes');
  await workbench.quickInput.type('0');
  await until('the refusal', async () => /from 1 to 1000/.test(await workbench.quickInput.message()));
  await workbench.quickInput.type('2');
  await workbench.screenshot('auto-scaling');
  await workbench.quickInput.accept();
  await has('shapes-small v5', 'In Progress');
  await described(workbench, 'shapes-small v5', /^(25%|\d+s)/);
});

it('B60 B63 B64 B65 B67 B68 warns of a paused service, and resumes it from the warning', async () => {
  await workbench.runCommand('Trainyard: Pause Service');
  await workbench.quickInput.opened('Choose a service');
  await workbench.quickInput.pick('mgmt-train-shapes');
  await workbench.quickInput.closed();
  train('shapes-small');
  await described(workbench, 'shapes-small v6', /^Created · mgmt-train-shapes is paused/);
  const aborted = await runNamed('shapes-small v2');
  await client.call('rerun', { params: { id: aborted.executionId } });
  await described(workbench, 'shapes-small v2', /^attempt 2 · Rerun · mgmt-train-shapes is paused/);
  const rows = await workbench.tree(RUNS).rows();
  const iconOf = (name: string): string | null | undefined => rows.find((row) => row.name === name)?.icon;
  assert.deepEqual(['shapes-small v6', 'shapes-small v2', 'shapes-small v4', 'shapes-small v1'].map(iconOf), [
    'warning',
    'warning',
    'sync',
    'check',
  ]);
  const row = workbench.tree(RUNS).row('shapes-small v6');
  await hovered(row, /Paused since [^]*Show Service Executions/);
  await workbench.screenshot('paused');
  await row.root.locator('.custom-view-tree-node-item-icon').click();
  await workbench.dialog.opened();
  assert.equal(await workbench.dialog.message(), 'mgmt-train-shapes: Paused');
  await workbench.dialog.press('Show Service Executions');
  await showsExecutions('mgmt-train-shapes', /shapes-small v6/);
  await row.act('Show Diagnosis');
  await workbench.dialog.opened();
  await workbench.dialog.press('Resume Service');
  await described(workbench, 'shapes-small v6', /^Place \d in the queue/);
});

const level2 = (rows: RowFacts[]): string[] => rows.filter((row) => row.level === 2).map((row) => row.name);

it('B10 B11 B12 finds runs by name and by model id while one types, and says so', async () => {
  const { model } = await runNamed('shapes-bad v1');
  await workbench.runCommand('Trainyard: Search Runs…');
  await workbench.quickInput.opened('Name, model ID');
  await workbench.quickInput.type('never');
  await settledRuns(['never-ready v2', 'never-ready v1']);
  await workbench.quickInput.type(model.id);
  await settledRuns(['shapes-bad v1']);
  await workbench.quickInput.type('nothing like it');
  await until('the words', async () =>
    /No run matches the filter/.test(await workbench.view(RUNS).welcome()),
  );
  await workbench.screenshot('nothing-found');
  // Escape goes back to what was before.
  await workbench.quickInput.cancel();
  await until('all rows', async () => {
    const names = level2(await workbench.tree(RUNS).rows());
    return names.includes('shapes-bad v1') && names.includes('never-ready v2');
  });
  await workbench.runCommand('Trainyard: Search Runs…');
  await workbench.quickInput.opened('Name, model ID');
  await workbench.quickInput.type('bad');
  await workbench.quickInput.accept();
  await settledRuns(['shapes-bad v1']);
  await until('the words', async () => /^1 of \d+ runs: “bad”$/.test(await message(workbench)));
  await workbench.screenshot('found');
});

it('keeps what is filtered over a reload, and clears it by one click', async () => {
  await workbench.reload();
  await workbench.openContainer('Trainyard');
  await settledRuns(['shapes-bad v1']);
  await workbench.view(RUNS).act('Clear Filter');
  await until('all rows', async () => (await workbench.tree(RUNS).rows()).length > 8);
  await until('no word of a filter', async () => (await message(workbench)) === '');
});

it('B13 B14 shows only the statuses that one chooses, each of the eight', async () => {
  const { runs } = await client.call('listRuns', { query: {} });
  for (const status of STATUSES) {
    await filterBy(workbench, [status]);
    const wanted = runs.filter((run) => run.status === status).length;
    if (wanted === 0) {
      await until('no row', async () => (await workbench.tree(RUNS).rows()).length === 0);
    } else {
      await workbench
        .tree(RUNS)
        .settled(status, (rows) => rows[0]?.name === status && rows.length === wanted + 1);
    }
  }
  await filterBy(workbench, ['Failed', 'Success']);
  await until('the words', async () => (await message(workbench)).endsWith(': Failed, Success'));
  await workbench.screenshot('filtered');
  await workbench.runCommand('Trainyard: Clear Filter');
  await until('all rows', async () => (await workbench.tree(RUNS).rows()).length > 8);
});

it('groups by service, by model or not at all, as the menu of the view says', async () => {
  await groupBy(workbench, 'Service');
  await workbench
    .tree(RUNS)
    .settled('services', (rows) =>
      ['mgmt-train-broken', 'mgmt-train-shapes'].every((name) => rows.some((row) => row.name === name)),
    );
  await workbench.screenshot('by-service');
  await groupBy(workbench, 'Model');
  await workbench.tree(RUNS).settled('models', (rows) => rows[0]?.name === 'never-ready');
  await groupBy(workbench, 'None');
  await workbench
    .tree(RUNS)
    .settled('no groups', (rows) => rows.every((row) => row.level === 1 && row.icon !== null));
  await workbench.screenshot('ungrouped');
  await groupBy(workbench, 'Status');
  await workbench.tree(RUNS).settled('statuses', (rows) => rows[0]?.name === 'In Progress');
});

it('compares what is chosen, and asks once before it ends or removes several', async () => {
  const tree = workbench.tree(RUNS);
  await (await tree.reveal('shapes-bad v1')).click();
  await tree.row('shapes-small v1').click(['Control']);
  const row = tree.row('shapes-small v1');
  const titles = await row.menu();
  assert.ok(titles.includes('Compare Runs') && !titles.includes('Show Logs'), titles.join());
  await closeMenu(workbench.page);
  await row.choose('Compare Runs');
  await workbench.tab('2 runs · Explore').waitFor();
  const swatch = await workbench
    .webview('2 runs · Explore')
    .locator('tr:has-text("shapes-small v1") .swatch');
  await swatch.waitFor();
  await tree.row('shapes-bad v1').click();
  const colors = await Promise.all(
    ['charts.blue', 'charts.orange'].map((id) => colorOfTheme(workbench.page, id)),
  );
  await until('the row to have the colour of its lines', async () =>
    colors.includes(await colorOf(row.root.locator('.label-name'))),
  );
  await tree.row('shapes-small v4').click(['Control']);
  await tree.row('shapes-small v4').choose('Remove Training');
  await workbench.dialog.opened();
  assert.equal(await workbench.dialog.message(), 'Abort and remove 2 trainings?');
  await workbench.screenshot('remove-several');
  await workbench.dialog.press('Abort and Remove and Delete Files');
  await until('both to be gone', async () => {
    const names = level2(await tree.rows());
    return !names.includes('shapes-small v4') && !names.includes('shapes-bad v1');
  });
  const { runs } = await client.call('listRuns', { query: {} });
  assert.ok(!runs.some((run) => ['shapes-small v4', 'shapes-bad v1'].includes(nameOf(run))));
});

it('is told nothing more of what one has switched off', async () => {
  const told = await workbench.notificationTexts();
  mkdirSync(join(project.folder, '.vscode'));
  project.write(
    '.vscode/settings.json',
    '{ "trainyard.notifications": { "failed": false }, "window.title": "heeded" }',
  );
  await until('the settings to be heeded', async () => (await workbench.page.title()).includes('heeded'));
  const running = await runNamed('shapes-small v5');
  const settings = { autoscaling: 9 };
  await client.call('changeService', { params: { id: running.service.id }, body: { settings } });
  train('shapes-bad');
  await described(workbench, 'shapes-bad v2', /ValueError/);
  // What would be told would be told before this is.
  killTraining(running.executionId);
  await workbench.notification(/^shapes-small v5 stopped unexpectedly/);
  const texts = await workbench.notificationTexts();
  assert.equal(texts.length, told.length + 1, texts.join('\n'));
});

for (const kind of THEMES_TRIED) {
  it(`is at home in ${kind}`, async () => {
    await workbench.setTheme(kind);
    await workbench.screenshot(`everything-${kind}`);
  });
}

it('has thrown nothing', () => {
  assert.doesNotMatch(workbench.extensionLog('trainyard.trainyard', 'Trainyard'), /\[error\]/);
  return Promise.resolve();
});

async function settledRuns(names: string[]): Promise<void> {
  await workbench.tree(RUNS).settled(names.join(), (rows) => level2(rows).join() === names.join());
}
