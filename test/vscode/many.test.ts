import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { openWorkbench, storiesIn, until, type Workbench } from './harness/index.ts';
import { fillHome } from './manyRuns.ts';
import { described, RUNS } from './runsTree.ts';
import { makeTrainingProject, OWN } from './trainings.ts';

// Ten thousand trainings that have ended, and one that runs. What is measured is told; what is asserted leaves room for slow machines.

const COUNT = 10_000;
const project = makeTrainingProject('many');
let workbench: Workbench;
const it = storiesIn(() => workbench);

before(async () => {
  fillHome(project.home, project.folder, COUNT);
  workbench = await openWorkbench({
    name: 'many',
    folder: project.folder,
    extension: OWN,
    env: { TRAINYARD_HOME: project.home },
    size: { width: 1280, height: 900 },
  });
});

after(async () => {
  await workbench.close();
  project.end();
});

/** Milliseconds until something is so. */
async function timed<T>(work: () => Promise<T>): Promise<number> {
  const began = performance.now();
  await work();
  return Math.round(performance.now() - began);
}

it('shows the first of ten thousand before it knows them all, and their counts once it does', async (t) => {
  await workbench.openContainer('Trainyard');
  const tree = workbench.tree(RUNS);
  await tree.settled('a first group', (rows) => rows.some((row) => row.level === 2), 30_000);
  await tree.settled(
    'all failed ones',
    (rows) => rows[0]?.name === 'Failed' && rows[0].description === '2,000',
    30_000,
  );
  const log = workbench.extensionLog('trainyard.trainyard', 'Trainyard');
  const [, first = ''] = /First runs after (\d+) ms/.exec(log) ?? [];
  const [, all = ''] = /10000 run\(s\) known after (\d+) ms/.exec(log) ?? [];
  t.diagnostic(`first runs ${first} ms after the connection stood, all ${COUNT} after ${all} ms`);
  assert.ok(first !== '' && Number(first) <= Number(all), log);
  await workbench.screenshot('first');
});

it('goes on by pages of a hundred', async () => {
  const tree = workbench.tree(RUNS);
  const more = await tree.reveal('Show 100 More');
  assert.equal(await more.description(), 'of 1,900');
  await workbench.screenshot('more');
  await more.click();
  await tree.settled('the next ones', (rows) => !rows.some((row) => row.name === 'Show 100 More'));
  const next = await tree.reveal('Show 100 More');
  await until('the rest', async () => (await next.description()) === 'of 1,800');
});

it('B12 finds among ten thousand while one types', async (t) => {
  const tree = workbench.tree(RUNS);
  await workbench.runCommand('Trainyard: Search Runs…');
  await workbench.quickInput.opened('Name, model ID');
  const took = await timed(async () => {
    await workbench.quickInput.type('model-7 v2');
    await tree.settled('what is found', (rows) =>
      rows.every((row) => row.level === 1 || /^model-7 v2\d*$/.test(row.name)),
    );
  });
  t.diagnostic(`${took} ms from the text to its rows`);
  await workbench.screenshot('search');
  await workbench.quickInput.cancel();
});

it('B5 B7 draws the row of a run that changes, and no other', async (t) => {
  project.trainyard('train', 'shapes-small');
  await described(workbench, 'shapes-small v1', /^\d+s$/);
  // Once it ticks, what came with its group is drawn.
  for (const seconds of [2, 3, 4]) {
    await described(workbench, 'shapes-small v1', new RegExp(`^(${seconds}|[5-9]|\\d\\d)s$`));
  }
  const drawn = await workbench.tree(RUNS).watch();
  const took = await timed(async () => {
    project.allow(1);
    await described(workbench, 'shapes-small v1', /^8% · 1\/12 epochs/);
  });
  t.diagnostic(`${took} ms from the training to its row`);
  const rows = await drawn();
  assert.ok(rows.length > 0);
  assert.deepEqual(
    rows.filter((one) => !one.startsWith('shapes-small v1:')),
    [],
  );
});

it('draws the groups that a run leaves and joins when it ends', async () => {
  project.allow(12);
  await workbench.tree(RUNS).settled('no group In Progress', (rows) => rows[0]?.name === 'Failed', 30_000);
  await workbench.runCommand('Trainyard: Filter by Status…');
  await workbench.quickInput.opened('Show only runs with these statuses');
  await workbench.quickInput.check('Success');
  await workbench.quickInput.accept();
  const rows = await workbench
    .tree(RUNS)
    .settled('Success alone', (seen) => seen[0]?.name === 'Success' && seen[1]?.name === 'shapes-small v1');
  assert.equal(rows[0]?.description, '6,001');
  await workbench.screenshot('filtered');
});

it('has thrown nothing', () => {
  assert.doesNotMatch(workbench.extensionLog('trainyard.trainyard', 'Trainyard'), /\[error\]/);
  return Promise.resolve();
});
