import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, existsSync, lstatSync, readdirSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { API, MOST_BYTES, routes } from '../../src/contract/routes.ts';
import { ApiError } from '../../src/contract/shapes.ts';
import { hostHeaders, isLoopback, urlFrom } from '../../src/server/http/hosts.ts';
import { RealBackend } from './realBackend.ts';

describe('Where a backend listens', () => {
  it('is this machine alone for 127.0.0.0/8, ::1 and localhost', () => {
    for (const host of ['127.0.0.1', '127.0.0.2', '127.255.255.254', '::1', 'localhost'])
      assert.equal(isLoopback(host), true, host);
    const beyond = [
      '0.0.0.0',
      '::',
      '',
      '0',
      '192.168.1.5',
      'gpu1',
      '127.evil.example',
      'localhost.evil.example',
      '128.0.0.1',
    ];
    for (const host of beyond) assert.equal(isLoopback(host), false, host);
  });

  it('answers to its own names, and to no other', () => {
    const machine = { name: 'Gpu1.corp.example', addresses: ['127.0.0.1', '192.168.1.5', 'fe80::1'] };
    const own = ['127.0.0.1:80', 'localhost:80', '[::1]:80'];
    assert.deepEqual([...hostHeaders('127.0.0.1', 80, machine)], own);
    assert.deepEqual([...hostHeaders('127.0.0.2', 80, machine)], ['127.0.0.2:80', ...own]);
    const named = ['gpu1.corp.example:80', 'gpu1:80'];
    assert.deepEqual([...hostHeaders('192.168.1.5', 80, machine)], ['192.168.1.5:80', ...own, ...named]);
    assert.deepEqual(
      [...hostHeaders('Trainer.corp.example', 80, machine)],
      ['trainer.corp.example:80', ...own, ...named],
    );
    assert.deepEqual(
      [...hostHeaders('0.0.0.0', 80, machine)],
      [...own, ...named, '192.168.1.5:80', '[fe80::1]:80'],
    );
  });

  it('is told to who is here as an address that can be reached', () => {
    assert.equal(urlFrom('127.0.0.1', 80), 'http://127.0.0.1:80');
    assert.equal(urlFrom('::1', 80), 'http://[::1]:80');
    assert.equal(urlFrom('0.0.0.0', 80), 'http://127.0.0.1:80');
    assert.equal(urlFrom('::', 80), 'http://[::1]:80');
    assert.equal(urlFrom('gpu1', 80), 'http://gpu1:80');
  });
});

