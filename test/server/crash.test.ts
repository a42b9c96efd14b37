import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isOver } from '../../src/contract/status.ts';
import { RealBackend } from './realBackend.ts';

/** Logs an epoch every few milliseconds until a file appears, then so many more, so that a test decides when it ends. */
const STEADY = `
import os, time
def train(context, gate, more):
    epoch = 0
    while not os.path.exists(gate) and not context.should_stop:
        epoch += 1
        context.log(epoch=epoch, figures={"loss": {"train": 1 / epoch}})
        time.sleep(0.005)
    for _ in range(more):
        epoch += 1
        context.log(epoch=epoch, figures={"loss": {"train": 1 / epoch}})
    print("logged", epoch)
`;

describe('kill -9 on the backend', () => {
  let backend: RealBackend;
  before(async () => {
    backend = await RealBackend.start();
  });
  after(() => backend.end());

  const gate = (name: string): string => path.join(backend.folder, name);

  /** Every epoch from the first to the last is there, once. */
  async function assertWhole(run: Parameters<RealBackend['points']>[0]): Promise<void> {
    const logged = Number(/logged (\d+)/.exec(await backend.log(run))?.[1]);
    const epochs = (await backend.points(run, 'loss', 'train')).map(([x]) => x);
    assert.deepEqual(
      epochs,
      Array.from({ length: logged }, (_, i) => i + 1),
    );
  }

  it('while a training runs: it goes on, is adopted, and no sample is lost or doubled', async () => {
    const run = await backend.train(STEADY, { config: { gate: gate('first'), more: 50 } });
    await backend.until(run.executionId, (now) => now.summary.length > 0);
    const [pid] = await backend.processesOf(run);
    await backend.kill();
    await backend.restart();
    const adopted = await backend.running(run);
    assert.equal(adopted.attempt, 1);
    assert.equal((await backend.processesOf(run)).includes(pid ?? -1), true);
    const count = adopted.summary[0]?.count ?? 0;
    await backend.until(run.executionId, (now) => (now.summary[0]?.count ?? 0) > count + 20);
    await writeFile(gate('first'), '');
    assert.equal((await backend.ended(run)).status, 'Success');
    await assertWhole(run);
  });

  it('while the training ends: the next backend reads how it ended, and the samples that it left', async () => {
    const run = await backend.train(STEADY, { config: { gate: gate('second'), more: 5000 } });
    await backend.running(run);
    const { outputDir } = await backend.detail(run);
    await backend.kill();
    await writeFile(gate('second'), '');
    const end = path.join(path.dirname(outputDir), 'start-1', 'end.json');
    while (!(await stat(end).catch(() => null))) await new Promise((resolve) => setImmediate(resolve));
    await backend.restart();
    assert.equal((await backend.ended(run)).status, 'Success');
    await assertWhole(run);
  });

  it('while an abort is under way: it ends in Terminated, and nothing is left', async () => {
    const run = await backend.train(
      `import signal, time\ndef train():\n    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n    time.sleep(600)`,
      {
        service: { stopGraceSeconds: 0.5 },
      },
    );
    await backend.running(run);
    await backend.client.call('abort', { params: { id: run.executionId } });
    await backend.kill();
    await backend.restart();
    assert.equal((await backend.ended(run)).status, 'Terminated');
    assert.deepEqual(await backend.processesOf(run), []);
  });

  it('a second backend finds the first, says so, and changes nothing', async () => {
    const first = await readFile(path.join(backend.home, 'server.json'), 'utf8');
    await assert.rejects(backend.restart(), /A backend runs in .* already, at http:\/\/127\.0\.0\.1:\d+/);
    assert.equal(await readFile(path.join(backend.home, 'server.json'), 'utf8'), first);
    assert.ok((await stat(path.join(backend.home, 'server.json'))).mode % 0o1000 === 0o600);
    const { runs } = await backend.client.call('listRuns', { query: {} });
    assert.ok(runs.every((run) => isOver(run.status)));
  });
});
