import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Submission } from '../../src/contract/shapes.ts';
import { STATUSES } from '../../src/contract/status.ts';
import { MetricStore } from '../../src/server/metrics/store.ts';
import { Database } from '../../src/server/store/database.ts';
import { MIGRATIONS } from '../../src/server/store/migrations.ts';
import { EventLog } from '../../src/server/store/events.ts';
import { ExecutionStore, type RunPage } from '../../src/server/store/executions.ts';
import type { RunFilter } from '../../src/server/store/runFilter.ts';
import { ServiceStore } from '../../src/server/store/services.ts';
import { fill, nameOf } from './manyRuns.ts';

const submission = (name: string, config: Submission['model']['config'] = {}): Submission => ({
  project: '/p',
  architecture: { id: 'shapes', train: 'a.py:train', python: '/python' },
  model: { name, config },
});

function open(file: string) {
  const db = new Database(file);
  const events = new EventLog(db);
  return {
    db,
    events,
    executions: new ExecutionStore(db, events),
    services: new ServiceStore(db, events),
  };
}

let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'trainyard-store-'));
});
after(() => rm(folder, { recursive: true }));

describe('What a search finds', () => {
  const { db, executions, services } = open(':memory:');
  const service = services.create('/p', 'shapes', {}, new Date(0).toISOString()).id;
  const names = ['Straße 1', 'ÄPFEL', 'a\u0308pfel', 'shapes_50%', 'shapes-500', 'Ελλάς'];
  const ids = names.map((name) => executions.create(submission(name), service, null, null, new Date(0)));
  after(() => db.close());
  const found = (search: string): string[] =>
    executions.page({ sort: 'createdAt', limit: 100, search }).map((run) => run.model.name);

  it('B10 B11 a substring of name, model id, execution id or architecture, whatever its case', () => {
    assert.deepEqual(found('SHAPES-'), ['shapes-500']);
    assert.deepEqual(found('Shapes'), names);
    const one = executions.get(ids[2] ?? '');
    assert.deepEqual(found(one?.id.toUpperCase() ?? ''), [names[2]]);
    assert.deepEqual(found(one?.model.id.slice(3) ?? ''), [names[2]]);
  });

  it('letters beyond ASCII too, and accents however they are written', () => {
    assert.deepEqual(found('äpf'), ['ÄPFEL', 'a\u0308pfel']);
    assert.deepEqual(found('Ä'), ['ÄPFEL', 'a\u0308pfel']);
    assert.deepEqual(found('STRASSE'), ['Straße 1']);
    assert.deepEqual(found('ελλάσ'), ['Ελλάς']);
  });

  it('one letter; %, _ and \\ mean themselves', () => {
    assert.deepEqual(found('%'), ['shapes_50%']);
    assert.deepEqual(found('_'), ['shapes_50%']);
    assert.deepEqual(found('\\'), []);
    assert.equal(found('p').length, names.length);
  });

  it('not what only stands in two texts side by side', () => {
    assert.deepEqual(found('500m-'), []);
    assert.deepEqual(found('500\nm-'), []);
  });
});

