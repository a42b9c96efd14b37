/** Runs that lie in folders, as the libraries themselves left them: `test/fixtures/runs` has what Ultralytics 8.2.0 and 8.4.190 and PyTorch's SummaryWriter wrote. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Imported } from '../../src/contract/imports.ts';
import type { Run } from '../../src/contract/shapes.ts';
import { look } from '../../src/server/imports/below.ts';
import { lyingIn } from '../../src/server/imports/lying.ts';
import { RealBackend } from './realBackend.ts';

const byText = (a: unknown, b: unknown): number => (String(a) < String(b) ? -1 : 1);

const FIXTURES = path.resolve(import.meta.dirname, '../fixtures/runs');

describe('An import of a folder', () => {
  let backend: RealBackend;
  let folder: string;
  let count = 0;
  before(async () => {
    backend = await RealBackend.start();
  });
  after(() => backend.end());
  beforeEach(() => {
    folder = path.join(backend.folder, `shapes-${count++}`, 'runs');
    mkdirSync(folder, { recursive: true });
  });
  afterEach(async () => {
    for (const { executionId: id } of await runs()) await backend.client.call('remove', { params: { id } });
  });

  const bring = (name: string): void =>
    cpSync(path.join(FIXTURES, name), path.join(folder, name), { recursive: true });
  const put = (name: string, text: string): string => {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  const imported = (from = folder): Promise<Imported> =>
    backend.client.call('importRuns', { body: { from } });
  const sums = ({ added, changed, known, skipped }: Imported): number[] => [
    added,
    changed,
    known,
    skipped.length,
  ];
  const runs = async (): Promise<Run[]> => {
    const all = (await backend.client.call('listRuns', { query: {} })).runs;
    return all.toSorted((a, b) => (a.model.name < b.model.name ? -1 : 1));
  };
  const only = async (): Promise<Run> => {
    const [run, ...more] = await runs();
    assert.ok(run && more.length === 0, `${more.length + 1} runs`);
    return run;
  };
  const files = async (run: Run): Promise<string[]> => {
    const { files: all } = await backend.client.call('files', { params: { id: run.executionId } });
    return all.map((one) => path.relative(folder, one.path)).toSorted();
  };

  it('has of Ultralytics what results.csv says, the arguments, the files, and when it was trained', async () => {
    bring('detect');
    const results = path.join(folder, 'detect', 'new', 'results.csv');
    utimesSync(results, 1_700_000_000, 1_700_000_000);
    const told = await imported();
    assert.deepEqual([sums(told), told.sources], [[2, 0, 0, 0], ['ultralytics']]);
    const [newest, oldest] = await runs();
    assert.ok(newest && oldest);
    for (const [run, name] of [
      [newest, 'new'],
      [oldest, 'old'],
    ] as const) {
      assert.deepEqual([run.model.name, run.architecture.id, run.status], [name, 'detect', 'Success']);
      assert.equal(run.project, path.dirname(folder));
      const [head = '', ...lines] = readFileSync(path.join(folder, 'detect', name, 'results.csv'), 'utf8')
        .trim()
        .split('\n');
      const names = head.split(',').map((one) => one.trim());
      for (const [column, figure, legend] of [
        ['train/box_loss', 'box_loss', 'train'],
        ['val/dfl_loss', 'dfl_loss', 'val'],
        ['metrics/mAP50-95(B)', 'mAP50-95(B)', 'val'],
        ['lr/pg2', 'lr/pg2', ''],
      ] as const) {
        const at = names.indexOf(column);
        assert.deepEqual(
          await backend.points(run, figure, legend),
          lines.map((line, i) => [i + 1, Number(line.split(',')[at])]),
        );
      }
      assert.equal((await backend.detail(run)).config['imgsz'], '64');
      assert.deepEqual(
        await files(run),
        ['args.yaml', 'results.csv', 'weights/epoch1.pt', 'weights/last.pt'].map(
          (one) => `detect/${name}/${one}`,
        ),
      );
    }
    // Its clock counts to 1.70995 s at the end of the last epoch.
    assert.equal(newest.durationMs, 1710);
    assert.equal(newest.endedAt, new Date(1_700_000_000_000).toISOString());
  });

  it('is over as Ultralytics was: at its last epoch, earlier by itself, or broken off', async () => {
    bring('detect/new');
    const results = path.join(folder, 'detect', 'new', 'results.csv');
    const args = path.join(folder, 'detect', 'new', 'args.yaml');
    writeFileSync(args, readFileSync(args, 'utf8').replace('epochs: 3', 'epochs: 100'));
    await imported();
    assert.equal((await only()).status, 'Success');
    assert.match((await only()).reason ?? '', /ended by itself after 3 of 100 epochs/);
    // The weights of an epoch aren't stripped.
    const weights = path.join(folder, 'detect', 'new', 'weights');
    renameSync(path.join(weights, 'epoch1.pt'), path.join(weights, 'last.pt'));
    assert.deepEqual(sums(await imported()), [0, 1, 0, 0]);
    assert.equal((await only()).status, 'Terminated');
    assert.match((await only()).reason ?? '', /ended after 3 of 100 epochs/);
    // It was resumed, and went over its second epoch again.
    appendFileSync(results, '3,0.5,2,1,1,0,0,0,0,1,1,1,0,0,0\n4,0.9,9,1,1,0,0,0,0,1,1,1,0,0,0\n');
    assert.deepEqual(sums(await imported()), [0, 1, 0, 0]);
    assert.deepEqual(await backend.points(await only(), 'box_loss', 'train'), [
      [1, 1.79639],
      [2, 1.535],
      [3, 2],
      [4, 9],
    ]);
  });

  it('imports nothing twice, wherever the folder lies, and what has grown anew', async () => {
    bring('detect');
    bring('boards');
    const log = put('csv/metrics.csv', 'epoch,loss\n0,1\n');
    assert.deepEqual(sums(await imported()), [5, 0, 0, 0]);
    assert.deepEqual(sums(await imported()), [0, 0, 5, 0]);
    appendFileSync(log, '1,0.5\n');
    appendFileSync(path.join(folder, 'detect', 'old', 'results.csv'), '4,1,1,1,0,0,0,0,1,1,1,0,0,0\n');
    assert.deepEqual(sums(await imported()), [0, 2, 3, 0]);
    const moved = path.join(backend.folder, 'moved');
    for (const name of ['detect', 'boards'])
      cpSync(path.join(folder, name), path.join(moved, name), { recursive: true });
    assert.deepEqual(sums(await imported(moved)), [0, 0, 4, 0]);
    // What was trained anew in the same folder is another run.
    writeFileSync(log, 'epoch,loss\n0,2\n');
    assert.deepEqual(sums(await imported()), [1, 0, 4, 0]);
  });

  it("has of TensorBoard each folder as a run, with what it wrote to folders inside: PyTorch's add_scalars, Keras' train and validation", async () => {
    bring('boards');
    const told = await imported();
    assert.deepEqual([sums(told), told.sources], [[2, 0, 0, 0], ['tensorboard']]);
    const [first, keras] = await runs();
    assert.ok(first && keras);
    assert.deepEqual([first.model.name, first.architecture.id], ['first', 'boards']);
    const { series } = await backend.client.call('queryMetrics', {
      body: { executions: [first.executionId], axis: 'step', points: 100 },
    });
    const lines = series.map(({ figure, legend, x, y }) => [
      figure,
      legend,
      x,
      y.map((one) => Number(Number(one).toPrecision(6))),
    ]);
    assert.deepEqual(lines.toSorted(byText), [
      ['accuracy', 'student', [2], [0.5]],
      ['loss', 'train', [0, 1, 2], [1, 0.5, 0.333333]],
      ['lr', '', [0, 1, 2], [0.1, 0.1, 0.1]],
    ]);
    assert.deepEqual([first.createdAt, first.durationMs], [new Date(1_700_000_000_000).toISOString(), 2000]);
    assert.deepEqual(
      keras.summary.map(({ figure, legend, last }) => [figure, legend, last]).toSorted(byText),
      [
        ['epoch_loss', 'train', 0.5],
        ['epoch_loss', 'val', 0.75],
      ],
    );
  });

  it('makes one run of an Ultralytics folder that has event files too, and of event files with a table beside them', async () => {
    bring('detect/new');
    bring('boards/first');
    cpSync(path.join(folder, 'boards', 'first'), path.join(folder, 'detect', 'new'), { recursive: true });
    put('boards/first/metrics.csv', 'step,loss\n1,2\n');
    const told = await imported();
    assert.deepEqual(
      [sums(told), told.sources],
      [
        [2, 0, 0, 0],
        ['ultralytics', 'tensorboard'],
      ],
    );
    assert.deepEqual(sums(await imported(path.join(folder, 'detect', 'new'))), [0, 0, 1, 0]);
  });

  it("has a run of each table: Lightning's in its folder's name, Keras' in its own; and no run of a table of something else", async () => {
    put(
      'lightning_logs/version_0/metrics.csv',
      'epoch,step,train_loss,val_loss\n0,9,0.5,\n0,9,,0.75\n1,19,0.25,\n1,19,,0.5\n',
    );
    put('lightning_logs/version_0/hparams.yaml', 'lr: 0.02\nlayers: [1, 2]\n');
    put('lightning_logs/version_0/checkpoints/epoch=1.ckpt', 'weights');
    put('keras/tiny.csv', 'epoch,accuracy,loss,val_loss\n0,0.5,1,2\n1,0.75,0.5,nan\n');
    put('data/people.csv', 'name,age\nada,36\n');
    put('data/empty.csv', 'epoch,loss\n');
    const told = await imported();
    assert.deepEqual([sums(told), told.sources], [[2, 0, 0, 0], ['csv']]);
    const [keras, lightning] = await runs();
    assert.ok(keras && lightning);
    assert.deepEqual([keras.model.name, keras.architecture.id], ['tiny', 'keras']);
    assert.deepEqual(await backend.points(keras, 'loss', 'val'), [
      [0, 2],
      [1, 'NaN'],
    ]);
    assert.deepEqual([lightning.model.name, lightning.architecture.id], ['version_0', 'lightning_logs']);
    assert.deepEqual(await backend.points(lightning, 'loss', 'val'), [
      [0, 0.75],
      [1, 0.5],
    ]);
    assert.equal((await backend.detail(lightning)).config['lr'], '0.02');
    assert.deepEqual(
      await files(lightning),
      ['checkpoints/epoch=1.ckpt', 'hparams.yaml', 'metrics.csv'].map(
        (one) => `lightning_logs/version_0/${one}`,
      ),
    );
  });

  it('reads a table by its name alone, however it is called, and its last line without an end', async () => {
    const log = put('training.log', 'epoch,loss\n0,1\n1,0.5');
    assert.deepEqual(sums(await imported(log)), [1, 0, 0, 0]);
    assert.deepEqual(await backend.points(await only(), 'loss'), [
      [0, 1],
      [1, 0.5],
    ]);
    await assert.rejects(imported(put('notes.txt', 'nothing of it\n')), { code: 'nothing-to-import' });
  });

  it('leaves out what Trainyard trained itself', async () => {
    const logs = path.join(backend.project, 'logs');
    mkdirSync(logs, { recursive: true });
    const run = await backend.train(
      'def train(context):\n    with open("logs/tiny.csv", "w") as file:\n        file.write("epoch,loss\\n0,1\\n")\n    with open("logs/results.csv", "w") as file:\n        file.write("epoch,loss\\n0,2\\n")\n    context.artifact("logs/results.csv")\n',
      { logs: ['logs/tiny.csv'] },
    );
    assert.equal((await backend.ended(run)).status, 'Success', await backend.log(run));
    assert.deepEqual(await backend.points(run, 'loss'), [[0, 1]]);
    assert.deepEqual(sums(await imported(logs)), [0, 0, 2, 0]);
  });

  it('looks into so many tables at most, and says so', async () => {
    bring('detect');
    bring('boards');
    for (let n = 0; n < 2_050; n++) put(`data/${n}.csv`, 'name,age\nada,36\n');
    put('csv/metrics.csv', 'epoch,loss\n0,1\n');
    const told = await imported();
    assert.deepEqual([told.added, told.complete], [5, true]);
    assert.deepEqual(
      told.skipped.map(({ why }) => why),
      ['Only its first 2,000 tables were looked into; name a folder inside.'],
    );
  });

  it('says what it reads where there is nothing', async () => {
    put('data/people.csv', 'name,age\nada,36\n');
    await assert.rejects(imported(), {
      status: 422,
      code: 'nothing-to-import',
      hint: /Ultralytics.*MLflow.*TensorBoard.*CSV/,
    });
  });
});

describe('What lies below a folder', () => {
  it('is looked at as far as a limit, which is told', async () => {
    const all = await look(FIXTURES);
    assert.equal(all.folders.size, 8);
    assert.deepEqual(all.left, []);
    const few = await look(FIXTURES, { entries: 4, deep: 12 });
    assert.match(
      few.left[0]?.why ?? '',
      /^Only its first 4 files and folders were looked at; name one inside\.$/,
    );
    const flat = await look(FIXTURES, { entries: 1000, deep: 1 });
    assert.deepEqual(
      flat.left.map(({ what }) => path.relative(FIXTURES, what)),
      ['boards/first', 'boards/keras', 'detect/new', 'detect/old'],
    );
  });

  it('is of no run twice', async () => {
    const asked: string[] = [];
    const found = await lyingIn(
      new Map([
        ['/logs', ['events.out.tfevents.1']],
        ['/logs/a', ['events.out.tfevents.2', 'metrics.csv']],
        ['/logs/a/1700000000.5', ['events.out.tfevents.3']],
        ['/logs/yolo', ['args.yaml', 'results.csv', 'events.out.tfevents.4']],
        ['/logs/yolo/deep', ['other.csv']],
        ['/logs/b', ['training.jsonl']],
      ]),
      async (file) => {
        asked.push(file);
        return 'loss';
      },
    );
    assert.deepEqual(
      found.map(({ source, folder, logs }) => [
        source,
        folder,
        logs.map((log) => path.relative(folder, log)),
      ]),
      [
        ['ultralytics', '/logs/yolo', ['results.csv']],
        ['tensorboard', '/logs', ['events.out.tfevents.1']],
        ['tensorboard', '/logs/a', ['events.out.tfevents.2', '1700000000.5/events.out.tfevents.3']],
        ['csv', '/logs/b', ['training.jsonl']],
      ],
    );
    assert.deepEqual(asked, ['/logs/a/events.out.tfevents.2']);
  });
});
