import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import * as z from 'zod';
import {
  LONG,
  openWorkbench,
  storiesIn,
  THEMES_TRIED,
  until,
  type RowFacts,
  type Workbench,
} from './harness/index.ts';
import { described as rowDescribed, RUNS, settled as treeSettled } from './runsTree.ts';
import { makeTrainingProject, OWN } from './trainings.ts';

// One window, one project, one backend: each story goes on where the one before it ended, as a person's day does.

const project = makeTrainingProject('shapes');
let workbench: Workbench;
const it = storiesIn(() => workbench);
const V1 = 'shapes-small v1';
const V2 = 'shapes-small v2';

before(async () => {
  workbench = await openWorkbench({
    name: 'extension',
    folder: project.folder,
    extension: OWN,
    env: { TRAINYARD_HOME: project.home },
  });
});

after(async () => {
  await workbench.close();
  project.end();
});

const settled = (...wanted: string[]): Promise<RowFacts[]> => treeSettled(workbench, ...wanted);
const described = (name: string, pattern: RegExp): Promise<string> => rowDescribed(workbench, name, pattern);

async function train(model: string): Promise<void> {
  await workbench.runCommand('Trainyard: Train Model…');
  await workbench.quickInput.opened('Choose a model to train');
  await workbench.quickInput.pick(model);
  await workbench.quickInput.closed();
}

/** The text in the editor in front, as far as it is in sight. */
async function editorText(): Promise<string> {
  const lines = await workbench.page.locator('.part.editor .monaco-editor .view-line').allInnerTexts();
  return lines.join('\n').replaceAll('\u00a0', ' ');
}

const Runs = z.array(
  z.object({
    executionId: z.string(),
    createdAt: z.iso.datetime(),
    model: z.object({ id: z.string(), name: z.string(), version: z.int() }),
  }),
);
/** What stands in a table is parted by tabs, and times have narrow spaces in them. */
const inPlainSpaces = (text: string): string => text.replaceAll(/\s+/g, ' ');
function idsOf(name: string): { model: string; execution: string; created: string } {
  const all = Runs.parse(JSON.parse(project.trainyard('runs', '--json')));
  const found = all.find(({ model }) => `${model.name} v${model.version}` === name);
  assert.ok(found);
  const created = new Date(found.createdAt).toLocaleString(undefined, {
    dateStyle: 'medium',
    timeStyle: 'medium',
  });
  return { model: found.model.id, execution: found.executionId, created: inPlainSpaces(created) };
}

it('says what to do where nothing was trained yet', async () => {
  await workbench.openContainer('Trainyard');
  await until('the welcome', async () =>
    /Nothing has been trained here yet/.test(await workbench.view(RUNS).welcome()),
  );
  await workbench.screenshot('nothing-yet');
  assert.match(
    workbench.extensionHostLog(),
    /trainyard\.trainyard.*activationEvent: '(workspaceContains|onView)/,
  );
});

it('B1 B2 B5 B17 trains the model that one picks, and shows it where one looks', async () => {
  await workbench.view(RUNS).pressInWelcome('Train Model…');
  await workbench.quickInput.opened('Choose a model to train');
  assert.deepEqual(await workbench.quickInput.rows(), [
    { label: 'shapes-small', description: 'shapes', detail: '' },
    { label: 'shapes-bad', description: 'shapes · data/bad', detail: '' },
    { label: 'never-ready', description: 'broken', detail: '' },
  ]);
  await workbench.quickInput.pick('shapes-small');
  const [group, row] = await settled('In Progress 1', `  ${V1}`);
  assert.deepEqual(
    { ...group },
    {
      name: 'In Progress',
      description: '1',
      level: 1,
      expanded: true,
      icon: null,
      label: 'In Progress, 1 run',
    },
  );
  assert.equal(row?.icon, 'sync');
  await workbench.tab(`${V1} · Explore`).waitFor();
  const status = workbench.statusItem('trainyard.trainyard.trainyard.activity');
  assert.equal((await status.innerText()).trim(), '1 running');
});

it('B6 B7 shows how far it is and for how long, and its best main metric', async () => {
  project.allow(3);
  const first = await described(V1, /^25% · 3\/12 epochs · \d+s · mAP50-95 0\.563$/);
  await until('the next tick', async () => {
    const next = await workbench.tree(RUNS).row(V1).description();
    return next !== first && /^25% · 3\/12 epochs · \d+s · mAP50-95 0\.563$/.test(next);
  });
  const { label } = await workbench.tree(RUNS).row(V1).facts();
  assert.match(label, /^shapes-small v1, In Progress, 25%, 3\/12 epochs, \d+s, mAP50-95 0\.563$/);
});

