/** What of MLflow is decided without a backend: what a training is told of it, and its language of searches. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withMlflow } from '../../src/server/mlflow/environment.ts';
import { filterOf, inOrder, orderOf, type Lookup } from '../../src/server/mlflow/search.ts';

describe('What a training is told of MLflow', () => {
  const uri = 'http://127.0.0.1:4321/mlflow';

  it('is where the backend is, its own token, and to give up soon', () => {
    const told = withMlflow({ PATH: '/bin' }, uri, 'secret');
    assert.equal(told['MLFLOW_TRACKING_URI'], uri);
    assert.equal(told['MLFLOW_TRACKING_TOKEN'], 'secret');
    assert.equal(told['PATH'], '/bin');
    assert.ok(Number(told['MLFLOW_HTTP_REQUEST_MAX_RETRIES']) < 7);
    assert.equal(told['MLFLOW_RUN_ID'], undefined);
    assert.equal(told['no_proxy'], undefined);
  });

  it("is nothing where the user's own environment names a server, or what opens one", () => {
    for (const name of [
      'MLFLOW_TRACKING_URI',
      'MLFLOW_TRACKING_TOKEN',
      'MLFLOW_TRACKING_USERNAME',
      'MLFLOW_RUN_ID',
    ])
      assert.deepEqual(withMlflow({ [name]: 'mine' }, uri, 'secret'), { [name]: 'mine' });
    assert.deepEqual(withMlflow({}, null, 'secret'), {});
  });

  it('leads past a proxy, whatever that lets past already', () => {
    const told = withMlflow({ HTTPS_PROXY: 'http://proxy:3128', no_proxy: 'corp.example' }, uri, 'secret');
    assert.equal(told['no_proxy'], 'corp.example,127.0.0.1');
    assert.equal(told['NO_PROXY'], 'corp.example,127.0.0.1');
    assert.equal(withMlflow({ http_proxy: 'x', NO_PROXY: '*' }, uri, 'secret')['no_proxy'], undefined);
  });
});

describe("MLflow's language of searches", () => {
  const run: Record<string, string | number> = {
    'attributes.status': 'FINISHED',
    'attributes.run_name': "it's 50%",
    'metrics.loss': 0.5,
    'metrics.a b/c': 2,
    'params.lr': '0.01',
    'tags.mlflow.source.type': 'LOCAL',
  };
  const lookup: Lookup = (kind, key) => run[`${kind}.${key}`];
  const yes = [
    '',
    '  ',
    'metrics.loss < 1',
    'metrics.loss<=0.5 and metrics.loss >= 5e-1',
    'metrics.`a b/c` = 2',
    'metrics."a b/c" != 3',
    "params.lr = '0.01' AND status = 'FINISHED'",
    'params.lr = "0.01"',
    "tags.mlflow.source.type = 'LOCAL'",
    "tags.`mlflow.source.type` IN ('LOCAL', 'JOB')",
    "attributes.status NOT IN ('FAILED')",
    "run_name LIKE '%50\\%'",
    "attributes.run_name ILIKE 'IT%'",
    'params.nothing IS NULL',
    'params.lr IS NOT NULL',
  ];
  const no = [
    'metrics.loss > 1',
    "params.nothing = 'x'",
    "params.nothing != 'x'",
    "run_name LIKE 'IT%'",
    'params.lr IS NULL',
  ];
  for (const filter of yes) it(`finds by ${filter}`, () => assert.equal(filterOf(filter).test(lookup), true));
  for (const filter of no)
    it(`doesn't find by ${filter}`, () => assert.equal(filterOf(filter).test(lookup), false));
  for (const wrong of [
    'loss < 1',
    'metrics.loss ~ 1',
    "metrics.loss < 'x'",
    'params.lr < 1',
    'params.lr = 0.01',
    "metrics.loss < 1 OR params.lr = 'x'",
    'metrics.loss <',
    'metrics.loss',
    "params.lr IN '0.01'",
    "params.lr IN ('0.01'",
    'params.lr IS 3',
    "planets.mars = 'x'",
    "'text' = 'text'",
    'metrics.loss < 1 metrics.loss < 2',
  ])
    it(`refuses ${wrong}, in words`, () =>
      assert.throws(() => filterOf(wrong), { name: 'MlflowError', code: 'INVALID_PARAMETER_VALUE' }));

  it('sorts by what is said, in turn, and puts last what has no value', () => {
    const items = [
      { n: 'a', x: 1 },
      { n: 'b', x: 2 },
      { n: 'c', x: NaN },
      { n: 'd', x: undefined },
      { n: 'e', x: 2 },
    ];
    const sorted = (...orders: string[]): string =>
      inOrder(
        items,
        orders.map(orderOf),
        (item) => (kind, key) => (key === 'x' ? item.x : kind === 'tags' ? item.n : undefined),
      )
        .map(({ n }) => n)
        .join('');
    assert.equal(sorted('metrics.x'), 'abecd');
    assert.equal(sorted('metrics.x DESC', 'tags.n desc'), 'ebadc');
    assert.equal(sorted('tags.`n` DESC'), 'edcba');
  });
});
