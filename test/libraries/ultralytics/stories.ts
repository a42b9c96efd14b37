/** Trainings of Ultralytics YOLO as people have them: nothing in their code knows of Trainyard. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { OutputFile, Run } from '../../../src/contract/shapes.ts';
import { isOver } from '../../../src/contract/status.ts';
import { RealBackend } from '../../server/realBackend.ts';
import { KEPT, pythonOf } from '../environments.ts';

const FILES = import.meta.dirname;

/** What results.csv calls them, and what Trainyard does. */
type Names = Record<string, [figure: string, legend: string]>;

const RATES: Names = { 'lr/pg0': ['lr/pg0', ''], 'lr/pg1': ['lr/pg1', ''], 'lr/pg2': ['lr/pg2', ''] };

const DETECTOR: Names = {
  'train/box_loss': ['box_loss', 'train'],
  'train/cls_loss': ['cls_loss', 'train'],
  'train/dfl_loss': ['dfl_loss', 'train'],
  'val/box_loss': ['box_loss', 'val'],
  'val/cls_loss': ['cls_loss', 'val'],
  'val/dfl_loss': ['dfl_loss', 'val'],
  'metrics/mAP50(B)': ['mAP50(B)', 'val'],
  'metrics/mAP50-95(B)': ['mAP50-95(B)', 'val'],
  'metrics/precision(B)': ['precision(B)', 'val'],
  'metrics/recall(B)': ['recall(B)', 'val'],
  ...RATES,
};

const SEGMENTATION: Names = {
  ...DETECTOR,
  'train/sem_loss': ['sem_loss', 'train'],
  'val/sem_loss': ['sem_loss', 'val'],
  'train/seg_loss': ['seg_loss', 'train'],
  'val/seg_loss': ['seg_loss', 'val'],
  'metrics/mAP50(M)': ['mAP50(M)', 'val'],
  'metrics/mAP50-95(M)': ['mAP50-95(M)', 'val'],
  'metrics/precision(M)': ['precision(M)', 'val'],
  'metrics/recall(M)': ['recall(M)', 'val'],
};

const POSES: Names = {
  ...DETECTOR,
  'train/pose_loss': ['pose_loss', 'train'],
  'val/pose_loss': ['pose_loss', 'val'],
  'train/kobj_loss': ['kobj_loss', 'train'],
  'val/kobj_loss': ['kobj_loss', 'val'],
  'metrics/mAP50(P)': ['mAP50(P)', 'val'],
  'metrics/mAP50-95(P)': ['mAP50-95(P)', 'val'],
  'metrics/precision(P)': ['precision(P)', 'val'],
  'metrics/recall(P)': ['recall(P)', 'val'],
};

const TURNED: Names = {
  ...DETECTOR,
  'train/angle_loss': ['angle_loss', 'train'],
  'val/angle_loss': ['angle_loss', 'val'],
};

const CLASSIFIER: Names = {
  'train/loss': ['loss', 'train'],
  'val/loss': ['loss', 'val'],
  'metrics/accuracy_top1': ['accuracy_top1', 'val'],
  'metrics/accuracy_top5': ['accuracy_top5', 'val'],
  ...RATES,
};

type Arguments = Record<string, string | number | boolean>;

/** A quick training that learns a little. */
const ARGUMENTS: Arguments = {
  model: 'tiny.yaml',
  data: 'data/boxes.yaml',
  imgsz: 64,
  batch: 2,
  nbs: 2,
  workers: 0,
  seed: 1,
  optimizer: 'AdamW',
  lr0: 0.005,
  warmup_epochs: 0,
  amp: false,
  pretrained: false,
  mosaic: 0,
  close_mosaic: 0,
  scale: 0.2,
  patience: 0,
  plots: false,
};

/** A stand-in for a GPU whose memory is too small for a batch of eight. */
const SMALL_GPU = `
def on_train_start(trainer):
    preprocess = trainer.preprocess_batch
    def small(batch):
        if len(batch["img"]) > 4:
            raise RuntimeError("CUDA out of memory.")
        return preprocess(batch)
    trainer.preprocess_batch = small
model.add_callback("on_train_start", on_train_start)
`;

/** On a CPU it takes no processes of their own for its data, whatever it is told. */
const LOADERS = `
def on_pretrain_routine_start(trainer):
    trainer.args.workers = 2
def on_train_start(trainer):
    print("processes that load:", trainer.train_loader.num_workers)
for callback in (on_pretrain_routine_start, on_train_start):
    model.add_callback(callback.__name__, callback)
`;

