/** What goes wrong around a training on this machine, for real: its disk, its memory, its folder, its supervisor, its workers. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import * as z from 'zod';
import { EngineHarness } from './engineHarness.ts';
import { PYTHON } from './realBackend.ts';
import { cannotMount, mount, unmount } from './smallDisk.ts';

const RETURNS = 'def train(context): print("ran", flush=True)';
const Child = z.object({ pid: z.int(), group: z.string().nullable() });

let harness: EngineHarness;
beforeEach(async () => {
  harness = await EngineHarness.make();
});
afterEach(() => harness.end());

describe('A start', () => {
  it('whose project is gone says so', async () => {
    const engine = harness.engine();
    const start = harness.start(RETURNS);
    renameSync(harness.project, `${harness.project}-moved`);
    await engine.submit(start);
    const { startFailure } = await harness.ended(engine, start);
    assert.equal(startFailure?.message, `The project's folder ${harness.project} isn't there.`);
  });

  it('with an environment that no process can have says so', async () => {
    const engine = harness.engine();
    const start = harness.start(RETURNS, { environment: { BROKEN: 'a\0b' } });
    await engine.submit(start);
    const { startFailure } = await harness.ended(engine, start);
    assert.match(startFailure?.message ?? '', /can't be run \(.*null bytes/);
  });

  it('finds the programs beside its interpreter, for a command too', async () => {
    const environment = path.join(harness.folder, 'venv');
    assert.equal(spawnSync(PYTHON, ['-m', 'venv', '--without-pip', environment]).status, 0);
    const tool = path.join(environment, 'bin', 'only-here');
    writeFileSync(tool, '#!/bin/sh\necho found "$VIRTUAL_ENV"\n', { mode: 0o755 });
    const engine = harness.engine();
    const python = path.join(environment, 'bin', 'python');
    const start = harness.start(null, { command: ['only-here'], python });
    await engine.submit(start);
    assert.deepEqual((await harness.ended(engine, start)).exit, { code: 0 });
    assert.equal(harness.log(start, engine), `found ${environment}\n`);
  });

  it('takes the cores that it is given, where the user says nothing else', async () => {
    const engine = harness.engine();
    const command = ['sh', '-c', 'echo $OMP_NUM_THREADS $MKL_NUM_THREADS'];
    const environment = { PATH: process.env['PATH'] ?? '', MKL_NUM_THREADS: '7' };
    const start = harness.start(null, { command, environment, threads: 3 });
    await engine.submit(start);
    await harness.ended(engine, start);
    assert.equal(harness.log(start, engine), '3 7\n');
    const onGpu = harness.start(null, { command, environment, threads: 3, gpus: ['GPU-1'] });
    await engine.submit(onGpu);
    await harness.ended(engine, onGpu);
    assert.equal(harness.log(onGpu, engine), '7\n');
    // Whoever says one number for OpenMP means OpenBLAS and its like as well, which go by it.
    const chosen = harness.start(null, {
      command: ['sh', '-c', 'echo $OMP_NUM_THREADS $OPENBLAS_NUM_THREADS $MKL_NUM_THREADS'],
      environment: { ...environment, OMP_NUM_THREADS: '1' },
      threads: 3,
    });
    await engine.submit(chosen);
    await harness.ended(engine, chosen);
    assert.equal(harness.log(chosen, engine), '1 1 7\n');
  });
});

describe('A training', () => {
  it('prints each line at once and whole, in any locale, and sees no arguments', async () => {
    const engine = harness.engine();
    const code = `
import sys
def train(context):
    print(sys.argv, "\\u2713")
    sys.stdout.write("half")
    sys.stdout.write(" and half\\n")
    print("\\udcff odd", file=sys.stderr)
`;
    const environment = { PATH: process.env['PATH'] ?? '', LC_ALL: 'POSIX', PYTHONIOENCODING: 'ascii' };
    const start = harness.start(code, { environment });
    await engine.submit(start);
    assert.deepEqual((await harness.ended(engine, start)).outcome, { kind: 'returned' });
    const argv = `['${path.join(harness.project, 'e-1.py')}']`;
    assert.equal(harness.log(start, engine), `${argv} ✓\nhalf and half\n\\udcff odd\n`);
  });

  it('that exits with words has them told', async () => {
    const engine = harness.engine();
    const start = harness.start('import sys\ndef train(context):\n    sys.exit("no pictures")\n');
    await engine.submit(start);
    const { exit, outcome } = await harness.ended(engine, start);
    assert.deepEqual(exit, { code: 1 });
    const told = { kind: 'raised', type: 'SystemExit', message: 'no pictures', file: 'e-1.py', line: 3 };
    assert.deepEqual(outcome, told);
  });

  it('tells its own line, not that of a package in an environment inside the project', async () => {
    const engine = harness.engine();
    harness.write('.venv/lib/site-packages/lib_of_test.py', 'def fail():\n    raise ValueError("inside")\n');
    const start = harness.start(
      'import sys\nsys.path.append(".venv/lib/site-packages")\nimport lib_of_test\ndef train(c):\n    lib_of_test.fail()\n',
    );
    await engine.submit(start);
    const { outcome } = await harness.ended(engine, start);
    assert.ok(outcome?.kind === 'raised');
    assert.deepEqual([outcome.file, outcome.line], ['e-1.py', 5]);
  });

  it('that waits for a program ends soon where it is stopped: the program is told as well', async () => {
    const engine = harness.engine();
    const start = harness.start(`
import subprocess
def train(context):
    while not context.should_stop:
        print('ended by', subprocess.run(['sh', '-c', 'echo waits; exec sleep 60']).returncode)
`);
    await engine.submit(start);
    await harness.printed(engine, start, 'waits');
    await engine.stop(start, 20);
    const { outcome, stopped } = await harness.ended(engine, start);
    assert.deepEqual([outcome, stopped], [{ kind: 'returned' }, true]);
    assert.equal(harness.log(start, engine), 'waits\nended by -15\n');
  });

  for (const method of ['fork', 'spawn']) {
    it(`that is stopped still has its workers (${method}), and ends them as usual`, async () => {
      const engine = harness.engine();
      const start = harness.start(`
import multiprocessing, time
def work(questions, answers):
    while True: answers.put(questions.get() + 1)
def train(context):
    workers = multiprocessing.get_context('${method}')
    questions, answers = workers.Queue(), workers.Queue()
    worker = workers.Process(target=work, args=(questions, answers))
    worker.start()
    questions.put(1)
    answers.get()
    print('waits', flush=True)
    while not context.should_stop: time.sleep(.01)
    questions.put(41)
    print('answer', answers.get(timeout=20))
    worker.terminate()
    worker.join(20)
    print('worker', worker.exitcode)
`);
      await engine.submit(start);
      await harness.printed(engine, start, 'waits');
      await engine.stop(start, 20);
      const { outcome, stopped } = await harness.ended(engine, start);
      assert.deepEqual([outcome, stopped], [{ kind: 'returned' }, true]);
      assert.match(harness.log(start, engine), /answer 42\nworker -15\n/);
    });
  }
});

describe('A supervisor that is killed', () => {
  it('leaves nothing, whatever the environment of what it left', async () => {
    const engine = harness.engine();
    const start = harness.start(`
import subprocess, time
def train(context):
    subprocess.Popen(['env', '-i', 'sh', '-c', 'echo bare $$; exec sleep 60'], start_new_session=True)
    time.sleep(60)
`);
    await engine.submit(start);
    await harness.printed(engine, start, 'bare');
    const bare = Number(/bare (\d+)/.exec(harness.log(start, engine))?.[1]);
    assert.ok(existsSync(`/proc/${bare}`));
    process.kill(harness.supervisor(start), 'SIGKILL');
    await harness.until(engine, start, 'gone');
    assert.ok(!existsSync(`/proc/${bare}`) || / [ZX] /.test(readFileSync(`/proc/${bare}/stat`, 'utf8')));
  });
});

describe('A loss of power', () => {
  it('that left a part of a file is a restart of the machine, and nothing is doubted for ever', async () => {
    const engine = harness.engine();
    const start = harness.start(RETURNS);
    await engine.submit(start);
    await harness.ended(engine, start);
    assert.ok(await harness.nothingIsLeft());
    const folder = harness.startFolder(start);
    rmSync(path.join(folder, 'end.json'));
    for (const name of ['claim.json', 'ready.json']) writeFileSync(path.join(folder, name), '');
    const gone = { state: 'gone', ready: true, reset: true, evidence: 'the machine restarted' };
    assert.deepEqual(await engine.observe(start), gone);
  });
});

describe('Memory', () => {
  const groups = '/sys/fs/cgroup/memory';
  const writable = ((): boolean => {
    try {
      accessSync(path.join(groups, 'cgroup.procs'), constants.W_OK);
      return true;
    } catch {
      return false;
    }
  })();

  it(
    'is limited by a control group where one can be made, which goes with the training',
    { skip: !writable && 'no control group can be made here' },
    async () => {
      const engine = harness.engine();
      const start = harness.start('def train(c): held = bytearray(400_000_000)', {
        memoryBytes: 100_000_000,
      });
      await engine.submit(start);
      const { exit, outOfMemory, ready } = await harness.ended(engine, start);
      assert.deepEqual([ready, exit], [true, { signal: 'SIGKILL' }]);
      assert.equal(outOfMemory?.allowedBytes, 100_000_000);
      assert.ok((outOfMemory.usedBytes ?? 0) > 90_000_000);
      const { group } = Child.parse(
        JSON.parse(readFileSync(path.join(harness.startFolder(start), 'child.json'), 'utf8')),
      );
      assert.ok(group !== null && group.startsWith(groups), `its group is ${group}`);
      assert.ok(!existsSync(group));
    },
  );

  for (const method of ['fork', 'spawn']) {
    it(`counts what workers use as well (${method}), and what they share once`, async () => {
      const engine = harness.engine();
      const start = harness.start(
        `
import multiprocessing
def work(all_hold, done, size):
    held = bytearray(size)
    held[::4096] = bytes(len(held[::4096]))
    all_hold.wait()
    done.wait()
def train(context):
    shared = bytearray(60_000_000)
    shared[::4096] = bytes(len(shared[::4096]))
    workers = multiprocessing.get_context('${method}')
    for size in (5_000_000, 60_000_000):
        all_hold, done = workers.Barrier(4), workers.Event()
        several = [workers.Process(target=work, args=(all_hold, done, size)) for _ in range(3)]
        for one in several: one.start()
        all_hold.wait()
        print('held', size, flush=True)
        done.set()
        for one in several: one.join()
`,
        { memoryBytes: 180_000_000 },
      );
      await engine.submit(start);
      const { exit, outOfMemory } = await harness.ended(engine, start);
      const log = harness.log(start, engine);
      assert.match(log, /^held 5000000$[^]*^Trainyard: killed for memory/m);
      assert.doesNotMatch(log, /held 60000000/);
      assert.deepEqual([exit, outOfMemory?.allowedBytes], [{ signal: 'SIGKILL' }, 180_000_000]);
    });
  }
});

describe('A full disk', () => {
  it('takes no end away: it is written once there is room', { skip: cannotMount }, async () => {
    assert.ok(mount(harness.home, '1m'));
    try {
      const engine = harness.engine();
      const start = harness.start(`
import os
def train(context):
    with open(os.path.join(context.output_dir, 'filler'), 'wb', buffering=0) as file:
        try:
            while True: file.write(bytes(4096))
        except OSError as error:
            pass
    context.log(epoch=1, loss=0.5)
    os.mkfifo(${JSON.stringify(path.join(harness.folder, 'full'))})
`);
      await engine.submit(start);
      // As soon as the pipe is there the disk is full, and the training is about to end.
      while (!existsSync(path.join(harness.folder, 'full')))
        await new Promise((resolve) => setTimeout(resolve, 10));
      const [supervisor] = [harness.supervisor(start)];
      while (harness.processes().some((pid) => pid !== supervisor))
        await new Promise((resolve) => setTimeout(resolve, 10));
      assert.notEqual((await engine.observe(start)).state, 'ended');
      rmSync(path.join(engine.outputDir('e-1', 1), 'filler'));
      const { ready, exit, outcome } = await harness.ended(engine, start);
      assert.deepEqual([ready, exit, outcome], [true, { code: 0 }, { kind: 'returned' }]);
    } finally {
      assert.ok(await harness.nothingIsLeft());
      unmount(harness.home);
    }
  });
});
