/** The disk of the home fills up: the backend says so, stays, and goes on by itself once there is room. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync, writeSync, openSync, closeSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CallError, createClient } from '../../src/client/api.ts';
import { readServerFile } from '../../src/client/backend.ts';
import { RealBackend } from './realBackend.ts';
import { cannotMount, mount, unmount } from './smallDisk.ts';

const MAIN = path.resolve(import.meta.dirname, '../../src/cli/main.ts');

describe('A home on a disk that is full', { skip: cannotMount }, () => {
  let backend: RealBackend;
  before(async () => {
    backend = await RealBackend.start();
    await backend.stop();
    rmSync(backend.home, { recursive: true });
    assert.ok(mount(backend.home, '32m'));
    await backend.restart();
  });
  after(async () => {
    await backend.stop();
    unmount(backend.home);
    rmSync(backend.folder, { recursive: true });
  });

  /** There is no event for what a test waits for beside the backend. */
  async function until(wanted: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + 30_000;
    while (!(await wanted())) {
      assert.ok(performance.now() < deadline, backend.output);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const filler = (): string => path.join(backend.home, 'filler');
  /** Takes every byte that is left. */
  function fill(): void {
    const file = openSync(filler(), 'a');
    try {
      for (;;) writeSync(file, Buffer.alloc(4096));
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
    } finally {
      closeSync(file);
    }
  }
  const full = (error: unknown): boolean => {
    assert.ok(error instanceof CallError);
    assert.equal(error.status, 503);
    assert.equal(error.code, 'disk-full');
    assert.match(error.message, /^The disk of the home is full, /);
    assert.match(error.hint ?? '', /trainyard prune/);
    return true;
  };

  it("refuses what it can't keep, answers the rest, and takes it once there is room", async () => {
    const run = await backend.ended(await backend.train('def train(): print("ran")'));
    fill();
    const { pid } = backend;
    // A little may still fit into pages that are there.
    const refused: unknown[] = [];
    for (let i = 0; i < 50 && refused.length < 3; i++) {
      await backend.train('def train(): print("ran")', { id: `more-${i}` }).then(
        () => 0,
        (error: unknown) => {
          full(error);
          refused.push(error);
        },
      );
      fill();
    }
    assert.equal(refused.length, 3);
    await assert.rejects(backend.client.call('rerun', { params: { id: run.executionId } }), full);
    const seen = await backend.detail(run);
    assert.deepEqual([seen.status, seen.attempt], ['Success', 1]);
    assert.equal(await backend.log(run), 'ran\n');
    const { freed } = await backend.client.call('prune', { body: { kinds: ['logs'] } });
    assert.ok((freed[0]?.count ?? 0) > 0, 'what makes room needs none');
    rmSync(filler());
    const { runs } = await backend.client.call('listRuns', { query: { limit: 1000 } });
    for (const one of runs) assert.equal((await backend.ended(one)).status, 'Success');
    await backend.client.call('rerun', { params: { id: run.executionId } });
    assert.equal((await backend.ended(run)).status, 'Success');
    assert.equal(backend.pid, pid);
  });

  it('keeps a training going: it ends well, and what was acknowledged is there', async () => {
    const gate = (name: string): string => path.join(backend.folder, name);
    const run = await backend.train(
      `
import os, time
def train(context, full, more):
    def until(place):
        while not os.path.exists(place): time.sleep(.01)
    for epoch in range(1, 101): context.log(epoch=epoch, loss=1 / epoch)
    until(full)
    for epoch in range(101, 3001):
        context.log(epoch=epoch, loss=1 / epoch)
        print(f"epoch {epoch}: " + "." * 100)
    os.mkfifo(full + ".passed")
    until(more)
    print("room again")
    for epoch in range(3001, 3101): context.log(epoch=epoch, loss=1 / epoch)
`,
      { config: { full: gate('full'), more: gate('more') } },
    );
    await backend.until(run.executionId, ({ summary }) => summary[0]?.count === 100);
    fill();
    writeFileSync(gate('full'), '');
    await until(() => existsSync(gate('full.passed')));
    rmSync(filler());
    writeFileSync(gate('more'), '');
    const ended = await backend.ended(run);
    assert.equal(ended.status, 'Success', ended.reason ?? '');
    const log = await backend.log(run);
    assert.match(log, /^Trainyard: \d+ bytes are missing here, the disk was full\.\nroom again$/m);
    const epochs = (await backend.points(run, 'loss')).map(([x]) => x);
    assert.deepEqual(
      epochs.slice(0, 100),
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
    assert.deepEqual(
      epochs.slice(-100),
      Array.from({ length: 100 }, (_, i) => i + 3001),
    );
    assert.equal(new Set(epochs).size, epochs.length);
  });

  it('ends what ends meanwhile, once that can be written', async () => {
    const gate = path.join(backend.folder, 'over');
    const run = await backend.train(
      'import os, time\ndef train(context, gate):\n    while not os.path.exists(gate): time.sleep(.01)',
      { config: { gate } },
    );
    await backend.running(run);
    fill();
    writeFileSync(gate, '');
    await until(async () => (await backend.processesOf(run)).length === 0);
    fill();
    const { status } = await backend.detail(run);
    rmSync(filler());
    assert.equal((await backend.ended(run)).status, 'Success', status);
  });
});

describe('A log on a disk that is full', () => {
  it('does not end the backend that writes it', async () => {
    const home = mkdtempSync(path.join(tmpdir(), 'trainyard-home-'));
    const full = openSync('/dev/full', 'w');
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', MAIN, 'serve', '--home', home],
      {
        stdio: ['ignore', full, full],
      },
    );
    closeSync(full);
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    try {
      const deadline = performance.now() + 30_000;
      let server = await readServerFile(home);
      while (server === null) {
        assert.ok(performance.now() < deadline && child.exitCode === null, `it ended with ${child.exitCode}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
        server = await readServerFile(home);
      }
      const client = createClient(server);
      assert.equal((await client.call('health', {})).pid, child.pid);
      await client.call('stopBackend', {});
      assert.equal(await ended, 0);
    } finally {
      child.kill('SIGKILL');
      rmSync(home, { recursive: true });
    }
  });
});
