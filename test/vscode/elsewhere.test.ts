import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import * as z from 'zod';
import type { Client } from '../../src/client/api.ts';
import { actUntil, closeMenu, openWorkbench, storiesIn, until, type Workbench } from './harness/index.ts';
import { failedAtNothing, Page } from './pages.ts';
import { described, RUNS } from './runsTree.ts';
import { makeTrainingProject, OWN, ROOT, runsOf } from './trainings.ts';

// A person who has trained for long, with other tools, and Trainyard for an hour: nothing was trained here yet.

/** What Ultralytics itself left. */
const FIXTURES = join(ROOT, 'test/fixtures/runs');

const project = makeTrainingProject('elsewhere');
let workbench: Workbench;
let client: Client;
const it = storiesIn(() => workbench);
const { has } = runsOf(() => client);

before(async () => {
  workbench = await openWorkbench({
    name: 'elsewhere',
    folder: project.folder,
    extension: OWN,
    env: { TRAINYARD_HOME: project.home },
    userSettings: { 'workbench.startupEditor': 'none' },
    size: { width: 1280, height: 900 },
  });
  await workbench.openContainer('Trainyard');
  client = await project.begun();
});

after(async () => {
  await workbench.close();
  project.end();
});

/** @param place below the project */
async function importFrom(kind: string, place: string, said: RegExp): Promise<void> {
  const { quickInput } = workbench;
  await workbench.runCommand('Trainyard: Import Runs…');
  await quickInput.opened('Choose where the runs are');
  await quickInput.pick(kind);
  await quickInput.opened('Import Runs…');
  await until('the folder', async () => (await quickInput.value()).endsWith('/elsewhere/'));
  await quickInput.type(join(project.folder, place));
  // While the dialog still looks for what was typed it takes no click.
  await actUntil(
    'the dialog to close',
    () => workbench.page.getByRole('button', { name: 'Import' }).click({ timeout: 2000 }),
    async () => !(await quickInput.root.isVisible()),
  );
  await (await workbench.notification(said)).dismiss();
}

it('imports runs that MLflow kept, once, and says of them where they came from', async () => {
  const began = Date.parse('2026-01-02T03:04:05Z');
  project.write('old-work/mlruns/7/meta.yaml', "experiment_id: '7'\nname: detectors\n");
  project.write(
    'old-work/mlruns/7/0a1b/meta.yaml',
    `run_id: 0a1b\nrun_name: old-detector\nstatus: 3\nstart_time: ${began}\nend_time: ${began + 60_000}\n`,
  );
  project.write(
    'old-work/mlruns/7/0a1b/metrics/val_loss',
    [0.9, 0.5, 0.25].map((loss, i) => `${began + i * 1000} ${loss} ${i}\n`).join(''),
  );
  project.write('old-work/mlruns/7/0a1b/params/lr', '0.01');
  for (const said of [
    /^1 run imported from .*old-work\./,
    /^0 runs imported, 1 here already from .*old-work\./,
  ])
    await importFrom('A Folder…', 'old-work/', said);
  const row = workbench.tree(RUNS).row('old-detector v1');
  await row.waitFor();
  assert.match((await row.description()) ?? '', /imported$/);
  const offered = await row.menu();
  assert.ok(offered.includes('Remove Training'), offered.join());
  assert.ok(!offered.includes('Abort Training') && !offered.includes('Rerun Training'), offered.join());
  await closeMenu(workbench.page);
  await workbench.openFrom(row, 'old-detector v1');
  const page = workbench.webview('old-detector v1');
  await page.text(/Where it came from[^]*old-work[^]*Parameters[^]*lr[^]*0\.01[^]*detectors/);
  await workbench.screenshot('imported');
  await workbench.runCommand('View: Close All Editors');
});