describe('Lists of many runs', () => {
  let parts: ReturnType<typeof open>;
  before(() => {
    const file = path.join(folder, 'many.db');
    fill(file, 3000, ['/one', '/two']);
    parts = open(file);
  });
  after(() => parts.db.close());

  /** All pages, one after the other. */
  function walk(page: Omit<RunPage, 'limit' | 'after'>): { key: string; rowid: number }[] {
    const all: { key: string; rowid: number }[] = [];
    for (;;) {
      const found = parts.executions.page({ ...page, limit: 250, after: all.at(-1) }).map((run) => ({
        key: page.sort.endsWith('name')
          ? run.model.name
          : page.sort.endsWith('status')
            ? run.status
            : run.createdAt,
        rowid: run.rowid,
      }));
      if (found.length === 0) return all;
      all.push(...found);
    }
  }

  const filters: RunFilter[] = [
    {},
    { project: '/one' },
    { status: ['Failed', 'Aborted'] },
    { search: 'größe' },
    { search: nameOf(2345) },
    { status: ['Failed'], search: '-29' },
    { project: '/two', status: ['Success'], search: '7' },
  ];
  for (const sort of ['createdAt', '-createdAt', 'name', '-name', 'status', '-status'] as const) {
    it(`pages by ${sort} have each run once, in order, whatever the filter`, () => {
      for (const filter of filters) {
        const way = walk({ ...filter, sort });
        assert.equal(new Set(way.map((one) => one.rowid)).size, way.length);
        const sign = sort.startsWith('-') ? -1 : 1;
        const ordered = way.toSorted((a, b) =>
          a.key === b.key
            ? sign * (a.rowid - b.rowid)
            : sign * Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)),
        );
        assert.deepEqual(way, ordered);
        const counts = parts.executions.counts(filter);
        assert.deepEqual(parts.executions.list({ ...filter, sort, limit: 1 }).counts, counts);
        const wanted = filter.status ?? STATUSES;
        assert.equal(
          way.length,
          wanted.reduce((sum, status) => sum + counts[status], 0),
          JSON.stringify(filter),
        );
        assert.ok(way.length > 0);
      }
    });
  }

  it('counts are those of the rows, whatever is made, moved and removed', () => {
    const { db, executions } = parts;
    const counted = (): Record<string, number> =>
      Object.fromEntries(
        db
          .all('SELECT status, COUNT(*) AS n FROM executions GROUP BY status')
          .map((row) => [row.text('status'), row.number('n')]),
      );
    const kept = (): Record<string, number> =>
      Object.fromEntries(Object.entries(executions.counts({})).filter(([, n]) => n > 0));
    assert.deepEqual(kept(), counted());
    const [first, second] = executions.page({ sort: 'createdAt', limit: 2 });
    assert.ok(first && second);
    executions.remove(first.id);
    db.run(`UPDATE executions SET status = 'Rerun' WHERE id = ?`, second.id);
    executions.create(submission('new'), second.service, null, null, new Date());
    assert.deepEqual(kept(), counted());
    assert.equal(executions.counts({ project: '/two' }).Rerun, 1);
    assert.equal(executions.counts({ service: second.service }).Created, 1);
    assert.equal(executions.atWork(second.service).queued, 2);
  });

  it('a search reads an index and the rows that it shows, none besides', () => {
    const plans: string[] = [];
    const { db } = parts;
    const all = db.all.bind(db);
    db.all = (sql, ...values) => {
      plans.push(...all(`EXPLAIN QUERY PLAN ${sql}`, ...values).map((row) => row.text('detail')));
      return all(sql, ...values);
    };
    // Of many, and of one.
    parts.executions.list({ sort: '-name', limit: 10, search: 'e' });
    parts.executions.list({ sort: '-createdAt', limit: 10, search: nameOf(77), project: '/two' });
    db.all = all;
    assert.ok(plans.includes('SCAN executions USING INDEX executions_by_name'), plans.join('; '));
    assert.ok(plans.includes('SEARCH executions USING INTEGER PRIMARY KEY (rowid=?)'), plans.join('; '));
    assert.ok(plans.includes('SCAN executions USING COVERING INDEX executions_by_status'), plans.join('; '));
    assert.ok(!plans.includes('SCAN executions'), plans.join('; '));
  });
});