interface Version {
  version: '8.4.190' | '8.2.0';
  /** With how many digits it writes results.csv. */
  digits: number;
  newest: boolean;
}

/** What is true of a version. */
export function ultralytics({ version, digits, newest }: Version): void {
  describe(`Ultralytics ${version}`, () => {
    let backend: RealBackend;
    let python: string;

    before(async () => {
      python = await pythonOf(`ultralytics-${version}`);
      backend = await RealBackend.start();
      backend.deadlineMs = 300_000;
      execFileSync(python, [path.join(FILES, 'shapes.py'), path.join(backend.project, 'data')]);
      cpSync(path.join(FILES, 'tiny.yaml'), path.join(backend.project, 'tiny.yaml'));
      // It writes its settings when it is imported for the first time.
      execFileSync(python, ['-c', 'import ultralytics'], { env: { ...process.env, ...environment() } });
    });
    after(() => backend.end());

    const environment = (): Record<string, string> => ({
      ...KEPT,
      YOLO_CONFIG_DIR: path.join(backend.folder, 'settings'),
      YOLO_OFFLINE: 'true',
      YOLO_AUTOINSTALL: 'false',
      // Two threads wait for each other where others are at work as well.
      OMP_NUM_THREADS: '1',
    });

    /** Trains by a command as one types it, with these arguments besides the usual. */
    const train = (id: string, command: (args: Arguments) => string[], args: Arguments): Promise<Run> =>
      backend.train('', {
        id,
        python,
        command: command({
          ...ARGUMENTS,
          project: path.join(backend.project, 'runs'),
          name: id,
          ...args,
        }),
        service: { env: environment(), stopGraceSeconds: 60 },
      });
    const yolo = (args: Arguments, ...task: string[]): string[] => [
      'yolo',
      ...task,
      'train',
      ...Object.entries(args).map(([name, value]) => `${name}=${value === false ? 'False' : value}`),
    ];
    /** @param before what it does between making its model and training it */
    const script = (args: Arguments, between = ''): string[] => {
      const file = `train-${String(args['name'])}.py`;
      const text = `import json\nfrom ultralytics import YOLO\n\nargs = json.loads(${JSON.stringify(JSON.stringify(args))})\nmodel = YOLO(args.pop("model"))\n${between}model.train(**args)\nprint("all done")\n`;
      writeFileSync(path.join(backend.project, file), text);
      return ['python', file];
    };
    const halved = (args: Arguments): string[] => script(args, SMALL_GPU);

    const saveDir = (id: string): string => path.join(backend.project, 'runs', id);

    /** The rows of results.csv, by the names of its columns. */
    const rows = (folder: string): Record<string, number>[] => {
      const [head = '', ...lines] = readFileSync(path.join(folder, 'results.csv'), 'utf8').trim().split('\n');
      const names = head.split(',').map((name) => name.trim());
      return lines.map((line) =>
        Object.fromEntries(line.split(',').map((value, i) => [names[i] ?? '', Number(value)])),
      );
    };

    /** All that Trainyard has of the epochs of an attempt, in the form of results.csv. */
    const shown = async (run: Run, attempt: number, names = DETECTOR): Promise<Record<string, number>[]> => {
      const { series } = await backend.client.call('queryMetrics', {
        body: { executions: [run.executionId], attempt, axis: 'epoch', points: 10_000 },
      });
      const byEpoch = new Map<number, Record<string, number>>();
      for (const [name, [figure, legend]] of Object.entries(names)) {
        const line = series.find((one) => one.figure === figure && one.legend === legend);
        assert.ok(line, `nothing of ${figure} ${legend}`);
        line.x.forEach((epoch, i) => {
          const row = byEpoch.get(epoch) ?? { epoch };
          assert.ok(!(name in row), `epoch ${epoch} of ${name} is there twice`);
          row[name] = Number(Number(line.y[i]).toPrecision(digits));
          byEpoch.set(epoch, row);
        });
      }
      return [...byEpoch.values()];
    };
    const withoutTime = (all: Record<string, number>[]): Record<string, number>[] =>
      all.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'time')));

    const files = async (run: Run): Promise<OutputFile[]> =>
      (await backend.client.call('files', { params: { id: run.executionId } })).files;
    const names = (all: OutputFile[], kind: OutputFile['kind']): string[] =>
      all
        .filter((one) => one.kind === kind)
        .map((one) => path.basename(one.path))
        .toSorted();

    /** Until so many epochs are over in an attempt that still runs. */
    const afterEpochs = async (run: Run, epochs: number, attempt = 1): Promise<void> => {
      const now = await backend.until(
        run.executionId,
        ({ progress, status, ...one }) =>
          one.attempt === attempt && ((progress?.done ?? 0) >= epochs || isOver(status)),
      );
      assert.equal(now.status, 'In Progress', await backend.log(run));
    };

    it('shows of "yolo train" what results.csv says, its progress, checkpoints and pictures; its settings stay as they are', async () => {
      const settings = globSync(path.join(backend.folder, 'settings', '**', 'settings.*'));
      const then = settings.map((file) => readFileSync(file, 'utf8'));
      assert.notEqual(settings.length, 0);
      const run = await train('command', (all) => yolo(all), { epochs: 10, plots: newest });
      const ended = await backend.ended(run);
      assert.equal(ended.status, 'Success', await backend.log(run));

      const written = withoutTime(rows(saveDir('command')));
      assert.equal(written.length, 10);
      assert.ok(
        written.some((row) => (row['metrics/recall(B)'] ?? 0) > 0),
        'it learned nothing: that proves little',
      );
      assert.deepEqual(await shown(run, 1), written);
      assert.deepEqual(ended.progress, { done: 10, total: 10, unit: 'epoch' });

      const batches = await backend.points(run, 'box_loss', 'batch');
      assert.ok(
        batches.length >= 1 && batches.every(([epoch]) => epoch > 0 && epoch <= 10),
        'no losses of batches',
      );

      const left = await files(run);
      assert.deepEqual(names(left, 'checkpoint'), ['best.pt', 'last.pt']);
      const artifacts = names(left, 'artifact');
      const drawn = ['results.png', 'confusion_matrix.png', 'labels.jpg'];
      for (const name of ['results.csv', 'args.yaml', ...(newest ? drawn : [])])
        assert.ok(artifacts.includes(name), `${name} isn't among ${artifacts.join(' ')}`);
      for (const drawing of [/PR_curve\.png$/, /^val_batch0_pred/])
        assert.equal(
          artifacts.some((name) => drawing.test(name)),
          newest,
        );
      assert.deepEqual(
        settings.map((file) => readFileSync(file, 'utf8')),
        then,
      );
    });

    it('B57 ends a script after a batch, keeps a checkpoint, and goes on from it at the next epoch; none is there twice', async () => {
      const run = await train('aborted', script, { epochs: 60 });
      await afterEpochs(run, 2);
      await backend.client.call('abort', { params: { id: run.executionId } });
      const ended = await backend.ended(run);
      assert.equal(ended.status, 'Terminated', await backend.log(run));
      const resume = path.join(saveDir('aborted'), 'weights', 'resume.pt');
      const first = await shown(run, 1);
      // Up to 8.4.0 the epoch itself isn't ended; there the checkpoint of the last whole one is kept.
      assert.equal(existsSync(resume), version === '8.4.190', await backend.log(run));
      assert.deepEqual(first, withoutTime(rows(saveDir('aborted'))));
      // What a script does after its training, its user has called off as well.
      assert.doesNotMatch(await backend.log(run), /all done/);

      await backend.client.call('rerun', { params: { id: run.executionId } });
      await afterEpochs(run, first.length + 2, 2);
      await backend.client.call('abort', { params: { id: run.executionId } });
      await backend.ended(run);
      const second = await shown(run, 2);
      const epochs = [...first, ...second].map((row) => row['epoch']);
      assert.deepEqual(
        epochs,
        epochs.map((_, i) => i + 1),
        await backend.log(run),
      );
      assert.deepEqual([...first, ...second], withoutTime(rows(saveDir('aborted'))));
    });

    it('B21 keeps the last checkpoint of a train function whose process is killed, and goes on from it to the end; then it starts anew', async () => {
      const all = { ...ARGUMENTS, epochs: 9, project: path.join(backend.project, 'runs'), name: 'killed' };
      const run = await backend.train(
        `import json\nfrom ultralytics import YOLO\n\n\ndef train(context):\n    YOLO("tiny.yaml").train(**context.config)\n    print("all done")\n`,
        { id: 'killed', python, config: all, service: { env: environment(), stopGraceSeconds: 60 } },
      );
      await afterEpochs(run, 2);
      for (const pid of await backend.processesOf(run)) process.kill(pid, 'SIGKILL');
      assert.equal((await backend.ended(run)).status, 'Aborted');
      const first = await shown(run, 1);

      await backend.client.call('rerun', { params: { id: run.executionId } });
      await afterEpochs(run, first.length + 1, 2);
      const ended = await backend.ended(run);
      assert.equal(ended.status, 'Success', await backend.log(run));
      assert.deepEqual(ended.progress, { done: 9, total: 9, unit: 'epoch' });
      assert.deepEqual([...first, ...(await shown(run, 2))], withoutTime(rows(saveDir('killed'))));

      await backend.client.call('rerun', { params: { id: run.executionId } });
      await afterEpochs(run, 1, 3);
      await backend.client.call('abort', { params: { id: run.executionId } });
      assert.equal((await backend.ended(run)).status, 'Terminated');
      const log = await backend.log(run);
      assert.match(log, /Trainyard: starts anew and doesn't go on from .*: its training was over/);
      // Where a stop is looked at within an epoch, the train function goes on to its own end.
      assert.equal(log.includes('all done'), newest);
      assert.equal((await shown(run, 3))[0]?.['epoch'], 1);
    });

    it('has what results.csv says of a training of earlier, imported from the folder that it made', async () => {
      const [program = '', ...words] = yolo({
        ...ARGUMENTS,
        epochs: 2,
        project: path.join(backend.folder, 'earlier', 'runs'),
        name: 'before',
      });
      execFileSync(path.join(path.dirname(python), program), words, {
        cwd: backend.project,
        env: { ...process.env, ...environment() },
        stdio: 'pipe',
      });
      const from = path.join(backend.folder, 'earlier', 'runs');
      const told = await backend.client.call('importRuns', { body: { from } });
      assert.deepEqual([told.sources, told.added, told.skipped], [['ultralytics'], 1, []]);
      const { runs } = await backend.client.call('listRuns', { query: { search: 'before' } });
      assert.deepEqual(
        runs.map(({ origin, status }) => [origin, status]),
        [['imported', 'Success']],
      );
      const written = withoutTime(rows(path.join(from, 'before')));
      assert.equal(written.length, 2);
      assert.deepEqual(await shown(runs[0]!, 1), written);
      assert.ok(names(await files(runs[0]!), 'artifact').includes('best.pt'));
      assert.equal((await backend.client.call('importRuns', { body: { from } })).known, 1);
    });

    // What follows is of the newest alone: up to 8.3 no batch is halved, and the other tasks report in the same way.
    if (!newest) return;

    it('tells of a batch size that was halved for want of memory, and goes on', async () => {
      const run = await train('halved', halved, { epochs: 2, batch: 8 });
      assert.equal((await backend.ended(run)).status, 'Success', await backend.log(run));
      assert.match(await backend.log(run), /Trainyard: the batch size is 4 now, not 8: memory was full/);
      assert.deepEqual(await backend.points(run, 'batch_size'), [
        [0, 8],
        [1, 4],
      ]);
      assert.deepEqual(await shown(run, 1), withoutTime(rows(saveDir('halved'))));
    });

    it('shows of a training whose data is loaded by processes of their own what results.csv says, each once', async () => {
      const loaded = (args: Arguments): string[] => script(args, LOADERS);
      const run = await train('loaders', loaded, { epochs: 2, batch: 8 });
      assert.equal((await backend.ended(run)).status, 'Success', await backend.log(run));
      assert.match(await backend.log(run), /processes that load: 2/);
      assert.deepEqual(await shown(run, 1), withoutTime(rows(saveDir('loaders'))));
    });

    for (const [task, args, called] of [
      ['segment', { model: 'yolov8n-seg.yaml', data: 'data/outlines.yaml' }, SEGMENTATION],
      ['pose', { model: 'yolov8n-pose.yaml', data: 'data/points.yaml' }, POSES],
      ['obb', { model: 'yolov8n-obb.yaml', data: 'data/corners.yaml' }, TURNED],
      ['classify', { model: 'yolov8n-cls.yaml', data: 'data/classes' }, CLASSIFIER],
    ] as const) {
      it(`shows what "yolo ${task} train" writes as well`, async () => {
        const run = await train(task, (all) => yolo(all, task), { ...args, epochs: 2, batch: 8 });
        assert.equal((await backend.ended(run)).status, 'Success', await backend.log(run));
        const written = withoutTime(rows(saveDir(task)));
        assert.equal(written.length, 2);
        assert.deepEqual(await shown(run, 1, called), written);
      });
    }
  });
}
