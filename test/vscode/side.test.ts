import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Run } from '../../src/contract/shapes.ts';
import {
  chooseFromMenu,
  openMenu,
  openWorkbench,
  storiesIn,
  until,
  type RowFacts,
  type Workbench,
} from './harness/index.ts';
import { makeTrainingProject, ROOT } from './trainings.ts';

// The views Services and Models, and Train where the code is. One window; each story goes on where the one before it ended.

const project = makeTrainingProject('shapes');
let workbench: Workbench;
const it = storiesIn(() => workbench);
const SERVICE = 'mgmt-train-shapes';
const PATIENT_MS = 45_000;

before(async () => {
  workbench = await openWorkbench({
    name: 'side',
    folder: project.folder,
    extension: { kind: 'development', path: ROOT },
    env: { TRAINYARD_HOME: project.home },
  });
});

after(async () => {
  await workbench.close();
  project.end();
});

const services = () => workbench.tree('Services');
const models = () => workbench.tree('Models');
/** What a view shows, a row a line, what stands beside the name after a colon. */
const outline = (rows: RowFacts[]): string[] =>
  rows.map(({ level, name, description }) => `${'  '.repeat(level - 1)}${name}: ${description}`);
const matches = (rows: RowFacts[], patterns: RegExp[]): boolean =>
  rows.length === patterns.length && outline(rows).every((row, i) => patterns[i]?.test(row));

const servicesAre = (...patterns: RegExp[]): Promise<RowFacts[]> =>
  services().settled(patterns.join('\n'), (rows) => matches(rows, patterns), PATIENT_MS);
const modelsAre = (...patterns: RegExp[]): Promise<RowFacts[]> =>
  models().settled(patterns.join('\n'), (rows) => matches(rows, patterns), PATIENT_MS);

async function runsNow(): Promise<Run[]> {
  const client = await project.client();
  return (await client.call('listRuns', {})).runs;
}

async function abortAll(): Promise<void> {
  const client = await project.client();
  for (const { executionId, status } of await runsNow()) {
    if (/Success|Failed|Aborted|Terminated/.test(status)) continue;
    await client.call('abort', { params: { id: executionId } });
  }
}

const cursorIs = (line: number): Promise<unknown> =>
  until(`the cursor on line ${line}`, async () =>
    new RegExp(`Ln ${line},`).test(await workbench.page.locator('.part.statusbar').innerText()),
  );

it('B31 B32 B33 has no service before the first training, and says what makes one', async () => {
  const tab = workbench.page.locator('.activitybar').getByRole('tab', { name: 'Trainyard' }).first();
  await tab.waitFor({ timeout: PATIENT_MS });
  await workbench.openContainer('Trainyard');
  const view = await workbench.view('Services').expand();
  await until(
    'the words',
    async () =>
      /No training services yet\. The first training of an architecture makes its service/.test(
        await view.welcome(),
      ),
    PATIENT_MS,
  );
  // Nor can it be set: there is nothing to choose.
  await workbench.runCommand('Trainyard: Configure Service…');
  const none = await workbench.notification(/No services yet/);
  await none.dismiss();
  await modelsAre(
    /^shapes: $/,
    /^ {2}shapes-small: not trained yet$/,
    /^ {2}shapes-bad: not trained yet$/,
    /^broken: $/,
    /^ {2}never-ready: not trained yet$/,
  );
  await workbench.screenshot('nothing-yet');
});

it('B27 B28 B30 B35 B38 trains a model of Models inline, which makes the service of its architecture', async () => {
  const row = models().row('shapes-small');
  assert.deepEqual(await row.actions(), ['Train Model…']);
  assert.deepEqual(await models().row('shapes').actions(), []);
  assert.deepEqual(await models().row('broken').actions(), ['Train Model…']);
  await row.act('Train Model…');
  project.allow(3);
  const [made] = await servicesAre(
    /^mgmt-train-shapes: 1 of 1 busy · CPU · healthy$/,
    /^ {2}shapes-small v1: 25% · 3\/12 epochs · .* · mAP50-95 0\.563$/,
  );
  assert.equal(made?.icon, 'pass');
  await until('its name beside the architecture', async () => {
    return (await models().row('shapes').description()) === SERVICE;
  });
  assert.deepEqual(await services().row(SERVICE).actions(), ['Pause Service']);
});

