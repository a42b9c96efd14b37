import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { STATUSES } from '../../src/contract/status.ts';
import { activity, changedGroups, groupByStatus } from '../../src/extension/runs/groups.ts';
import { run } from './runs.ts';

describe('The groups', () => {
  it('B15 stand in one order, the eight statuses and no other', () => {
    const runs = STATUSES.toReversed().map((status) => run(status));
    assert.deepEqual(
      groupByStatus(runs).map((group) => group.status),
      ['In Progress', 'Pending', 'Created', 'Rerun', 'Failed', 'Aborted', 'Success', 'Terminated'],
    );
  });
  it('are there only with runs in them', () => {
    assert.deepEqual(groupByStatus([]), []);
    assert.deepEqual(
      groupByStatus([run('Failed'), run('Failed')]).map(({ status, runs }) => [status, runs.length]),
      [['Failed', 2]],
    );
  });
  it('have the newest run first', () => {
    const at = (time: string, executionId: string) =>
      run('Success', { executionId, createdAt: `2025-11-24T${time}.000Z` });
    const [group] = groupByStatus([
      at('01:00:00', 'a'),
      at('03:00:00', 'b'),
      at('02:00:00', 'c'),
      at('02:00:00', 'd'),
    ]);
    assert.deepEqual(
      group?.runs.map((one) => one.executionId),
      ['b', 'd', 'c', 'a'],
    );
  });
  it('tell which of them changed, or that not the same ones are there', () => {
    const [one, two, three] = [run('Success'), run('Failed'), run('Success')];
    const before = groupByStatus([one, two]);
    assert.deepEqual(changedGroups(before, groupByStatus([two, one])), []);
    assert.deepEqual(changedGroups(before, groupByStatus([one, two, three])), ['Success']);
    assert.deepEqual(changedGroups(before, groupByStatus([one, three])), null);
  });
  it('count what runs and what waits', () => {
    const runs = (['In Progress', 'Pending', 'Created', 'Rerun', 'Failed'] as const).map((one) => run(one));
    assert.deepEqual(activity(runs), { running: 1, waiting: 3 });
  });
});
