import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before } from 'node:test';
import { openWorkbench, storiesIn, until, type Workbench } from './harness/index.ts';
import { described as rowDescribed, RUNS, settled as treeSettled } from './runsTree.ts';
import { makeTrainingProject, OWN, ROOT } from './trainings.ts';

// Two windows on one backend: one with a project's folder, one with none. And what a person hears of only after minutes: that a
// training fell silent, that a long one is done. The stories wait for these minutes, so they belong to the long run.

const project = makeTrainingProject('shapes');
const elsewhere = mkdtempSync(join(tmpdir(), 'trainyard-elsewhere-'));
let inFolder: Workbench;
let inNone: Workbench;
const it = storiesIn(() => inFolder);
const itInNone = storiesIn(() => inNone);

const RUN = 'shapes-small v1';
const OTHER = 'elsewhere v1';
/** From here on the end of a training is told of, in milliseconds. */
const LONG_MS = 5 * 60_000;

before(async () => {
  const options = { extension: OWN, env: { TRAINYARD_HOME: project.home } };
  inFolder = await openWorkbench({ ...options, name: 'windows-folder', folder: project.folder });
  await inFolder.openContainer('Trainyard');
  inNone = await openWorkbench({ ...options, name: 'windows-none', folder: null });
  await inNone.openContainer('Trainyard');
});

after(async () => {
  await Promise.all([inFolder.close(), inNone.close()]);
  project.end();
  rmSync(elsewhere, { recursive: true, force: true });
});

const shows = (workbench: Workbench, ...wanted: string[]): Promise<unknown> =>
  treeSettled(workbench, ...wanted);
const described = (workbench: Workbench, pattern: RegExp): Promise<string> =>
  rowDescribed(workbench, RUN, pattern);

/** Five samples in quick succession, so that its usual interval is known; then nothing. */
it('shows in both windows what was started from a terminal', async () => {
  project.trainyard('train', 'shapes-small');
  for (let epoch = 1; epoch <= 5; epoch++) {
    project.allow(epoch);
    const so = new RegExp(`${epoch}/12 epochs`);
    await Promise.all([described(inFolder, so), described(inNone, so)]);
  }
});

itInNone('shows all projects in a window without a folder, and in one with a folder its own', async () => {
  mkdirSync(join(elsewhere, 'project'));
  const write = (file: string, text: string): void => writeFileSync(join(elsewhere, 'project', file), text);
  write('train.py', 'def train():\n    pass\n');
  write(
    'trainyard.json',
    `{ "architectures": { "plain": { "train": "train.py:train", "service": { "instance": "cpu" } } },
       "models": { "elsewhere": { "architecture": "plain" } } }`,
  );
  const done = spawnSync(
    process.execPath,
    [join(ROOT, 'dist', 'trainyard.mjs'), 'train', 'elsewhere', '--watch'],
    {
      cwd: join(elsewhere, 'project'),
      env: { ...process.env, TRAINYARD_HOME: project.home },
      encoding: 'utf8',
    },
  );
  assert.equal(done.status, 0, done.stderr);
  await shows(inNone, 'In Progress 1', `  ${RUN}`, 'Success 1', `  ${OTHER}`);
  await shows(inFolder, 'In Progress 1', `  ${RUN}`);
  // Where runs of several projects stand together, the hover tells which is whose.
  const hover = await inNone.tree(RUNS).row(OTHER).hover();
  assert.match(hover, new RegExp(basename(elsewhere)));
  await inNone.screenshot('all-projects');
});

itInNone('removes in one window what then is gone in the other', async () => {
  await inNone.tree(RUNS).row(OTHER).choose('Remove Training');
  await inNone.dialog.opened();
  await inNone.screenshot('remove');
  await inNone.dialog.press('Remove and Delete Files');
  await shows(inNone, 'In Progress 1', `  ${RUN}`);
});

it('says of a training that used to log that it has fallen silent', async () => {
  const said = /^shapes-small v1 has logged nothing for 1m( \d+s)?; it usually does every .+\.$/;
  const notice = await inFolder.notification(said, 100_000);
  assert.deepEqual(await notice.buttons(), ['Show Logs', 'Abort Training']);
  await inFolder.screenshot('silent');
  await notice.press('Show Logs');
  await inFolder.tab(`${RUN}.log`).waitFor();
});

it('says of a training that took long that it is done, with its best figure', async () => {
  const client = await project.client();
  const { runs } = await client.call('listRuns', { query: {} });
  const started = Date.parse(runs.find(({ model }) => model.name === 'shapes-small')?.startedAt ?? '');
  await until('five minutes of training', () => Date.now() - started > LONG_MS, LONG_MS + 10_000);
  project.allow(12);
  const notice = await inFolder.notification(/^shapes-small v1 is done after 5m( \d+s)?: mAP50-95 0\.\d+\.$/);
  assert.deepEqual(await notice.buttons(), ['Explore Metrics']);
  await inFolder.screenshot('done');
  await notice.press('Explore Metrics');
  await inFolder.tab(`${RUN} · Explore`).waitFor();
  await shows(inNone, 'Success 1', `  ${RUN}`);
});

it('has thrown nothing in either window', () => {
  for (const workbench of [inFolder, inNone]) {
    assert.doesNotMatch(workbench.extensionLog('trainyard.trainyard', 'Trainyard'), /\[error\]/);
    assert.deepEqual(
      workbench.console.errors().filter(({ text }) => /trainyard/i.test(text)),
      [],
    );
  }
  return Promise.resolve();
});
