import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { STATUSES } from '../../src/contract/status.ts';
import { changedGroups, groupRuns, type Group } from '../../src/extension/runs/groups.ts';
import { run } from './runs.ts';

const byStatus = (runs: Parameters<typeof groupRuns>[0]): Group[] => groupRuns(runs, 'status');
const outline = (groups: Group[]): string[] => groups.map(({ label, runs }) => `${label} ${runs.length}`);

describe('The groups', () => {
  it('B15 stand in one order, the eight statuses and no other', () => {
    const runs = STATUSES.toReversed().map((status) => run(status));
    assert.deepEqual(
      byStatus(runs).map(({ label }) => label),
      ['In Progress', 'Pending', 'Created', 'Rerun', 'Failed', 'Aborted', 'Success', 'Terminated'],
    );
  });
  it('are there only with runs in them', () => {
    assert.deepEqual(byStatus([]), []);
    assert.deepEqual(outline(byStatus([run('Failed'), run('Failed')])), ['Failed 2']);
  });
  it('have the newest run first', () => {
    const at = (time: string, executionId: string) =>
      run('Success', { executionId, createdAt: `2025-11-24T${time}.000Z` });
    const [group] = byStatus([
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
  it('are those of the services, of the models, or none, by name', () => {
    const model = (name: string, version: number) => ({ id: `m-${name}-${version}`, name, version });
    const service = (id: string) => ({ id: `s-${id}`, name: `mgmt-train-${id}` });
    const runs = [
      run('Failed', { model: model('wide', 1), service: service('shapes') }),
      run('Success', { model: model('wide', 2), service: service('shapes') }),
      run('Created', { model: model('small', 1), service: service('other') }),
    ];
    assert.deepEqual(outline(groupRuns(runs, 'service')), ['mgmt-train-other 1', 'mgmt-train-shapes 2']);
    assert.deepEqual(outline(groupRuns(runs, 'model')), ['small 1', 'wide 2']);
    assert.deepEqual(outline(groupRuns(runs, 'none')), [' 3']);
  });
  it('keep projects apart where names repeat', () => {
    const runs = ['/work/a', '/work/b'].map((project) => run('Success', { project }));
    assert.deepEqual(
      groupRuns(runs, 'model').map(({ label, project }) => [label, project]),
      [
        ['shapes-small', '/work/a'],
        ['shapes-small', '/work/b'],
      ],
    );
  });

  describe('compared with those before', () => {
    const runs = Array.from({ length: 5 }, (_, i) =>
      run('Success', { createdAt: `2025-11-24T02:00:0${i}.000Z` }),
    );
    const [oldest, ...others] = runs;
    const newest = runs[4]!;
    const all = (): number => 100;
    it('tell which of them changed, or that not the same ones are there', () => {
      const failed = run('Failed');
      const before = byStatus([failed, ...others]);
      assert.deepEqual(changedGroups(before, byStatus([...others, failed]), all), []);
      assert.deepEqual(changedGroups(before, byStatus([...runs, failed]), all), ['Success']);
      assert.deepEqual(changedGroups(before, byStatus(runs), all), null);
    });
    it('look the same where what changed is on a later page, and their counts are the same', () => {
      const late = run('Success', { createdAt: oldest!.createdAt });
      const before = byStatus(runs);
      assert.deepEqual(
        changedGroups(before, byStatus([late, ...others]), () => 2),
        [],
      );
      assert.deepEqual(changedGroups(before, byStatus([late, ...others]), all), ['Success']);
      assert.deepEqual(
        changedGroups(before, byStatus(others), () => 2),
        ['Success'],
      );
      assert.deepEqual(
        changedGroups(before, byStatus([late, ...runs.filter((one) => one !== newest)]), () => 2),
        ['Success'],
      );
    });
  });
});
