/** The log of a page, read from a real backend: its end as it grows, any part of it, and the places that have a text. */
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { LogPart } from '../../src/contract/pages/model.ts';
import type { Run } from '../../src/contract/shapes.ts';
import { LogReader } from '../../src/extension/model/logReader.ts';
import { RealBackend } from './realBackend.ts';

let backend: RealBackend;
let run: Run;
let log: string;
before(async () => {
  backend = await RealBackend.start();
  run = await backend.ended(await backend.train('def train(): print("begins")'));
  log = path.join(backend.home, 'runs', run.executionId, 'attempt-1', 'log');
});
after(() => backend.end());

const reader = (of: Run = run): LogReader =>
  new LogReader(of.executionId, 1, () => Promise.resolve(backend.client));
/** Follows a log, and resolves with what was told once it ended. */
async function followed(of: LogReader, from: number | null): Promise<{ part: LogPart; ended: boolean }[]> {
  const all: { part: LogPart; ended: boolean }[] = [];
  await of.follow(from, new AbortController().signal, (part, ended) => all.push({ part, ended }));
  return all;
}

describe('A log of a page', () => {
  it('is told from its end, and the parts before it fit without a gap or a line twice', async () => {
    const lines = Array.from({ length: 60_000 }, (_, i) => `line ${i} größe\n`);
    const whole = lines.join('');
    writeFileSync(log, whole);
    const size = Buffer.byteLength(whole);
    const [first, last] = await followed(reader(), null);
    assert.ok(first !== undefined && last !== undefined);
    assert.deepEqual([first.part.to, first.part.size, first.ended, last.ended], [size, size, false, true]);
    assert.ok(first.part.text.startsWith('line ') && first.part.from > 0);
    let text = first.part.text;
    let from = first.part.from;
    while (from > 0) {
      const part = await reader().read({ before: from });
      assert.equal(part.to, from);
      text = part.text + text;
      from = part.from;
    }
    assert.equal(text, whole);
  });

  it('is read on from any line', async () => {
    const start = await reader().read({ after: 0 });
    assert.ok(start.text.startsWith('line 0 größe\nline 1 '));
    const next = await reader().read({ after: start.to });
    assert.equal(next.from, start.to);
    assert.match(next.text, /^line \d+ größe\n/);
    assert.equal(next.open, '');
  });

  it('tells an unfinished last line apart, and goes on behind the whole ones', async () => {
    writeFileSync(log, 'one\ntwo\n 10%\r 20%');
    const [first] = await followed(reader(), null);
    assert.deepEqual(first?.part, { attempt: 1, from: 0, to: 8, text: 'one\ntwo\n', open: ' 20%', size: 17 });
    const [again] = await followed(reader(), 8);
    assert.deepEqual([again?.part.from, again?.part.text, again?.part.open], [8, '', ' 20%']);
    const part = await reader().read({ after: 0 });
    assert.deepEqual([part.to, part.open], [8, ' 20%']);
  });

  it('is empty where nothing was printed, and says that it ended', async () => {
    writeFileSync(log, '');
    const all = await followed(reader(), null);
    assert.deepEqual(
      all.map(({ part, ended }) => [part.size, part.text, ended]),
      [
        [0, '', false],
        [0, '', true],
      ],
    );
  });
});

describe('A search of a log', () => {
  const search = async (text: string, from: number): Promise<number | null> => {
    let end = from;
    for (;;) {
      const { found, reached } = await reader().search(text, { before: end });
      if (found !== null || reached === 0) return found;
      assert.ok(reached < end);
      end = reached;
    }
  };

  it('finds the last line that has a text, whatever its case, and the one before that', async () => {
    const lines = ['α Größe 1', 'plain', '\u001b[31mGröße\u001b[0m 2', 'last'];
    writeFileSync(log, lines.map((line) => `${line}\n`).join(''));
    const starts = lines.map((_, i) => Buffer.byteLength(lines.slice(0, i).join('\n')) + (i > 0 ? 1 : 0));
    const end = readFileSync(log).byteLength;
    assert.equal(await search('größe 2', end), starts[2]);
    assert.equal(await search('GRößE', end), starts[2]);
    assert.equal(await search('größe', starts[2] ?? 0), starts[0]);
    assert.equal(await search('LAST', end), starts[3]);
    assert.equal(await search('none', end), null);
  });

  it('finds the next line that has a text, over the bounds of what is read at once, and in one that is not ended', async () => {
    const filler = 'x'.repeat(99);
    const lines = Array.from({ length: 100_000 }, (_, i) => (i % 45_000 === 44_000 ? `Größe ${i}` : filler));
    writeFileSync(log, `${lines.join('\n')}\nlast größe`);
    const found: string[] = [];
    let at = 0;
    for (;;) {
      const next = await reader().search('größe', { after: at });
      if (next.found === null) {
        if (next.reached === statSync(log).size) break;
        at = next.reached;
        continue;
      }
      const text = readFileSync(log).subarray(next.found).toString().split('\n', 1)[0] ?? '';
      found.push(text);
      at = next.found + Buffer.byteLength(text);
    }
    assert.deepEqual(found, ['Größe 44000', 'Größe 89000', 'last größe']);
  });

  it('goes through gigabytes in steps that say how far they came', async () => {
    writeFileSync(log, 'the needle\n');
    truncateSync(log, 2 ** 30);
    appendFileSync(log, '\nend\n');
    const end = 2 ** 30 + 5;
    const { found, reached } = await reader().search('needle', { before: end });
    assert.ok(found === null && reached < end && reached > 0, `${reached}`);
    assert.equal(await search('needle', 20 * 2 ** 20), 0);
  });
});

describe('The log of what runs', () => {
  it('comes as it is printed', async () => {
    const gate = path.join(backend.folder, 'gate');
    const live = await backend.train(
      'import os, time\ndef train(context, gate):\n    print("first")\n    while not os.path.exists(gate): time.sleep(.01)\n    print("second")',
      { id: 'live', config: { gate } },
    );
    await backend.running(live);
    const told: [string, boolean][] = [];
    let place = 0;
    await reader(live).follow(null, new AbortController().signal, (part, ended) => {
      assert.equal(part.from, place);
      place = part.to;
      told.push([part.text, ended]);
      if (part.text.includes('first')) writeFileSync(gate, '');
    });
    assert.equal(told.map(([text]) => text).join(''), 'first\nsecond\n');
    assert.deepEqual(told.at(-1)?.[1], true);
  });

  it('is let go of when nobody looks any more', async () => {
    const live = await backend.train(
      'import time\ndef train(context):\n    print("on", flush=True)\n    while not context.should_stop: time.sleep(.01)',
      { id: 'endless' },
    );
    await backend.running(live);
    const stop = new AbortController();
    const ended = reader(live).follow(null, stop.signal, () => stop.abort());
    await assert.rejects(ended);
  });
});
