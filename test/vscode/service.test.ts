import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import type { Client } from '../../src/client/api.ts';
import type { Service } from '../../src/contract/shapes.ts';
import { LONG, openWorkbench, storiesIn, THEMES_TRIED, until, type Workbench } from './harness/index.ts';
import { failedAtNothing, Page } from './pages.ts';
import { makeTrainingProject, OWN, runsOf } from './trainings.ts';

// Services that can't start for every reason there is on one machine; each is mended from its page.

const PROJECT = `{
  "architectures": {
    "shapes": { "train": "train.py:train", "service": { "instance": "cpu" } },
    "wide": { "train": "train.py:train", "service": { "gpus": 64 } },
    "hungry": { "train": "hungry.py:train", "service": { "instance": "cpu", "memory": "150MB" } },
    "broken": { "train": "broken.py:train", "service": { "instance": "cpu" } },
    "bare": { "train": "train.py:train", "requirements": "requirements.txt", "service": { "instance": "cpu" } }
  },
  "models": {
    "shapes-small": { "architecture": "shapes", "config": { "epochs": 12 } },
    "wide-small": { "architecture": "wide", "config": { "epochs": 12 } },
    "hungry-small": { "architecture": "hungry" },
    "never-ready": { "architecture": "broken" },
    "bare-small": { "architecture": "bare", "config": { "epochs": 12 } }
  }
}
`;

/** It takes 250 MB while it is imported, and keeps them until the file \`eaten\` is there. */
const HUNGRY = `import pathlib
import time

block = bytearray(250_000_000)
while not (pathlib.Path(__file__).parent / "eaten").exists():
    time.sleep(0.02)


def train():
    print(len(block), "bytes", flush=True)
`;

const project = makeTrainingProject('service');
let workbench: Workbench;
let client: Client;
const it = storiesIn(() => workbench);

before(async () => {
  project.write('trainyard.json', PROJECT);
  project.write('hungry.py', HUNGRY);
  project.write('requirements.txt', 'not a requirement\n');
  workbench = await openWorkbench({
    name: 'service',
    folder: project.folder,
    extension: OWN,
    env: { TRAINYARD_HOME: project.home },
    userSettings: { 'workbench.startupEditor': 'none' },
    size: { width: 1500, height: 900 },
  });
  client = await project.begun();
});

after(async () => {
  await workbench.close();
  project.end();
});

const train = (model: string): string => project.trainyard('train', model);

async function service(architecture: string): Promise<Service> {
  const { services } = await client.call('listServices', {});
  const found = services.find((one) => one.architecture.id === architecture);
  assert.ok(found, `there is no service of ${architecture}`);
  return found;
}

const { has } = runsOf(() => client);

/** Opens the page of a service by its name, from the palette. */
async function open(architecture: string): Promise<Page> {
  await workbench.runCommand('Trainyard: Show Service');
  await workbench.quickInput.opened('Choose a service');
  await workbench.quickInput.pick(`mgmt-train-${architecture}`);
  const page = new Page(workbench, `mgmt-train-${architecture}`);
  await page.says(/Executions/);
  return page;
}

/** A field of the form by its label. */
const field = (page: Page, label: string): ReturnType<Page['find']> =>
  page.find(`.field:has(.label:text-is("${label}")) :is(input, select)`);

/** What the form says of that field. */
const said = async (page: Page, label: string): Promise<string> =>
  (await page.find(`.field:has(.label:text-is("${label}"))`)).innerText();

/** Waits until the head of the page says how the service is. */
async function stands(page: Page, as: RegExp): Promise<void> {
  await until(`${page.title} to be ${as}`, async () =>
    as.test(await (await page.find('.standing-mark')).innerText()),
  );
}

it('B30 B68 opens on its executions, with what waits and why', async () => {
  train('wide-small');
  const page = await open('wide');
  await page.isAt('Executions');
  await page.says(/wide-small v1[^]*Created/);
  await stands(page, /Failing: NoSuchInstance/);
  await (await page.find('.diagnosis[aria-label^="Error: NoSuchInstance"]')).waitFor();
  await workbench.screenshot('executions-failing');
});

it('B36 B37 B38 has its settings as a form, a GPU and an auto-scaling of 1 at first', async () => {
  const page = new Page(workbench, 'mgmt-train-wide');
  await page.openTab('Settings');
  assert.equal(await (await field(page, 'Instance type')).inputValue(), 'gpu');
  assert.equal(await (await field(page, 'Auto-scaling')).inputValue(), '1');
  assert.equal(await (await field(page, 'GPUs')).inputValue(), '64');
  await workbench.screenshot('settings');
});

