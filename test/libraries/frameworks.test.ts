/**
 * Trainings of frameworks as people write them, the real ones: what each wrote itself, Trainyard shows. Lightning and Transformers are
 * the newest that Debian's PyTorch (1.13) takes; Keras 3 wants a newer PyTorch than that, so it runs on JAX.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as z from 'zod';
import type { Run } from '../../src/contract/shapes.ts';
import { RealBackend } from '../server/realBackend.ts';
import { KEPT, pythonOf } from './environments.ts';

const FILES = path.join(import.meta.dirname, 'frameworks');

/** MLflow would tell its makers of each use. One thread: two wait for each other where others are at work as well. */
const QUIET = { ...KEPT, MLFLOW_DISABLE_TELEMETRY: 'true', OMP_NUM_THREADS: '1' };

/** x and y. */
type Points = [number, number][];

describe('A training of', () => {
  let backend: RealBackend;
  let torch: string;
  let plain: string;
  before(async () => {
    torch = await pythonOf('torch');
    plain = await pythonOf('mlflow');
    backend = await RealBackend.start();
    // Importing these takes a while, where others are at work a long one.
    backend.deadlineMs = 240_000;
  });
  after(() => backend.end());

  /** Trains one of the scripts as *Train Current File* does. */
  const trained = async (script: string, python: string, env: Record<string, string> = {}): Promise<Run> => {
    const text = readFileSync(path.join(FILES, script), 'utf8');
    return over(await backend.trainFile(script, text, python, { ...QUIET, ...env }));
  };
  /** Trains it as a project's own command, whose logs are named. */
  const trainedWithLogs = async (
    script: string,
    python: string,
    logs: string[],
    env: Record<string, string>,
  ): Promise<Run> => {
    await backend.write(script, readFileSync(path.join(FILES, script), 'utf8'));
    const service = { env: { ...QUIET, ...env } };
    return over(
      await backend.train('', {
        id: `command-${path.parse(script).name}`,
        python,
        command: ['python', script],
        logs,
        service,
      }),
    );
  };
  const over = async (run: Run): Promise<Run> => {
    const ended = await backend.ended(run);
    assert.equal(ended.status, 'Success', await backend.log(run));
    return ended;
  };

  const shown = async (run: Run, figure: string, legend = ''): Promise<Points> => {
    const { series } = await backend.client.call('queryMetrics', {
      body: { executions: [run.executionId], figures: [figure], axis: 'step', points: 10_000 },
    });
    const line = series.find((one) => one.legend === legend);
    assert.ok(
      line,
      `nothing of ${figure} ${legend}; there is ${JSON.stringify((await backend.detail(run)).summary)}`,
    );
    return line.x.map((x, i) => [x, Number(line.y[i])]);
  };
  const written = <T>(name: string, schema: z.ZodType<T>): T =>
    schema.parse(JSON.parse(readFileSync(path.join(backend.project, name), 'utf8')));
  const numbered = (values: readonly number[]): Points => values.map((y, i) => [i, y]);

  /** Columns of the file of Lightning's own logger, by their names: where they have a value. */
  const lightningTable = (version: number, folder = backend.project): Map<string, Points> => {
    const file = path.join(folder, 'lightning_logs', `version_${version}`, 'metrics.csv');
    const [head = '', ...lines] = readFileSync(file, 'utf8').trim().split(/\r?\n/);
    const names = head.split(',');
    const rows = lines.map((line) => line.split(','));
    const step = names.indexOf('step');
    return new Map(
      names.map((name, i) => [
        name,
        rows.flatMap((row): Points => (row[i] === '' ? [] : [[Number(row[step]), Number(row[i])]])),
      ]),
    );
  };

  it('PyTorch Lightning with MLFlowLogger has what its CSVLogger wrote, its hyperparameters, and no other run', async () => {
    const run = await trained('lightning.py', torch, { HOW: 'mlflow' });
    const table = lightningTable(0);
    assert.equal(table.get('val_loss')?.length, 4);
    assert.deepEqual(await shown(run, 'loss', 'train'), table.get('train_loss'));
    assert.deepEqual(await shown(run, 'loss', 'val'), table.get('val_loss'));
    assert.equal((await backend.detail(run)).mlflow?.params['lr'], '0.1');
    const { runs } = await backend.client.call('listRuns', { query: {} });
    assert.equal(runs.length, 1);
  });

  it('PyTorch Lightning with its CSVLogger has what that wrote, where the project names the file', async () => {
    const run = await trainedWithLogs('lightning.py', torch, ['lightning_logs/**'], {
      HOW: 'csv',
    });
    const table = lightningTable(1);
    assert.equal(table.get('train_loss')?.length, 4);
    assert.deepEqual(await shown(run, 'loss', 'train'), table.get('train_loss'));
    assert.deepEqual(await shown(run, 'loss', 'val'), table.get('val_loss'));
  });

  it('PyTorch Lightning of earlier is imported from its folder, with its hyperparameters', async () => {
    const elsewhere = path.join(backend.folder, 'earlier');
    mkdirSync(elsewhere);
    execFileSync(torch, [path.join(FILES, 'lightning.py')], {
      cwd: elsewhere,
      env: { ...process.env, ...QUIET, HOW: 'csv' },
      stdio: 'pipe',
    });
    const from = path.join(elsewhere, 'lightning_logs');
    const told = await backend.client.call('importRuns', { body: { from } });
    assert.deepEqual([told.sources, told.added, told.skipped], [['csv'], 1, []]);
    const { runs } = await backend.client.call('listRuns', { query: { project: elsewhere } });
    assert.equal(runs.length, 1);
    const table = lightningTable(0, elsewhere);
    assert.deepEqual(await shown(runs[0]!, 'loss', 'train'), table.get('train_loss'));
    assert.deepEqual(await shown(runs[0]!, 'loss', 'val'), table.get('val_loss'));
    assert.equal((await backend.detail(runs[0]!)).config['lr'], '0.1');
  });

  it('Hugging Face Transformers with report_to="mlflow" has the Trainer\'s own history', async () => {
    const run = await trained('hugging_face.py', torch);
    const history = written('history.json', z.array(z.record(z.string(), z.number())));
    const of = (name: string): Points =>
      history.flatMap((row) => (row[name] === undefined ? [] : [[row['step'] ?? NaN, row[name]]]));
    assert.deepEqual([of('loss').length, of('eval_loss').length], [6, 3]);
    assert.deepEqual(await shown(run, 'loss'), of('loss'));
    assert.deepEqual(await shown(run, 'loss', 'eval'), of('eval_loss'));
    assert.deepEqual(await shown(run, 'learning_rate'), of('learning_rate'));
  });

  const Fitted = z.object({ loss: z.array(z.number()).length(4), val_loss: z.array(z.number()).length(4) });
  const fits = async (run: Run): Promise<void> => {
    const history = written('history.json', Fitted);
    const digits = (points: Points): Points => points.map(([x, y]) => [x, Number(y.toPrecision(6))]);
    assert.deepEqual(digits(await shown(run, 'loss', 'val')), digits(numbered(history.val_loss)));
    const legend = run.summary.some((one) => one.figure === 'loss' && one.legend === 'train') ? 'train' : '';
    assert.deepEqual(digits(await shown(run, 'loss', legend)), digits(numbered(history.loss)));
  };

  it("Keras through MLflow's autologging has its own history", async () => {
    await fits(await trained('keras_fit.py', plain, { KERAS_BACKEND: 'jax', HOW: 'autolog' }));
  });

  it('Keras with its CSVLogger has its own history, where the project names the file', async () => {
    await fits(
      await trainedWithLogs('keras_fit.py', plain, ['keras.csv'], { KERAS_BACKEND: 'jax', HOW: 'csv' }),
    );
  });

  it('anything else has what five lines of a callback hand to trainyard.log', async () => {
    await fits(await trained('keras_fit.py', plain, { KERAS_BACKEND: 'jax', HOW: 'five lines' }));
  });

  it("scikit-learn through MLflow's autologging has its own score, and its parameters", async () => {
    const run = await trained('sklearn_fit.py', plain);
    const { training_score: score } = written('history.json', z.object({ training_score: z.number() }));
    assert.deepEqual(await shown(run, 'score', 'train'), [[0, score]]);
    assert.equal((await backend.detail(run)).mlflow?.params['C'], '0.5');
  });

  it("XGBoost through MLflow's autologging has its own history", async () => {
    const run = await trained('xgboost_train.py', plain);
    const Losses = z.object({ logloss: z.array(z.number()).length(8) });
    const history = written('history.json', z.object({ train: Losses, val: Losses }));
    assert.deepEqual(await shown(run, 'logloss', 'train'), numbered(history.train.logloss));
    assert.deepEqual(await shown(run, 'logloss', 'val'), numbered(history.val.logloss));
  });
});
