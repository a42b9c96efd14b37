import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before } from 'node:test';
import type { Locator } from 'playwright-core';
import type { Client } from '../../src/client/api.ts';
import type { Run } from '../../src/contract/shapes.ts';
import { isOver } from '../../src/contract/status.ts';
import {
  chooseFromMenu,
  closeMenu,
  openMenu,
  openWorkbench,
  storiesIn,
  until,
  type RowFacts,
  type TreeRow,
  type Workbench,
} from './harness/index.ts';
import { branchIs, MODELS, showAlone } from './sidebar.ts';
import { makeTrainingProject, OWN } from './trainings.ts';

// The view Models, and Train where the code is. Each story has an architecture of its own; what it leaves running is let go to
// its end.

const project = makeTrainingProject('train');
const cpu = '"service": { "instance": "cpu" }';
const FILE = `{
  "architectures": {
    "shapes": { "train": "train.py:train", ${cpu} },
    "other": { "train": "train.py:train", ${cpu} },
    "lens": { "train": "lens.py:train", ${cpu} },
    "title": { "train": "title.py:train", ${cpu} },
    "tuned": { "train": "train.py:train", "service": { "instance": "cpu", "autoscaling": 3 } },
    "refused": { "train": "train.py:trian", ${cpu} }
  },
  "models": {
    "shapes-small": { "architecture": "shapes", "config": { "epochs": 12 } },
    "shapes-large": { "architecture": "shapes", "config": { "epochs": 12 } },
    "other-one": { "architecture": "other", "config": { "epochs": 2 } },
    "lens-one": { "architecture": "lens", "config": { "epochs": 12 } },
    "lens-bad": { "architecture": "lens", "config": { "epochs": 1, "lr": -1 } },
    "title-one": { "architecture": "title", "config": { "epochs": 1 } },
    "tuned-one": { "architecture": "tuned", "config": { "epochs": 1 } },
    "refused-one": { "architecture": "refused" }
  }
}
`;
project.write('trainyard.json', FILE);
const TRAIN = readFileSync(join(project.folder, 'train.py'), 'utf8');
for (const file of ['lens.py', 'title.py']) project.write(file, TRAIN);
project.write('hello.py', 'import trainyard\n\ntrainyard.log(epoch=1, loss=0.5)\n');

let workbench: Workbench;
let client: Client;
const it = storiesIn(() => workbench);

before(async () => {
  workbench = await openWorkbench({
    name: 'train',
    folder: project.folder,
    extension: OWN,
    env: { TRAINYARD_HOME: project.home },
    userSettings: { 'workbench.startupEditor': 'none', 'explorer.openEditors.visible': 0 },
    size: { width: 1280, height: 900 },
  });
  await showAlone(workbench, MODELS);
  client = await project.begun();
});

const runs = async (): Promise<Run[]> => (await client.call('listRuns', { query: {} })).runs;
const runsOf = async (model: string): Promise<Run[]> =>
  (await runs()).filter((run) => run.model.name === model);

afterEach(async () => {
  project.write('trainyard.json', FILE);
  project.allow(1000);
  await until('the end of all trainings', async () => (await runs()).every(({ status }) => isOver(status)));
});

after(async () => {
  await workbench.close();
  project.end();
});

const row = (name: string): TreeRow => workbench.tree(MODELS).row(name);
const modelsAre = (architecture: string, ...lines: RegExp[]): Promise<RowFacts[]> =>
  branchIs(workbench, MODELS, architecture, ...lines);

/** The line, from 1, on which the cursor stands. */
const cursorIs = (line: number): Promise<unknown> =>
  until(`the cursor on line ${line}`, async () =>
    (await workbench.page.locator('.part.statusbar').innerText()).includes(`Ln ${line},`),
  );
const lineOf = (text: string): number => FILE.slice(0, FILE.indexOf(text)).split('\n').length;

it('B1 B27 B30 B31 B32 B35 trains a model by one click on its row, which makes the service of its architecture', async () => {
  project.allow(3);
  await modelsAre(
    'shapes',
    /^shapes: $/,
    /^ {2}shapes-small: not trained yet$/,
    /^ {2}shapes-large: not trained yet$/,
  );
  assert.deepEqual(await row('shapes-small').actions(), ['Train Model…']);
  // Which of its two models is meant isn't known.
  assert.deepEqual(await row('shapes').actions(), []);
  assert.deepEqual(await row('other').actions(), ['Train Model…']);
  await row('shapes-small').act('Train Model…');
  await modelsAre(
    'shapes',
    /^shapes: mgmt-train-shapes$/,
    /^ {2}shapes-small: best mAP50-95 0\.563 \(v1\) · 1 version$/,
    /^ {2}shapes-large: not trained yet$/,
  );
  const [run, ...more] = await runsOf('shapes-small');
  assert.deepEqual([run?.status, run?.service.name, more.length], ['In Progress', 'mgmt-train-shapes', 0]);
  await workbench.screenshot('trained');
});

