import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';
import type { Client } from '../../src/client/api.ts';
import type { Run } from '../../src/contract/shapes.ts';
import { isOver } from '../../src/contract/status.ts';
import {
  closeMenu,
  openWorkbench,
  storiesIn,
  until,
  type RowFacts,
  type TreeRow,
  type Workbench,
} from './harness/index.ts';
import { branchIs, SERVICES, showAlone } from './sidebar.ts';
import { makeTrainingProject, OWN } from './trainings.ts';

// The view Services. Each story has an architecture, and so a service, of its own; what it leaves waiting or running is ended
// after it.

const project = makeTrainingProject('services');
const cpu = '"service": { "instance": "cpu" }';
project.write(
  'trainyard.json',
  `{
  "architectures": {
    "shapes": { "train": "train.py:train", ${cpu} },
    "queue": { "train": "train.py:train", ${cpu} },
    "wide": { "train": "train.py:train", ${cpu} },
    "quiet": { "train": "train.py:train", ${cpu} },
    "rests": { "train": "train.py:train", ${cpu} },
    "broken": { "train": "broken.py:train", ${cpu} },
    "huge": { "train": "train.py:train", "service": { "gpus": 64 } }
  },
  "models": {
    "shapes-small": { "architecture": "shapes", "config": { "epochs": 12 } },
    "shapes-large": { "architecture": "shapes", "config": { "epochs": 12 } },
    "queued": { "architecture": "queue", "config": { "epochs": 12 } },
    "wide-one": { "architecture": "wide", "config": { "epochs": 12 } },
    "quiet-one": { "architecture": "quiet", "config": { "epochs": 12 } },
    "rests-one": { "architecture": "rests", "config": { "epochs": 12 } },
    "never-ready": { "architecture": "broken" },
    "huge-one": { "architecture": "huge", "config": { "epochs": 12 } }
  }
}
`,
);
let workbench: Workbench;
let client: Client;
const it = storiesIn(() => workbench);

before(async () => {
  workbench = await openWorkbench({
    name: 'services',
    folder: project.folder,
    extension: OWN,
    env: { TRAINYARD_HOME: project.home },
    userSettings: { 'workbench.startupEditor': 'none' },
    size: { width: 1280, height: 900 },
  });
  await showAlone(workbench, SERVICES);
  client = await project.begun();
});

afterEach(async () => {
  project.allow(0);
  const waiting = async (): Promise<string[]> => {
    const { runs } = await client.call('listRuns', { query: {} });
    return runs.filter(({ status }) => !isOver(status)).map(({ executionId }) => executionId);
  };
  for (const id of await waiting()) await client.call('abort', { params: { id } });
  await until('the end of all trainings', async () => (await waiting()).length === 0);
});

after(async () => {
  await workbench.close();
  project.end();
});

/** Trains it as from a terminal, outside the window. */
const train = (...models: string[]): string => project.trainyard('train', ...models);
async function newest(model: string): Promise<Run> {
  const { runs } = await client.call('listRuns', { query: {} });
  const found = runs.find((run) => run.model.name === model);
  assert.ok(found, `there is no run of ${model}`);
  return found;
}
const row = (name: string): TreeRow => workbench.tree(SERVICES).row(name);
const assertIcons = (rows: RowFacts[], ...icons: string[]): void =>
  assert.deepEqual(
    rows.map(({ icon }) => icon),
    icons,
  );
const serviceIs = (name: string, ...lines: RegExp[]): Promise<RowFacts[]> =>
  branchIs(workbench, SERVICES, name, ...lines);

it('B31 B32 B33 has no service before the first training, and none that could be configured', async () => {
  const view = workbench.view(SERVICES);
  const words =
    'No training services yet. The first training of an architecture makes its service, which queues and runs all trainings of it.';
  await until('the words', async () => (await view.welcome()) === words);
  assert.deepEqual(await workbench.tree(SERVICES).rows(), []);
  await workbench.screenshot('none-yet');
  await workbench.runCommand('Trainyard: Configure Service…');
  const none = await workbench.notification(/^No services yet: the first training of an architecture makes/);
  await none.dismiss();
  // Closes the list, which would take the next Escape for itself.
  await workbench.notificationTexts();
});

it('B27 B30 B31 B32 B35 B38 shows the service that the first training of its architecture makes', async () => {
  project.allow(3);
  train('shapes-small');
  const rows = await serviceIs(
    'mgmt-train-shapes',
    /^mgmt-train-shapes: 1 of 1 busy · CPU · healthy$/,
    /^ {2}shapes-small v1: 25% · 3\/12 epochs · \d+s · mAP50-95 0\.563$/,
  );
  assertIcons(rows, 'pass', 'sync');
  assert.equal(rows[0]?.label, 'mgmt-train-shapes, 1 of 1 busy, CPU, healthy');
  const { services } = await client.call('listServices', {});
  assert.ok(!services.some(({ architecture }) => architecture.id === 'queue'));
  assert.ok(!(await workbench.tree(SERVICES).rows()).some(({ name }) => name === 'mgmt-train-queue'));
});

