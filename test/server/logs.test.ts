/** Logs over HTTP: of any size, by any reader, of each attempt. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Readable } from 'node:stream';
import type { Run } from '../../src/contract/shapes.ts';
import { RealBackend } from './realBackend.ts';

const GB = 2 ** 30;

describe('A log of gigabytes', () => {
  let backend: RealBackend;
  let run: Run;
  let log: string;
  const SIZE = 3 * GB;
  before(async () => {
    backend = await RealBackend.start();
    run = await backend.ended(await backend.train('def train(): print("begins")'));
    log = path.join(backend.home, 'runs', run.executionId, 'attempt-1', 'log');
    // Sparse, so that it takes no room; a reader doesn't see that.
    truncateSync(log, SIZE);
    appendFileSync(log, 'and ends\n');
  });
  after(() => backend.end());

  const open = (query: Record<string, string | number>): Promise<Readable> =>
    backend.client.open('logs', { params: { id: run.executionId }, query });
  const text = async (query: Record<string, string | number>): Promise<string> =>
    Buffer.concat((await (await open(query)).toArray()) as Uint8Array[]).toString('utf8');
  /** MB of memory that the backend has. */
  const memory = (): number =>
    Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${backend.pid}/status`, 'utf8'))?.[1]) / 1000;
  const isRead = (): boolean =>
    readdirSync(`/proc/${backend.pid}/fd`).some((fd) => {
      try {
        return readlinkSync(`/proc/${backend.pid}/fd/${fd}`) === log;
      } catch {
        return false;
      }
    });
  const untilRead = async (wanted: boolean): Promise<void> => {
    const deadline = performance.now() + 10_000;
    while (isRead() !== wanted) {
      assert.ok(performance.now() < deadline, `in time it is ${wanted ? '' : 'not '}let go of`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const first = (stream: Readable): Promise<Uint8Array> =>
    new Promise((resolve, reject) => stream.once('data', resolve).once('error', reject));

  it('is read near its end: by offset, by what is left, or both', async () => {
    assert.equal(await text({ offset: SIZE }), 'and ends\n');
    assert.equal(await text({ tail: 5 }), 'ends\n');
    assert.equal(await text({ tail: 0 }), '');
    assert.equal(await text({ tail: 5, offset: SIZE + 7 }), 's\n');
    assert.equal(await text({ tail: 100, offset: SIZE + 7 }), 's\n');
    assert.equal(await text({ offset: SIZE + 1000 }), '');
    assert.equal((await text({ tail: 100_000 })).length, 100_000);
    for (const tail of [-1, 'x']) await assert.rejects(text({ tail }), { status: 400 });
  });

  it('costs the backend little while somebody reads it slowly, and nothing once they go away in the middle', async () => {
    const idle = memory();
    const readers = await Promise.all([open({}), open({}), open({ follow: 'true' })]);
    for (const reader of readers) {
      const part = await first(reader);
      assert.equal(Buffer.from(part.subarray(0, 7)).toString(), 'begins\n');
      reader.pause();
    }
    await untilRead(true);
    // It answers others meanwhile; were it reading on, it would have read a good part of it by then.
    for (let i = 0; i < 300; i++) await backend.client.call('getRun', { params: { id: run.executionId } });
    const slow = memory() - idle;
    assert.ok(slow < 150, `${slow} MB`);
    for (const reader of readers) reader.destroy();
    await untilRead(false);
  });

  it('of a training that goes on is followed from its end', async () => {
    const gate = path.join(backend.folder, 'gate');
    const live = await backend.train(
      `import os, sys, time\ndef train(context, gate):\n    os.truncate(1, ${SIZE})\n    print("far")\n    while not os.path.exists(gate): time.sleep(.01)\n    print("end")`,
      { id: 'live', config: { gate } },
    );
    await backend.running(live);
    const stream = await backend.client.open('logs', {
      params: { id: live.executionId },
      query: { offset: SIZE, follow: 'true' },
    });
    assert.equal(Buffer.from(await first(stream)).toString(), 'far\n');
    writeFileSync(gate, '');
    assert.equal(Buffer.concat((await stream.toArray()) as Uint8Array[]).toString(), 'end\n');
  });
});

describe('What is kept of each attempt', () => {
  let backend: RealBackend;
  before(async () => {
    backend = await RealBackend.start();
  });
  after(() => backend.end());

  it('is its own log and its own figures, after the next attempt as before', async () => {
    const run = await backend.train(`
def train(context):
    print("this is attempt", context.attempt)
    for epoch in range(1, 3): context.log(epoch=epoch, loss=context.attempt * 10 + epoch)
    context.log(epoch=1, **{"only-%d" % context.attempt: 1})
    if context.attempt == 1: raise RuntimeError("again")
`);
    await backend.ended(run);
    await backend.client.call('rerun', { params: { id: run.executionId } });
    const ended = await backend.ended(run);
    assert.deepEqual([ended.status, ended.attempt], ['Success', 2]);
    const log = async (attempt: number): Promise<string> => {
      const query = { attempt };
      const stream = await backend.client.open('logs', { params: { id: run.executionId }, query });
      return Buffer.concat((await stream.toArray()) as Uint8Array[]).toString();
    };
    assert.match(await log(1), /^this is attempt 1\nTraceback .*\nRuntimeError: again\n$/s);
    assert.equal(await log(2), 'this is attempt 2\n');
    assert.equal(await backend.log(run), 'this is attempt 2\n');
    await assert.rejects(log(3), { status: 404 });
    const figures = async (attempt?: number): Promise<unknown> => {
      const { series } = await backend.client.call('queryMetrics', {
        body: { executions: [run.executionId], axis: 'epoch', points: 10, attempt },
      });
      return series.map((line) => [line.attempt, line.figure, line.y]);
    };
    const second = [
      [2, 'loss', [21, 22]],
      [2, 'only-2', [1]],
    ];
    assert.deepEqual(await figures(), second);
    assert.deepEqual(await figures(2), second);
    assert.deepEqual(await figures(1), [
      [1, 'loss', [11, 12]],
      [1, 'only-1', [1]],
    ]);
    assert.deepEqual(await figures(3), []);
    const { history } = await backend.detail(run);
    assert.deepEqual(
      history.map((entry) => [entry.attempt, entry.status]).filter(([, status]) => status !== 'Pending'),
      [
        [1, 'Created'],
        [1, 'In Progress'],
        [1, 'Failed'],
        [2, 'Rerun'],
        [2, 'In Progress'],
        [2, 'Success'],
      ],
    );
  });
});
