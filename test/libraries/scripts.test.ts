/** Plain scripts: what they are without a line for Trainyard, with one, and with tqdm's bars. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { plainLines } from '../../src/cli/say.ts';
import type { Run } from '../../src/contract/shapes.ts';
import { LogText } from '../../src/extension/logs/logText.ts';
import { RealBackend } from '../server/realBackend.ts';
import { pythonOf } from './environments.ts';

describe('A plain script', () => {
  let backend: RealBackend;
  let python: string;
  before(async () => {
    backend = await RealBackend.start();
    python = await pythonOf('torch');
  });
  after(() => backend.end());

  const trainFile = (file: string, text: string): Promise<Run> => backend.trainFile(file, text, python);

  it('is trained as it is, under a name from its path', async () => {
    const run = await backend.ended(await trainFile('hello.py', 'print("no line of it knows of us")'));
    assert.equal(run.status, 'Success');
    assert.deepEqual([run.model.name, run.architecture.id], ['hello', 'hello']);
    assert.equal(await backend.log(run), 'no line of it knows of us\n');
  });

  it('has curves by one line of its own', async () => {
    const run = await trainFile(
      'logs.py',
      'import trainyard\nfor epoch in (1, 2, 3):\n    trainyard.log(epoch=epoch, figures={"loss": {"train": 1 / epoch}})\n',
    );
    assert.equal((await backend.ended(run)).status, 'Success');
    assert.deepEqual(await backend.points(run, 'loss', 'train'), [
      [1, 1],
      [2, 1 / 2],
      [3, 1 / 3],
    ]);
  });

  it('has curves of what it writes below its output folder, a table or JSON a line, as it was written', async () => {
    const code = `
import csv, json, os
def train(context):
    os.makedirs(os.path.join(context.output_dir, "logs"))
    with open(os.path.join(context.output_dir, "logs", "table.csv"), "w", newline="") as table:
        rows = csv.writer(table)
        rows.writerow(["epoch", "train_loss", "val_loss"])
        for epoch in (1, 2, 3):
            rows.writerow([epoch, 1 / epoch, 2 / epoch])
    with open(os.path.join(context.output_dir, "events.jsonl"), "w") as lines:
        for step in (10, 20):
            lines.write(json.dumps({"step": step, "val": {"accuracy": step / 100}}) + "\\n")
`;
    const run = await backend.train(code, { id: 'writes', python });
    assert.equal((await backend.ended(run)).status, 'Success', await backend.log(run));
    for (const [legend, over] of [
      ['train', 1],
      ['val', 2],
    ] as const)
      assert.deepEqual(
        await backend.points(run, 'loss', legend),
        [1, 2, 3].map((epoch) => [epoch, over / epoch]),
      );
    assert.deepEqual(await backend.points(run, 'accuracy', 'val'), [
      [10, 0.1],
      [20, 0.2],
    ]);
  });

  it("has each of tqdm's bars in its log as one line, written twice a second at most", async () => {
    const code = `
import time
from tqdm import tqdm
for epoch in range(2):
    began = time.monotonic()
    for _ in tqdm(range(10**9), desc=f"epoch {epoch}"):
        if time.monotonic() - began > 1.3:
            break
print("after", flush=True)
`;
    const run = await trainFile('bars.py', code);
    assert.equal((await backend.ended(run)).status, 'Success', await backend.log(run));
    const log = path.join(backend.home, 'runs', run.executionId, 'attempt-1', 'log');
    const bytes = readFileSync(log);
    const states = bytes.toString().split('\r').length - 1;
    // The first at once, then at 0.5 and 1 s, and the last as the bar is closed.
    assert.ok(states >= 4 && states <= 10, `${states} states of two bars`);

    const text = new LogText();
    text.append(bytes);
    for (const shown of [text.toString(), await piped(bytes)]) {
      const lines = shown.split('\n').filter((line) => line.trim() !== '');
      assert.equal(lines.length, 3, shown);
      assert.match(lines[0] ?? '', /^epoch 0: .*it\/s/);
      assert.match(lines[1] ?? '', /^epoch 1: .*it\/s/);
      assert.equal(lines[2], 'after');
    }
    // As elsewhere, its author's own choice counts.
    const own = spawnSync(
      python,
      ['-c', 'import tqdm; print(tqdm.tqdm(range(1), mininterval=0.2).mininterval)'],
      {
        env: { ...process.env, TQDM_MININTERVAL: '0.5' },
        encoding: 'utf8',
      },
    );
    assert.equal(own.stdout.trim(), '0.2');
  });

  const piped = async (bytes: Uint8Array): Promise<string> => {
    let text = '';
    for await (const part of plainLines(parts(bytes))) text += part;
    return text;
  };
  // In pieces of a few bytes, as they may come.
  async function* parts(bytes: Uint8Array): AsyncIterable<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
  }
});