describe('The main database', () => {
  it('what is asked for together is one transaction, and what fails undoes itself alone', async () => {
    const { db, events, executions, services } = open(':memory:');
    const service = services.create('/p', 'shapes', {}, new Date(0).toISOString()).id;
    let told = 0;
    events.onChange(() => told++);
    const asked = ['a', 'b', 'c'].map((name) =>
      db.together(() =>
        Promise.resolve(() => {
          executions.create(submission(name), service, null, null, new Date(0));
          if (name === 'b') throw new Error('not this one');
        }),
      ),
    );
    const settled = await Promise.allSettled(asked);
    assert.deepEqual(
      settled.map((one) => one.status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(
      executions.live().map((run) => run.model.name),
      ['a', 'c'],
    );
    assert.equal(told, 1);
    await assert.rejects(
      db.together(() => Promise.reject(new Error('refused'))),
      /refused/,
    );
    db.close();
  });

  it('listeners hear of the next change after a transaction that was undone', () => {
    const { db, events } = open(':memory:');
    let told = 0;
    events.onChange(() => told++);
    assert.throws(() =>
      db.transaction(() => {
        events.append('service', 's-1');
        throw new Error('undone');
      }),
    );
    assert.equal(told, 0);
    events.append('service', 's-2');
    assert.equal(told, 1);
    db.close();
  });

  it('runs that live are held as they are, also after a transaction that was undone', () => {
    const { db, executions, services } = open(':memory:');
    const service = services.create('/p', 'shapes', {}, new Date(0).toISOString()).id;
    const id = executions.create(submission('a'), service, null, null, new Date(0));
    const progress = (done: number): void =>
      executions.noteProgress([
        { id, attempt: 1, progress: { done, total: 9, unit: 'epochs' }, summary: [] },
      ]);
    const done = (): number | undefined => executions.live()[0]?.progress?.done;
    progress(1);
    assert.equal(done(), 1);
    assert.throws(() =>
      db.transaction(() => {
        progress(2);
        assert.equal(done(), 2);
        throw new Error('undone');
      }),
    );
    assert.equal(done(), 1);
    executions.beginStart(id, ['g0']);
    assert.deepEqual(executions.live()[0]?.gpus, ['g0']);
    executions.remove(id);
    assert.deepEqual(executions.live(), []);
    db.close();
  });

  it('of an earlier version finds and counts what it has, and can give space back', () => {
    const file = path.join(folder, 'old.db');
    const old = new DatabaseSync(file);
    for (const migration of MIGRATIONS.slice(0, 2)) old.exec(migration);
    old.exec(`PRAGMA user_version = 2;
      INSERT INTO services (id, project, architecture, settings, health, created_at) VALUES ('s', '/p', 'a', '{}', 'unproven', '');
      INSERT INTO executions (id, project, service, architecture, model_id, model_name, model_version, status, created_at,
        queued_at, submission, token) VALUES ('e-1', '/p', 's', 'a', 'm-1', 'Größe', 1, 'Failed', '', 0, '{}', '');`);
    old.close();
    const { db, executions } = open(file);
    assert.equal(executions.page({ sort: 'name', limit: 9, search: 'GRÖSSE' }).length, 1);
    assert.equal(executions.counts({ project: '/p' }).Failed, 1);
    assert.equal(db.get('PRAGMA auto_vacuum')?.number('auto_vacuum'), 2);
    db.close();
  });
});

describe('Removal frees its space', () => {
  /** Resolves to the size of the file once it is below `bytes`; there is no event for that. */
  async function shrunk(file: string, bytes: number): Promise<number> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const { size } = await stat(file);
      const log = await stat(`${file}-wal`);
      if (size + log.size < bytes) return size;
      assert.ok(Date.now() < deadline, `${size} bytes, and ${log.size} in its log`);
      await delay(50);
    }
  }

  it('of large submissions', async () => {
    const file = path.join(folder, 'large.db');
    const { db, executions, services } = open(file);
    const service = services.create('/p', 'shapes', {}, new Date(0).toISOString()).id;
    const ids = Array.from({ length: 40 }, (_, i) =>
      executions.create(
        submission('large', { notes: `${i}`.repeat(200_000) }),
        service,
        null,
        null,
        new Date(0),
      ),
    );
    for (const id of ids.slice(1)) {
      db.run(`UPDATE executions SET status = 'Terminated' WHERE id = ?`, id);
      executions.remove(id);
    }
    await shrunk(file, 2e6);
    assert.equal(executions.submission(ids[0] ?? '').model.name, 'large');
    db.close();
  });

  it('of many samples', async () => {
    const file = path.join(folder, 'samples.db');
    const store = new MetricStore(file);
    const each = 10_000;
    for (const run of ['kept', 'removed']) {
      for (let number = 0; number < (run === 'kept' ? 1 : 60); number++) {
        const column = (f: (step: number) => number): Float64Array =>
          Float64Array.from({ length: each }, (_, i) => f(number * each + i));
        const line = {
          epoch: column(() => 1),
          step: column((i) => i),
          time: column((i) => i),
          y: column(Math.sin),
        };
        store.report(
          run,
          {
            attempt: 1,
            writer: '',
            number,
            samples: each,
            lines: [{ figure: 'loss', legend: '', ...line }],
            progress: null,
            files: [],
          },
          {},
        );
      }
    }
    store.remove('removed');
    await shrunk(file, 2e6);
    assert.equal(store.summary('kept', 1).summary[0]?.count, each);
    store.close();
  });
});
