/** How points are taken in: deltas that overlap, late points, attempts, values that are no numbers. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bestOf } from '../../webview/charts/best.ts';
import { extended, extremes, lineOf, nearest, oddsOf } from '../../webview/charts/lines.ts';
import { difference, grouped, rowsOf } from '../../webview/charts/rows.ts';
import type { Rows } from '../../webview/charts/spec.ts';
import { aSeries } from './samples.ts';

const line = (x: number[], y: (number | 'NaN' | 'Infinity' | '-Infinity')[], rest = {}) =>
  lineOf(aSeries('box_loss', 'val', x, y, rest));

describe('points that come later', () => {
  it('go behind those that are there', () => {
    const grown = extended(line([1, 2], [3, 2]), line([3, 4], [1, 0.5]), 3);
    assert.deepEqual(
      [grown.x, grown.y],
      [
        [1, 2, 3, 4],
        [3, 2, 1, 0.5],
      ],
    );
  });

  it('replace what has the same x, and what lies behind it', () => {
    const grown = extended(line([1, 2, 3], [9, 8, 7]), line([2, 2.5, 3, 4], [80, 75, 70, 60]), 2);
    assert.deepEqual(
      [grown.x, grown.y],
      [
        [1, 2, 2.5, 3, 4],
        [9, 80, 75, 70, 60],
      ],
    );
  });

  it('of a later attempt replace the line; of an earlier one they change nothing', () => {
    const first = line([1, 2, 3], [9, 8, 7]);
    const second = line([1], [5], { attempt: 2 });
    assert.equal(extended(first, second, 1), second);
    assert.equal(extended(second, first, 1), second);
  });

  it('may be none', () => {
    const first = line([1], [9]);
    assert.equal(extended(first, line([], []), 2), first);
    assert.equal(extended(undefined, first, null), first);
  });
});

describe('values that are no numbers', () => {
  it('are NaN and infinities, kept at their place', () => {
    const odd = line([1, 2, 3, 4], [1, 'NaN', 'Infinity', '-Infinity']);
    assert.deepEqual(odd.y, [1, NaN, Infinity, -Infinity]);
    assert.deepEqual(oddsOf(odd), [
      { x: 2, value: NaN },
      { x: 3, value: Infinity },
      { x: 4, value: -Infinity },
    ]);
  });

  it('make a gap, a mark at the edge, and leave lone points to be drawn', () => {
    const odd = line([1, 2, 3, 4, 5, 6], [1, 'NaN', 3, 'Infinity', 2, 1]);
    const rows = rowsOf([{ key: 'a', line: odd, smooth: null, best: null, odds: oddsOf(odd) }], false);
    assert.deepEqual(
      rows.points.get('a')?.map((point) => point.y),
      [1, null, 3, null, 2, 1],
    );
    assert.deepEqual(
      rows.lone.get('a')?.map((point) => point.x),
      [1, 3],
    );
    assert.deepEqual(
      rows.odds.get('a')?.map(({ x, edge }) => [x, edge]),
      [
        [2, 'bottom'],
        [4, 'top'],
      ],
    );
  });

  it('widen no axis', () => {
    assert.deepEqual(extremes([line([1, 2, 3], [1, 'Infinity', 5])], 1, 3), [1, 5]);
    assert.equal(extremes([line([1], ['NaN'])], 1, 1), null);
  });

  it('of a window are those within it, and those at its edges', () => {
    assert.deepEqual(extremes([line([1, 2, 3, 4], [9, 3, 2, 0])], 1.5, 3.5), [1, 6]);
  });
});

describe('B54 the best value', () => {
  const values = line([1, 2, 3, 4, 5], [0.5, 0.9, 'NaN', 0.9, 0.4]);

  it('is the highest where higher is better, the lowest where lower is', () => {
    assert.deepEqual(bestOf(values, 'higher'), { x: 2, value: 0.9 });
    assert.deepEqual(bestOf(values, 'lower'), { x: 5, value: 0.4 });
  });

  it('is none for a figure without a direction, nor where there is no number', () => {
    assert.equal(bestOf(values, null), null);
    assert.equal(bestOf(line([1, 2], ['NaN', 'Infinity']), 'higher'), null);
  });

  it('is never an infinity', () => {
    assert.deepEqual(bestOf(line([1, 2], ['-Infinity', 3]), 'lower'), { x: 2, value: 3 });
  });

  it('inside a place of many samples has the epoch that the backend knows', () => {
    const reduced = line([10, 20], [0.5, 0.6], { max: [0.95, 0.7], count: [10, 10] });
    assert.deepEqual(bestOf(reduced, 'higher', { x: 4, value: 0.95 }), { x: 4, value: 0.95 });
    // A summary that is ahead of the points, or behind, isn't believed.
    assert.deepEqual(bestOf(reduced, 'higher', { x: 4, value: 0.99 }), { x: 10, value: 0.95 });
  });
});

describe('what a view is told', () => {
  const rows = (
    lines: Record<string, [x: number, y: Parameters<typeof line>[1][number]][]>,
    before?: Rows,
  ): Rows =>
    rowsOf(
      Object.entries(lines).map(([key, places]) => ({
        key,
        line: line(
          places.map(([x]) => x),
          places.map(([, y]) => y),
        ),
        smooth: null,
        best: null,
        odds: [],
      })),
      false,
      before,
    );
  const row = (x: number, y: number | null, of = 'a') => ({ line: of, x, y });

  it('is the new rows alone, and the old ones stay the very objects that it has', () => {
    const held = rows({
      a: [
        [1, 5],
        [2, 4],
      ],
    });
    const next = rows(
      {
        a: [
          [1, 5],
          [2, 4],
          [3, 3],
        ],
      },
      held,
    );
    assert.deepEqual(difference(held.points, next.points), { insert: [row(3, 3)], remove: [] });
    const [had, has] = [held.points.get('a')!, next.points.get('a')!];
    assert.ok(has[0] === had[0] && has[1] === had[1]);
  });

  it('is removals too, line by line, where values changed or lines went', () => {
    const held = rows({
      a: [
        [1, 5],
        [2, 4],
      ],
      b: [[1, 9]],
      c: [[1, 7]],
    });
    const next = rows(
      {
        a: [
          [1, 5],
          [2, 40],
          [3, 3],
        ],
        b: [[1, 9]],
      },
      held,
    );
    assert.deepEqual(difference(held.points, next.points), {
      insert: [row(2, 40), row(3, 3)],
      remove: [row(2, 4), row(1, 7, 'c')],
    });
  });

  it('is the whole, where rows were made anew though they say the same', () => {
    const held = rows({ a: [[1, 5]] });
    const { insert, remove } = difference(held.points, rows({ a: [[1, 5]] }).points);
    assert.deepEqual([insert, remove], [[row(1, 5)], [row(1, 5)]]);
  });

  it('keeps a gap a gap', () => {
    const held = rows({ a: [[1, 'NaN']] });
    assert.deepEqual(held.points.get('a'), [row(1, null)]);
    assert.deepEqual(difference(held.points, rows({ a: [[1, 'NaN']] }, held).points).insert, []);
  });

  it('is of rows that come as they are the new ones, by their lines', () => {
    const own = (one: { line: string }): string => one.line;
    const held = grouped([row(1, 5), row(1, 9, 'b')], own);
    const next = grouped([row(1, 5), row(2, 4), row(1, 8, 'b')], own, held);
    assert.deepEqual(difference(held, next), {
      insert: [row(2, 4), row(1, 8, 'b')],
      remove: [row(1, 9, 'b')],
    });
  });
});

it('the nearest place is found by halving', () => {
  const xs = [1, 2, 4, 8];
  assert.deepEqual(
    [-5, 1, 1.4, 3.1, 6, 7, 99].map((x) => xs[nearest(xs, x)]),
    [1, 1, 1, 4, 8, 8, 8],
  );
  assert.equal(nearest([], 3), -1);
});
