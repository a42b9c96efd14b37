/** Smoothed lines say what the line says, and outliers are told from the rest. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { lineOf, type Line } from '../../webview/charts/lines.ts';
import { fencesOf, smoothed } from '../../webview/charts/smooth.ts';
import { aSeries } from './samples.ts';

const line = (x: number[], y: Parameters<typeof aSeries>[3], count?: number[]): Line =>
  lineOf(aSeries('loss', 'val', x, y, count === undefined ? {} : { count }));
const close = (a: number, b: number): boolean =>
  Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));

describe('a smoothed line', () => {
  it('begins at the first value, never nearer to zero', () => {
    const values = smoothed(line([1, 2, 3], [8, 8, 8]), 0.99);
    assert.ok(
      values.every((value) => close(value, 8)),
      String(values),
    );
  });

  it('is the debiased moving average of evenly spaced points', () => {
    const y = [3, 1, 4, 1, 5, 9, 2, 6];
    const weight = 0.7;
    let mean = 0;
    const expected = y.map((value, i) => {
      mean = weight * mean + (1 - weight) * value;
      return mean / (1 - weight ** (i + 1));
    });
    const values = smoothed(
      line(
        y.map((_, i) => 10 + i),
        y,
      ),
      weight,
    );
    assert.ok(
      values.every((value, i) => close(value, expected[i]!)),
      String([values, expected]),
    );
  });

  it('lies between the least and the greatest value so far, whatever the values and distances', () => {
    const points = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: -1000, max: 1000 })),
      {
        minLength: 1,
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(points, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (steps, weight) => {
        let at = 0;
        const x = steps.map(([step]) => (at += step));
        const y = steps.map(([, value]) => value);
        smoothed(line(x, y), weight).forEach((value, i) => {
          const before = y.slice(0, i + 1);
          assert.ok(value >= Math.min(...before) - 1e-9 && value <= Math.max(...before) + 1e-9);
        });
      }),
    );
  });

  it('keeps NaN where it is, and goes on behind it', () => {
    const values = smoothed(line([1, 2, 3], [4, 'NaN', 4]), 0.5);
    assert.deepEqual([values[0], Number.isNaN(values[1]!), values[2]], [4, true, 4]);
  });

  it('gives a place as much weight as it stands for samples', () => {
    const many = smoothed(line([1, 2], [0, 1], [1, 1000]), 0.9)[1]!;
    assert.ok(many > 0.99, String(many));
  });
});

describe('outliers', () => {
  it('are what lies far from the rest, on both sides', () => {
    const values = [5, 4.8, 5.1, 5, 4.9, 5.2, 900, 5, -40];
    const [low, high] = fencesOf(values, false)!;
    assert.deepEqual(
      values.filter((value) => value < low || value > high),
      [900, -40],
    );
  });

  it('are none in values that fall as a loss does, nor where all are alike', () => {
    const values = Array.from({ length: 50 }, (_, i) => 10 - i / 10);
    const [low, high] = fencesOf(values, false)!;
    assert.ok(values.every((value) => value >= low && value <= high));
    assert.equal(fencesOf([1, 1, 1, 1, 7], false), null);
    assert.equal(fencesOf([], false), null);
  });

  it('are found by their ratio on a logarithmic scale', () => {
    const powers = [1, 10, 100, 1000, 10_000];
    assert.ok(fencesOf(powers, true)![1] > 10_000);
  });
});