it('B28 B29 has the models of one architecture in one queue, and those of another in their own', async () => {
  train('shapes-small');
  train('shapes-large');
  train('queued');
  await serviceIs(
    'mgmt-train-shapes',
    /^mgmt-train-shapes: 1 of 1 busy · CPU · 1 queued · healthy$/,
    /^ {2}shapes-small v\d: /,
    /^ {2}shapes-large v1: Place 1 in the queue of mgmt-train-shapes/,
  );
  await serviceIs('mgmt-train-queue', /^mgmt-train-queue: 1 of 1 busy · CPU · healthy$/, /^ {2}queued v1: /);
});

it('B24 B25 B39 has what waits in its order with the reason, and starts the next when there is room', async () => {
  train('queued', '--set', 'epochs=2');
  const first = (await newest('queued')).model.version;
  const name = (i: number): string => `queued v${first + i}`;
  train('queued');
  train('queued');
  const rows = await serviceIs(
    'mgmt-train-queue',
    /^mgmt-train-queue: 1 of 1 busy · CPU · 2 queued · healthy$/,
    new RegExp(`^ {2}${name(0)}: (?!Its replica)`),
    new RegExp(`^ {2}${name(1)}: Place 1 in the queue of mgmt-train-queue: .*${name(0)}`),
    new RegExp(`^ {2}${name(2)}: Place 2 in the queue`),
  );
  assertIcons(rows, 'pass', 'sync', 'clock', 'clock');
  await workbench.screenshot('queue');
  project.allow(2);
  const then = await serviceIs(
    'mgmt-train-queue',
    /^mgmt-train-queue: 1 of 1 busy · CPU · 1 queued · healthy$/,
    new RegExp(`^ {2}${name(1)}: 16% · 2/12 epochs`),
    new RegExp(`^ {2}${name(2)}: Place 1 in the queue of mgmt-train-queue: .*${name(1)}`),
  );
  assertIcons(then, 'pass', 'sync', 'clock');
});

it('B26 B36 B38 B40 runs two at a time once its auto-scaling is raised from 1', async () => {
  train('wide-one');
  train('wide-one');
  const rows = await serviceIs(
    'mgmt-train-wide',
    /: 1 of 1 busy · CPU · 1 queued · healthy$/,
    /v1: (?!Its replica)/,
    /v2: Place 1/,
  );
  assertIcons(rows, 'pass', 'sync', 'clock');
  await row('mgmt-train-wide').choose('Set Auto-Scaling…');
  await workbench.quickInput.opened('Auto-Scaling of mgmt-train-wide');
  // One more than it is, since one waits.
  assert.equal(await workbench.quickInput.value(), '2');
  await workbench.quickInput.accept();
  project.allow(1);
  const both = await serviceIs('mgmt-train-wide', /: 2 of 2 busy · CPU · healthy$/, /v1: 8%/, /v2: 8%/);
  assertIcons(both, 'pass', 'sync', 'sync');
});

it('offers on a full service what would start the one that waits', async () => {
  train('queued');
  train('queued');
  const service = row('mgmt-train-queue');
  await serviceIs('mgmt-train-queue', /1 queued/, /queued v/, /Place 1/);
  await until('the offer', async () => (await service.actions()).includes('Set Auto-Scaling…'));
  assert.deepEqual(await service.actions(), ['Set Auto-Scaling…', 'Pause Service']);
  assert.deepEqual(await service.menu(), [
    'Show Service',
    'Show Service Executions',
    'Pause Service',
    'Set Auto-Scaling…',
    'Configure Service…',
  ]);
  await closeMenu(workbench.page);
});

it('B36 tells its settings in its hover, and leads to where they are changed', async () => {
  train('quiet-one');
  await serviceIs('mgmt-train-quiet', /1 of 1 busy/, /v1/);
  const hover = await row('mgmt-train-quiet').hover();
  for (const part of [
    /Instance\s+CPU/,
    /Auto-scaling\s+1/,
    /On reset\s+runs again, 3 attempts at most/,
    /Configure Service…/,
  ]) {
    assert.match(hover, part);
  }
  await workbench.screenshot('hover');
  await row('mgmt-train-quiet').choose('Configure Service…');
  const page = workbench.webview('mgmt-train-quiet');
  await (await page.locator('[role=tab][aria-selected=true]:text-is("Settings")')).waitFor();
  await workbench.runCommand('View: Close All Editors');
});

