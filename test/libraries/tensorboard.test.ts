/** TensorBoard's event files, as PyTorch's SummaryWriter writes them: Trainyard shows what TensorBoard itself reads in them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Run } from '../../src/contract/shapes.ts';
import { RealBackend } from '../server/realBackend.ts';
import { pythonOf } from './environments.ts';

/** Scalars in the old way and the new, pictures and texts between them; it waits in the middle. */
const SCRIPT = `
import os, time
import numpy as np
from torch.utils.tensorboard import SummaryWriter

writer = SummaryWriter("runs/first")
random = np.random.default_rng(0)
for step in range(1, 201):
    writer.add_scalar("Loss/train", 1 / step, step)
    writer.add_scalar("Loss/val", float("nan") if step == 7 else 2 / step, step, new_style=True)
    writer.add_scalar("lr", 0.1 * step, step, double_precision=True)
    if step % 50 == 0:
        writer.add_image("picture", random.random((3, 200, 200)), step)
        writer.add_text("note", "text", step)
        writer.add_scalars("accuracy", {"student": step / 200, "teacher": 1.0}, step)
    if step == 100:
        writer.flush()
        while not os.path.exists("go"):
            time.sleep(0.01)
writer.close()
`;

/** What TensorBoard reads: by folder and tag, steps and values. */
const READER = `
import glob, json, os, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

found = {}
for folder in sorted({os.path.dirname(one) for one in glob.glob(sys.argv[1] + "/**/*tfevents*", recursive=True)}):
    events = EventAccumulator(folder, size_guidance={"scalars": 0, "tensors": 0}).Reload()
    for tag in events.Tags()["scalars"]:
        found[os.path.basename(folder) + " " + tag] = [[e.step, repr(float(e.value))] for e in events.Scalars(tag)]
    for tag in events.Tags()["tensors"]:
        values = [(e.step, tensor_util.make_ndarray(e.tensor_proto)) for e in events.Tensors(tag)]
        if all(v.dtype.kind == "f" and v.size == 1 for _, v in values):
            found[os.path.basename(folder) + " " + tag] = [[s, repr(float(v.item()))] for s, v in values]
print(json.dumps(found))
`;

/** Which line of Trainyard's each is. */
const LINES: Record<string, [figure: string, legend: string]> = {
  'first Loss/train': ['Loss', 'train'],
  'first Loss/val': ['Loss', 'val'],
  'first lr': ['lr', ''],
  'accuracy_student accuracy': ['accuracy', 'student'],
  'accuracy_teacher accuracy': ['accuracy', 'teacher'],
};

describe('TensorBoard', () => {
  let backend: RealBackend;
  let python: string;
  before(async () => {
    python = await pythonOf('torch');
    backend = await RealBackend.start();
    backend.deadlineMs = 60_000;
  });
  after(() => backend.end());

  it('has its scalars shown while they are written, and all of them at the end, as it reads them itself', async () => {
    await backend.write('board.py', SCRIPT);
    const run = await backend.train('', {
      id: 'toy',
      python,
      command: ['python', 'board.py'],
      logs: ['runs/**'],
    });
    await backend.until(run.executionId, ({ summary }) =>
      summary.some((one) => one.figure === 'Loss' && one.legend === 'train' && one.count === 100),
    );
    await backend.kill();
    await backend.write('go', '');
    await backend.restart();
    assert.equal((await backend.ended(run)).status, 'Success', await backend.log(run));

    await showsWhatIsRead([run], path.join(backend.project, 'runs'));
  });

  it('is found below the output folder by itself', async () => {
    const code = SCRIPT.replace('"runs/first"', 'context.output_dir + "/board/first"');
    await backend.write('go', '');
    const run = await backend.train(`def train(context):\n${code.replace(/^/gm, '    ')}\n`, {
      id: 'own',
      python,
    });
    assert.equal((await backend.ended(run)).status, 'Success', await backend.log(run));
    await showsWhatIsRead([run], path.join((await backend.detail(run)).outputDir, 'board'));
  });

  it('has runs of earlier imported as it reads them itself, none twice', async () => {
    const elsewhere = path.join(backend.folder, 'earlier');
    mkdirSync(elsewhere);
    writeFileSync(path.join(elsewhere, 'go'), '');
    execFileSync(python, ['-c', SCRIPT], { cwd: elsewhere });
    const from = path.join(elsewhere, 'runs');
    const told = await backend.client.call('importRuns', { body: { from } });
    assert.deepEqual([told.sources, told.added, told.skipped], [['tensorboard'], 1, []]);
    const { runs } = await backend.client.call('listRuns', { query: { search: 'first' } });
    await showsWhatIsRead(runs, from);
    assert.equal((await backend.client.call('importRuns', { body: { from } })).known, 1);
  });

  /** Whether a run has what TensorBoard reads in a folder, and no more. */
  const showsWhatIsRead = async ([run, ...others]: Run[], folder: string): Promise<void> => {
    assert.ok(run && others.length === 0);
    const printed = execFileSync(python, ['-c', READER, folder], { encoding: 'utf8' });
    const theirs = JSON.parse(printed) as Record<string, [number, string][]>;
    assert.deepEqual(Object.keys(theirs).toSorted(), Object.keys(LINES).toSorted());
    const { series } = await backend.client.call('queryMetrics', {
      body: { executions: [run.executionId], axis: 'step', points: 10_000 },
    });
    assert.equal(series.length, Object.keys(LINES).length);
    for (const [name, [figure, legend]] of Object.entries(LINES)) {
      const line = series.find((one) => one.figure === figure && one.legend === legend);
      assert.ok(line, `nothing of ${figure} ${legend}`);
      assert.deepEqual(
        line.x.map((step, i) => [step, Number(line.y[i])]),
        theirs[name]?.map(([step, y]) => [step, Number(y)]),
        name,
      );
    }
  };
});
