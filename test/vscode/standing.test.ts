import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { readServerFile } from '../../src/client/backend.ts';
import { openWorkbench, storiesIn, until, type Workbench } from './harness/index.ts';
import { INSTALLED, ROOT } from './trainings.ts';

// A window where nothing is as it should be: the folder isn't trusted, the backend can't start, there is nothing to train. Story by
// story it is mended as the view says.

const all = mkdtempSync(join(tmpdir(), 'trainyard-standing-'));
const folder = join(all, 'folder');
const home = join(all, 'home');
let workbench: Workbench;
const it = storiesIn(() => workbench);

before(async () => {
  mkdirSync(folder);
  // A file where the home's folder should be: nothing can be made in it.
  writeFileSync(home, '');
  workbench = await openWorkbench({
    name: 'standing',
    folder,
    extension: INSTALLED,
    userSettings: {
      'security.workspace.trust.enabled': true,
      'security.workspace.trust.startupPrompt': 'never',
      'security.workspace.trust.banner': 'never',
    },
    env: { TRAINYARD_HOME: home },
  });
});

after(async () => {
  await workbench.close();
  spawnSync(process.execPath, [join(ROOT, 'dist', 'trainyard.mjs'), 'stop'], {
    env: { ...process.env, TRAINYARD_HOME: home },
  });
  rmSync(all, { recursive: true, force: true, maxRetries: 10 });
});

const welcome = async (): Promise<string> =>
  (await workbench.page.locator('.part.sidebar .welcome-view-content').allInnerTexts()).join('\n');

