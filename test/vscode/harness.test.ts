import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before } from 'node:test';
import { writeFixture } from './harness/fixture.ts';
import {
  closeMenu,
  openWorkbench,
  storiesIn,
  until,
  type ThemeKind,
  type Workbench,
} from './harness/index.ts';

// What every other test in a real VS Code stands on: each sense and each hand of the harness, tried on an extension
// that is written for it.

const fixture = writeFixture();
let workbench: Workbench;
const it = storiesIn(() => workbench);

before(async () => {
  workbench = await openWorkbench({
    name: 'harness',
    folder: fixture.folder,
    extension: { kind: 'development', path: fixture.extension },
    env: { FIXTURE_WORD: 'the environment' },
  });
});

after(async () => {
  await workbench.close();
  rmSync(fixture.all, { recursive: true, force: true });
});

it('reads a tree as a person does', async () => {
  await workbench.openContainer('Fixture Things');
  const tree = workbench.tree('Rows');
  const rows = await tree.settled('both rows', (seen) => seen.length === 2);
  assert.deepEqual(rows, [
    { name: 'alpha', description: 'first', level: 1, expanded: false, icon: 'sync', label: 'alpha, a row' },
    { name: 'beta', description: 'poked 0', level: 1, expanded: null, icon: 'check', label: 'beta, a row' },
  ]);
  assert.equal(await tree.row('beta').iconHasColor('charts.green'), true);
  assert.equal(await tree.row('beta').iconHasColor('charts.red'), false);
  assert.match(await tree.row('beta').hover(), /^About beta$/m);

  await tree.row('alpha').expand();
  const open = await tree.settled('the inner rows', (seen) => seen.length > 10);
  assert.deepEqual(open[1], { ...open[1], name: 'alpha 1', level: 2 });
  await (await tree.reveal('alpha 60')).root.hover();
  await tree.row('alpha 1').gone();
  await tree.reveal('alpha');
  await tree.row('alpha').expand(false);
  await tree.row('alpha 2').gone();
});

it('acts on a row by its inline action and its context menu', async () => {
  const beta = workbench.tree('Rows').row('beta');
  assert.deepEqual(await beta.actions(), ['Poke']);
  await beta.act('Poke');
  await until('the poke', async () => (await beta.description()) === 'poked 1');
  await workbench.view('Rows').act('Poke');
  await until('the second poke', async () => (await beta.description()) === 'poked 2');
  assert.deepEqual(await beta.menu(), ['Forget']);
  await closeMenu(workbench.page);
  await beta.choose('Forget');
  await until('the row to be as new', async () => (await beta.description()) === 'poked 0');
});

it('reads what an empty view says, and does it', async () => {
  const view = await workbench.view('Nothing').expand();
  await until('the welcome text', async () => (await view.welcome()).includes('Nothing here yet.'));
  await view.pressInWelcome('Greet');
  const greeting = await workbench.notification('Hello from the environment');
  assert.equal(await greeting.text(), 'Hello from the environment');
  await greeting.dismiss();
  assert.deepEqual(await workbench.notificationTexts(), []);
});

it('runs a command, hears of it, and sees log, clipboard and status bar', async () => {
  await workbench.runCommand('Fixture: Greet');
  const greeting = await workbench.notification('Hello from the environment');
  assert.deepEqual(await greeting.buttons(), ['Again']);
  await greeting.press('Again');
  await workbench.notification('And again');
  assert.equal(await workbench.clipboard(), 'hello clipboard');
  assert.match(
    workbench.extensionLog('trainyard-test.fixture', 'Fixture'),
    /\[info\] greeted in the environment/,
  );
  assert.match(workbench.extensionHostLog(), /trainyard-test\.fixture/);
  const status = workbench.statusItem('trainyard-test.fixture.fixture.status');
  assert.match((await status.getAttribute('aria-label')) ?? '', /Fixture/);
});

it('answers a pick, an input box and a dialog', async () => {
  const { quickInput, dialog } = workbench;
  await workbench.runCommand('Fixture: Ask');
  await quickInput.opened('A colour');
  assert.deepEqual(await quickInput.rows(), [
    { label: 'red', description: 'warm', detail: '' },
    { label: 'blue', description: '', detail: '' },
  ]);
  for (const colour of ['red', 'blue']) await quickInput.check(colour);
  await quickInput.accept();
  await quickInput.opened('A size');
  await quickInput.type('big');
  await until('the refusal', () => quickInput.refused());
  assert.match(await quickInput.message(), /A number, please/);
  await quickInput.type('12');
  await until('the value to be taken', async () => !(await quickInput.refused()));
  await quickInput.accept();
  await dialog.opened();
  assert.equal(await dialog.message(), 'Paint red+blue 12?');
  assert.equal(await dialog.detail(), 'It dries.');
  assert.deepEqual((await dialog.buttons()).toSorted(), ['Cancel', 'Paint']);
  await dialog.press('Paint');
});

it('reads a webview in every kind of theme, and notices what its policy refuses', async () => {
  await workbench.runCommand('Fixture: Open Panel');
  const panel = workbench.webview('Fixture Panel');
  assert.match(await panel.text(/heard/), /^A panel\s+heard you/);
  await until('the refused script', () => workbench.console.violations().length > 0);

  const kinds: Record<ThemeKind, string> = {
    light: 'vscode-light',
    hcDark: 'vscode-high-contrast',
    hcLight: 'vscode-high-contrast-light',
    dark: 'vscode-dark',
  };
  for (const kind of ['light', 'hcDark', 'hcLight', 'dark'] as const) {
    await workbench.setTheme(kind);
    await until(`the panel to be ${kind}`, async () => (await panel.themeKind()) === kinds[kind]);
    await workbench.screenshot(kind);
  }
});

it('opens a file, and finds everything again after a reload', async () => {
  await workbench.openFile('notes.txt');
  assert.deepEqual(await workbench.codeLenses(), ['Poke from here']);
  await workbench.pressCodeLens('Poke from here');
  await workbench
    .tree('Rows')
    .settled('the poke', (rows) => rows.some((row) => row.description === 'poked 1'));
  await workbench.reload();
  await workbench.tab('notes.txt').waitFor();
  await workbench.openContainer('Fixture Things');
  await workbench.tree('Rows').row('beta').waitFor();
  const foreign = workbench.console.errors().filter((line) => !/Content Security Policy/.test(line.text));
  assert.deepEqual(foreign, []);
});

it('notices what an extension throws', async () => {
  await workbench.runCommand('Fixture: Fail');
  await workbench.dialog.opened();
  assert.match(await workbench.dialog.message(), /'Fixture: Fail' resulted in an error/);
  await until('what was thrown later', () =>
    workbench.console.errors().some(({ text }) => /thrown later/.test(text)),
  );
  await until('both in the log', () =>
    /broken on purpose[^]*thrown later/.test(workbench.extensionHostLog()),
  );
});
