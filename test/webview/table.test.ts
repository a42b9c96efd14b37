/** What a table decides without a page: which rows in which order, where keys lead, which rows are chosen. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COLUMNS, type ColumnId, type TableRow } from '../../src/contract/pages/table.ts';
import { STATUSES, type Status } from '../../src/contract/status.ts';
import { columnOf, fitted } from '../../webview/table/columns.ts';
import { moved, inSight, type Place } from '../../webview/table/navigation.ts';
import { arrange, countsOf, durationAt, placeOf, type Filter, type Row } from '../../webview/table/rows.ts';
import { choose, chooseAll, NOTHING, onlyShown, type How } from '../../webview/table/selection.ts';
import { aRow } from './tableRows.ts';

const row = (i: number, rest: Partial<TableRow> = {}): Row => ({ ...aRow(i, rest), receivedAt: 0 });
const all: Filter = { search: '', statuses: new Set() };
const ids = (rows: readonly Row[]): string =>
  rows.map((one) => one.executionId.replace('exe-', '')).join(' ');

describe('rows', () => {
  const rows = STATUSES.map((status, i) =>
    row(i, { status, name: i % 2 === 0 ? 'shapes' : 'cranes', modelId: `m-9hx3vw${i}` }),
  );
  const shown = (filter: Partial<Filter>): string =>
    ids(arrange(rows, { ...all, ...filter }, { column: 'createdAt', descending: true }, 0));

  it('B10 B12 are found by name', () => assert.equal(shown({ search: 'cran' }), '7 5 3 1'));
  it('B11 B12 are found by model id', () => assert.equal(shown({ search: 'm-9hx3vw5' }), '5'));
  it('B13 B14 are restricted to each of the eight statuses, and to any set of them', () => {
    STATUSES.forEach((status, i) => assert.equal(shown({ statuses: new Set([status]) }), String(i)));
    assert.equal(shown({ statuses: new Set<Status>(['In Progress', 'Failed']) }), '4 0');
    assert.equal(shown({ statuses: new Set<Status>(['In Progress', 'Failed']), search: 'cranes' }), '');
  });
  it('are counted by status among those that the search finds', () => {
    assert.deepEqual([...countsOf(rows, 'cranes').values()], [0, 1, 0, 1, 0, 1, 0, 1]);
  });
});

describe('the order', () => {
  const metric = 'metric:box_loss' as const;
  const rows = [
    row(1, { name: 'b10', durationMs: 3000, progress: { share: 0.5, text: '' }, metrics: { box_loss: 0.5 } }),
    row(2, { name: 'b2', durationMs: null, progress: null, status: 'Pending', attempt: 2 }),
    row(3, { name: 'a', durationMs: 1000, status: 'In Progress', metrics: { box_loss: 'NaN' }, attempt: 3 }),
    row(4, { name: 'b10', version: 2, durationMs: 2000, metrics: { box_loss: 'Infinity' } }),
  ];
  const cases: [column: ColumnId, up: string, down: string][] = [
    ['name', '3 2 1 4', '4 1 2 3'],
    ['createdAt', '1 2 3 4', '4 3 2 1'],
    ['status', '3 2 4 1', '4 1 2 3'],
    ['progress', '1 4 3 2', '4 3 1 2'],
    // What has no value comes last both ways.
    ['duration', '4 1 3 2', '3 1 4 2'],
    [metric, '1 4 3 2', '4 1 3 2'],
    ['attempt', '4 1 2 3', '3 2 4 1'],
    ['service', '4 3 2 1', '4 3 2 1'],
  ];
  for (const [column, up, down] of cases) {
    it(`is by ${column}, both ways`, () => {
      // The one that runs has taken five seconds by now.
      assert.equal(ids(arrange(rows, all, { column, descending: false }, 4000)), up);
      assert.equal(ids(arrange(rows, all, { column, descending: true }, 4000)), down);
    });
  }

  it('is touched by what one sorts by alone', () => {
    const one = row(1, { status: 'In Progress', durationMs: 1000 });
    const sort = { column: 'duration', descending: true } as const;
    assert.equal(placeOf(one, sort), placeOf({ ...one, durationMs: 2000 }, sort));
    assert.notEqual(placeOf(one, sort), placeOf({ ...one, status: 'Success' }, sort));
    const byProgress = { column: 'progress', descending: true } as const;
    assert.notEqual(
      placeOf(one, byProgress),
      placeOf({ ...one, progress: { share: 0.1, text: '' } }, byProgress),
    );
  });
});

it('B7 a duration goes on while it runs, and stays as it was at the end', () => {
  assert.equal(
    durationAt({ ...row(1, { status: 'In Progress', durationMs: 1000 }), receivedAt: 500 }, 2500),
    3000,
  );
  assert.equal(durationAt(row(1, { status: 'Success', durationMs: 1000 }), 2500), 1000);
  assert.equal(durationAt(row(1, { status: 'Pending', durationMs: null }), 2500), null);
});

describe('columns', () => {
  const sum = (widths: readonly number[]): number => widths.reduce((a, b) => a + b, 0);
  const first = COLUMNS.map((id) => columnOf(id).width);
  const least = COLUMNS.map((id) => columnOf(id).least);

  it('are as wide as they begin where there is room, and all in sight where there is less', () => {
    assert.deepEqual(fitted(COLUMNS, {}, 2000), first);
    const narrow = fitted(COLUMNS, {}, 700);
    assert.ok(sum(narrow) <= 700 && sum(narrow) > 690, String(sum(narrow)));
    narrow.forEach((width, i) => assert.ok(width >= (least[i] ?? 0) && width < (first[i] ?? 0)));
  });

  it('are never narrower than what they show', () => {
    assert.deepEqual(fitted(COLUMNS, {}, 100), least);
    assert.deepEqual(fitted(COLUMNS, {}, 0), least);
  });

  it('keep the width that somebody gave them', () => {
    const [name, created] = fitted(COLUMNS, { createdAt: 300 }, 700);
    assert.deepEqual([name, created], [150, 300]);
    assert.deepEqual(fitted(['name'], { name: 300 }, 100), [300]);
  });
});

describe('keys lead', () => {
  const size = { rows: 100, columns: 6, page: 11 };
  const cases: [key: string, ctrl: boolean, from: Place, to: Place][] = [
    ['ArrowDown', false, { row: 4, column: 2 }, { row: 5, column: 2 }],
    ['ArrowDown', false, { row: 99, column: 2 }, { row: 99, column: 2 }],
    ['ArrowUp', false, { row: 0, column: 2 }, { row: -1, column: 2 }],
    ['ArrowUp', false, { row: -1, column: 2 }, { row: -1, column: 2 }],
    ['ArrowLeft', false, { row: 4, column: 0 }, { row: 4, column: 0 }],
    ['ArrowRight', false, { row: 4, column: 4 }, { row: 4, column: 5 }],
    ['Home', false, { row: 4, column: 3 }, { row: 4, column: 0 }],
    ['End', false, { row: 4, column: 3 }, { row: 4, column: 5 }],
    ['Home', true, { row: 50, column: 3 }, { row: 0, column: 0 }],
    ['End', true, { row: 50, column: 3 }, { row: 99, column: 5 }],
    ['PageDown', false, { row: 0, column: 1 }, { row: 10, column: 1 }],
    ['PageDown', false, { row: 95, column: 1 }, { row: 99, column: 1 }],
    ['PageUp', false, { row: 5, column: 1 }, { row: 0, column: 1 }],
  ];
  for (const [key, ctrl, from, to] of cases) {
    it(`${ctrl ? 'Ctrl+' : ''}${key} from row ${from.row}, column ${from.column}`, () =>
      assert.deepEqual(moved(from, key, ctrl, size), to));
  }
  it('nowhere where there are no rows, and no other key does', () => {
    assert.deepEqual(moved({ row: -1, column: 0 }, 'ArrowDown', false, { ...size, rows: 0 }), {
      row: -1,
      column: 0,
    });
    assert.equal(moved({ row: 1, column: 0 }, 'x', false, size), null);
  });
});

it('has in the page what is in sight and a little around it, of however many', () => {
  assert.deepEqual(inSight(0, 600, 28, 10_000), { from: 0, to: 30 });
  assert.deepEqual(inSight(280_000 - 600, 600, 28, 10_000), { from: 9970, to: 10_000 });
  assert.deepEqual(inSight(0, 600, 28, 3), { from: 0, to: 3 });
  assert.deepEqual(inSight(5000, 600, 28, 3), { from: 3, to: 3 });
});

describe('rows are chosen', () => {
  const order = ['a', 'b', 'c', 'd', 'e'];
  const after = (...steps: [string, How][]): string =>
    [...steps.reduce((selection, [id, how]) => choose(selection, order, id, how), NOTHING).ids]
      .toSorted()
      .join('');
  const cases: [what: string, steps: [string, How][], chosen: string][] = [
    [
      'one by a click',
      [
        ['a', 'only'],
        ['c', 'only'],
      ],
      'c',
    ],
    [
      'beside others with Ctrl',
      [
        ['a', 'only'],
        ['c', 'toggle'],
      ],
      'ac',
    ],
    [
      'no more with Ctrl again',
      [
        ['a', 'only'],
        ['c', 'toggle'],
        ['a', 'toggle'],
      ],
      'c',
    ],
    [
      'as a range with Shift, downwards',
      [
        ['b', 'only'],
        ['d', 'range'],
      ],
      'bcd',
    ],
    [
      'as a range with Shift, upwards',
      [
        ['d', 'only'],
        ['b', 'range'],
      ],
      'bcd',
    ],
    [
      'as a range from where it began',
      [
        ['c', 'only'],
        ['e', 'range'],
        ['a', 'range'],
      ],
      'abc',
    ],
    [
      'as a range from the last that Ctrl chose',
      [
        ['a', 'only'],
        ['d', 'toggle'],
        ['e', 'range'],
      ],
      'de',
    ],
    ['alone with Shift where nothing is chosen yet', [['c', 'range']], 'c'],
  ];
  for (const [what, steps, chosen] of cases) it(what, () => assert.equal(after(...steps), chosen));

  it('all, and then only those that are shown', () => {
    const some = onlyShown(chooseAll(order), ['b', 'd']);
    assert.deepEqual([[...some.ids], some.anchor], [['b', 'd'], null]);
    const same = chooseAll(order);
    assert.equal(onlyShown(same, order), same);
  });
});
