/** Trainings of Ultralytics YOLO as people have them: nothing in their code knows of Trainyard. The newest version, and the oldest that is promised. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { OutputFile, Run } from '../../src/contract/shapes.ts';
import { isOver } from '../../src/contract/status.ts';
import { torchEnvironment } from '../../src/dev/pythons.ts';
import { RealBackend } from '../server/realBackend.ts';

/** With how many digits they write results.csv, and whether they halve a batch that memory has no room for. */
const VERSIONS = [
  { version: '8.4.190', digits: 6, halves: true },
  { version: '8.2.0', digits: 5, halves: false },
] as const;

const FILES = path.join(import.meta.dirname, 'ultralytics');

/** What results.csv calls them, and what Trainyard does. */
const NAMES: Record<string, [figure: string, legend: string]> = {
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
  'lr/pg0': ['lr/pg0', ''],
  'lr/pg1': ['lr/pg1', ''],
  'lr/pg2': ['lr/pg2', ''],
};

type Arguments = Record<string, string | number | boolean>;

/** A quick training that learns a little. */
const ARGUMENTS: Arguments = {
  model: 'tiny.yaml',
  data: 'data/data.yaml',
  imgsz: 64,
  batch: 2,
  nbs: 2,
  workers: 0,
  seed: 1,
  optimizer: 'AdamW',
  lr0: 0.003,
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

for (const { version, digits, halves } of VERSIONS) {
  describe(`Ultralytics ${version}`, () => {
    let backend: RealBackend;
    let python: string;

    before(async () => {
      const requirements = ['-r', `test/libraries/ultralytics/${version}.txt`];
      const programs = await torchEnvironment(`ultralytics-${version}`, requirements, console.log);
      python = path.join(programs, 'python');
      backend = await RealBackend.start();
      backend.deadlineMs = 120_000;
      execFileSync(python, [path.join(FILES, 'shapes.py'), path.join(backend.project, 'data')]);
      cpSync(path.join(FILES, 'tiny.yaml'), path.join(backend.project, 'tiny.yaml'));
      // It writes its settings when it is imported for the first time.
      execFileSync(python, ['-c', 'import ultralytics'], { env: { ...process.env, ...environment() } });
    });
    after(() => backend.end());

    const environment = (): Record<string, string> => ({
      YOLO_CONFIG_DIR: path.join(backend.folder, 'settings'),
      YOLO_OFFLINE: 'true',
      YOLO_AUTOINSTALL: 'false',
      ULTRALYTICS_RUNS: path.join(backend.project, 'runs'),
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
    const yolo = (args: Arguments): string[] => [
      'yolo',
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
    const rows = (id: string): Record<string, number>[] => {
      const [head = '', ...lines] = readFileSync(path.join(saveDir(id), 'results.csv'), 'utf8')
        .trim()
        .split('\n');
      const names = head.split(',').map((name) => name.trim());
      return lines.map((line) =>
        Object.fromEntries(line.split(',').map((value, i) => [names[i] ?? '', Number(value)])),
      );
    };

    /** All that Trainyard has of the epochs of an attempt, in the form of results.csv. */
    const shown = async (run: Run, attempt: number): Promise<Record<string, number>[]> => {
      const { series } = await backend.client.call('queryMetrics', {
        body: { executions: [run.executionId], attempt, axis: 'epoch', points: 10_000 },
      });
      const byEpoch = new Map<number, Record<string, number>>();
      for (const [name, [figure, legend]] of Object.entries(NAMES)) {
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
      const run = await train('command', yolo, { epochs: 8, plots: true });
      const ended = await backend.ended(run);
      assert.equal(ended.status, 'Success', await backend.log(run));

      const written = withoutTime(rows('command'));
      assert.equal(written.length, 8);
      assert.ok(
        written.some((row) => (row['metrics/recall(B)'] ?? 0) > 0),
        'it learned nothing: that proves little',
      );
      assert.deepEqual(await shown(run, 1), written);
      assert.deepEqual(ended.progress, { done: 8, total: 8, unit: 'epoch' });

      const batches = await backend.points(run, 'box_loss', 'batch');
      assert.ok(
        batches.length >= 1 && batches.every(([epoch]) => epoch > 0 && epoch <= 8),
        'no losses of batches',
      );

      const left = await files(run);
      assert.deepEqual(names(left, 'checkpoint'), ['best.pt', 'last.pt']);
      const artifacts = names(left, 'artifact');
      for (const name of ['results.csv', 'results.png', 'args.yaml', 'confusion_matrix.png', 'labels.jpg'])
        assert.ok(artifacts.includes(name), `${name} isn't among ${artifacts.join(' ')}`);
      assert.ok(artifacts.some((name) => name.endsWith('PR_curve.png')));
      assert.ok(artifacts.some((name) => name.startsWith('val_batch0_pred')));
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
      assert.deepEqual(first, withoutTime(rows('aborted')));
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
      assert.deepEqual([...first, ...second], withoutTime(rows('aborted')));
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
      assert.deepEqual([...first, ...(await shown(run, 2))], withoutTime(rows('killed')));

      await backend.client.call('rerun', { params: { id: run.executionId } });
      await afterEpochs(run, 1, 3);
      await backend.client.call('abort', { params: { id: run.executionId } });
      assert.equal((await backend.ended(run)).status, 'Terminated');
      const log = await backend.log(run);
      assert.match(log, /Trainyard: starts anew and doesn't go on from .*: its training was over/);
      assert.match(log, /all done/);
      assert.equal((await shown(run, 3))[0]?.['epoch'], 1);
    });

    it(
      'tells of a batch size that was halved for want of memory, and goes on',
      { skip: halves ? false : 'it does not halve' },
      async () => {
        const run = await train('halved', halved, { epochs: 2, batch: 8 });
        assert.equal((await backend.ended(run)).status, 'Success', await backend.log(run));
        assert.match(await backend.log(run), /Trainyard: the batch size is 4 now, not 8: memory was full/);
        assert.deepEqual(await backend.points(run, 'batch_size'), [
          [0, 8],
          [1, 4],
        ]);
        assert.deepEqual(await shown(run, 1), withoutTime(rows('halved')));
      },
    );
  });
}
