import assert from 'node:assert/strict';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Run } from '../../src/contract/shapes.ts';
import { RealBackend } from './realBackend.ts';

describe('An import of runs', () => {
  let backend: RealBackend;
  let store: string;
  before(async () => {
    backend = await RealBackend.start();
    store = path.join(backend.project, 'mlruns');
    const run = path.join(store, '7', '0123456789abcdef0123456789abcdef');
    const put = async (name: string, text: string): Promise<void> => {
      await mkdir(path.dirname(path.join(store, name)), { recursive: true });
      await writeFile(path.join(store, name), text);
    };
    const inRun = (name: string, text: string): Promise<void> =>
      put(path.relative(store, path.join(run, name)), text);
    await put(
      '7/meta.yaml',
      "artifact_location: /x\nexperiment_id: '7'\nlifecycle_stage: active\nname: 'it''s shapes'\n",
    );
    await inRun(
      'meta.yaml',
      'run_id: 0123456789abcdef0123456789abcdef\nrun_name: "brave \\u00fc"\nstatus: 3\nstart_time: 1700000000000\nend_time: 1700000060000\nlifecycle_stage: active\n',
    );
    await inRun('metrics/val_loss', '1700000000000 0.5 0\n1700000001000 nan 1\n1700000002000 0.25 2\n');
    await inRun('metrics/metrics/mAP50B', '1700000002000 0.75 2\n');
    await inRun('params/lr', '0.01');
    await inRun('tags/mlflow.user', 'ada');
    await inRun('artifacts/model/weights.bin', 'abc');
    await put('7/models/m-1/meta.yaml', 'model_id: m-1\n');
    await put(
      '7/ffff/meta.yaml',
      'run_id: ffff\nrun_name: deleted\nstatus: 3\nstart_time: 1\nlifecycle_stage: deleted\n',
    );
    await put(
      '7/eeee/meta.yaml',
      'run_id: eeee\nrun_name: broken\nstatus: 1\nstart_time: 1700000000000\nlifecycle_stage: active\n',
    );
    await put('7/eeee/metrics/loss', 'no metric\n');
  });
  after(() => backend.end());

  const imported = (from: string): ReturnType<typeof call> => call(from);
  const call = (from: string) => backend.client.call('importRuns', { body: { from } });
  const theRun = async (): Promise<Run> => {
    const { runs } = await backend.client.call('listRuns', { query: { search: 'brave' } });
    assert.equal(runs.length, 1);
    return runs[0]!;
  };

  it('reads a folder mlruns: figures, params, tags, times, and files where they lie', async () => {
    const told = await imported(store);
    assert.deepEqual([told.added, told.known, told.complete], [1, 0, true]);
    assert.match(told.skipped[0]?.why ?? '', /line 1: "no metric" is no metric/);
    const run = await theRun();
    assert.equal(run.origin, 'imported');
    assert.equal(run.status, 'Success');
    assert.equal(run.model.name, 'brave ü');
    assert.equal(run.project, backend.project);
    assert.equal(run.createdAt, new Date(1_700_000_000_000).toISOString());
    assert.equal(run.durationMs, 60_000);
    assert.deepEqual(await backend.points(run, 'loss', 'val'), [
      [0, 0.5],
      [1, 'NaN'],
      [2, 0.25],
    ]);
    assert.deepEqual(await backend.points(run, 'mAP50(B)', 'val'), [[2, 0.75]]);
    const detail = await backend.detail(run);
    assert.deepEqual(detail.config, { lr: '0.01' });
    assert.equal(detail.mlflow?.experiment, "it's shapes");
    assert.equal(detail.imported?.from, path.join(store, '7', '0123456789abcdef0123456789abcdef'));
    assert.ok(Date.now() - Date.parse(detail.imported.at) < 60_000);
    assert.deepEqual(
      detail.history.map(({ status, at }) => [status, Date.parse(at)]),
      [
        ['Created', 1_700_000_000_000],
        ['In Progress', 1_700_000_000_000],
        ['Success', 1_700_000_060_000],
      ],
    );
    const { files } = await backend.client.call('files', { params: { id: run.executionId } });
    assert.ok(files[0]?.path.endsWith('artifacts/model/weights.bin'));
    await assert.rejects(backend.client.call('rerun', { params: { id: run.executionId } }), {
      code: 'not-trained-here',
    });
  });

  it('imports nothing twice, wherever the same runs lie, and what changed anew', async () => {
    const known = await theRun();
    assert.deepEqual((await imported(backend.project)).known, 1);
    const metric = path.join(store, '7', '0123456789abcdef0123456789abcdef', 'metrics', 'val_loss');
    await writeFile(metric, `${await readFile(metric, 'utf8')}1700000003000 0.125 3\n`);
    assert.equal((await imported(store)).changed, 1);
    const run = await theRun();
    assert.equal(run.executionId, known.executionId);
    assert.equal((await backend.points(run, 'loss', 'val')).length, 4);
    await rename(store, path.join(backend.project, 'moved'));
    const told = await imported(path.join(backend.project, 'moved'));
    assert.deepEqual([told.added, told.changed, told.known], [0, 0, 1]);
  });

  it('tells in which run one is nested, though they had other ids where they were', async () => {
    const folder = path.join(backend.project, 'folds', 'mlruns', '8');
    await mkdir(folder, { recursive: true });
    const put = async (id: string, name: string, tags: Readonly<Record<string, string>>): Promise<void> => {
      await mkdir(path.join(folder, id, 'tags'), { recursive: true });
      const meta = `run_id: ${id}\nrun_name: ${name}\nstatus: 3\nstart_time: 1700000000000\nlifecycle_stage: active\n`;
      await writeFile(path.join(folder, id, 'meta.yaml'), meta);
      for (const [key, value] of Object.entries(tags))
        await writeFile(path.join(folder, id, 'tags', key), value);
    };
    await writeFile(
      path.join(folder, 'meta.yaml'),
      "experiment_id: '8'\nlifecycle_stage: active\nname: folds\n",
    );
    await put('aaaa', 'fold-1', { 'mlflow.parentRunId': 'bbbb' });
    await put('bbbb', 'all-folds', {});
    await put('cccc', 'orphan', { 'mlflow.parentRunId': 'dddd' });
    await imported(path.dirname(folder));
    const { runs } = await backend.client.call('listRuns', { query: {} });
    const told = new Map(
      await Promise.all(
        runs.map(async (run) => [run.model.name, (await backend.detail(run)).mlflow] as const),
      ),
    );
    assert.equal(told.get('fold-1')?.parent?.name, 'all-folds');
    assert.deepEqual(
      told.get('all-folds')?.nested.map(({ name }) => name),
      ['fold-1'],
    );
    assert.equal(told.get('orphan')?.parent, null);
    assert.equal(told.get('fold-1')?.tags['mlflow.parentRunId'], 'bbbb');
  });

  it('reads a server, its own included', async () => {
    const { url, token } = backend.client.address;
    const other = await RealBackend.start();
    try {
      const asked = { from: `${url}/mlflow`, token, project: other.project };
      const told = await other.client.call('importRuns', { body: asked });
      assert.ok(told.added > 0, JSON.stringify(told));
      const { runs } = await other.client.call('listRuns', { query: { search: 'brave' } });
      assert.equal(runs.length, 1);
      assert.equal((await other.points(runs[0]!, 'loss', 'val')).length, 4);
      assert.equal((await other.detail(runs[0]!)).imported?.from, `${url}/mlflow`);
      assert.equal((await other.client.call('importRuns', { body: asked })).added, 0);
    } finally {
      await other.end();
    }
  });

  it('says what is not there, or can not be read', async () => {
    const refused = (from: string, message: RegExp): Promise<void> =>
      assert.rejects(imported(from), { status: 422, message });
    await refused('relative', /isn't an absolute path/);
    await refused(path.join(backend.folder, 'nothing'), /There is no/);
    await refused(backend.home, /no runs that Trainyard can read/);
    await refused('http://127.0.0.1:9/', /doesn't answer/);
    await refused(`${backend.client.address.url}/mlflow`, /401.*MLFLOW_TRACKING_TOKEN/);
  });
});