it('B4 B8 B30 tells the rest in its hover: when it was created, its service and the ids', async () => {
  const hover = inPlainSpaces(await workbench.tree(RUNS).row(V1).hover());
  const { model, execution, created } = idsOf(V1);
  for (const part of [
    'In Progress',
    `Created ${created}`,
    'Service mgmt-train-shapes',
    model,
    execution,
    'Explore Metrics',
    'Show Logs',
  ]) {
    assert.ok(hover.includes(part), `${part} isn't in: ${hover}`);
  }
  await workbench.screenshot('hover');
});

it('B24 B39 shows the second run on a full service as Pending, and why', async () => {
  await train('shapes-small');
  const rows = await settled('In Progress 1', `  ${V1}`, 'Pending 1', `  ${V2}`);
  assert.equal(rows[3]?.icon, 'clock');
  assert.match(rows[3]?.description ?? '', /mgmt-train-shapes/);
  assert.deepEqual(await workbench.tree(RUNS).row(V2).actions(), ['Set Auto-Scaling…', 'Abort Training']);
});

it('shows a log that follows what is printed', async () => {
  await workbench.tree(RUNS).row(V1).choose('Show Logs');
  await workbench.tab(`${V1}.log`).waitFor();
  await until('what was printed', async () =>
    /training shapes-small[^]*epoch 3 of 12/.test(await editorText()),
  );
  project.allow(4);
  await until('what is printed', async () => /epoch 4 of 12/.test(await editorText()));
  await workbench.screenshot('logs');
});

it('keeps the end of a log in sight, unless one reads further up', async () => {
  project.write('say', '200');
  project.allow(5);
  await until('the end', async () => /line 200/.test(await editorText()));
  await workbench.page.locator('.part.editor .monaco-editor .view-lines').first().click();
  await workbench.page.keyboard.press('Control+Home');
  await until('the beginning', async () => /training shapes-small/.test(await editorText()));
  project.write('say', '0');
  project.allow(6);
  await described(V1, /^50%/);
  assert.match(await editorText(), /training shapes-small/);
  await workbench.page.keyboard.press('Control+End');
  await until('the end again', async () => /epoch 6 of 12/.test(await editorText()));
});

it('B55 B56 copies the ids, and says so', async () => {
  const { model, execution } = idsOf(V1);
  const row = workbench.tree(RUNS).row(V1);
  await row.choose('Copy Model ID');
  await until('the model id', async () => (await workbench.clipboard()) === model);
  await workbench.page.getByText(`Copied model ID ${model}`).first().waitFor();
  await row.choose('Copy Execution ID');
  await until('the execution id', async () => (await workbench.clipboard()) === execution);
});

it('B22 B25 B57 aborts what runs after one confirms it, and the next one starts', async () => {
  const row = workbench.tree(RUNS).row(V1);
  assert.deepEqual(await row.actions(), ['Explore Metrics', 'Abort Training']);
  await row.act('Abort Training');
  await workbench.dialog.opened();
  assert.equal(await workbench.dialog.message(), 'Abort shapes-small v1?');
  assert.match(
    await workbench.dialog.detail(),
    /^It has run for \d+m? ?\d*s?\. Its metrics and checkpoints stay/,
  );
  await workbench.screenshot('abort');
  await workbench.dialog.press('Cancel');
  assert.match(await row.description(), /^50%/);
  await row.act('Abort Training');
  await workbench.dialog.opened();
  await workbench.dialog.press('Abort Training');
  const rows = await settled('In Progress 1', `  ${V2}`, 'Terminated 1', `  ${V1}`);
  assert.equal(rows[3]?.icon, 'circle-slash');
  const frozen = await described(V1, /^50% · 6\/12 epochs · \w+( \w+)? · mAP50-95 0\.643$/);
  assert.deepEqual(await row.actions(), ['Explore Metrics']);
  project.allow(7);
  await described(V2, /^58% · 7\/12/);
  assert.equal(await row.description(), frozen);
});

it('B18 catches up by itself after the backend was killed, and the training with it', async () => {
  const { pid } = z
    .object({ pid: z.int() })
    .parse(JSON.parse(readFileSync(join(project.home, 'server.json'), 'utf8')));
  process.kill(pid, 'SIGKILL');
  await until('the view to say so', async () =>
    /Connecting to the backend again/.test(await workbench.view(RUNS).message()),
  );
  project.allow(12);
  const rows = await settled('Success 1', `  ${V2}`, 'Terminated 1', `  ${V1}`);
  assert.equal(rows[1]?.icon, 'check');
  await described(V2, /^\w+( \w+)? · mAP50-95 0\.692$/);
  await until('the view to be quiet', async () => {
    return !(await workbench.view(RUNS).pane.locator('.message').isVisible());
  });
});

