/**
 * `npm start`: builds, starts a backend of its own, trains the example, and shows it in VS Code. What it started ends with it.
 * `--headless`: the same without a window; ends with the training, with exit code 0 only where that was a Success.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { findBackend, stopBackend } from '../client/backend.ts';
import { isOver } from '../contract/status.ts';
import { openEditorServer } from './browserEditor.ts';
import { CACHE } from './cache.ts';
import { findDesktopVSCode, openDesktopVSCode } from './desktop.ts';
import { obtainEditor } from './editor.ts';
import { run } from './run.ts';

const MODEL = 'shapes-small';
const root = path.resolve(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
const headless = process.argv.includes('--headless');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** What has to be ended, newest first. */
const started: (() => Promise<void>)[] = [];
let ending: Promise<never> | null = null;

function end(code: number): Promise<never> {
  ending ??= (async () => {
    for (const stop of started.toReversed()) {
      await stop().catch((error: unknown) => say(`Not everything ended: ${String(error)}`));
    }
    process.exit(code);
  })();
  return ending;
}

/** A home and a copy of the example of this start's own, so that nothing of the user's is touched. */
function prepare(): { home: string; folder: string; env: Record<string, string> } {
  const place = path.join(CACHE, 'start');
  const folder = path.join(place, 'example');
  const home = path.join(place, 'home');
  mkdirSync(home, { recursive: true });
  if (!existsSync(path.join(folder, 'trainyard.json'))) {
    rmSync(folder, { recursive: true, force: true });
    cpSync(path.join(root, 'media', 'example'), folder, {
      recursive: true,
      filter: (file) => !file.includes('__pycache__'),
    });
  }
  return { home, folder, env: { TRAINYARD_HOME: home } };
}

/** Trains the example in the foreground of this terminal. Resolves to the exit code of `trainyard train --watch`. */
function train(folder: string, env: Record<string, string>): Promise<number> {
  const words = [path.join(root, 'dist', 'trainyard.mjs'), 'train', MODEL, '--watch'];
  const child: ChildProcess = spawn(process.execPath, words, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
  // Ended before the backend is: one that watches would start another.
  started.push(async () => {
    child.kill();
    await ended;
  });
  return ended;
}

/** Ends the trainings and the backend of this home, and waits until they are gone. */
async function endBackend(home: string): Promise<void> {
  const client = await findBackend(home, version);
  if (client === null) return;
  const { runs } = await client.call('listRuns', { query: { limit: 1000 } });
  const live = runs.filter((one) => !isOver(one.status));
  await Promise.all(
    live
      .filter((one) => !one.stopping)
      .map((one) => client.call('abort', { params: { id: one.executionId } })),
  );
  for (const one of live) {
    // Following a log ends when its training has.
    const log = await client.open('logs', {
      params: { id: one.executionId },
      query: { follow: 'true', offset: 2 ** 48 },
    });
    await log.resume().toArray();
  }
  await stopBackend(client);
}

/** Opens the window, the best that there is here, and says where it is. False where none can be had. */
async function openWindow(folder: string, env: Record<string, string>, dataDir: string): Promise<boolean> {
  try {
    const desktop = findDesktopVSCode();
    if ('executable' in desktop) {
      const { executable } = desktop;
      const window = await openDesktopVSCode({ executable, folder, extensionPath: root, dataDir, env });
      started.push(() => window.close());
      say('VS Code opens with the example: look at Trainyard in its activity bar.');
      return true;
    }
    const editor = await obtainEditor({ log: say });
    const server = await openEditorServer({
      editor,
      folder,
      extension: { kind: 'folder', path: root },
      dataDir,
      env,
    });
    started.push(() => server.close());
    say(`VS Code, with the example and Trainyard in it, is at\n\n    ${server.url}\n`);
    return true;
  } catch (error) {
    say(
      `No window: ${error instanceof Error ? error.message : String(error)}\nThe training goes on without one.`,
    );
    return false;
  }
}

async function finalWords(home: string): Promise<void> {
  const client = await findBackend(home, version);
  const [newest] = (await client?.call('listRuns', { query: { limit: 1 } }))?.runs ?? [];
  if (newest === undefined) return;
  const best = newest.summary.find((line) => line.figure === 'mAP50(B)');
  if (best !== undefined)
    say(
      `\nmAP50(B) is ${Number(best.last).toFixed(3)}, at best ${best.best?.toFixed(3)} in epoch ${best.bestEpoch}.`,
    );
  const detail = await client?.call('getRun', { params: { id: newest.executionId } });
  if (detail !== undefined) say(`Its files are in ${detail.outputDir}.`);
}

async function main(): Promise<void> {
  process.on('SIGINT', () => void end(130));
  process.on('SIGTERM', () => void end(143));
  process.on('SIGHUP', () => void end(129));
  say('Building ...');
  await run(process.execPath, ['esbuild.mjs'], { cwd: root });
  const { home, folder, env } = prepare();
  started.push(() => endBackend(home));
  const window = headless
    ? Promise.resolve(false)
    : openWindow(folder, env, path.join(CACHE, 'start', 'editor'));
  say(`Training ${MODEL} of ${folder} ...`);
  const code = await train(folder, env);
  await finalWords(home);
  if (!(await window)) return end(code);
  say(
    '\nIn VS Code: the Trainyard view lists the run; Explore Metrics draws it. Ctrl+C here ends all of it.',
  );
  // Held open by the window's own process, or by this terminal, until somebody ends it.
  setInterval(() => undefined, 2 ** 30);
}

main().catch(async (error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  await end(1);
});
