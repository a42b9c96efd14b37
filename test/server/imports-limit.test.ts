/** An import that takes longer than an answer may: each call brings a part, and the client asks until all is here. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { createClient } from '../../src/client/api.ts';
import { importAll, type ImportSum } from '../../src/client/imports.ts';
import { Import, type Imported } from '../../src/contract/imports.ts';
import type { Stores } from '../../src/server/backend.ts';
import { importRuns } from '../../src/server/imports/importer.ts';
import { openMetrics } from '../../src/server/metrics/client.ts';
import { MlflowRecords } from '../../src/server/mlflow/records.ts';
import { Database } from '../../src/server/store/database.ts';
import { EventLog } from '../../src/server/store/events.ts';
import { ExecutionStore } from '../../src/server/store/executions.ts';
import { ServiceStore } from '../../src/server/store/services.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];

describe('An import whose time is up after each run', () => {
  let folder = '';
  let stores: Stores;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trainyard-imports-'));
    const db = new Database(':memory:');
    const events = new EventLog(db);
    const worker = new URL('../../src/server/metrics/worker.ts', import.meta.url);
    stores = {
      db,
      events,
      executions: new ExecutionStore(db, events),
      services: new ServiceStore(db, events),
      mlflow: new MlflowRecords(db),
      metrics: await openMetrics({ file: path.join(folder, 'metrics.db'), worker }),
    };
  });
  after(async () => {
    await stores.metrics.close();
    stores.db.close();
    await rm(folder, { recursive: true });
  });

  const put = (runs: string, name: string, rows: number): void => {
    mkdirSync(path.join(runs, name), { recursive: true });
    const lines = Array.from({ length: rows }, (_, i) => `${i + 1},${1 / (i + 1)}`);
    writeFileSync(path.join(runs, name, 'metrics.csv'), `epoch,val_loss\n${lines.join('\n')}\n`);
  };
  const part = (from: string): Promise<Imported> => importRuns(stores, { from }, 0);
  const sums = ({ added, changed, known, complete }: Imported): unknown[] => [
    added,
    changed,
    known,
    complete,
  ];
  const kept = async (): Promise<[string, number][]> => {
    const { runs } = stores.executions.list({ sort: 'name', limit: 100 });
    return Promise.all(
      runs.map(async ({ id, model }): Promise<[string, number]> => {
        const [line] = await stores.metrics.latest([id]);
        return [`${model.name} v${model.version}`, line?.epoch ?? 0];
      }),
    );
  };

  it('goes on in the next call where the one before ended, and says when it is complete; none comes twice', async () => {
    const runs = path.join(folder, 'first');
    for (const [i, name] of NAMES.entries()) put(runs, name, i + 1);
    for (const [i] of NAMES.entries()) assert.deepEqual(sums(await part(runs)), [1, 0, i, false]);
    assert.deepEqual(sums(await part(runs)), [0, 0, 5, true]);
    const all = NAMES.map((name, i) => [`${name} v1`, i + 1]);
    assert.deepEqual(await kept(), all);
    // What has grown is a part as well.
    put(runs, 'b', 9);
    assert.deepEqual(sums(await part(runs)), [0, 1, 1, false]);
    assert.deepEqual(sums(await part(runs)), [0, 0, 5, true]);
    assert.deepEqual(await kept(), all.with(1, ['b v1', 9]));
  });

  it('is one import to its client, which tells how far it is', async () => {
    const runs = path.join(folder, 'second');
    for (const name of NAMES) put(runs, `again-${name}`, 2);
    await part(runs);
    const server = createServer((request, response) => {
      void (async () => {
        const told = await importRuns(stores, Import.parse(await json(request)), 0);
        response.setHeader('content-type', 'application/json').end(JSON.stringify(told));
      })();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const client = createClient({ url: `http://127.0.0.1:${port}`, token: 'none' });
      const parts: ImportSum[] = [];
      const sum = await importAll(client, { from: runs }, (sofar) => parts.push(sofar));
      assert.deepEqual(sum, { added: 4, changed: 0, known: 1, skipped: [] });
      assert.deepEqual(
        parts.map(({ added, known }) => [added, known]),
        [
          [1, 1],
          [2, 1],
          [3, 1],
          [4, 1],
          [4, 1],
        ],
      );
      assert.equal((await kept()).length, 2 * NAMES.length);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
