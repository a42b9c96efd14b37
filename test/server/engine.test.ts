/** The local engine against real processes: what it says of a start, whatever becomes of it, and that nothing is left. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import * as z from 'zod';
import { findPython } from '../../src/dev/pythons.ts';
import { EngineHarness } from './engineHarness.ts';
import { PYTHON } from './realBackend.ts';

/** Says that it runs, then waits until it is told to stop. */
const WAITS = `
import time
def train(context):
    print('waits', flush=True)
    while not context.should_stop: time.sleep(.01)
    print('saved', flush=True)
`;
const RETURNS = 'def train(context): print("ran", flush=True)';

let harness: EngineHarness;
beforeEach(async () => {
  harness = await EngineHarness.make();
});
afterEach(() => harness.end());

describe('A start that never becomes ready', () => {
  it('without an interpreter names it', async () => {
    const engine = harness.engine();
    const start = harness.start(RETURNS, { python: '/nowhere/python3' });
    await engine.submit(start);
    const { ready, exit, startFailure } = await harness.ended(engine, start);
    assert.deepEqual([ready, exit], [false, null]);
    assert.equal(startFailure?.code, 'StartFailed');
    assert.equal(startFailure.message, 'There is no Python at /nowhere/python3.');
    assert.match(startFailure.hint, /"python" in trainyard\.json/);
  });

  it('with a file that is no program says so', async () => {
    const engine = harness.engine();
    const start = harness.start(RETURNS, { python: harness.write('python3', 'text') });
    await engine.submit(start);
    assert.match((await harness.ended(engine, start)).startFailure?.message ?? '', /python3 can't be run \(/);
  });

  it('with a program that is no Python says how it ended, once', async () => {
    const engine = harness.engine();
    const start = harness.start(RETURNS, { python: harness.write('python3', '#!/bin/sh\nexit 7\n', 0o755) });
    await engine.submit(start);
    const { startFailure } = await harness.ended(engine, start);
    assert.match(startFailure?.message ?? '', /python3 ended with code 7 before it began/);
  });

  const old = findPython(['2.7', '3.6', '3.7']);
  if (old === null)
    process.stdout.write('NOT RUN with an old Python: none is here; a double stands in for it.\n');
  for (const python of old === null ? [] : [old]) {
    it('with an old Python says which is needed', async () => {
      const engine = harness.engine();
      const start = harness.start(RETURNS, { python });
      await engine.submit(start);
      const { startFailure } = await harness.ended(engine, start);
      assert.match(startFailure?.message ?? '', /^Python [23]\.\d+\.\d+ \(.+\) is too old/);
      assert.match(startFailure?.message ?? '', /3\.8 or newer/);
    });
  }

  it('with a Python that takes itself for an old one, a double, says the same', async () => {
    const engine = harness.engine();
    const code = [
      'import runpy, sys',
      'sys.version_info = (3, 7, 1, "final", 0)',
      'sys.argv = sys.argv[1:]',
      'runpy.run_path(sys.argv[0], run_name="__main__")',
    ];
    const double = `#!/bin/sh\nexec ${PYTHON} -c '${code.join('\n')}' "$@"\n`;
    const python = harness.write('python3', double, 0o755);
    const start = harness.start(RETURNS, { python });
    await engine.submit(start);
    const { startFailure } = await harness.ended(engine, start);
    assert.match(startFailure?.message ?? '', /^Python 3\.7\.1 \(.+\) is too old: .* 3\.8 or newer/);
    assert.match(startFailure?.hint ?? '', /"python" in trainyard\.json/);
  });

  it('with an import error tells exception, file and line', async () => {
    const engine = harness.engine();
    harness.write('helper.py', '\n\nraise RuntimeError("no data")\n');
    const start = harness.start('import helper\ndef train(context): pass');
    await engine.submit(start);
    const { ready, exit, startFailure } = await harness.ended(engine, start);
    assert.deepEqual([ready, exit], [false, { code: 1 }]);
    assert.equal(startFailure?.message, "e-1.py can't be imported: RuntimeError: no data (helper.py:3).");
    assert.match(harness.log(start, engine), /Traceback/);
  });

  it('with a module that is missing says what to install', async () => {
    const engine = harness.engine();
    const start = harness.start('import no_such_module_at_all\ndef train(context): pass');
    await engine.submit(start);
    const { startFailure } = await harness.ended(engine, start);
    assert.match(startFailure?.message ?? '', /ModuleNotFoundError.*no_such_module_at_all.*\(e-1\.py:1\)/);
    assert.match(startFailure?.hint ?? '', /^Install no_such_module_at_all into .+ "requirements"/);
  });

  it('without its function', async () => {
    const engine = harness.engine();
    const start = harness.start('def fit(context): pass');
    await engine.submit(start);
    assert.match((await harness.ended(engine, start)).startFailure?.message ?? '', /AttributeError.*'train'/);
  });

  it('with a command that is not there', async () => {
    const engine = harness.engine();
    const start = harness.start(null, { command: ['no-such-program', '--x'] });
    await engine.submit(start);
    const { ready, startFailure } = await harness.ended(engine, start);
    assert.equal(ready, false);
    assert.match(startFailure?.message ?? '', /^The command 'no-such-program' can't be run: No such file/);
  });

  it('ends at once where it is stopped while it imports', async () => {
    const engine = harness.engine();
    const start = harness.start('import time\nprint("imports", flush=True)\ntime.sleep(60)');
    await engine.submit(start);
    await harness.printed(engine, start, 'imports');
    const began = Date.now();
    await engine.stop(start, 20);
    const { ready, stopped, exit } = await harness.ended(engine, start);
    assert.deepEqual([ready, stopped, exit], [false, true, { signal: 'SIGTERM' }]);
    assert.ok(Date.now() - began < 10_000, 'it waited for the grace to pass');
  });

  it('runs nothing where it was stopped before it began', async () => {
    const engine = harness.engine();
    const start = harness.start(RETURNS);
    engine.watch(start, () => undefined).dispose();
    await engine.stop(start, 5);
    await engine.submit(start);
    const { ready, stopped, exit } = await harness.ended(engine, start);
    assert.deepEqual([ready, stopped, exit], [false, true, null]);
    assert.equal(harness.log(start, engine), '');
  });
});

describe('A training', () => {
  it('that raises tells where', async () => {
    const engine = harness.engine();
    const start = harness.start(
      'def train(context):\n    helper()\ndef helper():\n    raise ValueError("bad lr")\n',
    );
    await engine.submit(start);
    const { ready, exit, outcome, startedAt, endedAt } = await harness.ended(engine, start);
    assert.deepEqual([ready, exit], [true, { code: 1 }]);
    assert.deepEqual(outcome, {
      kind: 'raised',
      type: 'ValueError',
      message: 'bad lr',
      file: 'e-1.py',
      line: 4,
    });
    assert.ok(startedAt !== null && startedAt <= endedAt);
  });

  it('tells how long it ran where the clock was set back meanwhile', async () => {
    const engine = harness.engine();
    const gate = path.join(harness.folder, 'gate');
    const start = harness.start(
      `import os, time\ndef train(c):\n    while not os.path.exists(${JSON.stringify(gate)}): time.sleep(.01)`,
    );
    await engine.submit(start);
    await harness.running(engine, start);
    // As if it had got ready an hour ago, when the clock was an hour ahead.
    const file = path.join(harness.startFolder(start), 'ready.json');
    const ready = z
      .object({ elapsed: z.int() })
      .loose()
      .parse(JSON.parse(readFileSync(file, 'utf8')));
    writeFileSync(file, JSON.stringify({ ...ready, elapsed: ready.elapsed - 3_600_000 }));
    writeFileSync(gate, '');
    const { startedAt, endedAt } = await harness.ended(engine, start);
    assert.equal(Math.floor((Date.parse(endedAt) - Date.parse(startedAt ?? '')) / 60_000), 60);
  });

  it('is told and found by its environment, which others cannot read', async () => {
    const engine = harness.engine();
    const code = 'import os\ndef train(c): print({k: v for k, v in os.environ.items() if "TRAINYARD" in k})';
    const start = harness.start(code);
    await engine.submit(start);
    await harness.ended(engine, start);
    const log = harness.log(start, engine);
    for (const line of ["'TRAINYARD_EXECUTION': 'e-1'", "'TRAINYARD_START': 'e-1/1/1'", harness.home]) {
      assert.ok(log.includes(line), line);
    }
    assert.ok(!log.includes('secret'), 'the token is in the environment');
    const folder = harness.startFolder(start);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    for (const name of readdirSync(folder)) {
      assert.equal(statSync(path.join(folder, name)).mode & 0o077, 0, name);
    }
    assert.equal(statSync(engine.logFile('e-1', 1)).mode & 0o077, 0);
  });

  it('prints as much as it likes', async () => {
    const engine = harness.engine();
    const start = harness.start('def train(c):\n    for n in range(300_000): print("line", n)');
    await engine.submit(start);
    assert.deepEqual((await harness.ended(engine, start)).outcome, { kind: 'returned' });
    const log = harness.log(start, engine);
    assert.ok(log.includes('line 0\n') && log.endsWith('line 299999\n'));
  });

  it('that closes every descriptor ends as any other', async () => {
    const engine = harness.engine();
    const start = harness.start('import os\ndef train(c):\n    os.closerange(0, 1024)\n    c.log(loss=1)\n');
    await engine.submit(start);
    const { exit, outcome } = await harness.ended(engine, start);
    assert.deepEqual([exit, outcome], [{ code: 0 }, { kind: 'returned' }]);
  });

  it('killed from outside tells the signal', async () => {
    const engine = harness.engine();
    const start = harness.start('import os\ndef train(c):\n    os.kill(os.getpid(), 9)\n');
    await engine.submit(start);
    const { ready, exit, outcome, stopped, outOfMemory } = await harness.ended(engine, start);
    assert.deepEqual(
      [ready, exit, outcome, stopped, outOfMemory],
      [true, { signal: 'SIGKILL' }, null, false, null],
    );
  });

  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    it(`whose supervisor gets a ${name} from a stranger gets it, and ends by it`, async () => {
      const engine = harness.engine();
      const start = harness.start(WAITS);
      await engine.submit(start);
      await harness.printed(engine, start, 'waits');
      process.kill(harness.supervisor(start), name);
      const { exit, outcome, stopped } = await harness.ended(engine, start);
      assert.deepEqual([exit, outcome, stopped], [{ signal: name }, null, false]);
    });
  }

  it('ends its worker processes as usual, by SIGTERM', async () => {
    const engine = harness.engine();
    const start = harness.start(`
import multiprocessing, time
def work(begun):
    begun.set()
    time.sleep(60)
def train(context):
    fork = multiprocessing.get_context('fork')
    begun = fork.Event()
    worker = fork.Process(target=work, args=(begun,))
    worker.start()
    begun.wait()
    worker.terminate()
    worker.join(20)
    print('worker', worker.exitcode, flush=True)
    worker.kill()
`);
    await engine.submit(start);
    await harness.ended(engine, start);
    assert.match(harness.log(start, engine), /worker -15/);
  });

  it('asked to stop can save, and its descendants in sessions of their own end with it', async () => {
    const engine = harness.engine();
    const start = harness.start(
      WAITS.replace(
        "print('waits'",
        `import subprocess, sys
    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True)
    print('waits'`,
      ),
    );
    await engine.submit(start);
    await harness.printed(engine, start, 'waits');
    const began = Date.now();
    await engine.stop(start, 20);
    await engine.stop(start, 20);
    const { exit, outcome, stopped } = await harness.ended(engine, start);
    assert.deepEqual([exit, outcome, stopped], [{ code: 0 }, { kind: 'returned' }, true]);
    assert.match(harness.log(start, engine), /saved/);
    assert.deepEqual(harness.leftBehind(), []);
    assert.ok(Date.now() - began < 10_000, 'it waited for the grace to pass');
  });

  it('that does not stop is ended by force after the grace, with all of its descendants', async () => {
    const engine = harness.engine();
    const start = harness.start(`
import os, signal, subprocess, sys, time
STUBBORN = 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print("there", flush=True); time.sleep(60)'
def train(context):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.fork() == 0:
        os.setsid()
        subprocess.Popen([sys.executable, '-c', STUBBORN])
        os._exit(0)
    time.sleep(60)
`);
    await engine.submit(start);
    await harness.printed(engine, start, 'there');
    await engine.stop(start, 0.5);
    const { exit, stopped } = await harness.ended(engine, start);
    assert.deepEqual([exit, stopped], [{ signal: 'SIGKILL' }, true]);
    assert.deepEqual(harness.leftBehind(), []);
  });

  it('that uses more memory than it may is ended, its children counted', async () => {
    const engine = harness.engine();
    const start = harness.start(
      `
import subprocess, sys, time
def train(context):
    hold = 'import time; held = bytearray(90_000_000); held[::4096] = bytes(len(held[::4096])); time.sleep(60)'
    for _ in range(2): subprocess.Popen([sys.executable, '-c', hold])
    time.sleep(60)
`,
      { memoryBytes: 150_000_000 },
    );
    await engine.submit(start);
    const { exit, outOfMemory, stopped } = await harness.ended(engine, start);
    assert.deepEqual([exit, stopped], [{ signal: 'SIGKILL' }, false]);
    assert.equal(outOfMemory?.allowedBytes, 150_000_000);
    const used = outOfMemory.usedBytes ?? 0;
    assert.ok(used > 140_000_000 && used < 300_000_000, `used ${used}`);
    assert.match(harness.log(start, engine), /killed for memory/);
  });

  it('may share its memory with forked workers: it counts once', async () => {
    const engine = harness.engine();
    const start = harness.start(
      `
import os, time
def train(context):
    held = bytearray(80_000_000)
    held[::4096] = bytes(len(held[::4096]))
    workers = [os.fork() for _ in range(3)] if os.getpid() else []
    if 0 in workers:
        time.sleep(1.5)
        os._exit(0)
    time.sleep(1.5)
`.replace(
        'workers = [os.fork() for _ in range(3)] if os.getpid() else []',
        `workers = []
    for _ in range(3):
        workers.append(os.fork())
        if workers[-1] == 0: break`,
      ),
      { memoryBytes: 200_000_000 },
    );
    await engine.submit(start);
    const { outcome, outOfMemory } = await harness.ended(engine, start);
    assert.deepEqual([outcome, outOfMemory], [{ kind: 'returned' }, null]);
  });

  it('as a command is ready once it runs, and gets its signals as usual', async () => {
    const engine = harness.engine();
    const command = ['sh', '-c', 'yes | head -1; echo "$(yes | head -1)"; kill -9 $$'];
    const start = harness.start(null, { command });
    await engine.submit(start);
    const { ready, exit, outcome } = await harness.ended(engine, start);
    assert.deepEqual([ready, exit, outcome], [true, { signal: 'SIGKILL' }, null]);
    assert.equal(harness.log(start, engine), 'y\ny\n');
  });
});

describe('A backend that restarts', () => {
  it('adopts what runs and reads its end', async () => {
    const before = harness.engine();
    const start = harness.start(WAITS);
    await before.submit(start);
    await harness.running(before, start);
    await before.dispose();
    const after = harness.engine();
    assert.equal((await after.observe(start)).state, 'running');
    await after.submit(start);
    await after.stop(start, 10);
    const seen = await harness.until(after, start, 'ended');
    assert.deepEqual([seen.end.outcome, seen.end.stopped], [{ kind: 'returned' }, true]);
    assert.deepEqual(await harness.engine().observe(start), seen);
  });

  it('finds a supervisor killed, ends what it left, and only then says that it is gone', async () => {
    const engine = harness.engine();
    const start = harness.start(`
import os, subprocess, sys, time
def train(context):
    child = [sys.executable, '-c', 'import time; print("there", flush=True); time.sleep(60)']
    subprocess.Popen(child, start_new_session=True)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0: time.sleep(60)
        os._exit(0)
    time.sleep(60)
`);
    await engine.submit(start);
    await harness.printed(engine, start, 'there');
    process.kill(harness.supervisor(start), 'SIGKILL');
    await engine.dispose();
    const after = harness.engine();
    const gone = await harness.until(after, start, 'gone');
    assert.deepEqual(harness.leftBehind(), []);
    assert.deepEqual([gone.ready, gone.reset], [true, false]);
    assert.deepEqual(await after.observe(start), gone);
  });

  it('runs a start once that is submitted twice, and by two backends at once', async () => {
    const [one, other] = [harness.engine(), harness.engine()];
    const start = harness.start(RETURNS);
    await Promise.all([one.submit(start), one.submit(start), other.submit(start)]);
    const end = await harness.ended(one, start);
    assert.deepEqual(end.outcome, { kind: 'returned' });
    assert.ok(await harness.nothingIsLeft());
    await one.submit(start);
    assert.deepEqual(await harness.ended(other, start), end);
    assert.equal(harness.log(start, one), 'ran\n');
  });

  it('finds a start absent that was only written down, and can submit it again', async () => {
    const before = harness.engine();
    const start = harness.start(RETURNS);
    await before.submit(start);
    await harness.ended(before, start);
    await before.dispose();
    assert.ok(await harness.nothingIsLeft());
    const engine = harness.engine();
    // As after a crash between the writing and the spawning: there is nothing but what was written down.
    const folder = harness.startFolder(start);
    for (const name of readdirSync(folder)) {
      if (name !== 'start.json') rmSync(path.join(folder, name));
    }
    rmSync(engine.logFile('e-1', 1));
    assert.equal((await engine.observe(start)).state, 'absent');
    await engine.submit(start);
    assert.deepEqual((await harness.ended(engine, start)).outcome, { kind: 'returned' });
    assert.equal(harness.log(start, engine), 'ran\n');
  });

  it('takes a process for another one whose pid was given again', async () => {
    const engine = harness.engine();
    const start = harness.start(WAITS);
    await engine.submit(start);
    await harness.running(engine, start);
    const folder = harness.startFolder(start);
    const claim: unknown = JSON.parse(readFileSync(path.join(folder, 'claim.json'), 'utf8'));
    assert.ok(typeof claim === 'object' && claim !== null);
    await engine.stop(start, 10);
    await harness.ended(engine, start);
    assert.ok(await harness.nothingIsLeft());
    rmSync(path.join(folder, 'end.json'));
    harness.writeJson(path.join(folder, 'claim.json'), { ...claim, pid: process.pid });
    assert.equal((await engine.observe(start)).state, 'gone');
    harness.writeJson(path.join(folder, 'claim.json'), { ...claim, bootId: 'another boot' });
    assert.deepEqual(await engine.observe(start), {
      state: 'gone',
      ready: true,
      reset: true,
      evidence: 'the machine restarted',
    });
  });

  it('says that it does not know where a file cannot be read', async () => {
    const engine = harness.engine();
    const start = harness.start(RETURNS);
    await engine.submit(start);
    await harness.ended(engine, start);
    const end = path.join(harness.startFolder(start), 'end.json');
    renameSync(end, `${end}.kept`);
    harness.writeJson(end, { ready: 'perhaps' });
    assert.equal((await engine.observe(start)).state, 'unknown');
  });

  it('leaves no zombies, no half files, and nothing of what is forgotten', async () => {
    const engine = harness.engine();
    const start = harness.start(RETURNS);
    await engine.submit(start);
    await harness.ended(engine, start);
    assert.ok(await harness.nothingIsLeft());
    await harness.noZombies();
    const names = readdirSync(harness.startFolder(start));
    assert.deepEqual(
      names.filter((name) => name.includes('half') || name.startsWith('claim.json.')),
      [],
    );
    await engine.forget('e-1');
    assert.ok(!existsSync(path.join(harness.home, 'runs', 'e-1')));
    assert.equal((await engine.observe(start)).state, 'absent');
  });
});

describe('This machine', () => {
  it('has processors, and the interpreter that these tests use', async () => {
    const capacity = await harness.engine().capacity();
    assert.ok(capacity.cpus >= 1);
    assert.ok(existsSync(PYTHON));
  });
});
