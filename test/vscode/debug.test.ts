import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { placeFolder } from '../../src/dev/browserEditor.ts';
import { pythonEnvironment } from '../../src/dev/pythons.ts';
import { openWorkbench, storiesIn, until, type Workbench } from './harness/index.ts';
import { showAlone, MODELS } from './sidebar.ts';
import { makeTrainingProject, OWN } from './trainings.ts';

// Microsoft's extension "Python Debugger" can't be had from a package registry. What stands in for it here is a test double of the
// extension alone: the debugger behind it is the same debugpy, and it debugs a real train function.

const DOUBLE = {
  name: 'debugpy',
  publisher: 'ms-python',
  version: '1.0.0',
  displayName: 'Python Debugger (test double)',
  engines: { vscode: '^1.105.0' },
  main: './extension.cjs',
  activationEvents: ['onDebug'],
  contributes: {
    breakpoints: [{ language: 'python' }],
    debuggers: [{ type: 'debugpy', label: 'Python Debugger', languages: ['python'] }],
  },
};
const doubleOf = (python: string): string => `
const vscode = require('vscode');
exports.activate = (context) => context.subscriptions.push(
  vscode.debug.registerDebugAdapterDescriptorFactory('debugpy', {
    createDebugAdapterDescriptor: () =>
      new vscode.DebugAdapterExecutable(${JSON.stringify(python)}, ['-m', 'debugpy.adapter']),
  }),
);`;

const TRAIN = `import json, pathlib


def train(context, epochs, lr):
    rate = lr * 2
    context.log(epoch=1, figures={"box_loss": {"train": rate}})
    pathlib.Path(__file__).with_name("debugged.json").write_text(json.dumps([context.model["name"], epochs, rate]))
`;
/** `rate = lr * 2`. */
const LINE = 5;

const project = makeTrainingProject('debugged');
const all = mkdtempSync(join(tmpdir(), 'trainyard-debugger-'));
let workbench: Workbench;
const it = storiesIn(() => workbench);

before(async () => {
  const programs = await pythonEnvironment('debugpy', ['debugpy==1.8.19'], (line) => console.log(line));
  const double = join(all, 'double');
  mkdirSync(double);
  writeFileSync(join(double, 'package.json'), JSON.stringify(DOUBLE));
  writeFileSync(join(double, 'extension.cjs'), doubleOf(join(programs, 'python')));
  const extensionsDir = join(all, 'extensions');
  mkdirSync(extensionsDir);
  placeFolder(double, extensionsDir);
  project.write('train.py', TRAIN);
  project.write('trainyard.json', project.text.replace('"epochs": 12 }', '"epochs": 3, "lr": 0.5 }'));
  workbench = await openWorkbench({
    name: 'debug',
    folder: project.folder,
    extension: OWN,
    extensionsDir,
    env: { TRAINYARD_HOME: project.home },
  });
});

after(async () => {
  await workbench.close();
  project.end();
  rmSync(all, { recursive: true, force: true });
});

it('stops the train function at a breakpoint, with its own configuration, outside the queue', async () => {
  await workbench.openFile('train.py');
  await workbench.page.keyboard.press('Control+G');
  await workbench.quickInput.root.waitFor();
  await workbench.quickInput.type(`:${LINE}`);
  await workbench.page.keyboard.press('Enter');
  await workbench.quickInput.closed();
  await workbench.page.keyboard.press('F9');
  await workbench.page.locator('.codicon-debug-breakpoint').first().waitFor();
  await showAlone(workbench, MODELS);
  await workbench.tree(MODELS).row('shapes-small').choose('Debug Training');
  await workbench.page.locator('.debug-top-stack-frame-line').first().waitFor({ timeout: 60_000 });
  await workbench.screenshot('stopped');
  assert.equal(existsSync(join(project.folder, 'debugged.json')), false);
});

it('goes on from there to its end, and no run was made', async () => {
  await workbench.page.keyboard.press('F5');
  const written = await until('the end of the train function', (): unknown =>
    JSON.parse(readFileSync(join(project.folder, 'debugged.json'), 'utf8')),
  );
  assert.deepEqual(written, ['shapes-small', 3, 1]);
  await workbench.page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
  const { runs } = await (await project.client()).call('listRuns', { query: {} });
  assert.deepEqual(runs, []);
});
