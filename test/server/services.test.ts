import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Run, Service, SettingsChange } from '../../src/contract/shapes.ts';
import { RealBackend } from './realBackend.ts';

const WAITS = 'import time\ndef train(context):\n    while not context.should_stop: time.sleep(0.01)';

describe('Training services', () => {
  let backend: RealBackend;
  before(async () => {
    backend = await RealBackend.start();
  });
  after(() => backend.end());

  const serviceOf = (run: Run): Promise<Service> =>
    backend.client.call('getService', { params: { id: run.service.id } });
  const abort = async (run: Run): Promise<void> => {
    await backend.client.call('abort', { params: { id: run.executionId } });
    await backend.ended(run);
  };

  const configure = (run: Run, settings: SettingsChange): Promise<Service> =>
    backend.client.call('changeService', { params: { id: run.service.id }, body: { settings } });

  it('B27 B28 B29 B30 B31 B32 B33 one for each architecture, made by its first training', async () => {
    const listed = async (): Promise<string[]> =>
      (await backend.client.call('listServices', {})).services.map((one) => one.name);
    assert.deepEqual(await listed(), []);
    const first = await backend.ended(await backend.train('def train(): pass', { id: 'one' }));
    assert.deepEqual(await listed(), ['mgmt-train-one']);
    const second = await backend.ended(await backend.train('def train(): pass', { id: 'one' }));
    const other = await backend.ended(await backend.train('def train(): pass', { id: 'two' }));
    assert.equal(first.service.id, second.service.id);
    assert.notEqual(first.service.id, other.service.id);
    assert.deepEqual(await listed(), ['mgmt-train-one', 'mgmt-train-two']);
  });

  it('B36 B37 B38 are set by the first training; instance gpu and auto-scaling 1 unless it says otherwise', async () => {
    await backend.write('plain.py', 'def train(): pass');
    const run = await backend.client.call('submit', {
      body: {
        project: backend.project,
        architecture: { id: 'plain', train: 'plain.py:train', python: '/usr/bin/python3' },
        model: { name: 'plain' },
      },
    });
    const { settings } = await serviceOf(run);
    assert.deepEqual([settings.instance, settings.autoscaling, settings.engine], ['gpu', 1, 'local']);
    const { engines } = await backend.client.call('compute', {});
    if ((engines[0]?.gpus.length ?? 0) === 0) {
      // B61 B62: no GPU here, so the service can't start what it is set to.
      const held = await backend.until(run.executionId, (now) => now.diagnosis !== null);
      assert.deepEqual(
        [held.status, held.diagnosis?.severity, held.diagnosis?.code],
        ['Created', 'error', 'NoSuchInstance'],
      );
      assert.match(held.reason ?? '', /asks for a GPU; this machine has no GPU/);
      await backend.client.call('changeService', {
        params: { id: run.service.id },
        body: { settings: { instance: 'cpu' } },
      });
    }
    assert.equal((await backend.ended(run)).status, 'Success');
    assert.equal((await serviceOf(run)).health, 'healthy');
  });

  it('B24 B25 B26 B39 B40 Pending while its one replica is busy; raising auto-scaling starts it at once', async () => {
    const first = await backend.train(WAITS, { id: 'busy' });
    await backend.running(first);
    const second = await backend.train(WAITS, { id: 'busy' });
    const waiting = await backend.until(second.executionId, (now) => now.status === 'Pending');
    assert.match(
      waiting.reason ?? '',
      /^Place 1 in the queue of mgmt-train-busy: its one replica busy \(busy-model v1 since \d\d:\d\d UTC\)\.$/,
    );
    assert.equal(waiting.diagnosis, null);
    assert.deepEqual((await serviceOf(first)).replicas, { busy: 1, starting: 0, max: 1 });
    await backend.client.call('changeService', {
      params: { id: first.service.id },
      body: { settings: { autoscaling: 2 } },
    });
    await backend.running(second);
    const third = await backend.train(WAITS, { id: 'busy' });
    await backend.until(third.executionId, (now) => now.status === 'Pending');
    await abort(first);
    await backend.running(third);
    await abort(second);
    await abort(third);
  });

  it('B59 B61 B62 a start that fails is told, waits, and is tried again; one good start clears it', async () => {
    const run = await backend.train('import no_such_module\ndef train(): pass', { id: 'broken' });
    const failing = await backend.until(run.executionId, (now) => now.diagnosis?.code === 'StartFailed');
    assert.equal(failing.status, 'Created');
    assert.equal(failing.attempt, 1);
    assert.match(
      failing.diagnosis?.message ?? '',
      /broken\.py can't be imported: ModuleNotFoundError: .*no_such_module.*broken\.py:1/,
    );
    assert.match(failing.diagnosis?.hint ?? '', /^Install no_such_module into /);
    const loop = await backend.until(run.executionId, (now) => now.diagnosis?.code === 'CrashLoop');
    assert.equal(loop.status, 'Created');
    await backend.write('no_such_module.py', '');
    await backend.client.call('retryService', { params: { id: run.service.id } });
    assert.equal((await backend.ended(run)).status, 'Success');
    const service = await serviceOf(run);
    assert.deepEqual([service.health, service.diagnosis], ['healthy', null]);
  });

  it('a missing interpreter and one that is too old are failed starts that name it', async () => {
    const missing = await backend.train('def train(): pass', {
      id: 'missing',
      python: path.join(backend.folder, 'nowhere/python'),
    });
    const seen = await backend.until(missing.executionId, (now) => now.diagnosis !== null);
    assert.match(seen.diagnosis?.message ?? '', /^There is no Python at .*nowhere\/python\.$/);
    await abort(missing);
    const notPython = path.join(backend.folder, 'not-python');
    await writeFile(notPython, '#!/bin/sh\necho "I am no Python" >&2\nexit 4\n');
    await chmod(notPython, 0o755);
    const strange = await backend.train('def train(): pass', { id: 'strange', python: notPython });
    const told = await backend.until(strange.executionId, (now) => now.diagnosis !== null);
    assert.match(told.diagnosis?.message ?? '', /not-python ended with code 4 before it began/);
    assert.match(await backend.log(strange), /I am no Python/);
    await abort(strange);
  });

  it('requirements that do not install are told in the words of the installer', async () => {
    await backend.write('requirements.txt', './no-such-package\n');
    const run = await backend.train('def train(): pass', { id: 'needy', requirements: 'requirements.txt' });
    const seen = await backend.until(run.executionId, (now) => now.diagnosis !== null);
    assert.deepEqual([seen.status, seen.diagnosis?.code], ['Created', 'EnvironmentFailed']);
    assert.match(
      seen.diagnosis?.message ?? '',
      /^The environment of requirements\.txt can't be made: .*no-such-package/,
    );
    await abort(run);
  });

  it('B60 B63 B64 a paused service holds its queue with a warning; what runs goes on; resuming starts it', async () => {
    const running = await backend.train(WAITS, { id: 'paused' });
    await backend.running(running);
    await backend.client.call('pauseService', { params: { id: running.service.id } });
    const waiting = await backend.train(WAITS, { id: 'paused' });
    const held = await backend.until(waiting.executionId, (now) => now.diagnosis !== null);
    assert.deepEqual(
      [held.status, held.diagnosis?.severity, held.diagnosis?.code],
      ['Created', 'warning', 'Paused'],
    );
    const still = await backend.detail(running);
    assert.deepEqual([still.status, still.diagnosis], ['In Progress', null]);
    await abort(running);
    await backend.client.call('resumeService', { params: { id: running.service.id } });
    const begun = await backend.running(waiting);
    assert.equal(begun.diagnosis, null);
    await abort(waiting);
  });

  it('killed for memory, with used and allowed; a rerun follows while attempts are left', async () => {
    const hungry = await backend.train(
      'def train():\n    held = bytearray(300_000_000)\n    import time\n    time.sleep(60)',
      {
        id: 'hungry',
        service: { memory: '100MB', maxAttempts: 2 },
      },
    );
    await backend.until(hungry.executionId, (now) => now.status === 'Rerun');
    const ended = await backend.ended(hungry);
    assert.deepEqual([ended.status, ended.attempt], ['Failed', 2]);
    assert.match(ended.reason ?? '', /^It was killed for memory \(used 0\.\d+ GB, allowed 0\.10 GB\)\.$/);
    const service = await serviceOf(hungry);
    assert.equal(service.diagnosis?.code, 'OOM');
  });

  it('a lowered auto-scaling lets what runs go on, and what waits wait', async () => {
    const settings = { autoscaling: 2 };
    const [first, second] = [
      await backend.train(WAITS, { id: 'lowered', service: settings }),
      await backend.train(WAITS, { id: 'lowered' }),
    ];
    await backend.running(first);
    await backend.running(second);
    await configure(first, { autoscaling: 1 });
    const third = await backend.train(WAITS, { id: 'lowered' });
    const waiting = await backend.until(third.executionId, (now) => now.status === 'Pending');
    assert.match(
      waiting.reason ?? '',
      /its one replica busy \(lowered-model v1 since .*, lowered-model v2 since /,
    );
    await abort(first);
    assert.equal((await backend.detail(third)).status, 'Pending');
    await abort(second);
    await backend.running(third);
    await abort(third);
  });

  it('a changed setting ends the back-off, and counts from the next start on; with an empty queue nothing is proven again', async () => {
    const program = path.join(backend.folder, 'programs', 'only-there');
    await mkdir(path.dirname(program));
    await writeFile(program, '#!/bin/sh\necho found\n', { mode: 0o755 });
    const run = await backend.train('', { id: 'changed', command: ['only-there'] });
    const failing = await backend.until(run.executionId, (now) => now.diagnosis !== null);
    assert.match(failing.diagnosis?.message ?? '', /^The command 'only-there' can't be run/);
    await configure(run, { env: { PATH: `${path.dirname(program)}:${process.env['PATH'] ?? ''}` } });
    assert.equal((await backend.ended(run)).status, 'Success');
    assert.equal(await backend.log(run), 'found\n');
    const broken = await backend.train('', { id: 'changed', command: ['no-such-program'] });
    await backend.until(broken.executionId, (now) => now.diagnosis !== null);
    await abort(broken);
    assert.equal((await serviceOf(broken)).health, 'failing');
    await configure(broken, { maxAttempts: 2 });
    assert.deepEqual(
      [(await serviceOf(broken)).health, (await serviceOf(broken)).diagnosis],
      ['unproven', null],
    );
  });

  it('tells what happened to it, without the values of its environment', async () => {
    const run = await backend.train(WAITS, { id: 'told' });
    await backend.running(run);
    await configure(run, { autoscaling: 2, memory: '2GB', env: { KEY: 'hush-5678' } });
    await configure(run, { memory: null });
    await backend.client.call('pauseService', { params: { id: run.service.id } });
    await backend.client.call('resumeService', { params: { id: run.service.id } });
    await abort(run);
    const { history } = await backend.client.call('serviceHistory', { params: { id: run.service.id } });
    assert.deepEqual(
      history.map(({ kind }) => kind),
      ['resumed', 'paused', 'settings', 'settings', 'healthy', 'made'],
    );
    assert.equal(history[2]?.message, 'memory 2GB → none');
    assert.match(
      history[3]?.message ?? '',
      /auto-scaling 1 → 2.*memory none → 2GB|environment variables KEY changed/,
    );
    assert.doesNotMatch(JSON.stringify(history) + backend.output, /hush-5678/);
  });
});
