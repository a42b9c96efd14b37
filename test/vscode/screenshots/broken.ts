/** Everything broken: the file, the services, the trainings, at last the backend. */
import { renameSync, writeFileSync } from 'node:fs';
import { until } from '../harness/index.ts';
import { killTraining, makeTrainingProject, runsOf, type TrainingProject } from '../trainings.ts';
import type { Gallery, View } from './gallery.ts';
import { inWindow, Tour } from './tour.ts';

const PROJECT = `{
  "architectures": {
    "shapes": { "train": "train.py:train", "service": { "instance": "cpu", "autoscaling": 4 } },
    "wide": { "train": "train.py:train", "service": { "gpus": 64 } },
    "hungry": { "train": "hungry.py:train", "service": { "instance": "cpu", "memory": "150MB" } },
    "broken": { "train": "broken.py:train", "service": { "instance": "cpu" } },
    "bare": { "train": "train.py:train", "requirements": "requirements.txt", "service": { "instance": "cpu" } }
  },
  "models": {
    "shapes-small": { "architecture": "shapes", "config": { "epochs": 12 } },
    "shapes-bad": { "architecture": "shapes", "config": { "epochs": 12, "lr": -1 } },
    "wide-small": { "architecture": "wide", "config": { "epochs": 12 } },
    "hungry-small": { "architecture": "hungry" },
    "never-ready": { "architecture": "broken" },
    "bare-small": { "architecture": "bare", "config": { "epochs": 12 } }
  }
}
`;

/** It takes 250 MB while it is imported, and keeps them. */
const HUNGRY = `import time

block = bytearray(250_000_000)
time.sleep(60)


def train():
    print(len(block))
`;

const PAUSED = 'mgmt-train-shapes';
const FAILED = 'shapes-bad v1';
const NEVER = 'never-ready v1';
const LOOPING = 'mgmt-train-broken';

export async function broken(gallery: Gallery): Promise<void> {
  const place = makeTrainingProject('broken');
  place.write('trainyard.json', PROJECT);
  place.write('hungry.py', HUNGRY);
  place.write('requirements.txt', 'not a requirement\n');
  await inWindow('broken', place, { userSettings: { 'trainyard.notifications': {} } }, async (workbench) => {
    const tour = new Tour(workbench);
    await tour.sideBar();
    await workbench.view('Models').tree.row('shapes-small').waitFor();
    await until('the backend', () => place.client().catch(() => null));
    await breakAll(place);
    await gallery.photograph(workbench, [...ofSideBar(tour), ...ofPages(tour), ...ofHealth(tour)]);
    // A row that is chosen asks for its diagnosis; these pages stay as they are when the backend ends.
    await tour.page('Show Training Table', undefined, 'Training Table', /never-ready/);
    await tour.command('Show Model', FAILED);
    await tour.command('Show Service', LOOPING);
    await tour.command('Explore Metrics', NEVER);
    await tour.command('Stop Backend');
    const said = workbench.page.locator('.part.sidebar .message');
    await said.filter({ hasText: 'The backend is stopped' }).first().waitFor();
    await gallery.photograph(workbench, ofStopped(tour));
    renameSync(place.home, `${place.home}-aside`);
    writeFileSync(place.home, '');
    await workbench.tree('Training Runs').row('Restart Backend').click();
    await said.filter({ hasText: "can't be started" }).first().waitFor();
    await gallery.photograph(workbench, [{ name: 'backend-fails', show: () => tour.sideBar() }]);
  });
}

/** A training of each kind that goes wrong; then the file. */
async function breakAll(place: TrainingProject): Promise<void> {
  const client = await place.client();
  const { becomes, has } = runsOf(() => client);
  place.allow(1000);
  place.trainyard('train', 'shapes-bad');
  await has(FAILED, 'Failed');
  place.trainyard('train', 'shapes-small');
  await has('shapes-small v1', 'Success');
  place.allow(3);
  place.trainyard('train', 'shapes-small');
  const { executionId } = await becomes('shapes-small v2', 'at epoch 3', (run) => run.progress?.done === 3);
  killTraining(executionId);
  await has('shapes-small v2', 'Aborted');
  place.trainyard('train', 'shapes-small');
  await becomes('shapes-small v3', 'at epoch 3', (run) => run.progress?.done === 3);
  const { service } = await has('shapes-small v3', 'In Progress');
  await client.call('pauseService', { params: { id: service.id } });
  place.trainyard('train', 'shapes-small');
  for (const [model, code] of Object.entries({
    'wide-small': 'NoSuchInstance',
    'hungry-small': 'OOM',
    'never-ready': 'CrashLoop',
    'bare-small': 'EnvironmentFailed',
  })) {
    place.trainyard('train', model);
    await becomes(`${model} v1`, code, (run) => run.diagnosis?.code === code);
  }
  place.write('trainyard.json', PROJECT.replace('"models": {', '"models":'));
}

