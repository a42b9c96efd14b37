/** What trainings take of the machine: of real process trees, and what is kept of it. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { usageOf, type TreeUsage } from '../../src/server/engines/local/usage.ts';
import type { Usage } from '../../src/server/engines/engine.ts';
import { measured } from '../../src/server/sampler.ts';
import { PYTHON } from './realBackend.ts';

/** A process that does as it is told by lines: each is Python, and is answered by a line once it is done. */
const TREE = `
import os, subprocess, sys, time
def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end: pass
def hold(size):
    global held
    held = bytearray(os.urandom(1 << 20) * size)
def child(code):
    return subprocess.Popen([sys.executable, '-u', '-c', code], stdout=subprocess.PIPE, stdin=subprocess.PIPE)
for line in sys.stdin:
    exec(line)
    print('done', flush=True)
`;

describe('What a process tree takes', () => {
  let folder = '';
  let root: ChildProcessWithoutNullStreams;
  let answers: AsyncIterator<string>;
  let lines: Interface;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'trainyard-usage-'));
    root = spawn(PYTHON, ['-c', TREE]);
    root.stderr.pipe(process.stderr);
    lines = createInterface({ input: root.stdout });
    answers = lines[Symbol.asyncIterator]();
  });
  after(async () => {
    const gone = new Promise((resolve) => root.once('exit', resolve));
    root.stdin.end();
    await gone;
    rmSync(folder, { recursive: true });
  });

  async function told(line: string): Promise<void> {
    root.stdin.write(`${line}\n`);
    const answer = await answers.next();
    assert.ok(answer.done !== true);
    assert.equal(answer.value, 'done');
  }
  async function usage(): Promise<TreeUsage> {
    const [found] = await usageOf([{ pid: root.pid ?? 0, startTime: null }]);
    assert.ok(found);
    return found;
  }

  it('has no memory of the supervisor, and all of what descends from it', async () => {
    await told('hold(64)');
    assert.equal((await usage()).memoryBytes, 0);
    await told(
      `one = child("import os, subprocess, sys; held = bytearray(os.urandom(1 << 20) * 40); two = subprocess.Popen([sys.executable, '-c', 'import os, sys; held = bytearray(os.urandom(1 << 20) * 30); print(1, flush=True); sys.stdin.read()']); input()"); one.stdout.readline()`,
    );
    const { memoryBytes } = await usage();
    assert.ok(memoryBytes > 70 * 2 ** 20 && memoryBytes < 120 * 2 ** 20, `${memoryBytes} bytes`);
    await told('one.communicate(b"\\n\\n")');
  });

  it('counts the CPU time of children and theirs, also once they are over', async () => {
    const { cpuMs } = await usage();
    const burning = 'import time\nwhile time.process_time() < .4: pass\nprint(1, flush=True)\ninput()';
    await told(`one = child(${JSON.stringify(burning)}); one.stdout.readline()`);
    const during = (await usage()).cpuMs - cpuMs;
    assert.ok(during >= 380 && during < 800, `${during} ms`);
    await told('one.communicate(b"\\n")');
    const afterwards = (await usage()).cpuMs - cpuMs;
    assert.ok(afterwards >= during && afterwards < 800, `${afterwards} ms`);
  });

  it('counts what is written to disk', async () => {
    const { writtenBytes } = await usage();
    assert.ok(writtenBytes !== null);
    const file = path.join(folder, 'written');
    const writing = `import os\nf = open(${JSON.stringify(file)}, "wb")\nf.write(os.urandom(8 << 20))\nf.flush()\nos.fsync(f.fileno())`;
    await told(`child(${JSON.stringify(writing)}).wait()`);
    const written = ((await usage()).writtenBytes ?? 0) - writtenBytes;
    assert.ok(written >= 8 * 2 ** 20 && written < 16 * 2 ** 20, `${written} bytes`);
  });

  it('is told of several at one look, and not of one that is gone or that has taken its number', async () => {
    const pid = root.pid ?? 0;
    const found = await usageOf([
      { pid, startTime: null },
      { pid, startTime: 1 },
      { pid: 2 ** 22, startTime: null },
      null,
    ]);
    assert.deepEqual(
      found.map((one) => one !== null),
      [true, false, false, false],
    );
  });
});

describe('What is kept of it', () => {
  const usage = (change: Partial<Usage>): Usage => ({
    cpuMs: 5000,
    writtenBytes: 1000,
    memoryBytes: 7e9,
    gpus: [],
    ...change,
  });

  it('are rates since the reading before, and no rate without one', () => {
    const memory = { figure: 'system/memory', legend: '', y: 7e9 };
    assert.deepEqual(measured(usage({}), null, 1000), [memory]);
    const earlier = { at: 1000, usage: usage({ cpuMs: 1000, writtenBytes: 200 }) };
    assert.deepEqual(measured(usage({}), earlier, 3000), [
      { figure: 'system/cpu', legend: '', y: 200 },
      memory,
      { figure: 'system/disk written', legend: '', y: 400 },
    ]);
    // What took its count with it makes no rate below 0, and what isn't told makes none.
    const less = measured(usage({ cpuMs: 900, writtenBytes: null }), earlier, 3000);
    assert.deepEqual(less, [{ figure: 'system/cpu', legend: '', y: 0 }, memory]);
  });

  it('is what each GPU tells of itself', () => {
    const gpus = [
      { index: 0, utilization: 97, usedBytes: 8e9, temperature: 61 },
      { index: 3, utilization: null, usedBytes: 0, temperature: null },
    ];
    const untold = { cpuMs: null, writtenBytes: null, memoryBytes: null };
    assert.deepEqual(
      measured(usage({ ...untold, gpus }), null, 0).map(({ figure, legend, y }) => [figure, legend, y]),
      [
        ['system/gpu', 'GPU 0', 97],
        ['system/gpu memory', 'GPU 0', 8e9],
        ['system/gpu temperature', 'GPU 0', 61],
        ['system/gpu memory', 'GPU 3', 0],
      ],
    );
  });
});