it('B28 B29 has one service for all models of an architecture, and another for another', async () => {
  await row('shapes-large').act('Train Model…');
  await row('other').act('Train Model…');
  await modelsAre(
    'shapes',
    /: mgmt-train-shapes$/,
    /shapes-small: /,
    /shapes-large: best .* · \d+ versions?$/,
  );
  await modelsAre(
    'other',
    /^other: mgmt-train-other$/,
    /^ {2}other-one: best mAP50-95 0\.5 \(v1\) · 1 version$/,
  );
  const { services } = await client.call('listServices', {});
  assert.equal(services.filter(({ name }) => name === 'mgmt-train-shapes').length, 1);
});

it('B3 shows the versions of a model, with what can be done with each; a click opens its page', async () => {
  project.allow(3);
  await row('other').act('Train Model…');
  const { model } = await until('the training', async () =>
    (await runsOf('other-one')).find(({ status }) => status === 'Success'),
  );
  await row('other-one').expand();
  const name = `v${model.version}`;
  const rows = await workbench
    .tree(MODELS)
    .settled('the version', (all) => all.some((one) => one.level === 3 && one.name === name));
  const version = rows.find((one) => one.level === 3 && one.name === name);
  assert.match(version?.description ?? '', /^\d+s · mAP50-95 0\.5$/);
  assert.equal(version?.icon, 'check');
  assert.deepEqual(await row(name).actions(), ['Explore Metrics']);
  await workbench.openFrom(row(name), `other-one ${name}`);
  await workbench.runCommand('View: Close All Editors');
  await row('other-one').expand(false);
});

it('B5 has lenses over a train function: Train, how the latest run of the model stands, Debug', async () => {
  project.allow(3);
  await workbench.openFile('lens.py');
  const words = async (): Promise<string> =>
    (await workbench.codeLenses()).map((one) => one.replaceAll('\u00a0', ' ').trim()).join(' | ');
  const lensesAre = (pattern: RegExp): Promise<unknown> =>
    until(`the lenses ${pattern}`, async () => pattern.test(await words()));
  const press = (lens: RegExp): Promise<void> =>
    workbench.page.locator('.codelens-decoration a', { hasText: lens }).first().click();
  await lensesAre(/^Train lens-one \| Train lens-bad \| Debug$/);
  await press(/Train lens-one/);
  await lensesAre(/^Train lens-one \| latest: In Progress, 25%, mAP50-95 0\.563 \| Train lens-bad \| Debug$/);
  project.allow(12);
  await lensesAre(/^Train lens-one \| latest: Success, mAP50-95 0\.692 \| /);
  await press(/Train lens-bad/);
  await lensesAre(/\| Train lens-bad \| latest: Failed \| Debug$/);
  await workbench.screenshot('lenses');
  await press(/latest: Failed/);
  await workbench.tab('lens-bad v1').waitFor();
  await workbench.runCommand('View: Close All Editors');
});

it('trains the file in the editor by the button in its title', async () => {
  await workbench.openFile('title.py');
  const button = workbench.page.locator(
    '.part.editor .editor-actions .action-label[aria-label^="Train Current File"]',
  );
  await button.first().click();
  await modelsAre('title', /^title: mgmt-train-title$/, /^ {2}title-one: best .* · 1 version$/);
  await workbench.runCommand('View: Close All Editors');
});

it('trains a model of the trainyard.json in the editor by the button in its title', async () => {
  await workbench.openFile('trainyard.json');
  const button = workbench.page.locator(
    '.part.editor .editor-actions .action-label[aria-label^="Train Model…"]',
  );
  await button.first().click();
  await workbench.quickInput.opened('Choose a model to train');
  assert.equal((await workbench.quickInput.rows()).length, 8);
  await workbench.screenshot('pick');
  await workbench.quickInput.cancel();
  await workbench.runCommand('View: Close All Editors');
});

it('trains a script that no project names: as the current file, and from the explorer', async () => {
  await workbench.openFile('hello.py');
  await workbench.runCommand('Trainyard: Train Current File');
  const trained = (count: number): Promise<unknown> =>
    until(`${count} trained`, async () => {
      const all = await runsOf('hello');
      return all.length === count && all.every(({ status }) => status === 'Success');
    });
  await trained(1);
  await workbench.runCommand('View: Close All Editors');
  await workbench.openContainer('Explorer');
  const file = (name: string): Locator =>
    workbench.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name });
  const offered = await openMenu(workbench.page, file('hello.py'));
  assert.ok(offered.includes('Train Current File'), offered.join());
  await workbench.screenshot('explorer');
  await chooseFromMenu(workbench.page, 'Train Current File');
  await trained(2);
  // With no file in sight it asks.
  await workbench.runCommand('Trainyard: Train Current File');
  await workbench.quickInput.opened('Choose a Python file to train as it is');
  await workbench.quickInput.pick('hello.py');
  await trained(3);
  const ofFile = await openMenu(workbench.page, file('trainyard.json'));
  assert.ok(ofFile.includes('Train Model…') && !ofFile.includes('Train Current File'), ofFile.join());
  await closeMenu(workbench.page);
  await workbench.openContainer('Trainyard');
});