it('B24 B39 has its queue under it, in order, with the reason of each wait', async () => {
  await models().row('shapes-small').act('Train Model…');
  const rows = await servicesAre(
    /^mgmt-train-shapes: 1 of 1 busy · CPU · 1 queued · healthy$/,
    /^ {2}shapes-small v1: 25%/,
    /^ {2}shapes-small v2: Place 1 in the queue of mgmt-train-shapes: .*shapes-small v1/,
  );
  assert.deepEqual(
    rows.map(({ icon }) => icon),
    ['pass', 'sync', 'clock'],
  );
});

it('B36 tells its settings in its hover, which leads to its page', async () => {
  const hover = await services().row(SERVICE).hover();
  for (const part of [
    'Auto-scaling',
    'Instance',
    'CPU',
    'runs again, 3 attempts at most',
    'Configure Service…',
  ])
    assert.ok(hover.includes(part), `${part} isn't in: ${hover}`);
  await workbench.screenshot('hover');
  await services().row(SERVICE).choose('Configure Service…');
  await workbench.tab(SERVICE).waitFor();
});

it('B25 B26 B40 starts the waiting one at once when its auto-scaling is raised', async () => {
  const row = services().row(SERVICE);
  await until('the offer', async () => (await row.actions())[0] === 'Set Auto-Scaling…');
  await row.act('Set Auto-Scaling…');
  await workbench.quickInput.opened(`Auto-Scaling of ${SERVICE}`);
  assert.equal(await workbench.quickInput.value(), '2');
  await workbench.quickInput.accept();
  const rows = await servicesAre(
    /^mgmt-train-shapes: 2 of 2 busy · CPU · healthy$/,
    /^ {2}shapes-small v1: 25%/,
    /^ {2}shapes-small v2: 25%/,
  );
  assert.deepEqual(
    rows.map(({ icon }) => icon),
    ['pass', 'sync', 'sync'],
  );
});

it('shows the versions of a model with their status and best main metric', async () => {
  await models().row('shapes-small').expand();
  await modelsAre(
    /^shapes: mgmt-train-shapes$/,
    /^ {2}shapes-small: best mAP50-95 0\.563 \(v[12]\) · 2 versions$/,
    /^ {4}v2: 25%.* · mAP50-95 0\.563$/,
    /^ {4}v1: 25%.* · mAP50-95 0\.563$/,
    /^ {2}shapes-bad: not trained yet$/,
    /^broken: $/,
    /^ {2}never-ready: not trained yet$/,
  );
  await workbench.screenshot('a-few');
  // A row's actions are those that it has in Training Runs.
  assert.deepEqual(await models().row('v2').actions(), ['Explore Metrics', 'Abort Training']);
  project.allow(12);
  await servicesAre(/^mgmt-train-shapes: 0 of 2 busy · CPU · healthy$/);
  await models().row('shapes-small').expand(false);
});

it('B60 keeps what is queued while it is paused, and says so on both', async () => {
  await services().row(SERVICE).act('Pause Service');
  await models().row('shapes-small').act('Train Model…');
  const rows = await servicesAre(
    /^mgmt-train-shapes: paused · 0 of 2 busy · CPU · 1 queued$/,
    /^ {2}shapes-small v3: Created · mgmt-train-shapes is paused/,
  );
  assert.deepEqual(
    rows.map(({ icon }) => icon),
    ['debug-pause', 'warning'],
  );
  assert.ok(await services().row(SERVICE).iconHasColor('problemsWarningIcon.foreground'));
  assert.match(await services().row(SERVICE).hover(), /Paused since .* Resume the service\./);
});

