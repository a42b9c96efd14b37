/** The examples that *Create Example Project* copies, beside the one of NumPy: each trains as it is, without a download. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { loadProject, submissionFor } from '../../src/client/project.ts';
import type { Run } from '../../src/contract/shapes.ts';
import { PYTHON, RealBackend } from '../server/realBackend.ts';
import { environments } from './environments.ts';

const MEDIA = path.resolve(import.meta.dirname, '../../media');

describe('The example', () => {
  let backend: RealBackend;
  before(async () => {
    backend = await RealBackend.start();
    backend.deadlineMs = 300_000;
  });
  after(() => backend.end());

  const copied = (example: string): string => {
    const folder = path.join(backend.project, example);
    cpSync(path.join(MEDIA, example), folder, { recursive: true });
    return folder;
  };
  /** Trains its model on this Python; null: on the environment that its requirements say. */
  const train = async (
    folder: string,
    model: string,
    python: string | null,
    env: Record<string, string>,
  ): Promise<Run> => {
    const body = await submissionFor(await loadProject(folder), model, { python: python ?? PYTHON });
    assert.equal(body.architecture.service?.instance, 'cpu');
    body.architecture.service.env = env;
    if (python !== null) delete body.architecture.requirements;
    const run = await backend.client.call('submit', { body });
    const ended = await backend.ended(run);
    assert.equal(ended.status, 'Success', await backend.log(run));
    return ended;
  };

  it('of MLflow learns, and has what it logged: what it printed itself', async () => {
    const run = await train(copied('example-mlflow'), 'moons-mlp', null, {
      MLFLOW_DISABLE_TELEMETRY: 'true',
    });
    const printed = (await backend.log(run))
      .split('\n')
      .filter((line) => line.startsWith('{"epoch"'))
      .map((line) => JSON.parse(line) as Record<string, number>);
    assert.equal(printed.length, 30);
    assert.ok((printed.at(-1)?.['val_accuracy'] ?? 0) > 0.93, JSON.stringify(printed.at(-1)));
    for (const [name, figure, legend] of [
      ['train_loss', 'loss', 'train'],
      ['val_loss', 'loss', 'val'],
      ['val_accuracy', 'accuracy', 'val'],
    ] as const)
      assert.deepEqual(
        await backend.points(run, figure, legend),
        printed.map((row) => [row['epoch'], row[name]]),
      );
    assert.equal((await backend.detail(run)).mlflow?.params['hidden'], '12');
    const { files } = await backend.client.call('files', { params: { id: run.executionId } });
    assert.ok(files.some((one) => one.path.endsWith('network.json')));
  });

  it('of Ultralytics draws its data, learns, and has what results.csv says', async () => {
    // What its requirements bring is gigabytes on Linux: the same library on Debian's PyTorch.
    const programs = await environments['ultralytics-8.4.190']();
    const folder = copied('example-ultralytics');
    const env = {
      YOLO_CONFIG_DIR: path.join(backend.folder, 'settings'),
      YOLO_OFFLINE: 'true',
      YOLO_AUTOINSTALL: 'false',
      OMP_NUM_THREADS: '1',
    };
    // It takes the repository that it is installed in for that of the project.
    execFileSync(path.join(programs, 'yolo'), ['settings', `runs_dir=${path.join(folder, 'runs')}`], {
      env: { ...process.env, ...env },
    });
    const run = await train(folder, 'shapes-yolo', path.join(programs, 'python'), env);
    assert.deepEqual(run.progress, { done: 20, total: 20, unit: 'epoch' });
    const { files } = await backend.client.call('files', { params: { id: run.executionId } });
    const results = files.find((one) => one.path.endsWith('results.csv'))?.path;
    assert.equal(results, path.join(folder, 'runs', 'detect', 'train', 'results.csv'));
    const [head = '', ...lines] = readFileSync(results, 'utf8').trim().split('\n');
    const column = head.split(',').indexOf('metrics/mAP50(B)');
    const written = lines.map((line) => Number(line.split(',')[column]));
    assert.ok((written.at(-1) ?? 0) > 0.7, `it learned little: ${written.join(' ')}`);
    const shown = await backend.points(run, 'mAP50(B)', 'val');
    assert.deepEqual(
      shown.map(([epoch, y]) => [epoch, Number(Number(y).toPrecision(6))]),
      written.map((y, i) => [i + 1, y]),
    );
  });
});
