/** What a process reported and could no longer send: the backend makes batches of it, under the names that the process would give. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { SampleBatch } from '../../src/contract/shapes.ts';
import { SampleBatch as Schema } from '../../src/contract/shapes.ts';
import { undelivered } from '../../src/server/engines/local/spool.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'trainyard-spool-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const value = (y: number | string, e = 1): string => JSON.stringify({ t: 5, e, f: [['loss', 'val', y]] });

function spool(writer: string, lines: readonly string[], cut?: number): void {
  writeFileSync(path.join(folder, `${writer}.jsonl`), lines.map((line) => `${line}\n`).join(''));
  if (cut !== undefined) writeFileSync(path.join(folder, `${writer}.cut`), String(cut));
}

async function batches(last: Record<string, number> = {}): Promise<SampleBatch[]> {
  const found: SampleBatch[] = [];
  for await (const batch of undelivered(folder, 2, (writer) => Promise.resolve(last[writer] ?? null))) {
    found.push(batch);
  }
  return found;
}

describe('What a process left in its spool', () => {
  it('is what the contract says, numbers that JSON lacks included', async () => {
    spool('7-1', [
      value(0.5),
      value('NaN', 2),
      JSON.stringify({ t: 6, s: 3, f: [['lr', '', 0.1]] }),
      JSON.stringify({ t: 7, p: [1, 3, 'epoch'] }),
      JSON.stringify({ t: 8, p: [2, 3, 'epoch'] }),
      JSON.stringify({ t: 9, k: 'checkpoint', path: '/a/last.npz' }),
      JSON.stringify({
        t: 9,
        k: 'checkpoint',
        path: '/a/last.npz',
        copy: '/b/last.npz',
        size: 7,
        changed: 1.5e15,
      }),
    ]);
    const [batch, ...more] = await batches();
    assert.deepEqual(more, []);
    assert.deepEqual(Schema.parse(batch), {
      attempt: 2,
      batch: '7-1:7',
      samples: [
        { figure: 'loss', legend: 'val', epoch: 1, y: 0.5, time: 5 },
        { figure: 'loss', legend: 'val', epoch: 2, y: 'NaN', time: 5 },
        { figure: 'lr', legend: '', step: 3, y: 0.1, time: 6 },
      ],
      progress: { done: 2, total: 3, unit: 'epoch' },
      files: [
        { kind: 'checkpoint', path: '/a/last.npz', time: 9 },
        { kind: 'checkpoint', path: '/a/last.npz', time: 9, copy: '/b/last.npz', size: 7, changed: 1.5e15 },
      ],
    });
  });

  it('begins behind what the store has, of each writer', async () => {
    spool('7-1', [value(1), value(2), value(3)]);
    spool('8-1', [value(4)]);
    spool('9-1', [value(5)]);
    const found = await batches({ '7-1': 2, '8-1': 1 });
    assert.deepEqual(
      found.map(({ batch, samples }) => [batch, samples.map(({ y }) => y)]),
      [
        ['7-1:3', [3]],
        ['9-1:1', [5]],
      ],
    );
  });

  it('is cut where the process cut it that died while a batch was on its way', async () => {
    spool('7-1', [value(1), value(2), value(3), value(4)], 3);
    const names = async (last?: number): Promise<unknown[]> =>
      (await batches(last === undefined ? {} : { '7-1': last })).map(({ batch, samples }) => [
        batch,
        samples.length,
      ]);
    assert.deepEqual(await names(1), [
      ['7-1:3', 2],
      ['7-1:4', 1],
    ]);
    assert.deepEqual(await names(3), [['7-1:4', 1]]);
    assert.deepEqual(await names(4), []);
    spool('7-1', [value(1), value(2), value(3), value(4)], 9);
    assert.deepEqual(await names(1), [['7-1:4', 3]]);
  });

  it('is read past what is no line, which counts all the same', async () => {
    spool('7-1', [
      value(1),
      '{"t":5,"f":[["lo',
      '[]',
      JSON.stringify({ t: 1, f: [['', '', 1]] }),
      JSON.stringify({ t: 1, k: 'secret', path: '/a' }),
      value(2),
    ]);
    writeFileSync(path.join(folder, '7-1.jsonl'), '{"t":5,"e":9', { flag: 'a' });
    const [batch] = await batches();
    assert.deepEqual(
      batch?.samples.map(({ y }) => y),
      [1, 2],
    );
    assert.equal(batch?.batch, '7-1:7');
  });

  it('comes in parts where there is much of it', async () => {
    const many = Array.from({ length: 25_000 }, (_, n) => value(n, n));
    spool('7-1', many);
    const found = await batches();
    assert.deepEqual(
      found.map(({ batch, samples }) => [batch, samples.length]),
      [
        ['7-1:10000', 10_000],
        ['7-1:20000', 10_000],
        ['7-1:25000', 5000],
      ],
    );
    // Up to the cut it is one batch, as the process made it.
    spool('7-1', many, 15_000);
    assert.deepEqual(
      (await batches()).map(({ batch }) => batch),
      ['7-1:15000', '7-1:25000'],
    );
  });

  it('is nothing where nothing was reported', async () => {
    assert.deepEqual(await batches(), []);
    rmSync(folder, { recursive: true });
    assert.deepEqual(await batches(), []);
    folder = mkdtempSync(path.join(tmpdir(), 'trainyard-spool-'));
  });
});