it('imports a run of Ultralytics, and shows the pictures that it left', async () => {
  cpSync(join(FIXTURES, 'detect', 'new'), join(project.folder, 'runs/detect/train'), { recursive: true });
  for (const name of ['results.png', 'confusion_matrix.png'])
    cpSync(join(ROOT, 'media/readme/compare.png'), join(project.folder, 'runs/detect/train', name));
  await importFrom('A Folder…', 'runs/', /^1 run imported from .*runs\./);
  await workbench.openFrom(workbench.tree(RUNS).row('train v1'), 'train v1');
  const page = new Page(workbench, 'train v1');
  await page.says(/Where it came from[^]*\/runs\/detect\/train/);
  await workbench.screenshot('imported-ultralytics');
  await page.openTab('Files');
  await page.says(/runs\/detect\/train\/confusion_matrix\.png[^]*runs\/detect\/train\/weights\/last\.pt/);
  await until('both pictures', async () =>
    (await page.frame()).evaluate(
      `[...document.images].length === 2 && [...document.images].every((one) => one.naturalWidth > 1)`,
    ),
  );
  await workbench.screenshot('imported-pictures');
  await workbench.runCommand('View: Close All Editors');
});

it('imports a log in CSV, and draws it', async () => {
  project.write('old/night.csv', 'epoch,train_loss,val_loss\n1,0.9,1\n2,0.6,0.8\n3,0.4,0.75\n');
  await importFrom('A File…', 'old/night.csv', /^1 run imported from .*night\.csv\.$/);
  const row = workbench.tree(RUNS).row('night v1');
  await row.act('Explore Metrics');
  const page = workbench.webview('night v1 · Explore');
  await page.text(/loss[^]*train\s+0\.4000\s+val\s+0\.7500/);
  assert.equal(await (await page.locator('vscode-button:text-is("Show Logs")')).isVisible(), false);
  await workbench.screenshot('imported-csv');
  await workbench.runCommand('View: Close All Editors');
});

it('shows a run that a program elsewhere logs through MLflow, while it logs', async () => {
  const { url, token } = z
    .object({ url: z.string(), token: z.string() })
    .parse(JSON.parse(readFileSync(join(project.home, 'server.json'), 'utf8')));
  const mlflow = async (path: string, ask: object): Promise<unknown> => {
    const answer = await fetch(`${url}/mlflow/api/2.0/mlflow/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(ask),
    });
    assert.equal(answer.status, 200, await answer.clone().text());
    return answer.json();
  };
  const Created = z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) });
  const created = await mlflow('runs/create', {
    experiment_id: '0',
    run_name: 'from-notebook',
    start_time: Date.now(),
    tags: [{ key: 'trainyard.project', value: project.folder }],
  });
  const { run_id } = Created.parse(created).run.info;
  await mlflow('runs/log-parameter', { run_id, key: 'optimizer', value: 'AdamW' });
  const log = (step: number): Promise<unknown> =>
    mlflow('runs/log-metric', { run_id, key: 'accuracy', value: step / 10, timestamp: Date.now(), step });
  await log(1);
  await mlflow('runs/create', {
    experiment_id: '0',
    run_name: 'try-a',
    start_time: Date.now(),
    tags: [
      { key: 'trainyard.project', value: project.folder },
      { key: 'mlflow.parentRunId', value: run_id },
    ],
  });
  const row = workbench.tree(RUNS).row('from-notebook v1');
  await row.waitFor();
  await described(workbench, 'from-notebook v1', /logged through MLflow$/);
  const offered = await row.menu();
  assert.ok(!offered.includes('Abort Training') && !offered.includes('Rerun Training'), offered.join());
  await closeMenu(workbench.page);
  await row.act('Explore Metrics');
  const explore = workbench.webview('from-notebook v1 · Explore');
  await explore.text(/accuracy[^]*0\.1000/);
  await log(7);
  await explore.text(/accuracy[^]*0\.7000/);
  await workbench.openFrom(row, 'from-notebook v1');
  await workbench
    .webview('from-notebook v1')
    .text(/logs it through MLflow[^]*optimizer[^]*AdamW[^]*try-a v1/);
  await workbench.screenshot('mlflow-elsewhere');
  await (await workbench.webview('from-notebook v1').locator('text="try-a v1"')).click();
  await workbench.webview('try-a v1').text(/Nested in\s*from-notebook v1/);
  await mlflow('runs/update', { run_id, status: 'FINISHED', end_time: Date.now() });
  await has('from-notebook v1', 'Success');
  await workbench.runCommand('View: Close All Editors');
});

it('breaks no content security policy, and fails at nothing', () => {
  failedAtNothing(workbench, /^$/);
  return Promise.resolve();
});