it('B36 refuses what no setting takes, and says what it does take', async () => {
  const page = new Page(workbench, 'mgmt-train-wide');
  await (await field(page, 'Auto-scaling')).fill('0');
  await until('the rule', async () =>
    /A whole number from 1 to 1000\./.test(await said(page, 'Auto-scaling')),
  );
  await page.says(/Auto-scaling can't be saved so\./);
  assert.ok(
    (await (await page.find('.save-bar vscode-button:text-is("Save")')).getAttribute('disabled')) !== null,
  );
  await workbench.screenshot('settings-refused');
  assert.equal((await service('wide')).settings.autoscaling, 1);
});

it('B36 saves what is changed, and takes it back', async () => {
  const page = new Page(workbench, 'mgmt-train-wide');
  await (await field(page, 'Auto-scaling')).fill('3');
  await (await field(page, 'Memory')).fill('8GB');
  await until('when it counts', async () => /Counts from the next start on/.test(await said(page, 'Memory')));
  await page.says(/2 changes not saved yet\./);
  await workbench.screenshot('settings-changed');
  await page.press('Save');
  await page.says(/Saved Auto-scaling and Memory\./);
  const { settings } = await service('wide');
  assert.deepEqual([settings.autoscaling, settings.memory], [3, '8GB']);
  await page.press('Undo');
  await page.says(/Auto-scaling and Memory as before\./);
  const { settings: undone } = await service('wide');
  assert.deepEqual([undone.autoscaling, undone.memory], [1, undefined]);
  assert.equal(await (await field(page, 'Memory')).inputValue(), '');
});

it('says in Health that there is no such instance here, and goes on with a CPU', async () => {
  const page = new Page(workbench, 'mgmt-train-wide');
  await page.openTab('Health');
  await page.says(/There is no such instance here[^]*NoSuchInstance/);
  await workbench.screenshot('health-no-instance');
  await page.press('Use CPU');
  await has('wide-small v1', 'In Progress');
  await stands(page, /Healthy/);
  await page.says(
    /Its last start was a good one\.[^]*Healthy[^]*Settings changed[^]*instance[^]*cpu[^]*Made/,
  );
  assert.equal((await service('wide')).settings.instance, 'cpu');
  await workbench.screenshot('health-mended');
});

it('B26 B39 B40 lets what is Pending start by raising the auto-scaling in the form', async () => {
  train('shapes-small');
  train('shapes-small');
  await has('shapes-small v1', 'In Progress');
  await has('shapes-small v2', 'Pending');
  const page = await open('shapes');
  await page.says(/shapes-small v2[^]*Pending[^]*shapes-small v1[^]*In Progress/);
  await page.says(/1 of 1 replica busy · 1 in the queue/);
  await page.openTab('Settings');
  await (await field(page, 'Auto-scaling')).fill('2');
  // As one leaves a form: by Enter.
  await (await field(page, 'Auto-scaling')).press('Enter');
  await page.says(/Saved Auto-scaling\./);
  await has('shapes-small v2', 'In Progress');
  await page.says(/2 of 2 replicas busy · queue empty/);
  await page.openTab('Executions');
  await page.says(/shapes-small v2[^]*In Progress[^]*shapes-small v1[^]*In Progress/);
  await workbench.screenshot('executions-running');
});

it('opens what a row leads to beside the code, never in a third column', async () => {
  const page = new Page(workbench, 'mgmt-train-shapes');
  const groups = (): Promise<number> => workbench.page.locator('.editor-group-container').count();
  assert.equal(await groups(), 2);
  await (await page.find('.of-name .link:has-text("shapes-small v1")')).click();
  await new Page(workbench, 'shapes-small v1').says(/In Progress/);
  assert.equal(await groups(), 2);
  await workbench.tab('mgmt-train-shapes').click();
});

it('B60 B63 pauses, and resumes from the warning', async () => {
  const page = new Page(workbench, 'mgmt-train-shapes');
  await page.press('Pause');
  await stands(page, /Paused/);
  train('shapes-small');
  await has('shapes-small v3', 'Created');
  await (await page.find('.diagnosis[aria-label^="Warning: Paused"]')).waitFor();
  await page.openTab('Health');
  await page.says(/It starts nothing\. What runs goes on\. 1 training waits\.[^]*It is paused[^]*Paused/);
  await workbench.screenshot('health-paused');
  await page.press('Resume Service');
  await stands(page, /Healthy/);
  await has('shapes-small v3', 'Pending');
  assert.equal((await service('shapes')).activity, 'active');
});

if (LONG) {
  it('is as it was after a reload of the window: its tab, and what one typed', async () => {
    const page = new Page(workbench, 'mgmt-train-shapes');
    await page.openTab('Settings');
    await (await field(page, 'Attempts')).fill('7');
    await page.says(/1 change not saved yet\./);
    await workbench.reload();
    await page.isAt('Settings');
    await page.says(/1 change not saved yet\./);
    assert.equal(await (await field(page, 'Attempts')).inputValue(), '7');
    await page.press('Discard');
    assert.equal(await (await field(page, 'Attempts')).inputValue(), '3');
  });
}

it('B59 B61 tells of a service that keeps failing what happened, with its log, its interpreter and its file', async () => {
  train('never-ready');
  const page = await open('broken');
  await stands(page, /Failing: CrashLoop/);
  await page.openTab('Health');
  await page.says(/It keeps failing to start[^]*CrashLoop[^]*nothing_of_this_name[^]*Failing[^]*Made/);
  await workbench.screenshot('health-crash-loop');
  await page.press('Open trainyard.json');
  await workbench.tab('trainyard.json').waitFor();
  await until('the line', async () => /Ln 6\b/.test(await workbench.page.locator('.statusbar').innerText()));
  await workbench.tab(page.title).click();
  await page.press('Show Logs');
  await workbench.tab('never-ready v1.log').waitFor();
  await until('the reason', async () => /nothing_of_this_name/.test((await lines()).join('\n')));
  await workbench.tab(page.title).click();
  await page.press('Retry Now');
  await page.says(/Tried again/);
  await client.call('abort', { params: { id: (await has('never-ready v1', 'Created')).executionId } });
});

/** The lines of the text that is open. */
const lines = (): Promise<string[]> =>
  workbench.page.locator('.part.editor .monaco-editor .view-line').allInnerTexts();

if (LONG) {
  it('shows the log of an environment that can not be made', async () => {
    train('bare-small');
    const page = await open('bare');
    await stands(page, /Failing: EnvironmentFailed/);
    await page.openTab('Health');
    await page.says(/Its environment can't be made[^]*EnvironmentFailed/);
    await workbench.screenshot('health-environment');
    await page.press('Show Logs');
    await workbench.tab('bare-small v1.log').waitFor();
    await until('the words of pip', async () =>
      /not a requirement|requirement/i.test((await lines()).join('\n')),
    );
    await workbench.screenshot('environment-log');
  });
}

if (LONG) {
  it('raises the memory of a service that ran out of it', async () => {
    train('hungry-small');
    const page = await open('hungry');
    await stands(page, /Failing: OOM/);
    await page.openTab('Health');
    await page.says(/It runs out of memory[^]*OOM[^]*killed for memory/);
    await workbench.screenshot('health-oom');
    project.write('eaten', '');
    await page.press('Raise Memory…');
    await workbench.quickInput.opened('Memory of mgmt-train-hungry');
    assert.equal(await workbench.quickInput.value(), '300MB');
    await workbench.quickInput.type('a lot');
    await until('the refusal', async () => /such as 8GB/.test(await workbench.quickInput.message()));
    await workbench.quickInput.type('600MB');
    await until('no refusal', async () => /empty: no limit/.test(await workbench.quickInput.message()));
    await workbench.screenshot('raise-memory');
    await workbench.quickInput.accept();
    await has('hungry-small v1', 'Success');
    await stands(page, /Healthy/);
    assert.equal((await service('hungry')).settings.memory, '600MB');
  });
}

if (LONG) {
  it('can be read in a dark theme and in high contrast', async () => {
    const page = new Page(workbench, 'mgmt-train-broken');
    await workbench.tab(page.title).click();
    for (const kind of THEMES_TRIED) {
      await workbench.setTheme(kind);
      for (const tab of ['Executions', 'Settings', 'Health']) {
        await page.openTab(tab);
        await page.isAccessible(`${kind}, ${tab}`);
        await workbench.screenshot(`${kind}-${tab}`);
      }
    }
  });
}

it('breaks no content security policy, and fails at nothing', () => {
  failedAtNothing(workbench, /can't train \(/);
  return Promise.resolve();
});