it('B19 B20 leads from a failed run to its log in one step', async () => {
  await train('shapes-bad');
  const rows = await settled(
    'Failed 1',
    '  shapes-bad v1',
    'Success 1',
    `  ${V2}`,
    'Terminated 1',
    `  ${V1}`,
  );
  assert.equal(rows[1]?.icon, 'close');
  assert.match(rows[1]?.description ?? '', /ValueError: lr must be above 0, not -1/);
  const row = workbench.tree(RUNS).row('shapes-bad v1');
  assert.deepEqual(await row.actions(), ['Show Logs', 'Rerun Training']);
  await row.act('Show Logs');
  await workbench.tab('shapes-bad v1.log').waitFor();
  await until('the traceback', async () => /ValueError: lr must be above 0/.test(await editorText()));
  // The place that the traceback names is a link.
  await workbench.page.locator('.part.editor .detected-link').first().waitFor();
});

it('B23 B58 runs it again, and removes it after one says what becomes of its files', async () => {
  const row = workbench.tree(RUNS).row('shapes-bad v1');
  await row.act('Rerun Training');
  await described('shapes-bad v1', /^attempt 2 · \w+ · ValueError/);
  await settled('Failed 1', '  shapes-bad v1', 'Success 1', `  ${V2}`, 'Terminated 1', `  ${V1}`);
  await row.choose('Remove Training');
  await workbench.dialog.opened();
  assert.equal(await workbench.dialog.message(), 'Remove shapes-bad v1 from the list?');
  assert.deepEqual((await workbench.dialog.buttons()).toSorted(), [
    'Cancel',
    'Remove and Delete Files',
    'Remove, Keep Files',
  ]);
  await workbench.screenshot('remove');
  await workbench.dialog.press('Remove and Delete Files');
  await settled('Success 1', `  ${V2}`, 'Terminated 1', `  ${V1}`);
});

it('B59 B61 B62 B65 shows an error on what a failing service keeps from starting', async () => {
  await train('never-ready');
  const description = await described('never-ready v1', /^Created · /);
  assert.match(description, /nothing_of_this_name/);
  const row = workbench.tree(RUNS).row('never-ready v1');
  assert.equal(await row.icon(), 'error');
  assert.deepEqual(await row.actions(), ['Show Diagnosis', 'Abort Training']);
  assert.match(await row.hover(), /(StartFailed|CrashLoop) since .*nothing_of_this_name/);
  await workbench.screenshot('failing');
  await row.choose('Show Logs');
  await until('the traceback', async () => /ModuleNotFoundError/.test(await editorText()));
  await row.act('Abort Training');
  const rows = await settled('Success 1', `  ${V2}`, 'Terminated 2', '  never-ready v1', `  ${V1}`);
  assert.equal(rows[3]?.icon, 'circle-slash');
});

it('B60 B63 B64 B69 shows a warning on what a paused service keeps waiting, and on nothing else', async () => {
  const client = await project.client();
  const { services } = await client.call('listServices', {});
  const paused = services.find((service) => service.name === 'mgmt-train-shapes');
  assert.ok(paused);
  await client.call('pauseService', { params: { id: paused.id } });
  await train('shapes-bad');
  await described('shapes-bad v2', /^Created · mgmt-train-shapes is paused/);
  const rows = await workbench.tree(RUNS).rows();
  assert.deepEqual(
    rows.filter((row) => row.level === 2).map((row) => row.icon),
    ['warning', 'check', 'circle-slash', 'circle-slash'],
  );
  await workbench.screenshot('paused');
  await client.call('resumeService', { params: { id: paused.id } });
  await described('shapes-bad v2', /ValueError/);
  await client.call('remove', { params: { id: idsOf('shapes-bad v2').execution }, query: {} });
  await client.call('remove', { params: { id: idsOf('never-ready v1').execution }, query: {} });
  await settled('Success 1', `  ${V2}`, 'Terminated 1', `  ${V1}`);
});

it('asks in the palette for a run, and offers those alone that it can be done to', async () => {
  await workbench.runCommand('Trainyard: Abort Training');
  const nothing = await workbench.notification('Nothing to abort: no training runs or waits.');
  await nothing.dismiss();
  // Closes the list, which would take the next Escape for itself.
  await workbench.notificationTexts();
  await workbench.runCommand('Trainyard: Rerun Training');
  await workbench.quickInput.opened('Choose a run');
  assert.deepEqual(
    (await workbench.quickInput.rows()).map((row) => row.label),
    [V2, V1],
  );
  await workbench.screenshot('pick');
  await workbench.quickInput.cancel();
});