it('starts nothing in a folder that is not trusted, and says so', async () => {
  await workbench.openContainer('Trainyard');
  await until('the words', async () => /This folder isn't trusted/.test(await welcome()));
  await workbench.screenshot('untrusted');
  assert.doesNotMatch(workbench.extensionLog('trainyard.trainyard', 'Trainyard'), /connecting|Connected/);
  await workbench.page.getByRole('button', { name: 'Manage Workspace Trust' }).click();
  await workbench.page.locator('.workspace-trust-editor').waitFor();
  await workbench.page
    .locator('.workspace-trust-editor .monaco-button', { hasText: /^Trust$/ })
    .first()
    .click();
});

it('goes on once it is trusted; where the backend fails it says why and what to do', async () => {
  await until('the words', async () => /Connecting to the backend/.test(await welcome()));
  const message = workbench.page.locator('.part.sidebar .message');
  await until(
    'the reason',
    async () => /backend can't be started: .*home/.test((await message.allInnerTexts()).join('')),
    30_000,
  );
  const rows = await workbench.tree('Training Runs').settled('what to do', (seen) => seen.length === 2);
  assert.deepEqual(
    rows.map((row) => row.name),
    ['Restart Backend', 'Show Log'],
  );
  await workbench.screenshot('failed');
});

it('starts the backend when it is asked to again', async () => {
  rmSync(home);
  await workbench.tree('Training Runs').row('Restart Backend').click();
  await until('the words', async () => /There is no trainyard.json/.test(await welcome()));
  // Models says the same meanwhile: what it offers needs no backend.
  await until('the backend', () => Promise.resolve(existsSync(join(home, 'server.json'))));
  await workbench.screenshot('nothing-to-train');
});

it('creates the example project, overwrites nothing, and offers to train it', async () => {
  for (const name of ['trainyard-example', 'trainyard-example-2']) {
    await workbench.runCommand('Trainyard: Create Example Project');
    await workbench.quickInput.opened('Choose an example');
    await workbench.quickInput.pick('A detector in NumPy');
    await workbench.quickInput.opened('Create Example Project');
    await until('the folder', async () => (await workbench.quickInput.value()) === `${folder}/`);
    await workbench.page.getByRole('button', { name: 'Create Here' }).click();
    const said = await workbench.notification(`The example project is in ${name}.`);
    await said.dismiss();
    // Closes the list, which would take the next Escape for itself.
    await workbench.notificationTexts();
    assert.ok(readdirSync(join(folder, name)).includes('trainyard.json'));
    assert.ok(!readdirSync(join(folder, name)).includes('__pycache__'));
  }
  await workbench.tab('train.py').first().waitFor();
  await workbench.openContainer('Trainyard');
  await until('the words', async () => /Nothing has been trained here yet/.test(await welcome()));
  await workbench.runCommand('Trainyard: Train Model…');
  await workbench.quickInput.opened('Choose a model to train');
  const rows = await workbench.quickInput.rows();
  assert.deepEqual(
    rows.map(({ label, description }) => `${label}: ${description}`),
    ['shapes-small: shapes', 'shapes-tiny: shapes', 'shapes-small: shapes', 'shapes-tiny: shapes'],
  );
  await workbench.screenshot('two-projects');
  await workbench.quickInput.cancel();
});

it('leads a newcomer in four steps from an example to its curves, and marks those that are done', async () => {
  await workbench.runCommand('Welcome: Open Walkthrough...');
  await workbench.quickInput.pick('Get Started with Trainyard');
  const steps = workbench.page.locator('.getting-started-step');
  await until('the steps', async () => (await steps.count()) === 4);
  const titles = await steps.locator('.step-title').allInnerTexts();
  assert.deepEqual(titles, [
    'Create a project to train',
    'Train a model',
    'See where it stands',
    'Watch its curves',
  ]);
  await workbench.page
    .locator('.getting-started-step')
    .getByRole('button', { name: 'Create Example Project' })
    .click();
  await workbench.quickInput.opened('Create Example Project');
  await workbench.quickInput.cancel();
  const done = workbench.page.locator('.getting-started-step .codicon-getting-started-step-checked');
  await until('what is done', async () => (await done.count()) > 0);
  await workbench.screenshot('walkthrough');
});

it('says where a project of several is broken, and goes there', async () => {
  writeFileSync(join(folder, 'trainyard-example', 'trainyard.json'), '{\n  "models": {},\n}\n');
  await workbench.runCommand('Trainyard: Train Model…');
  await workbench.quickInput.opened('Choose a model to train');
  const [broken] = await workbench.quickInput.rows();
  assert.match(broken?.label ?? '', /trainyard-example\/trainyard\.json can't be read/);
  assert.match(broken?.detail ?? '', /^Line 1: architectures/);
  await workbench.screenshot('one-broken');
  await workbench.quickInput.accept();
  await workbench.tab('trainyard.json').first().waitFor();
});

it('connects to another backend once its address and its token are found to be right, and back to its own', async () => {
  const other = await otherBackend();
  try {
    const { quickInput } = workbench;
    const said = async (wanted: RegExp): Promise<void> => {
      await until(String(wanted), async () => wanted.test(await quickInput.message()));
    };
    await workbench.runCommand('Trainyard: Connect to Backend…');
    await quickInput.opened('Connect to Backend (1 of 2)');
    await quickInput.type('127.0.0.1:1');
    await said(/No Trainyard backend answers at http:\/\/127\.0\.0\.1:1\./);
    await workbench.screenshot('no-backend-there');
    await quickInput.type(other.url);
    await said(/The address of a backend/);
    await quickInput.accept();
    await quickInput.opened('Connect to Backend (2 of 2)');
    await quickInput.type('not the token');
    await said(/doesn't take this token/);
    await quickInput.type(other.token);
    await said(/The token of/);
    await quickInput.accept();
    await quickInput.closed();
    await until('the connection', () =>
      workbench.extensionLog('trainyard.trainyard', 'Trainyard').includes(`Connected to ${other.url}`),
    );
    await workbench.runCommand('Trainyard: Stop Backend');
    const refused = await workbench.notification(/This window uses the backend at .* End it where it runs/);
    await refused.dismiss();
    assert.doesNotMatch(workbench.extensionLog('trainyard.trainyard', 'Trainyard'), new RegExp(other.token));
  } finally {
    await other.end();
  }
  await workbench.openContainer('Trainyard');
  const message = workbench.page.locator('.part.sidebar .message');
  await until('the reason', async () =>
    /No Trainyard backend answers at/.test((await message.allInnerTexts()).join('')),
  );
  await workbench.screenshot('other-backend-gone');
  await workbench.runCommand('Trainyard: Connect to Backend…');
  await workbench.quickInput.opened('Connect to Backend (1 of 2)');
  await workbench.quickInput.type('');
  await workbench.quickInput.accept();
  await until('the words', async () => /Nothing has been trained here yet/.test(await welcome()));
});

it('stops the backend, and says how it comes back', async () => {
  await workbench.runCommand('Trainyard: Stop Backend');
  const message = workbench.page.locator('.part.sidebar .message');
  await until('the words', async () =>
    /The backend is stopped\. What runs goes on/.test((await message.allInnerTexts()).join('')),
  );
  await until('its end', () => !existsSync(join(home, 'server.json')));
  await workbench.screenshot('stopped');
  await workbench.tree('Training Runs').row('Restart Backend').click();
  await until('the words', async () => /Nothing has been trained here yet/.test(await welcome()));
});

/** A backend of another home, as somebody starts it in a terminal. */
async function otherBackend(): Promise<{ url: string; token: string; end(): Promise<void> }> {
  const elsewhere = join(all, 'other-home');
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'trainyard.mjs'), 'serve', '--home', elsewhere], {
    stdio: 'ignore',
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const { url, token } = await until('the other backend', () => readServerFile(elsewhere));
  return {
    url,
    token,
    end: () => {
      child.kill();
      return gone;
    },
  };
}
