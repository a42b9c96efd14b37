import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { extensionWords, inNoLanguage, manifestWords } from '../words.ts';
import { openWorkbench, storiesIn, until, type Workbench } from './harness/index.ts';
import { makeTrainingProject, ROOT } from './trainings.ts';

const LANGUAGE = 'qps-ploc';
const project = makeTrainingProject('language');
const extension = mkdtempSync(join(tmpdir(), 'trainyard-translated-'));
const titles = inNoLanguage(manifestWords());
const words = inNoLanguage(extensionWords());
let workbench: Workbench;
const it = storiesIn(() => workbench);

const title = (key: string): string => titles[key] ?? assert.fail(key);
const word = (text: string): string => words[text] ?? assert.fail(text);
const command = (key: string): string => `${title('displayName')}: ${title(`command.${key}`)}`;

before(async () => {
  for (const part of ['dist', 'media', 'l10n', 'package.json', 'package.nls.json'])
    cpSync(join(ROOT, part), join(extension, part), { recursive: true });
  writeFileSync(join(extension, `package.nls.${LANGUAGE}.json`), JSON.stringify(titles));
  writeFileSync(join(extension, 'l10n', `bundle.l10n.${LANGUAGE}.json`), JSON.stringify(words));
  workbench = await openWorkbench({
    name: 'language',
    language: LANGUAGE,
    folder: project.folder,
    extension: { kind: 'development', path: extension },
    env: { TRAINYARD_HOME: project.home },
  });
});

after(async () => {
  await workbench.close();
  project.end();
  rmSync(extension, { recursive: true });
});

it('speaks the display language of VS Code: views, commands, questions, rows, messages and pages', async () => {
  await workbench.openContainer(title('displayName'));
  const welcome = title('welcome.runs.emptyProject').split('\n', 1)[0] ?? '';
  const runs = workbench.view(title('view.runs'));
  await until('the welcome', async () => (await runs.welcome()).startsWith(welcome));
  await workbench.view(title('view.services')).pane.waitFor();

  const models = workbench.tree(title('view.models'));
  await models.settled('models not trained yet', (rows) =>
    rows.some(({ name, description }) => name === 'never-ready' && description === word('not trained yet')),
  );
  await workbench.runCommand(command('trainModel'));
  await workbench.quickInput.opened(word('Choose a model to train'));
  assert.equal(await workbench.quickInput.title(), word('Train Model…'));
  await workbench.quickInput.cancel();

  await workbench.runCommand(command('pauseService'));
  await workbench.notification(word('Nothing to pause: no service is active.'));

  await workbench.runCommand(command('showTrainingTable'));
  const table = workbench.webview(word('Training Table'));
  await table.text(new RegExp(word('Nothing has been trained here yet.')));
});