it('marks the mistakes in a trainyard.json, and says the line where one trains it', async () => {
  await workbench.openFile('trainyard.json');
  project.write(
    'trainyard.json',
    project.text.replace(
      '"architecture": "shapes", "config": { "epochs": 12 } }',
      '"architecture": "shape" }',
    ),
  );
  await workbench.page.locator('.part.editor .squiggly-error').first().waitFor();
  await workbench.page.keyboard.press('F8');
  await until('the words', async () =>
    /there is no architecture "shape"; there is "shapes"/.test(
      (await workbench.page.locator('.part.editor .marker-widget').allInnerTexts()).join('\n'),
    ),
  );
  await workbench.screenshot('broken');
  await workbench.page.keyboard.press('Escape');
  await workbench.runCommand('Trainyard: Train Model…');
  const said = await workbench.notification(
    /trainyard\.json:8:\d+: models\.shapes-small: there is no architecture/,
  );
  await said.press('Open trainyard.json');
  await until('the cursor to be there', async () =>
    /Ln 8,/.test(await workbench.page.locator('.part.statusbar').innerText()),
  );
  project.write('trainyard.json', project.text);
  await until(
    'no mark',
    async () => (await workbench.page.locator('.part.editor .squiggly-error').count()) === 0,
  );
});

it('says what to do where the chosen Python is not there', async () => {
  const heeded = (wanted: boolean): Promise<unknown> =>
    until(
      'the settings to be heeded',
      async () => (await workbench.page.title()).includes('heeded') === wanted,
    );
  mkdirSync(join(project.folder, '.vscode'));
  project.write(
    '.vscode/settings.json',
    '{ "trainyard.python": "no/such/python", "window.title": "heeded" }',
  );
  await heeded(true);
  await train('shapes-small');
  const missing = await workbench.notification(/There is no Python at .*no\/such\/python/);
  assert.deepEqual(await missing.buttons(), ['Open Settings']);
  await missing.dismiss();
  rmSync(join(project.folder, '.vscode'), { recursive: true });
  await heeded(false);
});

it('saves what is in the editors before it trains it', async () => {
  await workbench.openFile('train.py');
  await until('its text', async () => /def train/.test(await editorText()));
  await workbench.page.locator('.part.editor .monaco-editor .view-line').first().click();
  await workbench.page.keyboard.press('Control+Home');
  await workbench.page.keyboard.type('# as one has typed it');
  await workbench.page.keyboard.press('Enter');
  await until('what was typed', async () => (await editorText()).startsWith('# as one has typed it'));
  await train('shapes-bad');
  await described('shapes-bad v3', /ValueError: .*train\.py:8/);
  assert.match(readFileSync(join(project.folder, 'train.py'), 'utf8'), /^# as one has typed it\n/);
});

if (LONG) {
  it('finds runs and logs again after a reload', async () => {
    await settled('Failed 1', '  shapes-bad v3', 'Success 1', `  ${V2}`, 'Terminated 1', `  ${V1}`);
    await workbench.tree(RUNS).row(V1).choose('Show Logs');
    await workbench.tab(`${V1}.log`).waitFor();
    await workbench.reload();
    await workbench.openContainer('Trainyard');
    await settled('Failed 1', '  shapes-bad v3', 'Success 1', `  ${V2}`, 'Terminated 1', `  ${V1}`);
    await workbench.tab(`${V1}.log`).click();
    await until('the log', async () => /epoch 6 of 12/.test(await editorText()));
  });

  it('is at home in every theme', async () => {
    project.allow(3);
    await train('shapes-small');
    await train('shapes-small');
    await train('shapes-bad');
    await described('shapes-small v3', /^25%/);
    for (const kind of THEMES_TRIED) {
      await workbench.setTheme(kind);
      await workbench.screenshot(kind);
    }
  });
}

it('has thrown nothing', () => {
  assert.doesNotMatch(
    workbench.extensionLog('trainyard.trainyard', 'Trainyard'),
    /\[error\](?!.*Train Model…)/,
  );
  // What a notification says, VS Code says on the console too.
  const own = workbench.console
    .errors()
    .filter(({ text }) => /trainyard/i.test(text) && !/there is no (architecture|Python)/i.test(text));
  assert.deepEqual(own, []);
  return Promise.resolve();
});
