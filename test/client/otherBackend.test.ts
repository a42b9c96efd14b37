import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it } from 'node:test';
import { createClient } from '../../src/client/api.ts';
import { assertFits, backendUrl, otherBackend } from '../../src/client/otherBackend.ts';
import { PROTOCOL } from '../../src/contract/routes.ts';
import { RealBackend } from '../server/realBackend.ts';

it('An address is read as a person writes it', () => {
  assert.equal(backendUrl(' 127.0.0.1:7777 '), 'http://127.0.0.1:7777');
  assert.equal(backendUrl('https://train.example/'), 'https://train.example');
  for (const wrong of ['', 'not an address', 'http://a:b', 'http://a/path', 'http://me@a', 'ftp://a'])
    assert.equal(backendUrl(wrong), null, wrong);
});

it('Another backend is reached by its address and its token, and by no other', async (t) => {
  const backend = await RealBackend.start();
  t.after(() => backend.end());
  const { url, token } = backend.client.address;
  const client = await otherBackend(url, token, '1.2.3');
  assert.equal((await client.call('listRuns', {})).runs.length, 0);
  await assert.rejects(otherBackend(url, 'wrong', '1.2.3'), { code: 'no-token', status: 401 });
  await backend.stop();
  await assert.rejects(assertFits(url, '1.2.3'), { code: 'unreachable' });
});

it("One whose protocol differs doesn't fit", async (t) => {
  const health = { name: 'trainyard', version: '9.0.0', protocol: PROTOCOL + 1, pid: 1 };
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(health));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  assert.equal((await createClient({ url, token: '' }).call('health', {})).version, '9.0.0');
  await assert.rejects(assertFits(url, '1.2.3'), /Trainyard 9\.0\.0, which doesn't fit this 1\.2\.3/);
});
