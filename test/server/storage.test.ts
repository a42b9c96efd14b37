import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Run } from '../../src/contract/shapes.ts';
import type { StorageKind } from '../../src/contract/storage.ts';
import { RealBackend } from './realBackend.ts';

const WRITES = `
import os, time
def train(context, waits):
    print("line " * 1000)
    os.makedirs(os.path.join(context.output_dir, "weights"))
    for name in ("a.pt", "weights/b.pt"):
        with open(os.path.join(context.output_dir, name), "wb") as file: file.write(b"x" * 100_000)
    context.log(epoch=1, loss=1)
    while waits and not context.should_stop: time.sleep(0.01)
`;

describe('What takes room in the home', () => {
  let backend: RealBackend;
  let over: Run;
  let live: Run;
  before(async () => {
    backend = await RealBackend.start();
    await backend.write('requirements.txt', '# nothing\n');
    over = await backend.ended(await backend.train(WRITES, { config: { waits: false } }));
    live = await backend.train(WRITES, {
      id: 'live',
      requirements: 'requirements.txt',
      config: { waits: true },
    });
    await backend.until(live.executionId, (run) => run.summary.length > 0);
  });
  after(() => backend.end());

  const attempt = (run: Run, ...names: string[]): string =>
    path.join(backend.home, 'runs', run.executionId, 'attempt-1', ...names);
  const prune = (kinds: StorageKind[], olderThanSeconds = 0) =>
    backend.client.call('prune', { body: { kinds, olderThanSeconds } });
  const tell = async (olderThanSeconds = 0) => {
    const { uses, complete } = await backend.client.call('storage', { query: { olderThanSeconds } });
    assert.equal(complete, true);
    return Object.fromEntries(uses.map((use) => [use.kind, use]));
  };
  /** An environment as an earlier training left it. */
  async function makeOldEnvironment(name: string, days: number): Promise<string> {
    const place = path.join(backend.home, 'environments', name);
    await mkdir(path.join(place, 'bin'), { recursive: true });
    await writeFile(path.join(place, 'bin', 'python'), 'x'.repeat(10_000));
    await writeFile(path.join(place, 'complete'), '');
    const then = new Date(Date.now() - days * 86_400_000);
    await utimes(path.join(place, 'complete'), then, then);
    return place;
  }

  it('is told by kind; what is free leaves out what lives and what is too young', async () => {
    const { logs, checkpoints, environments } = await tell();
    assert.deepEqual([logs?.count, logs?.free.count], [2, 1]);
    assert.deepEqual([checkpoints?.count, checkpoints?.free.count], [4, 2]);
    assert.ok(checkpoints);
    assert.ok(checkpoints.bytes >= 400_000 && checkpoints.free.bytes >= 200_000);
    assert.ok(checkpoints.bytes < 500_000);
    assert.deepEqual([environments?.count, environments?.free.count], [1, 0]);
    const old = await tell(3600);
    assert.deepEqual([old['logs']?.count, old['logs']?.free.count], [2, 0]);
  });

  it('nothing is freed that is younger than asked', async () => {
    const { freed } = await prune(['environments', 'logs', 'checkpoints'], 3600);
    assert.ok(freed.every(({ count }) => count === 0));
    assert.ok(existsSync(attempt(over, 'output', 'a.pt')));
  });

  it('environments go by when they were last used; one that a live training uses stays', async () => {
    const [old, young] = [
      await makeOldEnvironment('0'.repeat(16), 40),
      await makeOldEnvironment('1'.repeat(16), 1),
    ];
    const { freed } = await prune(['environments'], 30 * 86_400);
    assert.deepEqual(
      freed.map(({ kind, count }) => [kind, count]),
      [['environments', 1]],
    );
    assert.deepEqual([existsSync(old), existsSync(young)], [false, true]);
    await prune(['environments']);
    const left = await readdir(path.join(backend.home, 'environments'), { withFileTypes: true });
    const own = left.filter((entry) => entry.isDirectory());
    assert.equal(own.length, 1);
    assert.ok(existsSync(path.join(backend.home, 'environments', own[0]?.name ?? '', 'complete')));
  });

  it('symbolic links are neither followed nor freed', async () => {
    const outside = path.join(backend.folder, 'outside');
    await mkdir(path.join(outside, 'attempt-1', 'output'), { recursive: true });
    await writeFile(path.join(outside, 'attempt-1', 'output', 'precious'), 'x'.repeat(50_000));
    await symlink(outside, path.join(backend.home, 'runs', 'e-elsewhere'));
    await symlink(outside, path.join(backend.home, 'environments', '2'.repeat(16)));
    await symlink(outside, attempt(over, 'output', 'away'));
    const told = (await tell())['checkpoints'];
    assert.equal(told?.free.count, 3);
    assert.ok(told.free.bytes < 250_000);
    await prune(['environments', 'checkpoints']);
    assert.ok(existsSync(path.join(outside, 'attempt-1', 'output', 'precious')));
    assert.ok(existsSync(path.join(backend.home, 'environments', '2'.repeat(16))));
  });

  it('what is chosen of runs that are over is gone, their figures and all of live ones stay', async () => {
    assert.deepEqual(await readdir(attempt(over, 'output')), []);
    assert.ok(existsSync(attempt(over, 'log')));
    const { freed } = await prune(['logs']);
    assert.deepEqual(
      freed.map(({ kind, count }) => [kind, count]),
      [['logs', 1]],
    );
    assert.equal(await backend.log(over), '');
    assert.deepEqual(await backend.points(over, 'loss'), [[1, 1]]);
    assert.deepEqual((await readdir(attempt(live, 'output'))).toSorted(), ['a.pt', 'weights']);
    assert.match(await backend.log(live), /line line/);
    assert.deepEqual(await readdir(path.join(backend.home, 'trash')), []);
  });

  it('files that a removed run left are freed too', async () => {
    const run = await backend.ended(await backend.train(WRITES, { id: 'gone', config: { waits: false } }));
    await backend.client.call('remove', { params: { id: run.executionId }, query: { files: 'keep' } });
    await prune(['checkpoints']);
    assert.deepEqual(await readdir(attempt(run, 'output')), []);
  });

  it('copies of checkpoints are freed with them', async () => {
    const code = `${WRITES}    context.checkpoint(os.path.join(context.output_dir, "a.pt"))\n`;
    const run = await backend.ended(await backend.train(code, { id: 'copied', config: { waits: false } }));
    const [copy = ''] = await readdir(attempt(run, 'checkpoints'));
    assert.ok(existsSync(attempt(run, 'checkpoints', copy, 'a.pt')));
    const { freed } = await prune(['checkpoints']);
    assert.equal(freed[0]?.count, 3);
    assert.deepEqual(await readdir(attempt(run, 'checkpoints')), []);
  });

  it('a kind that there is not is refused', async () => {
    await assert.rejects(prune(['everything' as StorageKind]), { status: 400 });
    await assert.rejects(prune([]), { status: 400 });
  });
});
