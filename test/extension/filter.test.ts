import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { STATUSES } from '../../src/contract/status.ts';
import { filterText, isFiltering, matcher, NO_FILTER } from '../../src/extension/runs/filter.ts';
import { run } from './runs.ts';

const one = run('Failed', {
  executionId: 'e-4k7zq0m1tn2b',
  model: { id: 'm-9hx3vw5c8d1e', name: 'shapes-small', version: 12 },
  architecture: { id: 'detector' },
});
const finds = (search: string): boolean => matcher({ search, statuses: [] })(one);

describe('The search', () => {
  const cases: [what: string, search: string, found: boolean][] = [
    ['B10 finds by the name', 'shapes-small', true],
    ['B10 finds by a part of the name', 'pes-sm', true],
    ['finds whatever the case', 'SHAPES', true],
    ['finds by name and version as the row has them', 'shapes-small v12', true],
    ['B11 finds by the model id', 'm-9hx3vw5c8d1e', true],
    ['B11 finds by a part of the model id', '9hx3', true],
    ['finds by the execution id', 'e-4k7zq', true],
    ['B11 finds by the first letters of the model id', 'm-9', true],
    ['takes two letters amid an id for an accident', '7z', false],
    ['finds by the architecture', 'detector', true],
    ['wants every word', 'small detector', true],
    ['B12 leaves out what lacks a word', 'small other', false],
    ['B12 leaves out what lacks it', 'wide', false],
    ['takes blanks for nothing', '  ', true],
    ['takes signs for themselves', 'shapes.small', false],
  ];
  for (const [what, search, found] of cases) it(what, () => assert.equal(finds(search), found));
});

describe('The filter by status', () => {
  it('B13 B14 lets through each of the eight, and no other', () => {
    const runs = STATUSES.map((status) => run(status));
    for (const status of STATUSES) {
      const through = runs.filter(matcher({ search: '', statuses: [status] }));
      assert.deepEqual(
        through.map((each) => each.status),
        [status],
      );
    }
  });
  it('B13 lets through several, and with a search what both let through', () => {
    const runs = [run('Failed'), run('Aborted'), run('Success'), one];
    const both = matcher({ search: '', statuses: ['Aborted', 'Failed'] });
    assert.equal(runs.filter(both).length, 3);
    assert.deepEqual(runs.filter(matcher({ search: 'detector', statuses: ['Failed'] })), [one]);
    assert.deepEqual(runs.filter(matcher({ search: 'detector', statuses: ['Success'] })), []);
  });
});

describe('What is filtered', () => {
  it('is said in words, and nothing where nothing is', () => {
    assert.equal(filterText(NO_FILTER), '');
    assert.equal(filterText({ search: ' ', statuses: [] }), '');
    assert.equal(filterText({ search: 'small ', statuses: [] }), '“small”');
    assert.equal(
      filterText({ search: 'small', statuses: ['Aborted', 'Failed'] }),
      '“small” · Failed, Aborted',
    );
    assert.deepEqual(
      [NO_FILTER, { search: 'x', statuses: [] }, { search: '', statuses: ['Failed'] as const }].map(
        isFiltering,
      ),
      [false, true, true],
    );
  });
});

describe('Ten thousand runs', () => {
  it('are searched by name and status', () => {
    const runs = Array.from({ length: 10_000 }, (_, i) =>
      run('Success', { model: { id: `m-${i}`, name: `model-${i % 50}`, version: i } }),
    );
    const found = runs.filter(matcher({ search: 'model-7 v', statuses: ['Success'] }));
    assert.equal(found.length, 200);
  });
});
