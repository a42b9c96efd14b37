import assert from 'node:assert/strict';
import { it } from 'node:test';
import { shownBy } from '../vscode/behaviours.ts';

it('A behaviour is shown by the passed tests that begin with its number', () => {
  const shown = shownBy(['B2 B5 shows rows', 'B2 shows rows of the table', 'is told apart from B3']);
  assert.deepEqual(
    [...shown],
    [
      [2, ['shows rows', 'shows rows of the table']],
      [5, ['shows rows']],
    ],
  );
  assert.throws(() => shownBy(['B70 is new']), /no B70/);
});
