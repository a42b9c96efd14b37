import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, it } from 'node:test';
import type { CallError } from '../../src/client/api.ts';
import { followEvents } from '../../src/client/events.ts';
import { namesText } from '../../src/contract/queryWords.ts';
import { Exported } from '../../src/contract/shapes.ts';
import type { Event } from '../../src/contract/events.ts';
import { PYTHON, RealBackend } from './realBackend.ts';

describe('The HTTP interface', () => {
  let backend: RealBackend;
  before(async () => {
    backend = await RealBackend.start();
  });
  after(() => backend.end());

  interface Answer {
    status: number;
    code: string;
    message: string;
  }

  /** A request as a stranger would make it. */
  async function ask(
    method: string,
    where: string,
    options: { token?: string | null; body?: string; host?: string } = {},
  ): Promise<Answer> {
    const { url, token } = backend.client.address;
    const given = options.token === undefined ? token : options.token;
    const headers = {
      ...(given === null ? {} : { authorization: `Bearer ${given}` }),
      ...(options.host === undefined ? {} : { host: options.host }),
    };
    return new Promise((resolve, reject) => {
      const request = http.request(`${url}/api/v1${where}`, { method, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => {
          const parsed = JSON.parse(text === '' ? '{}' : text) as {
            error?: { code: string; message: string };
          };
          resolve({
            status: response.statusCode ?? 0,
            code: parsed.error?.code ?? '',
            message: parsed.error?.message ?? '',
          });
        });
      });
      request.on('error', reject);
      request.end(options.body);
    });
  }

  it('tells who it is without a token, and nothing else', async () => {
    assert.equal((await ask('GET', '/health', { token: null })).status, 200);
    assert.equal((await ask('GET', '/openapi.json', { token: null })).status, 200);
    for (const [method, where] of [
      ['GET', '/runs'],
      ['GET', '/events'],
      ['POST', '/executions'],
      ['POST', '/stop'],
      ['DELETE', '/executions/e-1'],
    ] as const) {
      assert.equal((await ask(method, where, { token: null })).status, 401, `${method} ${where}`);
      assert.equal((await ask(method, where, { token: 'wrong' })).status, 401, `${method} ${where}`);
    }
  });

  it('answers to no other name than its own', async () => {
    assert.equal((await ask('GET', '/health', { host: 'evil.example:80' })).code, 'wrong-host');
  });

  it('names the field of bad input, and changes nothing', async () => {
    assert.match((await ask('GET', '/runs?limit=many')).message, /^query\.limit: /);
    for (const wrong of ['Dead', '', 'Failed,'])
      assert.match((await ask('GET', `/runs?status=${wrong}`)).message, /^query\.status/);
    assert.match((await ask('GET', '/runs?cursor=abc')).message, /^query\.cursor: /);
    assert.match((await ask('POST', '/executions', { body: '{' })).message, /isn't JSON/);
    assert.match(
      (await ask('POST', '/executions', { body: '{"project": "/tmp"}' })).message,
      /^architecture: /,
    );
    const noTrain = {
      project: '/tmp',
      architecture: { id: 'a', python: '/usr/bin/python3' },
      model: { name: 'm' },
    };
    assert.equal((await ask('POST', '/executions', { body: JSON.stringify(noTrain) })).status, 422);
    assert.equal((await ask('GET', '/runs/e-nobody')).status, 404);
    assert.equal((await ask('GET', '/nowhere')).code, 'no-such-route');
    const { runs } = await backend.client.call('listRuns', { query: {} });
    assert.deepEqual(runs, []);
    // Services are made by a first training, never by a refused one.
    assert.deepEqual((await backend.client.call('listServices', {})).services, []);
  });

  it('exports by name, and says what there is where a name is wrong', async () => {
    const run = await backend.train(
      'def train(context):\n    for epoch in (1, 2): context.log(epoch=epoch, figures={"a, loss": {"train": float("nan")}})',
      { id: 'exported' },
    );
    await backend.ended(run);
    const id = run.executionId;
    const text = async (query: { figures?: string; format?: 'csv' | 'json' }): Promise<string> => {
      const stream = await backend.client.open('exportMetrics', { query: { executions: id, ...query } });
      return Buffer.concat((await stream.toArray()) as Uint8Array[]).toString('utf8');
    };
    const csv = await text({ figures: namesText(['a, loss']) });
    assert.match(csv, new RegExp(`^${id},exported-model,1,1,"a, loss",train,2,,[\\d.]+,NaN$`, 'm'));
    const { series } = Exported.parse(JSON.parse(await text({ format: 'json' })));
    assert.deepEqual(
      series[0]?.samples.map(({ y }) => y),
      ['NaN', 'NaN'],
    );
    const where = `/metrics/export?executions=${id}`;
    assert.equal((await ask('GET', where, { token: null })).status, 401);
    assert.equal((await ask('GET', `${where},e-nobody`)).code, 'no-such-execution');
    assert.equal((await ask('GET', `${where}&attempt=2`)).code, 'no-such-attempt');
    assert.equal((await ask('GET', `${where}&figures=a,loss`)).code, 'no-such-figure');
    assert.match((await ask('GET', `${where}&format=xml`)).message, /^query\.format: /);
    assert.match((await ask('GET', '/metrics/export')).message, /^query\.executions: /);
    // As many as may be asked for at once.
    const many = Array.from({ length: 1000 }, (_, i) => `e-${String(i).padStart(12, 'x')}`).join();
    assert.equal((await ask('GET', `/metrics/export?executions=${many}`)).code, 'no-such-execution');
  });

  it('relative times count from when the attempt got ready, of each attempt', async () => {
    const code =
      'import time\ndef train(context):\n    time.sleep(.2)\n    context.log(epoch=1, figures={"loss": {"train": 1}})';
    const run = await backend.train(code, { id: 'relative' });
    await backend.ended(run);
    await backend.client.call('rerun', { params: { id: run.executionId } });
    await backend.until(run.executionId, (now) => now.attempt === 2 && now.status === 'Success');
    const history = (await backend.detail(run)).history.filter(({ status }) => status === 'In Progress');
    for (const attempt of [1, 2]) {
      const asked = { executions: [run.executionId], attempt, points: 10 };
      const [relative, wall] = await Promise.all(
        (['relative', 'time'] as const).map(async (axis) => {
          const { series } = await backend.client.call('queryMetrics', { body: { ...asked, axis } });
          return series[0]?.x[0] ?? 0;
        }),
      );
      assert.ok(relative !== undefined && relative >= 150, `${relative} ms`);
      const began = Date.parse(history.find((one) => one.attempt === attempt)?.at ?? '');
      assert.equal((wall ?? 0) - (relative ?? 0), began);
    }
  });

  it('an execution reports with its own token, for itself alone', async () => {
    const run = await backend.train(
      'import os\ndef train():\n    print(open(os.environ["TRAINYARD_START_FOLDER"] + "/start.json").read())',
    );
    const other = await backend.train('def train(): pass', { id: 'other' });
    await backend.ended(run);
    await backend.ended(other);
    const { token } = JSON.parse(await backend.log(run)) as { token: string };
    const body = JSON.stringify({
      attempt: 1,
      batch: 1,
      samples: [{ figure: 'f', legend: '', y: 1, time: 1 }],
    });
    assert.equal((await ask('POST', `/executions/${run.executionId}/samples`, { token, body })).status, 200);
    assert.equal(
      (await ask('POST', `/executions/${other.executionId}/samples`, { token, body })).status,
      401,
    );
    assert.equal((await ask('POST', `/executions/${run.executionId}/abort`, { token })).status, 401);
    assert.equal((await ask('GET', '/runs', { token })).status, 401);
    const bad = body.replace('"y":1', '"y":"many"');
    assert.match(
      (await ask('POST', `/executions/${run.executionId}/samples`, { token, body: bad })).message,
      /samples\[0\]\.y/,
    );
  });

  it('B10 B11 B12 B13 searches, filters, sorts and pages', async () => {
    const made = [];
    for (const id of ['alpha', 'alpine', 'beta'])
      made.push(await backend.ended(await backend.train('def train(): pass', { id })));
    const list = async (query: Parameters<typeof backend.client.call<'listRuns'>>[1]['query']) =>
      backend.client.call('listRuns', { query: { ...query } });
    const names = async (query: Parameters<typeof list>[0]) =>
      (await list(query)).runs.map((run) => run.architecture.id);
    assert.deepEqual(await names({ search: 'ALP' }), ['alpine', 'alpha']);
    assert.deepEqual(await names({ search: made[2]?.model.id ?? '' }), ['beta']);
    assert.deepEqual(await names({ search: '%' }), []);
    assert.deepEqual(await names({ status: 'Failed' }), []);
    assert.deepEqual(await names({ search: 'alp', status: 'Success,Failed', sort: 'name' }), [
      'alpha',
      'alpine',
    ]);
    const first = await list({ search: 'al', limit: 1, sort: 'createdAt' });
    const second = await list({ search: 'al', limit: 1, sort: 'createdAt', cursor: first.next ?? '' });
    assert.deepEqual(
      [...first.runs, ...second.runs].map((run) => run.architecture.id),
      ['alpha', 'alpine'],
    );
    assert.equal(second.next, null);
    assert.equal((await list({ search: 'alp' })).counts.Success, 2);
  });

  it('lists the executions of a service as it lists runs', async () => {
    const made = [];
    for (let i = 0; i < 3; i++)
      made.push(await backend.ended(await backend.train('def train(): pass', { id: 'listed' })));
    const params = { id: made[0]?.service.id ?? '' };
    const list = (query: { limit?: number; cursor?: string; status?: string; search?: string }) =>
      backend.client.call('serviceExecutions', { params, query });
    const first = await list({ limit: 2 });
    const second = await list({ limit: 2, cursor: first.next ?? '' });
    assert.deepEqual(
      [...first.runs, ...second.runs].map((run) => run.executionId),
      made.map((run) => run.executionId).toReversed(),
    );
    assert.equal(second.next, null);
    assert.equal(first.counts.Success, 3);
    assert.deepEqual((await list({ status: 'Failed' })).runs, []);
    assert.deepEqual((await list({ search: made[1]?.executionId ?? '' })).counts.Success, 1);
    assert.equal((await ask('GET', '/services/s-nobody/executions')).status, 404);
  });

  it('the same submission under the same Idempotency-Key makes one run; another body under it is refused', async () => {
    await backend.write('once.py', 'def train(): pass');
    const body = {
      project: backend.project,
      architecture: {
        id: 'once',
        train: 'once.py:train',
        python: PYTHON,
        service: { instance: 'cpu' as const },
      },
      model: { name: 'once', config: { lr: 0.1 } },
    };
    const submit = (change: object, key: string) =>
      backend.client.call('submit', { body: { ...body, ...change }, headers: { 'idempotency-key': key } });
    const runs = await Promise.all([1, 2, 3].map(() => submit({}, 'key-1')));
    const [run] = runs;
    assert.ok(run);
    assert.equal(new Set(runs.map((one) => one.executionId)).size, 1);
    await backend.ended(run);
    assert.equal((await submit({}, 'key-1')).executionId, run.executionId);
    for (const change of [{ model: { name: 'once', config: { lr: 0.2 } } }, { environment: { A: '1' } }]) {
      await assert.rejects(submit(change, 'key-1'), (error: CallError) => {
        assert.equal(error.status, 422);
        assert.equal(error.code, 'key-used');
        assert.match(
          error.message,
          new RegExp(`"key-1" came before, with another body: that made ${run.executionId}`),
        );
        return true;
      });
    }
    const other = await submit({}, 'key-2');
    assert.notEqual(other.executionId, run.executionId);
    assert.equal(other.model.version, 2);
    await backend.ended(other);
  });

  it('tells a wrong place in a log or in the events from one where there is nothing yet', async () => {
    const run = await backend.ended(
      await backend.train('def train(): print("all there is")', { id: 'places' }),
    );
    const log = (query: string): Promise<Answer> =>
      ask('GET', `/executions/${run.executionId}/logs?${query}`);
    assert.match((await log('attempt=0')).message, /^query\.attempt: /);
    assert.match((await log('offset=-1')).message, /^query\.offset: /);
    assert.match((await log('offset=0x10')).message, /^query\.offset: /);
    assert.match((await log('offset=1.5')).message, /^query\.offset: /);
    assert.match((await log('follow=perhaps')).message, /^query\.follow: /);
    assert.equal((await log('attempt=2')).code, 'no-such-attempt');
    const read = async (offset: number, follow: 'true' | 'false'): Promise<string> => {
      const query = { offset, follow };
      const stream = await backend.client.open('logs', { params: { id: run.executionId }, query });
      return Buffer.concat((await stream.toArray()) as Uint8Array[]).toString('utf8');
    };
    assert.equal(await read(4, 'false'), 'there is\n');
    // It is over: who follows it isn't kept waiting.
    for (const follow of ['true', 'false'] as const) assert.equal(await read(1_000_000, follow), '');
    for (const id of ['yesterday', '-1', '1.5']) {
      const headers = { 'last-event-id': id as unknown as number };
      await assert.rejects(backend.client.open('events', { headers }), /headers\.last-event-id: /);
    }
    const events = await backend.client.open('events', { headers: { 'last-event-id': 2 ** 40 } });
    const [first] = (await events.take(1).toArray()) as Uint8Array[];
    assert.match(Buffer.from(first ?? []).toString('utf8'), /^id: \d+\nevent: reset\n/);
    events.destroy();
  });

  it('events resume where they broke off: each thing once, as it is now', async () => {
    const seen: Event[] = [];
    const heard = new EventWaiter();
    let stop = (): void => undefined;
    const follow = (connect: () => Promise<typeof backend.client>): void => {
      const following = followEvents(connect, {
        onReady: (resumed) => heard.tell(resumed ? 'resumed' : 'ready'),
        onEvent: (event) => {
          seen.push(event);
          if (event.event === 'run') heard.tell(`${event.data.architecture.id} ${event.data.status}`);
        },
        onBroken: () => heard.tell('broken'),
      });
      stop = () => following.stop();
    };
    follow(async () => backend.client);
    await heard.of('ready');
    const first = await backend.train('def train(): pass', { id: 'watched' });
    await heard.of('watched Success');
    await backend.kill();
    await heard.of('broken');
    seen.length = 0;
    await backend.restart();
    const second = await backend.train('def train(): pass', { id: 'later' });
    await heard.of('resumed');
    await heard.of('later Success');
    stop();
    const runs = new Set(seen.flatMap((event) => (event.event === 'run' ? [event.data.executionId] : [])));
    assert.ok(runs.has(second.executionId));
    assert.ok(!runs.has(first.executionId), 'what was heard before is not told again');
  });
});

/** Things that were heard, and whoever waits for them. */
class EventWaiter {
  readonly #heard = new Set<string>();
  readonly #waiting = new Map<string, () => void>();

  tell(what: string): void {
    this.#heard.add(what);
    this.#waiting.get(what)?.();
  }

  of(what: string): Promise<void> {
    if (this.#heard.has(what)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.set(what, resolve));
  }
}
