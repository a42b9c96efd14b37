import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { eventStream, logStream } from '../../src/server/http/streams.ts';
import { Database } from '../../src/server/store/database.ts';
import { EventLog, type Change } from '../../src/server/store/events.ts';

const decoder = new TextDecoder();

/** A log of changes with a reader on it, which tells a change by its subject. */
class Reading {
  readonly db = new Database(':memory:');
  readonly log = new EventLog(this.db);
  ends = 0;
  /** Changes that were made into events. */
  rendered = 0;

  change(...subjects: string[]): void {
    this.db.transaction(() => {
      for (const subject of subjects) this.log.append('run', subject);
    });
  }

  /** As many changes at once, each of another subject. */
  changeMany(count: number): void {
    this.db.run(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       INSERT INTO events (kind, subject) SELECT 'run', 'e-' || i FROM n`,
      count,
    );
  }

  open(last: number | null): ReadableStreamDefaultReader<Uint8Array> {
    const render = ({ subject }: Change) => {
      this.rendered++;
      return { event: 'removed' as const, data: { executionId: subject } };
    };
    return eventStream(this.log, last, render, () => this.ends++).getReader();
  }
}

interface Told {
  id: number;
  event: string;
  subject: string | undefined;
}

async function next(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  const { value, done } = await reader.read();
  assert.equal(done, false);
  return decoder.decode(value);
}

function events(text: string): Told[] {
  return [...text.matchAll(/^id: (\d+)\nevent: (\w+)\ndata: (.*)\n\n/gm)].map(([, id, event, data]) => ({
    id: Number(id),
    event: event ?? '',
    subject: (JSON.parse(data ?? '') as { executionId?: string }).executionId,
  }));
}

const names = (told: Told[]): (string | undefined)[] => told.map(({ event, subject }) => subject ?? event);

describe('The event stream', () => {
  it('greets a new reader with the number that it is at, and tells what happens from then on', async () => {
    const reading = new Reading();
    reading.change('before');
    const reader = reading.open(null);
    assert.deepEqual(events(await next(reader)), [{ id: 1, event: 'ready', subject: undefined }]);
    reading.change('a', 'b');
    assert.deepEqual(names(events(await next(reader))), ['a', 'b']);
    reading.change('c');
    assert.deepEqual(events(await next(reader)), [{ id: 4, event: 'removed', subject: 'c' }]);
    await reader.cancel();
  });

  it('resumes behind the last event that a reader saw: each thing once', async () => {
    const reading = new Reading();
    reading.change('a', 'b', 'a', 'c', 'a');
    const reader = reading.open(1);
    assert.deepEqual(names(events(await next(reader))), ['ready', 'b', 'c', 'a']);
    await reader.cancel();
  });

  it('gathers what happens within a moment', async () => {
    const reading = new Reading();
    const reader = reading.open(null);
    await next(reader);
    const told = next(reader);
    reading.change('a');
    await turn();
    reading.change('b');
    assert.deepEqual(names(events(await told)), ['a', 'b']);
    await reader.cancel();
  });

  for (const [who, last] of [
    ['was away for longer than the log reaches back', 7],
    ['knows a number that this log has not come to', 1_000_000],
  ] as const) {
    it(`tells one who ${who} to start over, and then goes on`, async () => {
      const reading = new Reading();
      reading.changeMany(200_100);
      reading.log.prune();
      const reader = reading.open(last);
      assert.deepEqual(events(await next(reader)), [{ id: 200_100, event: 'reset', subject: undefined }]);
      reading.change('a');
      assert.deepEqual(names(events(await next(reader))), ['a']);
      await reader.cancel();
    });
  }

  it('still resumes at the far end of what is kept', async () => {
    const reading = new Reading();
    reading.changeMany(200_100);
    reading.log.prune();
    const reader = reading.open(100);
    const told = events(await next(reader));
    assert.deepEqual(names(told.slice(0, 2)), ['ready', 'e-101']);
    let read = told.length - 1;
    for (let i = 0; i < 10; i++) {
      const more = events(await next(reader));
      assert.equal(more[0]?.id, 101 + read);
      read += more.length;
    }
    await reader.cancel();
  });

  it('makes nothing that is not read: a slow reader costs no memory, and hears of each thing once', async () => {
    const reading = new Reading();
    const reader = reading.open(null);
    await next(reader);
    for (let i = 0; i < 1000; i++) reading.change('a', 'b');
    await turn();
    assert.equal(reading.rendered, 0);
    assert.deepEqual(events(await next(reader)), [
      { id: 1999, event: 'removed', subject: 'a' },
      { id: 2000, event: 'removed', subject: 'b' },
    ]);
    await reader.cancel();
  });

  it('says that it is still there when nothing happens for 15 s', async (t: TestContext) => {
    const reading = new Reading();
    const reader = reading.open(null);
    await next(reader);
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const told = next(reader);
    // By now it waits.
    await turn();
    t.mock.timers.tick(14_999);
    assert.equal(await Promise.race([told, turn('silence')]), 'silence');
    t.mock.timers.tick(1);
    assert.equal(await told, ': still here\n\n');
    t.mock.timers.reset();
    reading.change('a');
    assert.deepEqual(names(events(await next(reader))), ['a']);
    await reader.cancel();
  });

  it('lets go of everything when its reader leaves, whatever it waits for', async () => {
    const reading = new Reading();
    const reader = reading.open(null);
    await next(reader);
    const waiting = reader.read();
    await reader.cancel();
    assert.equal((await waiting).done, true);
    assert.equal(reading.ends, 1);
    reading.change('a');
    await turn();
    assert.equal(reading.rendered, 0);
    const unread = reading.open(null);
    await unread.cancel();
    assert.equal(reading.ends, 2);
  });
});

describe('The stream of a log', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trainyard-streams-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** A run's log, whose run ends when told. */
  async function follow(file: string, offset: number) {
    const state = { over: false, ends: 0, changed: (): void => undefined };
    const stream = await logStream(
      file,
      offset,
      () => !state.over,
      (callback) => {
        state.changed = callback;
        return { dispose: () => undefined };
      },
      () => state.ends++,
    );
    return { state, reader: stream.getReader() };
  }
  const end = (state: { over: boolean; changed: () => void }): void => {
    state.over = true;
    state.changed();
  };
  const rest = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> => {
    let text = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return text;
      text += decoder.decode(value);
    }
  };

  it('waits for a file that is not there yet, follows it, and ends with its run', async () => {
    const file = path.join(folder, 'later');
    const { state, reader } = await follow(file, 0);
    const first = next(reader);
    await writeFile(file, 'one');
    assert.equal(await first, 'one');
    const second = next(reader);
    await appendFile(file, ' two');
    assert.equal(await second, ' two');
    await appendFile(file, ' three');
    end(state);
    assert.equal(await rest(reader), ' three');
    assert.equal(state.ends, 1);
  });

  it('from beyond its end says nothing until it gets there', async () => {
    const file = path.join(folder, 'beyond');
    await writeFile(file, 'short');
    const { state, reader } = await follow(file, 8);
    const first = next(reader);
    await appendFile(file, '678');
    await appendFile(file, '9');
    assert.equal(await first, '9');
    end(state);
    assert.equal(await rest(reader), '');
  });

  it('of a run that is over is what there is, from wherever it is asked, and empty where there is nothing', async () => {
    const file = path.join(folder, 'over');
    await writeFile(file, 'all of it');
    for (const [offset, text] of [
      [0, 'all of it'],
      [4, 'of it'],
      [9, ''],
      [1_000_000, ''],
      [Number.MAX_SAFE_INTEGER, ''],
    ] as const) {
      const { state, reader } = await follow(file, offset);
      end(state);
      assert.equal(await rest(reader), text);
    }
    const { state, reader } = await follow(path.join(folder, 'nothing'), 0);
    end(state);
    assert.equal(await rest(reader), '');
    assert.equal(state.ends, 1);
  });

  it('that can not be opened is an error before there is an answer, and lets go of everything', async () => {
    const file = path.join(folder, 'no-folder');
    await writeFile(file, '');
    let ends = 0;
    const opened = logStream(
      path.join(file, 'log'),
      0,
      () => true,
      () => ({ dispose: () => undefined }),
      () => ends++,
    );
    await assert.rejects(opened, { code: 'ENOTDIR' });
    assert.equal(ends, 1);
  });

  it('reads no further than it is read: a slow reader of a large log costs no memory', async () => {
    const file = path.join(folder, 'large');
    await writeFile(file, Buffer.alloc(8 * 2 ** 20, 'x'));
    const { state, reader } = await follow(file, 0);
    const parts = [(await reader.read()).value?.byteLength, (await reader.read()).value?.byteLength];
    assert.deepEqual(parts, [65_536, 65_536]);
    await reader.cancel();
    assert.equal(state.ends, 1);
  });

  it('lets go of everything when its reader leaves while it waits', async () => {
    const file = path.join(folder, 'left');
    await writeFile(file, 'one');
    const { state, reader } = await follow(file, 0);
    await next(reader);
    const waiting = reader.read();
    await reader.cancel();
    assert.equal((await waiting).done, true);
    assert.equal(state.ends, 1);
  });
});