describe('The doors of a backend', () => {
  const SECRET = 'a-secret-of-the-submitter-4711';
  let backend: RealBackend;
  before(async () => {
    backend = await RealBackend.start();
  });
  after(() => backend.end());

  interface Answer {
    status: number;
    headers: http.IncomingHttpHeaders;
    text: string;
  }

  /** A request as anybody on this machine could make it. */
  async function ask(
    method: string,
    where: string,
    options: {
      headers?: Record<string, string>;
      token?: string | null;
      body?: string | Iterable<Uint8Array>;
    } = {},
  ): Promise<Answer> {
    const { url, token } = backend.client.address;
    const given = options.token === undefined ? token : options.token;
    const headers = { ...(given === null ? {} : { authorization: `Bearer ${given}` }), ...options.headers };
    const request = http.request(url + API + where, { method, headers, agent: false });
    const answered = once(request, 'response') as Promise<[http.IncomingMessage]>;
    if (typeof options.body === 'string') request.write(options.body);
    // What is refused in the middle isn't taken to its end.
    else for (const part of options.body ?? []) request.write(part, () => undefined);
    if (!('content-length' in headers) || options.body !== undefined) request.end();
    else request.flushHeaders();
    request.on('error', () => undefined);
    const [response] = await answered;
    let text = '';
    for await (const part of response.setEncoding('utf8')) text += String(part);
    request.destroy();
    return { status: response.statusCode ?? 0, headers: response.headers, text };
  }

  it('takes no body larger than its route needs, announced or not', async () => {
    for (const [name, route] of Object.entries(routes)) {
      if (!('body' in route)) continue;
      const most = 'mostBytes' in route ? route.mostBytes : MOST_BYTES;
      const where = route.path.replace('{id}', 'e-1');
      const announced = await ask(route.method, where, { headers: { 'content-length': String(most + 1) } });
      assert.equal(announced.status, 413, name);
      const part = Buffer.alloc(2 ** 20, ' ');
      const parts = Array.from({ length: most / part.length + 1 }, () => part);
      const streamed = await ask(route.method, where, {
        headers: { 'transfer-encoding': 'chunked' },
        body: parts,
      });
      assert.equal(streamed.status, 413, name);
      const fits = await ask(route.method, where, { body: '{}'.padEnd(1000) });
      assert.ok([400, 404].includes(fits.status), `${name}: ${fits.text}`);
    }
    assert.equal((await ask('GET', '/health')).status, 200);
  });

  it('refuses in its own words what is too long, or no HTTP, to be read at all', async () => {
    const long = await ask('GET', `/runs?search=${'a'.repeat(70_000)}`);
    assert.deepEqual([long.status, ApiError.parse(JSON.parse(long.text)).error.code], [431, 'too-large']);
    const socket = connect(Number(new URL(backend.client.address.url).port), '127.0.0.1');
    socket.end('not at all\r\n\r\n');
    const said = Buffer.concat((await socket.toArray()) as Buffer[]).toString();
    assert.match(said, /^HTTP\/1\.1 400 [^]*"code":"malformed"/);
    assert.equal((await ask('GET', '/health')).status, 200);
  });

  it('does nothing for a page of the web, which has no token and may not read', async () => {
    const origin = 'https://evil.example';
    for (const [method, where] of [
      ['POST', '/executions'],
      ['POST', '/storage/prune'],
      ['POST', '/stop'],
      ['GET', '/runs'],
      ['GET', '/events'],
    ] as const) {
      const simple = { headers: { origin, 'content-type': 'text/plain' }, token: null };
      const answer = await ask(method, where, method === 'POST' ? { ...simple, body: '{}' } : simple);
      assert.equal(answer.status, 401, where);
      const asked = {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization',
      };
      const preflight = await ask('OPTIONS', where, { headers: asked, token: null });
      assert.equal(preflight.status, 405, where);
      for (const one of [answer, preflight])
        assert.deepEqual(
          Object.keys(one.headers).filter((name) => name.startsWith('access-control')),
          [],
        );
    }
    assert.equal(
      (await ask('GET', '/health', { headers: { origin }, token: null })).headers[
        'access-control-allow-origin'
      ],
      undefined,
    );
    assert.equal((await ask('GET', '/runs', { headers: { host: 'evil.example' } })).status, 400);
  });

  it('asked for the head of a stream alone opens none', async () => {
    const run = await backend.train('def train(): pass', { id: 'head' });
    for (const where of ['/events', `/executions/${run.executionId}/logs?follow=true`]) {
      const answer = await ask('HEAD', where);
      assert.equal(answer.status, 200);
      assert.equal(answer.text, '');
    }
    assert.equal((await ask('HEAD', '/executions/e-nobody/logs')).status, 404);
    await backend.ended(run);
  });

  it('stay shut for the token of an execution that was removed', async () => {
    const code =
      'import os\ndef train():\n    print(open(os.environ["TRAINYARD_START_FOLDER"] + "/start.json").read())';
    const run = await backend.ended(await backend.train(code, { id: 'gone' }));
    const { token } = JSON.parse(await backend.log(run)) as { token: string };
    const where = `/executions/${run.executionId}/samples`;
    const body = '{"attempt": 1, "batch": 1, "samples": []}';
    // A late batch of one that is over is welcome.
    assert.equal((await ask('POST', where, { token, body })).status, 200);
    await backend.client.call('remove', { params: { id: run.executionId }, query: { files: 'delete' } });
    assert.equal((await ask('POST', where, { token, body })).status, 401);
    assert.equal((await ask('POST', where, { body })).status, 404);
  });

  it('have no shell behind them: a string of a user means itself', async () => {
    const trap = path.join(backend.folder, 'trap');
    const bait = `"; touch ${trap}; $(touch ${trap}) \`touch ${trap}\` #`;
    const words = ['/bin/echo', bait];
    const run = await backend.ended(
      await backend.train('', {
        id: 'bait',
        command: words,
        config: { [bait]: bait },
        service: { env: { BAIT: bait } },
      }),
    );
    assert.equal(run.status, 'Success');
    assert.ok((await backend.log(run)).includes(bait));
    for (const search of [bait, `' OR 1=1 --`])
      assert.deepEqual((await backend.client.call('listRuns', { query: { search } })).runs, []);
    assert.equal(existsSync(trap), false);
  });

  it('let no train function be taken from outside the project; a link of its owner is inside', async () => {
    const outside = path.join(backend.folder, 'outside');
    await mkdir(outside);
    await writeFile(path.join(outside, 'shared.py'), 'def train(): print("shared")');
    for (const file of ['../outside/shared.py', path.join(outside, 'shared.py')]) {
      await assert.rejects(
        backend.train('', { id: 'out', train: `${file}:train` }),
        /lies outside the project/,
      );
    }
    await symlink(path.join(outside, 'shared.py'), path.join(backend.project, 'linked.py'));
    const run = await backend.ended(await backend.train('', { id: 'linked-in', train: 'linked.py:train' }));
    assert.equal(run.status, 'Success', run.reason ?? '');
  });

  it("let no secret out: not into the backend's log, an answer, or a refusal", async () => {
    const submission = {
      project: backend.project,
      architecture: { id: 'secretive', python: '/nowhere/python', command: ['x'] },
      model: { name: 'secretive', config: {} },
      environment: { API_KEY: SECRET },
    };
    const run = await backend.client.call('submit', { body: submission });
    await backend.until(run.executionId, (now) => now.diagnosis !== null);
    const answers = [
      await ask('GET', `/runs/${run.executionId}`),
      await ask('GET', '/runs?ran=true'),
      await ask('GET', '/services'),
      await ask('POST', '/executions', {
        body: JSON.stringify({ ...submission, architecture: { id: SECRET } }),
      }),
      await ask('POST', '/executions', {
        body: JSON.stringify({ ...submission, environment: { API_KEY: [SECRET] } }),
      }),
      await ask('POST', '/executions', { body: JSON.stringify(submission).slice(0, -1) }),
      await ask('GET', '/runs', { token: SECRET }),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 400, 400, 400, 401],
    );
    const { token } = backend.client.address;
    await backend.client.call('abort', { params: { id: run.executionId } });
    for (const text of [...answers.map((one) => one.text), backend.output]) {
      for (const secret of [SECRET, token]) assert.ok(!text.includes(secret), text);
    }
  });

  it('keep the home to its owner: folders 0700, files 0600', async () => {
    const code = 'def train(context):\n    context.log(epoch=1, figures={"loss": {"train": 1}})';
    await backend.ended(await backend.train(code, { id: 'kept' }));
    const open: string[] = [];
    const look = (place: string): void => {
      const stat = lstatSync(place);
      if ((stat.mode & 0o077) !== 0 || !(stat.isFile() || stat.isDirectory()))
        open.push(`${place} ${(stat.mode & 0o777).toString(8)}`);
      if (stat.isDirectory()) for (const name of readdirSync(place)) look(path.join(place, name));
    };
    look(backend.home);
    assert.deepEqual(open, []);
    for (const name of [
      'trainyard.db',
      'trainyard.db-wal',
      'metrics.db',
      'metrics.db-wal',
      'server.json',
      'lock',
    ])
      assert.ok(existsSync(path.join(backend.home, name)), name);
    // A home that somebody opened is shut by the next backend.
    chmodSync(backend.home, 0o755);
    chmodSync(path.join(backend.home, 'metrics.db'), 0o644);
    await backend.kill();
    await backend.restart();
    look(backend.home);
    assert.deepEqual(open, []);
  });

  it('are not held open by clients that are slow or say nothing', { timeout: 60_000 }, async () => {
    const { url } = backend.client.address;
    const { hostname, port } = new URL(url);
    const sockets: Socket[] = [];
    const open = async (): Promise<Socket> => {
      const socket = connect(Number(port), hostname).on('error', () => undefined);
      sockets.push(socket);
      await once(socket, 'connect');
      return socket;
    };
    try {
      const slow = await open();
      slow.write('GET /api/v1/health HTTP/1.1\r\nHost: ');
      while (sockets.length < 1000) await open();
      // There is no room for more: who comes now is sent away, until those are.
      await once((await open()).resume(), 'close');
      const held = sockets.filter((socket) => !socket.closed);
      await Promise.all(held.map((socket) => once(socket.resume(), 'close')));
      assert.equal((await ask('GET', '/health')).status, 200);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });
});
