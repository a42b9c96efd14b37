import assert from 'node:assert/strict';
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findBackend, findOrStartBackend, stopBackend } from '../../src/client/backend.ts';

const root = path.resolve(import.meta.dirname, '../..');
const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
  version: string;
};

describe('One backend a home', () => {
  let home = '';
  before(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'trainyard-client-'));
  });
  after(() => rm(home, { recursive: true, force: true }));

  it('whoever starts it, and however many at once, all talk to the same', async () => {
    const program = { folder: path.join(root, 'dist'), version };
    const clients = await Promise.all(Array.from({ length: 3 }, () => findOrStartBackend(home, program)));
    const pids = await Promise.all(clients.map(async (client) => (await client.call('health', {})).pid));
    assert.equal(new Set(pids).size, 1);
    const [client] = clients;
    assert.ok(client);
    await stopBackend(client);
    assert.equal(await findBackend(home, version), null);
  });
});