it('trains with changes, which are checked against the configuration while one types', async () => {
  const { quickInput } = workbench;
  await row('shapes-small').choose('Train with Changes…');
  await quickInput.opened('Train shapes-small with changes');
  assert.match(await quickInput.message(), /^Now epochs=12/);
  await quickInput.type('epochs=many');
  await until('the refusal', () => quickInput.refused());
  assert.match(await quickInput.message(), /^epochs is a number \(12\), and many isn't\./);
  await quickInput.type('epochs=2 note="two words"');
  await until('the warning', async () =>
    /The configuration has no note; it has epochs/.test(await quickInput.message()),
  );
  assert.equal(await quickInput.refused(), false);
  await workbench.screenshot('changes');
  await quickInput.accept();
  const changed = await until('the training', async () => {
    const [run] = await runsOf('shapes-small');
    if (run?.status !== 'Success') return false;
    const { config } = await client.call('getRun', { params: { id: run.executionId } });
    return JSON.stringify(config) === '{"epochs":2,"note":"two words"}';
  });
  assert.ok(changed);
});

it('B36 says where a service is set otherwise than its file, and sets it so', async () => {
  project.trainyard('train', 'tuned-one');
  const service = await until('the service', async () =>
    (await client.call('listServices', {})).services.find(({ architecture }) => architecture.id === 'tuned'),
  );
  const params = { id: service.id };
  await client.call('changeService', { params, body: { settings: { autoscaling: 2 } } });
  await row('tuned-one').act('Train Model…');
  const said = await workbench.notification(
    /^mgmt-train-tuned is set otherwise than trainyard\.json says: autoscaling 2 \(file: 3\)\. The service's settings count\./,
  );
  assert.deepEqual((await said.buttons()).toSorted(), ['Apply', 'Show Settings']);
  await workbench.screenshot('differs');
  await said.press('Apply');
  await until(
    'the setting',
    async () => (await client.call('getService', { params })).settings.autoscaling === 3,
  );
  await workbench.page.getByText('mgmt-train-tuned is set as trainyard.json says').first().waitFor();
});

it('B34 refuses what has no train function, says what there is, and leads to where it is named', async () => {
  await row('refused-one').act('Train Model…');
  const said = await workbench.notification(
    /^refused-one isn't trained: train\.py has no function "trian"; it has train\./,
  );
  await workbench.screenshot('refused');
  await said.press('Open trainyard.json');
  await cursorIs(lineOf('"refused": {'));
  assert.deepEqual(await runsOf('refused-one'), []);
  await modelsAre('refused', /^refused: $/, /^ {2}refused-one: not trained yet$/);
  await workbench.runCommand('View: Close All Editors');
});

it('shows where a trainyard.json is broken, and leads there', async () => {
  const broken = FILE.replace(
    '"other-one": { "architecture": "other"',
    '"other-one": { "architecture": "othr"',
  );
  project.write('trainyard.json', broken);
  const [only] = await workbench.tree(MODELS).settled('the broken file', (rows) => rows.length === 1);
  const line = lineOf('"other-one": {');
  assert.match(only?.description ?? '', new RegExp(`^line ${line}: .*there is no architecture "othr"`));
  assert.deepEqual([only?.name, only?.icon], ['trainyard.json', 'error']);
  await workbench.screenshot('broken');
  await workbench.openFrom(row('trainyard.json'), 'trainyard.json');
  await cursorIs(line);
  await workbench.runCommand('View: Close All Editors');
  project.write('trainyard.json', FILE);
  await row('refused-one').waitFor();
});

it('says what Debug Training needs, and finds it', async () => {
  await row('other-one').choose('Debug Training');
  const said = await workbench.notification('Debug Training needs the extension Python Debugger');
  await workbench.screenshot('no-debugger');
  await said.press('Find Python Debugger');
  const search = workbench.page.locator('.extensions-viewlet');
  await until('the search', async () => /ms-python\.debugpy/.test(await search.innerText()));
});

it('has thrown nothing', () => {
  assert.doesNotMatch(
    workbench.extensionLog('trainyard.trainyard', 'Trainyard'),
    /\[error\](?!.*Train Model…: .*refused-one)/,
  );
  return Promise.resolve();
});
