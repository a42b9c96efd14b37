/**
 * What the extension costs in a real VS Code with 10,000 runs, beside what it is meant to cost: `node test/bench/extension.ts`. Takes
 * about three minutes. The browser draws without a GPU, so what is drawn takes longer than on a desk.
 */
import { readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { followEvents } from '../../src/client/events.ts';
import { run } from '../../src/dev/run.ts';
import { obtainBrowser } from '../../src/dev/chromium.ts';
import { obtainEditor } from '../../src/dev/editor.ts';
import { openWorkbench, until, type Workbench } from '../vscode/harness/index.ts';
import { fillHome } from '../vscode/manyRuns.ts';
import { described, RUNS } from '../vscode/runsTree.ts';
import { makeTrainingProject, ROOT } from '../vscode/trainings.ts';
import { median, tell } from './tell.ts';

const RUNS_KEPT = 10_000;
const RELOADS = 5;
/** An hour of twenty trainings that each report every other second, in a minute. */
const EVENTS = 36_000;
const EVENTS_MS = 60_000;
/** From a click on a column's name to the second frame after it: in the first its rows are drawn. */
const SORTING = `(async () => {
  const times = [];
  for (let i = 0; i < 10; i++) {
    const began = performance.now();
    document.querySelector('th').click();
    for (let frames = 0; frames < 2; frames++) await new Promise(requestAnimationFrame);
    times.push(performance.now() - began);
  }
  return times;
})()`;

await vsix();
await obtainEditor({ log: console.log });
await obtainBrowser({ log: console.log });
const project = makeTrainingProject('bench');
fillHome(project.home, project.folder, RUNS_KEPT);
// What is measured is what ships.
await run(process.execPath, ['esbuild.mjs', '--production'], { cwd: ROOT });
const workbench = await openWorkbench({
  name: 'bench',
  folder: project.folder,
  extension: { kind: 'development', path: ROOT },
  env: { TRAINYARD_HOME: project.home },
  size: { width: 1280, height: 900 },
});
try {
  console.log(`In VS Code, with ${RUNS_KEPT.toLocaleString('en-US')} runs:`);
  await starts(workbench);
  await changes(workbench);
  await tableScroll(workbench);
  await memory();
} finally {
  await workbench.close();
  project.end();
}

async function vsix(): Promise<void> {
  const printed = await run(process.execPath, ['src/dev/package.ts'], { cwd: ROOT });
  const [, file = ''] = /^(.*\.vsix): /m.exec(printed) ?? [];
  tell('VSIX', statSync(file).size / 1e6, ' MB', 1.5);
  rmSync(file);
}

function log(): string {
  return workbench.extensionLog('trainyard.trainyard', 'Trainyard');
}

function figureIn(pattern: RegExp): number {
  return Number(pattern.exec(log())?.[1] ?? NaN);
}

/** What the extension itself says of its starts, window after window. */
async function starts(window: Workbench): Promise<void> {
  const activated: number[] = [];
  const first: number[] = [];
  const beginning = (): string => log().slice(0, 100);
  let before = '';
  for (let i = 0; i < RELOADS; i++) {
    if (i > 0) await window.reload();
    await window.openContainer('Trainyard');
    // Till the new window writes a log of its own, that of the one before is the latest.
    await until(
      'all runs',
      () => beginning() !== before && log().includes(`${RUNS_KEPT} run(s) known`),
      60_000,
    );
    before = beginning();
    activated.push(figureIn(/Activated in ([\d.]+) ms/));
    first.push(figureIn(/First runs after (\d+) ms/));
  }
  tell(`activation, from the call to its return, median of ${RELOADS}`, median(activated), ' ms', 50);
  tell(`first rows, from the connection on, median of ${RELOADS}`, median(first), ' ms', 100);
}

/** From the moment at which a reader of the event stream has a change to the frame in which its row shows it. */
async function changes(window: Workbench): Promise<void> {
  project.trainyard('train', 'shapes-small');
  await described(window, 'shapes-small v1', /^\d+s$/);
  await window.page.evaluate(`{
    globalThis.drawn = new Map();
    const look = () => {
      for (const row of document.querySelectorAll('[role="tree"][aria-label="${RUNS}"] .monaco-list-row')) {
        const epoch = /(\\d+)\\/12 epochs/.exec(row.innerText)?.[1];
        if (epoch && !globalThis.drawn.has(epoch)) globalThis.drawn.set(epoch, Date.now());
      }
      requestAnimationFrame(look);
    };
    look();
  }`);
  const client = await project.client();
  const told = new Map<number, number>();
  const following = followEvents(() => Promise.resolve(client), {
    onReady: () => undefined,
    onEvent: (event) => {
      const done = event.event === 'run' ? event.data.progress?.done : undefined;
      if (done !== undefined && done > 0 && !told.has(done)) told.set(done, Date.now());
    },
    onBroken: (error) => {
      throw error;
    },
  });
  const took: number[] = [];
  for (let epoch = 1; epoch <= 10; epoch++) {
    project.allow(epoch);
    const drawn = await until(`epoch ${epoch}`, async () => {
      const at: unknown = await window.page.evaluate(`globalThis.drawn.get('${epoch}')`);
      return typeof at === 'number' && at;
    });
    took.push(drawn - (told.get(epoch) ?? NaN));
  }
  following.stop();
  tell('a change of one run, from its event to its row, median of 10', median(took), ' ms', 100);
}

/** Frames of the Training Table while it is scrolled by the wheel. */
async function tableScroll(window: Workbench): Promise<void> {
  await window.runCommand('Trainyard: Show Training Table');
  const table = window.webview('Training Table');
  await table.text(/shapes-small/);
  const frame = await table.frame();
  await frame.evaluate(`{
    globalThis.frames = [];
    let last = performance.now();
    const next = (now) => { globalThis.frames.push(now - last); last = now; requestAnimationFrame(next); };
    requestAnimationFrame(next);
  }`);
  const box = await (await table.locator('[role="grid"]')).boundingBox();
  if (box === null) throw new Error('the table is not to be seen');
  await window.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await frame.evaluate('globalThis.frames.length = 0');
  for (let i = 0; i < 100; i++) await window.page.mouse.wheel(0, 600);
  const frames = (await frame.evaluate('globalThis.frames')) as number[];
  tell('a frame of the table while it scrolls, median', median(frames), ' ms', 33);
  tell('  the slowest', Math.max(...frames), ' ms');
  const shown = await (await table.locator('[role="row"]')).count();
  tell('  rows that the page holds meanwhile', shown, '', 200);
  const sorting = (await frame.evaluate(SORTING)) as number[];
  tell('the table sorted the other way, until it is drawn, median of 10', median(sorting), ' ms', 200);
}

/** What the extension host holds before and after it was told a lot. */
async function memory(): Promise<void> {
  // Those before it make room.
  project.allow(1000);
  const host = extensionHost();
  const before = resident(host);
  project.write(
    'train.py',
    `
import time
def train(context):
    began = time.monotonic()
    for n in range(${EVENTS}):
        context.log(epoch=n, loss=1 / (n + 1))
        context.progress(n + 1, ${EVENTS})
        time.sleep(max(0, began + n * ${EVENTS_MS / EVENTS / 1000} - time.monotonic()))
`,
  );
  project.trainyard('train', 'shapes-small');
  const client = await project.client();
  await until(
    'its end',
    async () => {
      const { runs } = await client.call('listRuns', { query: { limit: 1 } });
      await delay(500);
      return runs[0]?.status === 'Success';
    },
    EVENTS_MS * 3,
  );
  tell(`memory of the extension host with ${RUNS_KEPT.toLocaleString('en-US')} runs`, before, ' MB');
  tell(
    `  more after ${EVENTS.toLocaleString('en-US')} reports in a minute`,
    resident(host) - before,
    ' MB',
    50,
  );
}

/** The process of this window's extensions: of all that have this home, the one that VS Code calls so. */
function extensionHost(): number {
  const found = readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      const own = readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`TRAINYARD_HOME=${project.home}`);
      return own && words.includes('--type=extensionHost') && readlinkSync(`/proc/${pid}/exe`) !== '';
    } catch {
      // It has ended, or is another user's.
      return false;
    }
  });
  const newest = found.map(Number).toSorted((a, b) => b - a)[0];
  if (newest === undefined) throw new Error('There is no extension host.');
  return newest;
}

function resident(pid: number): number {
  const status = readFileSync(path.join('/proc', String(pid), 'status'), 'utf8');
  return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024) / 1e6;
}