function ofSideBar(tour: Tour): View[] {
  const { workbench } = tour;
  return [
    {
      name: 'side-bar',
      show: async () => {
        await tour.clearDesk();
        await tour.sideBar();
      },
    },
    {
      name: 'runs',
      show: () => tour.sideBar('Training Runs'),
    },
    { name: 'error-hover', show: () => tour.hover('Training Runs', NEVER), leave: tour.mouseAway },
    {
      name: 'warning-hover',
      show: () => tour.hover('Training Runs', 'shapes-small v4'),
      leave: tour.mouseAway,
    },
    {
      name: 'services',
      show: async () => {
        await tour.sideBar('Services');
        await workbench.tree('Services').row(PAUSED).expand();
        await tour.mouseAway();
      },
      leave: () => tour.sideBar(),
    },
    {
      name: 'diagnosis',
      show: async () => {
        await tour.command('Show Diagnosis', NEVER);
        await workbench.dialog.opened();
      },
      leave: () => workbench.page.keyboard.press('Escape'),
    },
    {
      name: 'notifications',
      show: () => tour.told(/mgmt-train-broken/),
      leave: tour.hideTold,
    },
    { name: 'file', show: () => workbench.openFile('trainyard.json') },
    {
      name: 'train',
      show: async () => {
        await workbench.runCommand('Trainyard: Train Model…');
        await tour.told(/trainyard\.json/);
      },
      leave: tour.hideTold,
    },
  ];
}

function ofPages(tour: Tour): View[] {
  const { workbench } = tour;
  return [
    {
      name: 'table',
      show: () => tour.page('Show Training Table', undefined, 'Training Table', /never-ready/),
    },
    {
      name: 'table-hover',
      show: async () => {
        const table = workbench.webview('Training Table');
        await (await table.locator('.diagnosis.error:not([hidden])')).first().hover();
        await (await table.locator('.hover-card')).waitFor();
      },
    },
    { name: 'model-overview', show: () => tour.page('Show Model', FAILED, FAILED, /What it ran/) },
    { name: 'model-explore', show: () => tour.tab(FAILED, 'Explore') },
    { name: 'model-logs', show: () => tour.tab(FAILED, 'Logs', /ValueError/) },
    { name: 'model-files', show: () => tour.tab(FAILED, 'Files') },
    { name: 'waiting-overview', show: () => tour.page('Show Model', NEVER, NEVER, /Overview/) },
    { name: 'waiting-explore', show: () => tour.tab(NEVER, 'Explore') },
    { name: 'waiting-logs', show: () => tour.tab(NEVER, 'Logs') },
  ];
}

function ofHealth(tour: Tour): View[] {
  const health = (architecture: string): View => {
    const service = `mgmt-train-${architecture}`;
    return {
      name: `health-${architecture}`,
      show: async () => {
        await tour.page('Show Service', service, service, /Executions/);
        await tour.tab(service, 'Health', /What happened/);
      },
    };
  };
  return [
    { name: 'service-executions', show: () => tour.page('Show Service', PAUSED, PAUSED, /shapes-small/) },
    { name: 'service-settings', show: () => tour.tab(PAUSED, 'Settings', /Auto-scaling/) },
    ...['shapes', 'wide', 'hungry', 'broken', 'bare'].map(health),
  ];
}

function ofStopped(tour: Tour): View[] {
  const shown = (name: string, title: string): View => ({ name, show: () => tour.shown(title, /\S/) });
  return [
    shown('stopped-table', 'Training Table'),
    shown('stopped-model', FAILED),
    shown('stopped-service', LOOPING),
    shown('stopped-explore', `${NEVER} · Explore`),
  ];
}