it('leaves the row of a service alone while what it says stays the same', async () => {
  project.allow(1);
  train('quiet-one');
  const { model, service } = await newest('quiet-one');
  const goesOn = (line: RegExp): Promise<unknown> =>
    serviceIs(service.name, /: 1 of 1 busy · CPU · healthy$/, line);
  await goesOn(/: 8% · 1\/12 epochs · [2-9]s/);
  const drawn = await workbench.tree(SERVICES).watch();
  // It is told of the service that it was asked to try again, and has nothing to try.
  await client.call('retryService', { params: { id: service.id } });
  project.allow(2);
  await goesOn(/: 16%/);
  const rows = await drawn();
  assert.ok(rows.length > 0);
  assert.deepEqual(
    rows.filter((one) => !one.startsWith(`quiet-one v${model.version}:`)),
    [],
  );
});

it('B16 B60 B63 B64 keeps what waits Created while it is paused, goes on with what runs, and resumes', async () => {
  const NAME = 'mgmt-train-rests';
  train('rests-one');
  await serviceIs(NAME, /1 of 1 busy · CPU · healthy$/, /v1: /);
  await row(NAME).act('Pause Service');
  await serviceIs(NAME, /: paused · 1 of 1 busy · CPU$/, /v1: /);
  train('rests-one');
  project.allow(1);
  const rows = await serviceIs(
    NAME,
    /^mgmt-train-rests: paused · 1 of 1 busy · CPU · 1 queued$/,
    /^ {2}rests-one v1: 8%/,
    /^ {2}rests-one v2: Created · mgmt-train-rests is paused/,
  );
  assertIcons(rows, 'debug-pause', 'sync', 'warning');
  assert.ok(await row(NAME).iconHasColor('problemsWarningIcon.foreground'));
  assert.match(await row(NAME).hover(), /Paused since .* Resume the service\./);
  await workbench.screenshot('paused');
  assert.deepEqual(await row(NAME).actions(), ['Resume Service']);
  await row(NAME).act('Resume Service');
  const resumed = await serviceIs(NAME, /: 1 of 1 busy · CPU · 1 queued · healthy$/, /v1: 8%/, /v2: Place 1/);
  assertIcons(resumed, 'pass', 'sync', 'clock');
});

it('B37 B59 B61 B62 asks for a GPU unless told otherwise; what can have none stays Created, with the remedy', async () => {
  const NAME = 'mgmt-train-huge';
  train('huge-one');
  const rows = await serviceIs(
    NAME,
    /^mgmt-train-huge: failing \(NoSuchInstance\) · 0 of 1 busy · 64 GPUs · 1 queued$/,
    /^ {2}huge-one v1: Created · .*GPU/,
  );
  assertIcons(rows, 'error', 'error');
  // Told once the rows are drawn; while all are, VS Code doesn't know on which one acts.
  const told = await workbench.notification(/^mgmt-train-huge can't train \(NoSuchInstance\)/);
  await told.dismiss();
  await row('huge-one v1').act('Show Diagnosis');
  await workbench.dialog.opened();
  assert.equal(await workbench.dialog.message(), 'mgmt-train-huge: NoSuchInstance');
  await workbench.screenshot('no-such-instance');
  project.allow(1);
  await workbench.dialog.press('Use CPU');
  const mended = await serviceIs(NAME, /: 1 of 1 busy · CPU · healthy$/, /huge-one v1: 8%/);
  assertIcons(mended, 'pass', 'sync');
});

it('B16 B59 B61 B62 keeps what fails to start Created, as an error even where it is paused, until it starts', async () => {
  const NAME = 'mgmt-train-broken';
  train('never-ready');
  await serviceIs(
    NAME,
    /: failing \(CrashLoop\) · \d of 1 busy · CPU · 1 queued$/,
    /v1: Created · .*nothing_of_this_name/,
  );
  // From the palette: while it is tried again its row is drawn anew under the mouse.
  await workbench.runCommand('Trainyard: Pause Service');
  await workbench.quickInput.opened('Choose a service');
  await workbench.quickInput.pick(NAME);
  const rows = await serviceIs(
    NAME,
    /^mgmt-train-broken: failing \(CrashLoop\) · paused · 0 of 1 busy · CPU · 1 queued$/,
    /^ {2}never-ready v1: Created · .*nothing_of_this_name/,
  );
  assertIcons(rows, 'error', 'error');
  assert.ok(await row(NAME).iconHasColor('problemsErrorIcon.foreground'));
  assert.match(await row(NAME).hover(), /CrashLoop since .*nothing_of_this_name/);
  await workbench.screenshot('failing');
  assert.deepEqual(await row(NAME).actions(), ['Retry Now', 'Resume Service']);
  project.write('broken.py', 'def train():\n    pass\n');
  await row(NAME).act('Retry Now');
  await workbench.page.getByText(`${NAME} tries again`).first().waitFor();
  await row(NAME).act('Resume Service');
  const healthy = await serviceIs(NAME, /^mgmt-train-broken: 0 of 1 busy · CPU · healthy$/);
  assertIcons(healthy, 'pass');
});

it('has thrown nothing', () => {
  assert.doesNotMatch(workbench.extensionLog('trainyard.trainyard', 'Trainyard'), /\[error\]/);
  return Promise.resolve();
});
