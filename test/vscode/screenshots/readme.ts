/** The pictures of the README: real trainings of the example, in a window as a user has it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isOver } from '../../../src/contract/status.ts';
import { until, type Workbench } from '../harness/index.ts';
import { makePlace, ROOT, runsOf, type Place } from '../trainings.ts';
import { copyExample, isSuccess, newestRun, trainUntil } from './example.ts';
import { pictureOf, type Area } from './gallery.ts';
import { withPalette } from './palette.ts';
import { inWindow, Tour } from './tour.ts';

const FOLDER = join(ROOT, 'media', 'readme');
const RUN = 'shapes-small v2';
const WAITING = 'roads-nano v1';
const SERVICE = 'mgmt-train-roads';

/** A second architecture beside the example's, of which something is missing. */
const ROADS = 'import torch\n\n\ndef train(context):\n    torch.manual_seed(context.config["seed"])\n';

const SETTINGS = {
  'trainyard.table.columns': [
    'name',
    'createdAt',
    'status',
    'progress',
    'duration',
    'metric:mAP50-95(B)',
    'config:lr',
    'service',
  ],
  'editor.minimap.enabled': false,
};

/** Takes them all anew; resolves with their paths and what they weigh. */
export async function readme(): Promise<string[]> {
  const place = makePlace('shapes');
  prepare(place);
  return inWindow(
    'readme',
    place,
    {
      extension: { kind: 'folder', path: ROOT },
      size: { width: 1280, height: 760 },
      userSettings: SETTINGS,
    },
    (workbench) => take(place, workbench),
  );
}

function prepare(place: Place): void {
  copyExample(place);
  const file = readFileSync(join(place.folder, 'trainyard.json'), 'utf8');
  place.write(
    'trainyard.json',
    file
      .replace(
        '"shapes": {',
        '"roads": { "train": "roads.py:train", "service": { "instance": "cpu" } },\n    "shapes": {',
      )
      .replace(
        '"shapes-small": {',
        '"roads-nano": { "architecture": "roads", "config": { "seed": 1 } },\n    "shapes-small": {',
      ),
  );
  place.write('roads.py', ROADS);
  place.write('.gitignore', '__pycache__/\n');
  for (const words of [
    ['init', '--quiet', '--initial-branch=main'],
    ['add', '.'],
    ['commit', '--quiet', '--message=Learn shapes'],
  ]) {
    const done = spawnSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...words], {
      cwd: place.folder,
      encoding: 'utf8',
    });
    if (done.status !== 0) throw new Error(`git ${words.join(' ')}: ${done.stderr}`);
  }
}

async function take(place: Place, workbench: Workbench): Promise<string[]> {
  const tour = new Tour(workbench);
  await workbench.setTheme('dark');
  await tour.sideBar();
  await until('the backend', () => place.client().catch(() => null));
  const { becomes } = runsOf(() => client);
  const client = await place.client();
  for (const changes of [[], ['--set', 'lr=0.01'], ['--set', 'batch=0']]) {
    place.trainyard('train', 'shapes-tiny', ...changes);
    await newestRun(place, 'shapes-tiny', ({ status }) => isOver(status));
  }
  place.trainyard('train', 'shapes-small');
  await newestRun(place, 'shapes-small', isSuccess);
  place.trainyard('train', 'roads-nano');
  await becomes(WAITING, 'failing', (run) => run.diagnosis?.code === 'CrashLoop');
  const goOn = await trainUntil(place, 'shapes-small', 9, '--set', 'lr=0.006');
  place.trainyard('train', 'shapes-tiny', '--set', 'batch=16');

  const files: string[] = [];
  const save = async (name: string, clip?: Area): Promise<void> => {
    const picture = withPalette(await pictureOf(workbench, clip));
    const file = join(FOLDER, `${name}.png`);
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, picture);
    files.push(`${file}: ${(picture.length / 1000).toFixed(0)} kB`);
  };

  await workbench.openFile('train.py');
  await tour.sideBar();
  await tour.command('Explore Metrics', RUN);
  await tour.shown(`${RUN} · Explore`, /recall/);
  await save('explore');

  await tour.clearDesk();
  await widen(workbench);
  await tour.hover('Training Runs', WAITING);
  await save('runs', { x: 0, y: 34, width: 700, height: 600 });
  await tour.mouseAway();

  await tour.toggleSideBar();
  await tour.page('Show Training Table', undefined, 'Training Table', /roads-nano/);
  await save('table', await editorOf(workbench, 390));
  await tour.page('Show Service', SERVICE, SERVICE, /Executions/);
  await tour.tab(SERVICE, 'Health', /What happened/);
  await save('health', await editorOf(workbench, 560));

  await goOn();
  await tour.page('Show Model', RUN, RUN, /What differs from v1/);
  await save('model', await editorOf(workbench, 660));
  await tour.clearDesk();
  await compare(workbench, 'shapes-small v1', RUN);
  await tour.shown('2 runs · Explore', /recall/);
  await save('compare', await editorOf(workbench));
  return files;
}

async function compare(workbench: Workbench, ...runs: string[]): Promise<void> {
  await workbench.runCommand('Trainyard: Compare Runs');
  await workbench.quickInput.opened('Choose two runs or more');
  for (const run of runs) await workbench.quickInput.check(run);
  await workbench.quickInput.accept();
}

/** Draws the border of the side bar to the right, so that nothing in it is cut off. */
async function widen(workbench: Workbench): Promise<void> {
  const box = await workbench.page.locator('.part.sidebar').boundingBox();
  if (box === null) throw new Error('the side bar is not to be seen');
  const { mouse } = workbench.page;
  const y = box.y + box.height / 2;
  await mouse.move(box.x + box.width, y);
  await mouse.down();
  await mouse.move(box.x + box.width + 240, y, { steps: 5 });
  await mouse.up();
}

/** The part of the window in which pages stand, or as much of it from its top. */
async function editorOf(workbench: Workbench, height?: number): Promise<Area> {
  const box = await workbench.page.locator('.part.editor').boundingBox();
  if (box === null) throw new Error('no editor is to be seen');
  return { ...box, ...(height === undefined ? {} : { height: Math.min(height, box.height) }) };
}