it('B29 B59 B61 shows what fails to start, on a service of its own', async () => {
  await models().row('never-ready').act('Train Model…');
  const rows = await servicesAre(
    /^mgmt-train-shapes: paused/,
    /^ {2}shapes-small v3: Created/,
    /^mgmt-train-broken: failing \(CrashLoop\) · 0 of 1 busy · CPU · 1 queued$/,
    /^ {2}never-ready v1: Created · .*nothing_of_this_name/,
  );
  assert.deepEqual(
    rows.map(({ icon }) => icon),
    ['debug-pause', 'warning', 'error', 'error'],
  );
  assert.deepEqual(await services().row('mgmt-train-broken').actions(), ['Retry Now', 'Pause Service']);
  assert.match(await services().row('mgmt-train-broken').hover(), /CrashLoop since .*nothing_of_this_name/);
  for (const kind of ['light', 'hcDark', 'hcLight', 'dark'] as const) {
    await workbench.setTheme(kind);
    await workbench.screenshot(`failing-paused-${kind}`);
  }
  await services().row(SERVICE).act('Resume Service');
  await servicesAre(
    /^mgmt-train-shapes: 0 of 2 busy · CPU · healthy$/,
    /^mgmt-train-broken/,
    /never-ready v1/,
  );
  await abortAll();
  await servicesAre(/^mgmt-train-shapes/, /^mgmt-train-broken: .* busy · CPU/);
});

it('B37 has a GPU where its file says nothing else', async () => {
  project.write(
    'trainyard.json',
    project.text
      .replace(
        '"architectures": {',
        '"architectures": {\n    "large": { "train": "train.py:train", "service": { "gpus": 2 } },',
      )
      .replace('"models": {', '"models": {\n    "shapes-large": { "architecture": "large" },'),
  );
  // What is written shows at once.
  await models().row('shapes-large').waitFor();
  await models().row('shapes-large').act('Train Model…');
  await servicesAre(
    /^mgmt-train-shapes/,
    /^mgmt-train-broken/,
    /^mgmt-train-large: .*0 of 1 busy · 2 GPUs · 1 queued/,
    /^ {2}shapes-large v1/,
  );
  await abortAll();
});

it('shows where a trainyard.json is broken, and goes there', async () => {
  project.write('trainyard.json', project.text.replace('"epochs": 12 } },', '"epochs": 12 },'));
  const [row] = await modelsAre(/^trainyard\.json: line \d+: /);
  assert.equal(row?.icon, 'error');
  await workbench.screenshot('broken');
  const line = Number(/line (\d+)/.exec(row?.description ?? '')?.[1]);
  await models().row('trainyard.json').click();
  await workbench.tab('trainyard.json').waitFor();
  await cursorIs(line);
  project.write('trainyard.json', project.text);
  await models().row('never-ready').waitFor();
});

it('B34 says in the editor why a train function is refused, and leads to what names it', async () => {
  project.write('trainyard.json', project.text.replace('train.py:train', 'train.py:trian'));
  // Read anew when it is trained: the view may be a moment behind.
  await models().row('shapes-bad').act('Train Model…');
  const said = await workbench.notification(
    /shapes-bad isn't trained: train\.py has no function "trian"; it has train\./,
  );
  await said.press('Open trainyard.json');
  await cursorIs(4);
  assert.ok(!(await runsNow()).some(({ model }) => model.name === 'shapes-bad'));
  project.write('trainyard.json', project.text);
});

it('has lenses over the train functions: Train, how the latest run stands, Debug', async () => {
  await workbench.openFile('train.py');
  const lenses = async (): Promise<string> => {
    const all = await workbench.page.locator('.codelens-decoration a').allInnerTexts();
    return all.map((text) => text.replaceAll('\u00a0', ' ').trim()).join(' | ');
  };
  await until('the lenses', async () =>
    /Train shapes-small \| latest: Success, mAP50-95 0\.692 \| .*Train shapes-bad \| .*Debug/.test(
      await lenses(),
    ),
  );
  await workbench.screenshot('lenses');
  const lens = (text: RegExp) => workbench.page.locator('.codelens-decoration a', { hasText: text }).first();
  await lens(/Train shapes-bad/).click();
  await until(
    'how it went',
    async () => /Train shapes-bad \| latest: Failed/.test(await lenses()),
    PATIENT_MS,
  );
  await lens(/latest: Failed/).click();
  await workbench.page.locator('.tab-label', { hasText: 'shapes-bad v1' }).first().waitFor();
});

