import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ageSeconds } from '../../src/cli/prune.ts';
import { bytesText } from '../../src/client/words.ts';
import type { Ran } from '../../src/contract/ran.ts';
import type { Run } from '../../src/contract/shapes.ts';
import { RealBackend } from '../server/realBackend.ts';

const MAIN = path.resolve(import.meta.dirname, '../../src/cli/main.ts');

describe('trainyard prune', () => {
  let backend: RealBackend;
  let run: Run;
  before(async () => {
    backend = await RealBackend.start();
    run = await backend.ended(
      await backend.train(`
import os
def train(context):
    print("done")
    with open(os.path.join(context.output_dir, "last.pt"), "wb") as file: file.write(b"x" * 1_000_000)
`),
    );
  });
  after(() => backend.end());

  async function trainyard(...words: string[]): Promise<{ code: number | null; out: string; err: string }> {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...words], {
      env: { ...process.env, TRAINYARD_HOME: backend.home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, out, err };
  }

  it('without a choice tells what each kind takes, and frees nothing', async () => {
    const { code, out } = await trainyard('prune', '--yes');
    assert.equal(code, 0);
    assert.match(out, /^KIND +COUNT +SIZE +CAN BE FREED$/m);
    assert.match(out, /^environments +0 +0 B +0 environments \(0 B\)$/m);
    assert.match(out, /^logs +1 +[\d.]+ kB +1 log \([\d.]+ kB\)$/m);
    assert.match(out, /^checkpoints +1 +1 MB +1 file \(1 MB\)$/m);
    assert.match(out, /--environments, --logs, --checkpoints and --older-than 30d/);
  });

  it('frees what is chosen once it is told to, and not before', async () => {
    const asked = await trainyard('prune', '--checkpoints');
    assert.equal(asked.code, 1);
    assert.match(asked.out, /^This would free 1 file \(1 MB\)\. Say it again with --yes\.$/m);
    const young = await trainyard('prune', '--checkpoints', '--older-than', '30d', '--yes');
    assert.deepEqual([young.code, young.out], [0, 'Freed 0 files (0 B).\n']);
    const freed = await trainyard('prune', '--checkpoints', '--yes');
    assert.deepEqual([freed.code, freed.out], [0, 'Freed 1 file (1 MB).\n']);
    assert.equal(await backend.log(run), 'done\n');
  });

  it('an age that makes no sense is refused', async () => {
    const { code, err } = await trainyard('prune', '--logs', '--older-than', 'long');
    assert.equal(code, 2);
    assert.match(err, /--older-than takes an age such as 30d, 12h or 2w, not "long"/);
    assert.deepEqual(['30d', '1.5h', '2w', '0s', '3', '-1d', 'd'].map(ageSeconds), [
      2_592_000,
      5400,
      1_209_600,
      0,
      null,
      null,
      null,
    ]);
  });

  it('sizes have the digits that matter', () => {
    assert.deepEqual([0, 999, 1000, 3_440_000, 999_600, 12_345_678_901, 5e15].map(bytesText), [
      '0 B',
      '999 B',
      '1 kB',
      '3.4 MB',
      '1 MB',
      '12 GB',
      '5 PB',
    ]);
  });

  it('trainyard runs --json tells what each ran', async () => {
    const listed = JSON.parse((await trainyard('runs', '--json')).out) as { ran: Ran }[];
    assert.equal(listed[0]?.ran.attempt, 1);
    const one = JSON.parse((await trainyard('runs', run.executionId, '--json')).out) as {
      ran: Ran;
      history: unknown[];
    };
    assert.equal(one.ran.machine.host, listed[0].ran.machine.host);
    assert.ok(one.history.length > 0);
  });
});
