/** What a training leaves: told by name, size and time, without a way out of its folder. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ReportedFile } from '../../src/contract/shapes.ts';
import { outputFiles } from '../../src/server/outputs.ts';
import { RealBackend } from './realBackend.ts';

describe('The files of attempts', () => {
  let all: string;
  let folders: { attempt: number; folder: string }[];
  const at = (attempt: number, ...below: string[]): string =>
    path.join(all, `attempt-${attempt}`, 'output', ...below);
  const put = (place: string, text: string, seconds: number): void => {
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, text);
    utimesSync(place, seconds, seconds);
  };
  const reported = (
    attempt: number,
    kind: ReportedFile['kind'],
    place: string,
  ): ReportedFile & { attempt: number } => ({ attempt, kind, path: place, time: 0 });
  before(() => {
    all = mkdtempSync(path.join(tmpdir(), 'trainyard-outputs-'));
    folders = [1, 2].map((attempt) => ({ attempt, folder: at(attempt) }));
    put(at(1, 'last.pt'), 'old', 10);
    put(at(2, 'weights', 'last.pt'), 'weights', 40);
    put(at(2, 'plots', 'curve.png'), 'png', 30);
    put(at(2, 'sharded', 'a', '1'), '1', 20);
    put(path.join(all, 'project', 'best.pt'), 'elsewhere', 50);
    put(path.join(all, 'secret'), 'secret', 60);
    symlinkSync(path.join(all, 'secret'), at(2, 'link'));
    symlinkSync(path.join(all, 'project'), at(2, 'project'));
    symlinkSync(at(2), at(2, 'round'));
  });
  after(() => rmSync(all, { recursive: true }));

  it('are told newest first, with what the training said of them', async () => {
    const { files, cut } = await outputFiles(folders, [
      reported(1, 'checkpoint', at(1, 'last.pt')),
      reported(2, 'checkpoint', at(2, 'weights', 'last.pt')),
      reported(2, 'artifact', at(2, 'weights', 'last.pt')),
      reported(2, 'artifact', at(2, 'plots', '..', 'plots', 'curve.png')),
      reported(2, 'checkpoint', at(2, 'sharded')),
      reported(2, 'artifact', path.join(all, 'project', 'best.pt')),
      reported(2, 'artifact', path.join(all, 'project', 'gone.pt')),
    ]);
    assert.equal(cut, false);
    assert.deepEqual(
      files.map(({ attempt, path: place, kind, bytes }) => [attempt, place, kind, bytes]),
      [
        [2, path.join(all, 'project', 'best.pt'), 'artifact', 9],
        [2, 'weights/last.pt', 'checkpoint', 7],
        [2, 'plots/curve.png', 'artifact', 3],
        [2, 'sharded/a/1', 'checkpoint', 1],
        [1, 'last.pt', 'checkpoint', 3],
      ],
    );
    assert.equal(files.at(-1)?.time, '1970-01-01T00:00:10.000Z');
  });

  it('are not followed out of the folder by a link, though it was made known', async () => {
    const { files } = await outputFiles(folders, [reported(2, 'artifact', at(2, 'link'))]);
    assert.equal(
      files.some(({ path: place, bytes }) => /link|secret|round|^project/.test(place) || bytes === 6),
      false,
    );
  });

  it('are bounded: the latest attempt comes first, and what is left out is said', async () => {
    const { files, cut } = await outputFiles(folders, [], 2);
    assert.deepEqual([files.map(({ attempt }) => attempt), cut], [[2, 2], true]);
    assert.equal((await outputFiles(folders, [], 2000, -1)).cut, true);
  });

  it('are none where there is no folder', async () => {
    assert.deepEqual(await outputFiles([{ attempt: 1, folder: path.join(all, 'none') }], []), {
      files: [],
      cut: false,
    });
  });
});

describe('Over HTTP', () => {
  let backend: RealBackend;
  before(async () => {
    backend = await RealBackend.start();
  });
  after(() => backend.end());

  it('each attempt tells where its files are, how long its log is, and what it left', async () => {
    const run = await backend.train(`
import os
def train(context):
    print("attempt", context.attempt)
    place = os.path.join(context.output_dir, "last.pt")
    with open(place, "w") as file: file.write("x" * context.attempt)
    context.checkpoint(place)
    if context.attempt == 1: raise RuntimeError("again")
`);
    const params = { id: run.executionId };
    await backend.ended(run);
    await backend.client.call('rerun', { params });
    await backend.ended(run);
    const { attempts } = await backend.client.call('attempts', { params });
    assert.deepEqual(
      attempts.map(({ attempt }) => attempt),
      [1, 2],
    );
    for (const { outputDir, logBytes } of attempts) {
      assert.equal(logBytes, statSync(path.join(outputDir, '..', 'log')).size);
    }
    assert.equal(attempts[1]?.outputDir, (await backend.detail(run)).outputDir);
    const { files } = await backend.client.call('files', { params });
    assert.deepEqual(
      files.map(({ attempt, path: place, kind, bytes }) => [attempt, place, kind, bytes]),
      [
        [2, 'last.pt', 'checkpoint', 2],
        [1, 'last.pt', 'checkpoint', 1],
      ],
    );
    for (const route of ['attempts', 'files'] as const) {
      await assert.rejects(backend.client.call(route, { params: { id: 'e-none' } }), { status: 404 });
    }
  });
});
