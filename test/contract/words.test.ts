/** How long a training will still take, as far as that can be said. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { timeLeft, wholeDone } from '../../src/contract/words.ts';

const run = (done: number, durationMs: number | null, rest = {}): Parameters<typeof timeLeft>[0] => ({
  status: 'In Progress',
  attempt: 1,
  progress: { done, total: 12, unit: 'epochs' },
  durationMs,
  ...rest,
});

describe('B6 The time left', () => {
  it('is told from what was done in the time so far, rounded as it is known', () => {
    assert.equal(timeLeft(run(3, 10_000)), '30s');
    assert.equal(timeLeft(run(11.5, 10_000)), '10s');
    assert.equal(timeLeft(run(6, 20 * 60_000)), '20m');
    assert.equal(timeLeft(run(1, 10 * 60_000)), '1h 50m');
  });

  it('is not told where nothing says it', () => {
    assert.equal(timeLeft(run(0, 10_000)), null);
    assert.equal(timeLeft(run(12, 10_000)), null);
    assert.equal(timeLeft(run(3, null)), null);
    assert.equal(timeLeft(run(3, 10_000, { status: 'Success' })), null);
    assert.equal(timeLeft(run(3, 10_000, { progress: null })), null);
    // What it took since its restart is not what three epochs take.
    assert.equal(timeLeft(run(3, 10_000, { attempt: 2 })), null);
  });

  it('goes on within an epoch, which is counted once it is over', () => {
    assert.equal(wholeDone({ done: 3.97 }), 3);
  });
});
