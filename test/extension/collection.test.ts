import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { RunCollection } from '../../src/extension/runs/collection.ts';
import { run } from './runs.ts';

const NOW = 1_000_000;

describe('The runs that a window holds', () => {
  let runs: RunCollection;
  const first = run('In Progress');
  beforeEach(() => {
    runs = new RunCollection();
    runs.put(first, NOW);
  });

  it('tell what an arrival changes: nothing, a row, or which rows there are', () => {
    assert.equal(runs.put(run('Created'), NOW), 'rows');
    assert.equal(runs.put({ ...first, progress: { done: 1, total: 2, unit: 'epoch' } }, NOW), 'row');
    assert.equal(runs.put({ ...first, progress: { done: 1, total: 2, unit: 'epoch' } }, NOW), 'none');
    assert.equal(runs.put({ ...first, status: 'Success' }, NOW), 'rows');
  });

  it("don't take a duration that went on for a change, but count on from it", () => {
    assert.equal(runs.put({ ...first, durationMs: 70_000 }, NOW + 6000), 'none');
    assert.deepEqual(runs.get(first.executionId), {
      run: { ...first, durationMs: 70_000 },
      receivedAt: NOW + 6000,
    });
  });

  it('tell whether there was something to remove', () => {
    assert.equal(runs.remove(first.executionId), true);
    assert.equal(runs.remove(first.executionId), false);
  });

  describe('compared with the whole list after a lost connection', () => {
    it('take what changed and drop what is gone', () => {
      const second = run('Success');
      const third = run('Pending');
      runs.put(second, NOW);
      const listing = runs.list();
      assert.deepEqual(
        listing.page([first, third], NOW).map((one) => [one.run.executionId, one.effect]),
        [[third.executionId, 'rows']],
      );
      assert.deepEqual(listing.end(), [second.executionId]);
      assert.deepEqual(
        [...runs.runs()].map((one) => one.executionId),
        [first.executionId, third.executionId],
      );
    });

    it('believe an event more than a page that was asked for before it', () => {
      const listing = runs.list();
      runs.put({ ...first, status: 'Success' }, NOW);
      assert.deepEqual(listing.page([first], NOW), []);
      assert.equal(runs.get(first.executionId)?.run.status, 'Success');
    });

    it("don't bring back what was removed meanwhile, nor drop what came", () => {
      const listing = runs.list();
      runs.remove(first.executionId);
      const late = run('Created');
      runs.put(late, NOW);
      listing.page([first], NOW);
      assert.deepEqual(listing.end(), []);
      assert.deepEqual([...runs.runs()], [late]);
    });

    it('drop a listing when the next one begins', () => {
      const old = runs.list();
      const next = runs.list();
      assert.deepEqual(old.page([run('Created')], NOW), []);
      assert.deepEqual(old.end(), []);
      next.page([first], NOW);
      assert.deepEqual(next.end(), []);
      assert.equal(runs.size, 1);
    });
  });
});
