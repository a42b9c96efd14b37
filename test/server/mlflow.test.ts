import assert from 'node:assert/strict';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { followEvents } from '../../src/client/events.ts';
import type { Run } from '../../src/contract/shapes.ts';
import { RealBackend } from './realBackend.ts';

interface Answer {
  status: number;
  body: Record<string, never> & { error_code?: string; message?: string };
}

describe('The MLflow endpoint', () => {
  let backend: RealBackend;
  before(async () => {
    backend = await RealBackend.start();
  });
  after(() => backend.end());

  /** As the client asks; a path that has no "/" at its end goes below /mlflow. */
  async function ask(
    method: string,
    where: string,
    body?: object | string,
    token: string | null = backend.client.address.token,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = token === null ? {} : { authorization: `Bearer ${token}` };
      const request = http.request(
        `${backend.client.address.url}/mlflow/api/2.0${where}`,
        { method, headers },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('end', () => {
            const json = response.headers['content-type']?.startsWith('application/json') === true;
            resolve({
              status: response.statusCode ?? 0,
              body: (json ? JSON.parse(text) : { text }) as Answer['body'],
            });
          });
        },
      );
      request.on('error', reject);
      request.end(typeof body === 'object' ? JSON.stringify(body) : body);
    });
  }
  const post = (where: string, body: object | string): Promise<Answer> =>
    ask('POST', `/mlflow${where}`, body);
  const made = async (more: object = {}): Promise<string> => {
    const { body } = await post('/runs/create', { experiment_id: '0', run_name: 'a run', ...more });
    return (body as unknown as { run: { info: { run_id: string } } }).run.info.run_id;
  };
  const seen = (id: string): Promise<Run> => backend.client.call('getRun', { params: { id } });
  /** Resolves once the stream of events, followed from `when` on, tells that a run was taken out. */
  const takenOut = (id: string, when: () => Promise<unknown>): Promise<void> =>
    new Promise((resolve, reject) => {
      const deadline = setTimeout(() => reject(new Error(`${id} wasn't taken out`)), backend.deadlineMs);
      const following = followEvents(async () => backend.client, {
        onReady: () => void when().catch(reject),
        onEvent: ({ event, data }) => {
          if (event !== 'removed' || data.executionId !== id) return;
          clearTimeout(deadline);
          following.stop();
          resolve();
        },
        onBroken: reject,
      });
    });

  it("refuses in MLflow's own form, and never so that its client tries again", async () => {
    const run = await made();
    const cases: [what: string, answer: Promise<Answer>, status: number, code: string][] = [
      ['no token', ask('GET', '/mlflow/runs/get?run_id=x', undefined, null), 401, 'UNAUTHENTICATED'],
      ['a wrong token', ask('GET', '/mlflow/runs/get?run_id=x', undefined, 'x'), 401, 'UNAUTHENTICATED'],
      ['no such run', ask('GET', '/mlflow/runs/get?run_id=x'), 404, 'RESOURCE_DOES_NOT_EXIST'],
      ['no run', ask('GET', '/mlflow/runs/get'), 400, 'INVALID_PARAMETER_VALUE'],
      [
        'no such experiment',
        ask('GET', '/mlflow/experiments/get?experiment_id=77'),
        404,
        'RESOURCE_DOES_NOT_EXIST',
      ],
      ['no such call', ask('GET', '/mlflow/traces/x'), 404, 'ENDPOINT_NOT_FOUND'],
      ['no JSON', post('/runs/create', '{'), 400, 'INVALID_PARAMETER_VALUE'],
      ['no object', post('/runs/create', '[]'), 400, 'INVALID_PARAMETER_VALUE'],
      [
        'no number',
        post('/runs/log-metric', { run_id: run, key: 'x', value: 'y', timestamp: 1 }),
        400,
        'INVALID_PARAMETER_VALUE',
      ],
      [
        'no key',
        post('/runs/log-metric', { run_id: run, value: 1, timestamp: 1 }),
        400,
        'INVALID_PARAMETER_VALUE',
      ],
      [
        'a long key',
        post('/runs/set-tag', { run_id: run, key: 'x'.repeat(251), value: '' }),
        400,
        'INVALID_PARAMETER_VALUE',
      ],
      [
        'too many metrics',
        post('/runs/log-batch', {
          run_id: run,
          metrics: Array.from({ length: 1001 }, (_, i) => ({ key: 'x', value: i, timestamp: 1 })),
        }),
        400,
        'INVALID_PARAMETER_VALUE',
      ],
      ['a body without end', post('/runs/log-batch', ' '.repeat(9 * 2 ** 20)), 413, 'REQUEST_LIMIT_EXCEEDED'],
      [
        'no filter',
        post('/runs/search', { experiment_ids: ['0'], filter: 'x' }),
        400,
        'INVALID_PARAMETER_VALUE',
      ],
      [
        'no page',
        post('/runs/search', { experiment_ids: ['0'], page_token: '%' }),
        400,
        'INVALID_PARAMETER_VALUE',
      ],
      [
        'no time',
        post('/runs/create', { experiment_id: '0', start_time: 9e15 }),
        400,
        'INVALID_PARAMETER_VALUE',
      ],
      ['no status', post('/runs/update', { run_id: run, status: 'GONE' }), 400, 'INVALID_PARAMETER_VALUE'],
    ];
    for (const [what, answer, status, code] of cases) {
      const got = await answer;
      assert.deepEqual([got.status, got.body.error_code], [status, code], what);
      assert.equal(typeof got.body.message, 'string', what);
    }
  });

  it('takes what JSON has no word for, integers as text, and fields that nobody knows', async () => {
    const id = await made();
    const metrics = [
      { key: 'train_loss', value: 'NaN', timestamp: '1700000000000', step: '1', model_id: 'm' },
      { key: 'train_loss', value: 'Infinity', timestamp: 1_700_000_000_001, step: 2 },
      { key: 'train_loss', value: '-Infinity', timestamp: 1_700_000_000_002, step: 3 },
      { key: 'train_loss', value: '0.5', timestamp: 1_700_000_000_003, step: 4 },
    ];
    assert.equal((await post('/runs/log-batch', { run_id: id, metrics, planet: 'mars' })).status, 200);
    assert.deepEqual(await backend.points(await seen(id), 'loss', 'train'), [
      [1, 'NaN'],
      [2, 'Infinity'],
      [3, '-Infinity'],
      [4, 0.5],
    ]);
    const { body } = await ask('GET', `/mlflow/metrics/get-history?run_id=${id}&metric_key=train_loss`);
    const values = (body as unknown as { metrics: { value: unknown }[] }).metrics.map(({ value }) => value);
    assert.deepEqual(values, ['NaN', 'Infinity', '-Infinity', 0.5]);
  });

  it('pages a history', async () => {
    const id = await made();
    for (const at of [0, 1000]) {
      const metrics = Array.from({ length: 1000 }, (_, i) => ({
        key: 'x',
        value: at + i,
        timestamp: at + i,
        step: at + i,
      }));
      await post('/runs/log-batch', { run_id: id, metrics });
    }
    const found: number[] = [];
    let token: string | undefined = '';
    let pages = 0;
    while (token !== undefined) {
      const more: string = token === '' ? '' : `&page_token=${token}`;
      const { body } = await ask(
        'GET',
        `/mlflow/metrics/get-history?run_id=${id}&metric_key=x&max_results=700${more}`,
      );
      const page = body as unknown as { metrics: { value: number }[]; next_page_token?: string };
      found.push(...page.metrics.map(({ value }) => value));
      token = page.next_page_token;
      pages++;
    }
    assert.equal(pages, 3);
    assert.deepEqual(
      found,
      Array.from({ length: 2000 }, (_, i) => i),
    );
  });

  it('keeps two names apart that ask for the same line, and gives both back', async () => {
    const id = await made();
    for (const [key, value] of [
      ['val_loss', 1],
      ['val/loss', 2],
      ['system/cpu', 3],
    ] as const)
      await post('/runs/log-metric', { run_id: id, key, value, timestamp: 5, step: 1 });
    const run = await seen(id);
    assert.deepEqual(await backend.points(run, 'loss', 'val'), [[1, 1]]);
    assert.deepEqual(await backend.points(run, 'loss', 'val/loss'), [[1, 2]]);
    assert.deepEqual(await backend.points(run, 'user/system/cpu'), [[1, 3]]);
    const { body } = await ask('GET', `/mlflow/runs/get?run_id=${id}`);
    const { metrics } = (body as unknown as { run: { data: { metrics: { key: string; value: number }[] } } })
      .run.data;
    assert.deepEqual(
      metrics.map(({ key, value }) => [key, value]),
      [
        ['system/cpu', 3],
        ['val/loss', 2],
        ['val_loss', 1],
      ],
    );
  });

  describe('for a run that is logged from outside', () => {
    let id: string;
    beforeEach(async () => {
      const tags = [{ key: 'mlflow.source.name', value: path.join(backend.project, 'train.py') }];
      await backend.write('train.py', '');
      id = await made({ start_time: 1_700_000_000_000, tags });
    });

    it('makes a run like any other, of the project that its script is in, in no service', async () => {
      const run = await seen(id);
      assert.equal(run.origin, 'mlflow');
      assert.equal(run.project, backend.project);
      assert.equal(run.model.name, 'a run');
      assert.equal(run.status, 'In Progress');
      assert.equal(run.startedAt, new Date(1_700_000_000_000).toISOString());
      assert.deepEqual((await backend.client.call('listServices', {})).services, []);
      const { runs, counts } = await backend.client.call('listRuns', { query: { project: backend.project } });
      assert.ok(runs.some(({ executionId }) => executionId === id));
      assert.ok(counts['In Progress'] > 0);
      await assert.rejects(backend.client.call('getService', { params: { id: run.service.id } }), {
        status: 404,
      });
    });

    it('belongs to the known project that has its script, where it was named as typed; else to its experiment', async () => {
      await backend.ended(await backend.train('def train():\n    pass'));
      const typed = (name: string): Promise<string> =>
        made({ tags: [{ key: 'mlflow.source.name', value: name }] });
      assert.equal((await seen(await typed('train.py'))).project, backend.project);
      assert.equal((await seen(await typed('nowhere.py'))).project, 'Default');
    });

    for (const [said, status] of [
      ['FINISHED', 'Success'],
      ['FAILED', 'Failed'],
      ['KILLED', 'Terminated'],
    ] as const) {
      it(`is ${status} when its program says ${said}, and In Progress when it goes on`, async () => {
        await post('/runs/update', { run_id: id, status: said, end_time: 1_700_000_060_000 });
        const ended = await seen(id);
        assert.deepEqual([ended.status, ended.durationMs, ended.attempt], [status, 60_000, 1]);
        await post('/runs/update', { run_id: id, status: 'RUNNING' });
        const again = await seen(id);
        assert.deepEqual([again.status, again.endedAt, again.attempt], ['In Progress', null, 1]);
        assert.equal(again.startedAt, ended.startedAt);
        const { history } = await backend.detail(again);
        const times = history.map(({ at }) => at);
        assert.deepEqual(times, times.toSorted());
        assert.equal(history.find((one) => one.status === 'In Progress')?.at, ended.startedAt);
      });
    }

    it("can't be aborted or run again, in words, but taken out at any time", async () => {
      const refused = { status: 409, code: 'not-trained-here' };
      await assert.rejects(backend.client.call('abort', { params: { id } }), refused);
      await assert.rejects(backend.client.call('rerun', { params: { id } }), refused);
      await backend.client.call('remove', { params: { id } });
      await assert.rejects(seen(id), { status: 404 });
      const logged = await post('/runs/log-metric', { run_id: id, key: 'x', value: 1, timestamp: 1 });
      assert.equal(logged.status, 404);
    });

    it('is taken out of every list where it is deleted, told to who listens, and is back as it was where it is restored', async () => {
      const listed = async (query: object): Promise<[boolean, number]> => {
        const { runs, counts } = await backend.client.call('listRuns', { query });
        return [runs.some(({ executionId }) => executionId === id), counts['In Progress']];
      };
      const queries = [{}, { search: 'a run' }, { project: backend.project }, { status: ['In Progress'] }];
      const lists = (): Promise<[boolean, number][]> => Promise.all(queries.map(listed));
      const then = await lists();
      const known = await seen(id);
      await takenOut(id, () => post('/runs/delete', { run_id: id }));
      await assert.rejects(seen(id), { status: 404 });
      await assert.rejects(backend.client.call('remove', { params: { id } }), { status: 404 });
      assert.deepEqual(
        await lists(),
        then.map(([, count]) => [false, count - 1]),
      );
      const { body } = await ask('GET', `/mlflow/runs/get?run_id=${id}`);
      assert.equal(
        (body as unknown as { run: { info: object } }).run.info['lifecycle_stage' as never],
        'deleted',
      );
      await post('/runs/restore', { run_id: id });
      const again = await backend.until(id, () => true);
      assert.deepEqual({ ...again, durationMs: 0 }, { ...known, durationMs: 0 });
      assert.deepEqual(await lists(), then);
    });

    it('tells in which run it is nested, and which are nested in it', async () => {
      const within = async (run_name: string, start_time: number): Promise<string> =>
        made({ run_name, start_time, tags: [{ key: 'mlflow.parentRunId', value: id }] });
      const second = await within('second', 20);
      const first = await within('first', 10);
      const detail = async (run: string) =>
        (await backend.client.call('getRun', { params: { id: run } })).mlflow;
      const parent = { executionId: id, name: 'a run', version: (await seen(id)).model.version };
      assert.deepEqual([(await detail(first))?.parent, (await detail(id))?.parent], [parent, null]);
      const names = async () =>
        (await detail(id))?.nested.map(({ executionId, name }) => [executionId, name]);
      assert.deepEqual(await names(), [
        [first, 'first'],
        [second, 'second'],
      ]);
      await ask('POST', '/mlflow/runs/delete', { run_id: second });
      assert.deepEqual(await names(), [[first, 'first']]);
    });

    it('goes and comes back with its experiment', async () => {
      const { body } = await post('/experiments/create', { name: 'short' });
      const experiment = { experiment_id: (body as { experiment_id?: string }).experiment_id };
      const inside = await made(experiment);
      await post('/experiments/delete', experiment);
      await assert.rejects(seen(inside), { status: 404 });
      assert.equal((await seen(id)).executionId, id);
      await post('/experiments/restore', experiment);
      assert.equal((await seen(inside)).executionId, inside);
    });

    it('is left alone by the dispatcher, after a restart too', async () => {
      const { url } = backend.client.address;
      await backend.kill();
      await backend.restart();
      assert.equal(backend.client.address.url, url, 'its program finds the backend where it was');
      const run = await backend.train('def train():\n    pass');
      await backend.ended(run);
      assert.equal((await seen(id)).status, 'In Progress');
      assert.equal(
        (await post('/runs/log-metric', { run_id: id, key: 'x', value: 1, timestamp: 1 })).status,
        200,
      );
    });

    it('is renamed as its next version', async () => {
      await post('/runs/update', { run_id: id, run_name: 'better' });
      assert.equal((await seen(id)).model.name, 'better');
      const { runs } = await backend.client.call('listRuns', { query: { search: 'better' } });
      assert.deepEqual(
        runs.map(({ executionId }) => executionId),
        [id],
      );
    });
  });

  describe('for artifacts', () => {
    const at = (id: string, place: string): string => `/mlflow-artifacts/artifacts/0/${id}/artifacts${place}`;

    it('keeps them among the files of the run', async () => {
      const id = await made();
      assert.equal((await ask('PUT', at(id, '/plots/a%20b.txt'), 'hello')).status, 200);
      const { files } = await backend.client.call('files', { params: { id } });
      assert.deepEqual(
        files.map(({ path: name, kind, bytes }) => [name, kind, bytes]),
        [['plots/a b.txt', 'artifact', 5]],
      );
      assert.deepEqual((await ask('GET', at(id, '/plots/a%20b.txt'))).body, { text: 'hello' });
      const listed = await ask('GET', `/mlflow/artifacts/list?run_id=${id}&path=plots`);
      assert.deepEqual((listed.body as unknown as { files: unknown }).files, [
        { path: 'plots/a b.txt', is_dir: false, file_size: 5 },
      ]);
      assert.equal((await ask('DELETE', at(id, '/plots'))).status, 200);
      assert.equal((await ask('GET', at(id, '/plots/a%20b.txt'))).status, 404);
    });

    it('leads nowhere else', async () => {
      const id = await made();
      await ask('PUT', at(id, '/x'), 'x');
      const { outputDir } = await backend.detail(await seen(id));
      await symlink(backend.folder, path.join(outputDir, 'away'));
      await writeFile(path.join(backend.folder, 'secret'), 'secret');
      for (const place of ['/%2e%2e/y', '/a%2f..%2f..%2fy', '/a%5c..%5cy', '/a/%00', '/away/y']) {
        assert.equal((await ask('PUT', at(id, place), 'x')).status, 400, place);
      }
      for (const place of ['/away/secret', '/%2e%2e/log'])
        assert.equal((await ask('GET', at(id, place))).status, 400, place);
      assert.equal((await ask('GET', `/mlflow/artifacts/list?run_id=${id}&path=away`)).status, 400);
      assert.equal((await ask('DELETE', at(id, '/away/secret'))).status, 400);
      assert.equal(await readFile(path.join(backend.folder, 'secret'), 'utf8'), 'secret');
    });
  });

  it('takes a training out where its run is deleted, once nothing of it runs', async () => {
    const code = `
import os, time
def train(context):
    context.log(told=1)
    while not os.path.exists("delete"):
        time.sleep(0.01)
`;
    const run = await backend.train(code, { id: 'deleted' });
    const { executionId: id } = await backend.until(run.executionId, (now) => now.summary.length > 0);
    await post('/runs/delete', { run_id: id });
    assert.equal((await seen(id)).status, 'In Progress');
    await takenOut(id, () => writeFile(path.join(backend.project, 'delete'), ''));
    await assert.rejects(seen(id), { status: 404 });
    await assert.rejects(backend.client.call('rerun', { params: { id } }), { status: 404 });
    await post('/runs/restore', { run_id: id });
    assert.equal((await seen(id)).status, 'Success');
    assert.deepEqual(await backend.points(await seen(id), 'told'), [[1, 1]]);
  });

  it("lets a training's own token at its own run alone, and gives it that first", async () => {
    const code = `
import os, time
def train(context):
    keys = ("MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_TOKEN")
    with open("told.txt", "w") as file:
        file.write("\\n".join(os.environ[key] for key in keys))
    context.log(told=1)
    while not os.path.exists("go"):
        time.sleep(0.01)
`;
    const run = await backend.train(code, { id: 'asking' });
    await backend.until(run.executionId, (now) => now.summary.length > 0);
    const told = await readFile(path.join(backend.project, 'told.txt'), 'utf8');
    const [uri, token = ''] = told.split('\n');
    assert.equal(uri, `${backend.client.address.url}/mlflow`);
    const other = await made();
    const own = (method: string, where: string, body?: object): Promise<Answer> =>
      ask(method, where, body, token);
    assert.equal((await own('GET', `/mlflow/runs/get?run_id=${run.executionId}`)).status, 200);
    assert.equal((await own('GET', `/mlflow/runs/get?run_id=${other}`)).status, 404);
    assert.equal((await own('POST', '/mlflow/runs/delete', { run_id: other })).status, 404);
    assert.equal((await own('PUT', `/mlflow-artifacts/artifacts/0/${other}/artifacts/x`)).status, 404);
    assert.equal((await own('POST', '/mlflow/experiments/delete', { experiment_id: '0' })).status, 403);
    const idOf = ({ body }: Answer): string =>
      (body as unknown as { run: { info: { run_id: string } } }).run.info.run_id;
    const first = await own('POST', '/mlflow/runs/create', { experiment_id: '0' });
    assert.equal(idOf(first), run.executionId);
    const second = await own('POST', '/mlflow/runs/create', { experiment_id: '0', run_name: 'second' });
    assert.notEqual(idOf(second), run.executionId);
    const { body } = await own('POST', '/mlflow/runs/search', { experiment_ids: ['0'] });
    const found = (body as unknown as { runs: { info: { run_id: string } }[] }).runs.map(
      ({ info }) => info.run_id,
    );
    assert.deepEqual(new Set(found), new Set([run.executionId, idOf(second)]));
    await writeFile(path.join(backend.project, 'go'), '');
    assert.equal((await backend.ended(run)).status, 'Success');
    const orphan = await backend.ended(await seen(idOf(second)));
    assert.equal(orphan.status, 'Failed');
    const { body: ended } = await ask('GET', `/mlflow/runs/get?run_id=${run.executionId}`);
    const { info } = (ended as unknown as { run: { info: { status: string } } }).run;
    assert.equal(info.status, 'FINISHED');
  });
});