it('trains with changes that are checked against the configuration as they are typed', async () => {
  await workbench.runCommand('Trainyard: Train Model…');
  await workbench.quickInput.opened('Choose a model to train');
  await workbench.quickInput.row('shapes-small').hover();
  await workbench.quickInput
    .row('shapes-small')
    .getByRole('button', { name: /Train with Changes/ })
    .click();
  await workbench.quickInput.opened('Train shapes-small with changes');
  await workbench.quickInput.type('epochs=many');
  await until('the refusal', async () =>
    /epochs is a number \(12\)/.test(await workbench.quickInput.message()),
  );
  assert.ok(await workbench.quickInput.refused());
  await workbench.quickInput.type('epochs=2 note="two words"');
  await until('the warning', async () =>
    /The configuration has no note; it has epochs/.test(await workbench.quickInput.message()),
  );
  assert.ok(!(await workbench.quickInput.refused()));
  await workbench.screenshot('changes');
  await workbench.quickInput.accept();
  await models().settled(
    'the version',
    (rows) => outline(rows).some((row) => /4 versions/.test(row)),
    PATIENT_MS,
  );
  const [latest] = await runsNow();
  const client = await project.client();
  const { config } = await client.call('getRun', { params: { id: latest!.executionId } });
  assert.deepEqual(config, { epochs: 2, note: 'two words' });
});

it('says where the service is set otherwise than its file, and applies it', async () => {
  project.write(
    'trainyard.json',
    project.text.replace(
      '"service": { "instance": "cpu" }',
      '"service": { "instance": "cpu", "autoscaling": 3 }',
    ),
  );
  await models().row('shapes-small').act('Train Model…');
  const said = await workbench.notification(
    /mgmt-train-shapes is set otherwise than trainyard\.json says: autoscaling 2 \(file: 3\)\./,
  );
  assert.deepEqual((await said.buttons()).toSorted(), ['Apply', 'Show Settings']);
  await said.press('Apply');
  await services().settled(
    'three replicas',
    (rows) => outline(rows).some((row) => /^mgmt-train-shapes: \d of 3 busy/.test(row)),
    PATIENT_MS,
  );
  project.write('trainyard.json', project.text);
});

it('trains a script that nothing names, from the editor and from the explorer', async () => {
  mkdirSync(join(project.folder, 'jobs'));
  project.write('jobs/hello.py', 'import trainyard\n\ntrainyard.log(epoch=1, loss=0.5)\n');
  await workbench.openFile('hello.py');
  await workbench.runCommand('Trainyard: Train Current File');
  await services().row('mgmt-train-jobs.hello').waitFor();
  await until(
    'how it went',
    async () =>
      (await runsNow()).some(({ model, status }) => model.name === 'jobs/hello' && status === 'Success'),
    PATIENT_MS,
  );
  const explorer = workbench.page.locator('.explorer-viewlet .monaco-list-row');
  await workbench.openContainer('Explorer');
  const titles = await openMenu(workbench.page, explorer.filter({ hasText: 'hello.py' }));
  assert.ok(titles.includes('Train Current File'), titles.join());
  await chooseFromMenu(workbench.page, 'Train Current File');
  await until(
    'the second version',
    async () => (await runsNow()).some(({ model }) => model.name === 'jobs/hello' && model.version === 2),
    PATIENT_MS,
  );
  const offered = await openMenu(workbench.page, explorer.filter({ hasText: 'trainyard.json' }));
  assert.ok(offered.includes('Train Model…'), offered.join());
  await workbench.page.keyboard.press('Escape');
});

it('says what Debug Training needs, and finds it', async () => {
  await workbench.openFile('train.py');
  const debug = workbench.page.locator('.codelens-decoration a', { hasText: 'Debug' }).first();
  await debug.click();
  const said = await workbench.notification('Debug Training needs the extension Python Debugger');
  await workbench.screenshot('no-debugger');
  await said.press('Find Python Debugger');
  const search = workbench.page.locator('.extensions-viewlet');
  await search.waitFor();
  await until('the search', async () => /ms-python\.debugpy/.test(await search.innerText()));
});

it('has thrown nothing', () => {
  assert.doesNotMatch(
    workbench.extensionLog('trainyard.trainyard', 'Trainyard'),
    /\[error\](?!.*(Train Model…|shapes-bad))/,
  );
  return Promise.resolve();
});
