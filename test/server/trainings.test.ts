import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CallError } from '../../src/client/api.ts';
import { RealBackend } from './realBackend.ts';

describe('A training, from submission to its end', () => {
  let backend: RealBackend;
  before(async () => {
    backend = await RealBackend.start();
  });
  after(() => backend.end());

  it('B1 B17 B18 B41 calls the train function, records what it logs, and ends in Success', async () => {
    const run = await backend.train(
      `
def train(context, rate):
    print("rate", rate)
    for epoch in range(3):
        context.log(epoch=epoch + 1, figures={"box_loss": {"train": 1 / (epoch + 1), "val": 2.0}, "mAP50(B)": {"val": epoch / 10}})
        context.progress(epoch + 1, 3)
`,
      { config: { rate: 0.5, unused: 1 } },
    );
    assert.equal(run.service.name, 'mgmt-train-toy');
    assert.equal(run.model.name, 'toy-model');
    const ended = await backend.ended(run);
    assert.equal(ended.status, 'Success');
    assert.deepEqual(ended.progress, { done: 3, total: 3, unit: 'epoch' });
    assert.deepEqual(await backend.points(run, 'box_loss', 'train'), [
      [1, 1],
      [2, 0.5],
      [3, 1 / 3],
    ]);
    const best = ended.summary.map((line) => [line.figure, line.legend, line.best, line.bestEpoch]);
    assert.deepEqual(
      new Set(best),
      new Set([
        ['box_loss', 'train', 1 / 3, 3],
        ['box_loss', 'val', 2, 1],
        ['mAP50(B)', 'val', 0.2, 3],
      ]),
    );
    assert.equal(await backend.log(run, true), 'rate 0.5\n');
    const { history } = await backend.detail(run);
    assert.deepEqual(
      history.map((entry) => entry.status),
      ['Created', 'Pending', 'In Progress', 'Success'],
    );
  });

  it('NaN and infinities arrive as what they are', async () => {
    const run = await backend.train(`
def train(context):
    for epoch, y in enumerate([1.0, float("nan"), float("inf"), float("-inf"), 2.0]):
        context.log(epoch=epoch, loss=y)
`);
    const ended = await backend.ended(run);
    assert.deepEqual(await backend.points(run, 'loss'), [
      [0, 1],
      [1, 'NaN'],
      [2, 'Infinity'],
      [3, '-Infinity'],
      [4, 2],
    ]);
    assert.equal(ended.summary[0]?.best, 1);
  });

  const endings: [title: string, code: string, status: string, reason: RegExp | null][] = [
    [
      'B19 one that raises is Failed, with its exception and place',
      'def train():\n    raise ValueError("no pictures")',
      'Failed',
      /^ValueError: no pictures \(toy\.py:2\)$/,
    ],
    ['sys.exit(0) is a Success', 'import sys\ndef train():\n    sys.exit(0)', 'Success', null],
    [
      'sys.exit(3) is Failed, with the code',
      'import sys\ndef train():\n    sys.exit(3)',
      'Failed',
      /exit code 3/,
    ],
    [
      'B21 one that vanishes without a word is Aborted',
      'import os\ndef train():\n    os._exit(0)',
      'Aborted',
      /without saying/,
    ],
    [
      'B21 a segmentation fault is Aborted, with the signal',
      'import ctypes\ndef train():\n    ctypes.string_at(0)',
      'Aborted',
      /SIGSEGV/,
    ],
    [
      'a method of a class is called on an instance',
      'class Trainer:\n    def fit(self, context):\n        print(context.attempt)',
      'Success',
      null,
    ],
  ];
  for (const [title, code, status, reason] of endings) {
    it(title, async () => {
      const train = code.includes('class Trainer') ? 'toy.py:Trainer.fit' : 'toy.py:train';
      const ended = await backend.ended(await backend.train(code, { train }));
      assert.equal(ended.status, status);
      if (reason === null) assert.equal(ended.reason, null);
      else assert.match(ended.reason ?? '', reason);
    });
  }

  it('a command is a training too', async () => {
    const run = await backend.train('', {
      command: ['python3', '-c', 'import trainyard; trainyard.log(epoch=1, loss=0.25); print("done")'],
    });
    const ended = await backend.ended(run);
    assert.equal(ended.status, 'Success');
    assert.deepEqual(await backend.points(run, 'loss'), [[1, 0.25]]);
    const failed = await backend.ended(await backend.train('', { command: ['sh', '-c', 'exit 7'] }));
    assert.match(`${failed.status} ${failed.reason}`, /Failed .*exit code 7/);
  });

  it('a million lines of output are all in the log', async () => {
    const run = await backend.train('def train():\n    for i in range(1_000_000):\n        print(i)');
    assert.equal((await backend.ended(run)).status, 'Success');
    const text = await backend.log(run);
    assert.equal(text.length, 6_888_890);
    assert.ok(text.endsWith('\n999999\n'));
  });

  it('what a training left behind is ended with it', async () => {
    const run = await backend.train(`
import os, subprocess, sys, time
def train():
    # A daemon as they are made: forked twice, in a session of its own, deaf to SIGTERM.
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            import signal
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(600)
        os._exit(0)
    subprocess.Popen(["sleep", "600"])
`);
    assert.equal((await backend.ended(run)).status, 'Success');
    assert.deepEqual(await backend.processesOf(run), []);
  });

  it('B15 B22 B57 an abort lets the training save, and ends in Terminated once nothing is left', async () => {
    const run = await backend.train(`
import time
def train(context):
    while not context.should_stop:
        time.sleep(0.01)
    print("saved")
`);
    await backend.running(run);
    const asked = await backend.client.call('abort', { params: { id: run.executionId } });
    assert.equal(asked.status, 'In Progress');
    assert.equal(asked.stopping, true);
    const ended = await backend.ended(run);
    assert.equal(ended.status, 'Terminated');
    assert.equal(await backend.log(run), 'saved\n');
    assert.deepEqual(await backend.processesOf(run), []);
    await assert.rejects(backend.client.call('abort', { params: { id: run.executionId } }), { status: 409 });
  });

  it('B57 what ignores the abort is ended by force after the grace, children of children included', async () => {
    const run = await backend.train(
      `
import os, signal, subprocess, time
def train(context):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    subprocess.Popen(["sh", "-c", "trap '' TERM; sleep 600 & wait; sleep 600"])
    context.log(epoch=1, loss=1)
    time.sleep(600)
`,
      { service: { stopGraceSeconds: 0.5 } },
    );
    await backend.until(run.executionId, (now) => now.summary.length > 0);
    await backend.client.call('abort', { params: { id: run.executionId } });
    assert.equal((await backend.ended(run)).status, 'Terminated');
    assert.deepEqual(await backend.processesOf(run), []);
  });

  it('B34 a train function that is not there is refused, and changes nothing', async () => {
    const earlier = await backend.client.call('listRuns', { query: {} });
    const refused = (error: unknown): boolean => {
      assert.ok(error instanceof CallError);
      assert.equal(error.status, 422);
      assert.match(error.message, /has no function "train"; it has fit/);
      return true;
    };
    await assert.rejects(backend.train('def fit(): pass'), refused);
    await assert.rejects(backend.train('def train(:'), /toy\.py:1: /);
    await assert.rejects(backend.train('', { train: 'missing.py:train' }), /There is no .*missing\.py/);
    await assert.rejects(backend.train('', { train: '../outside.py:train' }), /outside the project/);
    const now = await backend.client.call('listRuns', { query: {} });
    assert.deepEqual(now.counts, earlier.counts);
  });

  it('the same submission twice is one execution', async () => {
    await backend.write('once.py', 'def train(): pass');
    const submit = async () =>
      backend.client.call('submit', {
        headers: { 'idempotency-key': 'the-same' },
        body: {
          project: backend.project,
          architecture: {
            id: 'once',
            train: 'once.py:train',
            python: '/usr/bin/python3',
            service: { instance: 'cpu' },
          },
          model: { name: 'once' },
        },
      });
    const [first, second] = await Promise.all([submit(), submit()]);
    assert.equal(first.executionId, second.executionId);
    assert.equal((await submit()).executionId, first.executionId);
    await backend.ended(first);
  });

  it('the environment that was submitted reaches the training, is private, and is forgotten at the end', async () => {
    const run = await backend.client.call('submit', {
      body: {
        project: backend.project,
        architecture: {
          id: 'secret',
          command: ['sh', '-c', 'echo $SECRET'],
          python: '/usr/bin/python3',
          service: { instance: 'cpu' },
        },
        model: { name: 'secret' },
        environment: { SECRET: 'hush-1234', PATH: process.env['PATH'] ?? '' },
      },
    });
    await backend.ended(run);
    assert.equal(await backend.log(run), 'hush-1234\n');
    assert.doesNotMatch(JSON.stringify(await backend.detail(run)) + backend.output, /hush-1234/);
    await backend.stop();
    const database = await readFile(path.join(backend.home, 'trainyard.db'), 'latin1');
    await backend.restart();
    assert.ok(!database.includes('hush-1234'), 'it is still in the database');
  });

  it('a run can be removed once it is over, and its version is never used again', async () => {
    const first = await backend.ended(await backend.train('def train(): pass', { id: 'gone' }));
    await backend.client.call('remove', { params: { id: first.executionId }, query: { files: 'delete' } });
    await assert.rejects(backend.detail(first), { status: 404 });
    const second = await backend.ended(await backend.train('def train(): pass', { id: 'gone' }));
    assert.deepEqual([first.model.version, second.model.version], [1, 2]);
  });

  it('a rerun is the next attempt of the same execution, with the last checkpoint', async () => {
    const marker = path.join(backend.project, 'fixed');
    const run = await backend.train(`
import os
def train(context):
    print("attempt", context.attempt, "resumes from", context.resume_from and os.path.basename(context.resume_from))
    path = os.path.join(context.output_dir, "last.txt")
    with open(path, "w") as file: file.write("whole")
    context.checkpoint(path)
    if not os.path.exists(${JSON.stringify(marker)}): raise RuntimeError("broken")
`);
    assert.equal((await backend.ended(run)).status, 'Failed');
    await writeFile(marker, '');
    const again = await backend.client.call('rerun', { params: { id: run.executionId } });
    assert.deepEqual([again.status, again.attempt, again.executionId], ['Rerun', 2, run.executionId]);
    assert.equal((await backend.ended(run)).status, 'Success');
    assert.equal(await backend.log(run), 'attempt 2 resumes from last.txt\n');
  });

  it('a rerun runs in the environment of who asks for it, else in that of the backend', async () => {
    const command = ['sh', '-c', 'echo "$WHO $(basename "$HOME")"'];
    const run = await backend.ended(await backend.train('', { id: 'whose', command }));
    const environment = { WHO: 'asked', HOME: '/asked', PATH: process.env['PATH'] ?? '' };
    await backend.client.call('rerun', { params: { id: run.executionId }, body: { environment } });
    await backend.ended(run);
    assert.equal(await backend.log(run), 'asked asked\n');
    await backend.client.call('rerun', { params: { id: run.executionId } });
    await backend.until(run.executionId, (now) => now.attempt === 3 && now.status === 'Success');
    assert.equal(await backend.log(run), ` ${path.basename(process.env['HOME'] ?? '')}\n`);
  });
});
