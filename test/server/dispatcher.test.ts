import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { openMetrics } from '../../src/server/metrics/client.ts';
import type { Metrics } from '../../src/server/metrics/metrics.ts';
import { happening, World } from './simulatedWorld.ts';

const LONG = process.env['TRAINYARD_TEST_LONG'] === '1';

describe('The dispatcher, whatever happens', () => {
  let folder = '';
  let metrics: Metrics;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trainyard-dispatcher-'));
    const worker = new URL('../../src/server/metrics/worker.ts', import.meta.url);
    metrics = await openMetrics({ file: path.join(folder, 'metrics.db'), worker });
  });
  after(async () => {
    await metrics.close();
    await rm(folder, { recursive: true });
  });

  it('never puts two executions on a GPU, nor more than auto-scaling, loses nothing, starts nothing twice, and ends everything', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(happening, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 2, max: 4 }),
        async (happenings, gpus) => {
          const world = new World(metrics, gpus);
          try {
            for (const one of happenings) {
              await world.happen(one);
              await world.assertSound();
            }
            await world.finishAll();
            await world.assertSound();
          } finally {
            await world.end();
          }
        },
      ),
      { numRuns: LONG ? 20_000 : 300 },
    );
  });

  it('does not let small runs starve a large one', async () => {
    const world = new World(metrics, 2);
    try {
      await world.happen({ what: 'submit', service: 1, n: 0 });
      // Service 2 needs both GPUs; a stream of small ones comes behind it.
      world.submit(2);
      for (let i = 0; i < 5; i++) await world.happen({ what: 'submit', service: 1, n: 0 });
      const [first] = world.engine.living();
      assert.ok(first);
      world.engine.makeReady(first);
      await world.settle();
      world.engine.finish(first);
      await world.settle();
      assert.deepEqual(
        world.engine.living().map((one) => one.start.gpus.length),
        [2],
      );
      await world.finishAll();
    } finally {
      await world.end();
    }
  });
});
