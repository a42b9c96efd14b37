import assert from 'node:assert/strict';
import { it } from 'node:test';
import { shownBy } from '../vscode/behaviours.ts';

it('A behaviour is shown by the passed tests that begin with its number', () => {
  const shown = shownBy([
    { file: 'runs.test.ts', name: 'B2 B5 shows rows' },
    { file: 'table.test.ts', name: 'B2 shows rows' },
    { file: 'table.test.ts', name: 'is told apart from B3' },
  ]);
  assert.deepEqual(
    [...shown].map(([number, files]) => [number, [...files]]),
    [
      [2, ['runs.test.ts', 'table.test.ts']],
      [5, ['runs.test.ts']],
    ],
  );
  assert.throws(() => shownBy([{ file: 'runs.test.ts', name: 'B70 is new' }]), /no B70/);
});
