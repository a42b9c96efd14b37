/** A small project that really trains, and lets a test say how far it may go. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import type { Client } from '../../src/client/api.ts';
import { findBackend } from '../../src/client/backend.ts';
import type { Run } from '../../src/contract/shapes.ts';
import type { Status } from '../../src/contract/status.ts';
import type { ExtensionSource } from '../../src/dev/browserEditor.ts';
import { until } from './harness/index.ts';

export const ROOT = resolve(import.meta.dirname, '../..');

const DEVELOPED: ExtensionSource = { kind: 'development', path: ROOT };
const vsix = process.env['TRAINYARD_TEST_VSIX'];

/** Trainyard as at a user's, out of its package; from this checkout where no package is named. */
export const INSTALLED: ExtensionSource = vsix === undefined ? DEVELOPED : { kind: 'vsix', path: vsix };

/** Trainyard from this checkout, or with TRAINYARD_TEST_INSTALLED=1 as at a user's. */
export const OWN = process.env['TRAINYARD_TEST_INSTALLED'] === '1' ? INSTALLED : DEVELOPED;

const VERSION = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))).version;

const PROJECT = `{
  // What this project can train.
  "architectures": {
    "shapes": { "train": "train.py:train", "service": { "instance": "cpu" } },
    "broken": { "train": "broken.py:train", "service": { "instance": "cpu" } }
  },
  "models": {
    "shapes-small": { "architecture": "shapes", "config": { "epochs": 12 } },
    "shapes-bad": { "architecture": "shapes", "dataset": "data/bad", "config": { "epochs": 12, "lr": -1 } },
    "never-ready": { "architecture": "broken" }
  }
}
`;

/** Each epoch waits until the number in the file `until` allows it, and prints as many lines more as `say` says. */
const TRAIN = `import pathlib
import time


def train(context):
    if context.config.get("lr", 1) < 0:
        raise ValueError("lr must be above 0, not -1")
    epochs = context.config["epochs"]
    here = pathlib.Path(__file__).parent
    print("training", context.model["name"], flush=True)
    for epoch in range(1, epochs + 1):
        while float((here / "until").read_text() or 0) < epoch:
            if context.should_stop:
                return
            time.sleep(0.02)
        print(f"epoch {epoch} of {epochs}", flush=True)
        for line in range(int((here / "say").read_text())):
            print("line", line + 1, flush=True)
        loss = 1 / epoch
        # Boxes that are right, wrong and missing; from the 13th epoch on none is wrong and none is missing.
        tp, fp, fn = epoch, int(epoch < 13), int(epoch < 13)
        precision = tp / (tp + fp)
        recall = tp / (tp + fn)
        context.log(
            epoch=epoch,
            figures={
                "box_loss": {"train": loss, "val": loss + 0.05},
                "cls_loss": {"train": loss * 2, "val": loss * 2 + 0.1},
                "dfl_loss": {"train": loss / 2, "val": loss / 2 + 0.02},
                "mAP50(B)": {"val": precision},
                "mAP50-95(B)": {"val": precision * 0.75},
                "precision(B)": {"val": precision},
                "recall(B)": {"val": recall},
            },
        )
        context.progress(epoch, epochs)
`;

/** It dies before it is ready: what it imports isn't there. */
const BROKEN = `import nothing_of_this_name


def train():
    print(nothing_of_this_name)
`;

/** A folder to open, and a backend of its own. */
export interface Place {
  folder: string;
  /** TRAINYARD_HOME of this place's own backend. */
  home: string;
  write(file: string, text: string): void;
  /** A client of this place's backend, once there is one. */
  client(): Promise<Client>;
  /** The same, once the window has begun a backend. */
  begun(): Promise<Client>;
  /** Runs `trainyard` on this home; returns what it printed. */
  trainyard(...words: string[]): string;
  /** Ends the backend and removes everything. */
  end(): void;
}

export interface TrainingProject extends Place {
  /** Lets trainings go on until after this epoch. */
  allow(epoch: number): void;
  /** The file as it was at first. */
  readonly text: string;
}

/** Under a temporary folder. @param name of the folder to open */
export function makePlace(name: string): Place {
  const all = mkdtempSync(join(tmpdir(), `trainyard-${name}-`));
  const folder = join(all, name);
  const home = join(all, 'home');
  mkdirSync(folder);

  const trainyard = (...words: string[]): string => {
    const done = spawnSync(process.execPath, [join(ROOT, 'dist', 'trainyard.mjs'), ...words], {
      cwd: folder,
      env: { ...process.env, TRAINYARD_HOME: home },
      encoding: 'utf8',
      timeout: 60_000,
    });
    if (done.status !== 0) throw new Error(`trainyard ${words.join(' ')}: ${done.stdout}${done.stderr}`);
    return done.stdout;
  };

  return {
    folder,
    home,
    write(file, text) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    },
    async client() {
      const found = await findBackend(home, VERSION);
      if (found === null) throw new Error(`No backend answers in ${home}.`);
      return found;
    },
    begun() {
      return until('the backend', () => this.client().catch(() => null));
    },
    trainyard,
    end() {
      trainyard('stop');
      rmSync(all, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

export function makeTrainingProject(name: string): TrainingProject {
  const place = makePlace(name);
  place.write('trainyard.json', PROJECT);
  place.write('train.py', TRAIN);
  place.write('broken.py', BROKEN);
  place.write('until', '0');
  place.write('say', '0');
  return {
    ...place,
    text: PROJECT,
    allow: (epoch) => place.write('until', String(epoch)),
    end() {
      place.write('until', '1000');
      place.end();
    },
  };
}

export interface Runs {
  /** By "shapes-small v1". */
  runNamed(this: void, name: string): Promise<Run>;
  /** Waits until the backend says so of a run. */
  becomes(this: void, name: string, what: string, is: (run: Run) => boolean): Promise<Run>;
  has(this: void, name: string, status: Status): Promise<Run>;
}

/** The runs of a test's backend. */
export function runsOf(client: () => Client): Runs {
  const runNamed = async (name: string): Promise<Run> => {
    const { runs } = await client().call('listRuns', { query: {} });
    const found = runs.find(({ model }) => `${model.name} v${model.version}` === name);
    assert.ok(found, `there is no run ${name}`);
    return found;
  };
  const becomes: Runs['becomes'] = (name, what, is) => {
    let seen: Run | null = null;
    return until(
      `${name} to be ${what}`,
      async () => {
        seen = await runNamed(name);
        return is(seen) && seen;
      },
      60_000,
    ).catch((error: unknown) => {
      throw new Error(`It was: ${JSON.stringify(seen)}`, { cause: error });
    });
  };
  return { runNamed, becomes, has: (name, status) => becomes(name, status, (run) => run.status === status) };
}

/** The process of a training ends as if the machine had taken it away: nobody here asked for it. */
export const killTraining = (executionId: string): void => signalTraining(executionId, 'SIGKILL');

/** Sends a signal to the process that trains: SIGSTOP holds it where it is, until SIGCONT. */
export function signalTraining(executionId: string, signal: NodeJS.Signals): void {
  const marked = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(join('/proc', pid, 'environ'), 'utf8').includes(
          `TRAINYARD_EXECUTION=${executionId}`,
        );
      } catch {
        // It has ended meanwhile, or is another's.
        return false;
      }
    });
  assert.ok(marked.length > 0, 'the training has no process');
  // The newest is the one that trains; its supervisor stays to tell of it.
  process.kill(Math.max(...marked.map(Number)), signal);
}
