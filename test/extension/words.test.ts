import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { duration, figureText, mainLine, shortFigure } from '../../src/client/words.ts';
import { DETECTOR, line, run } from './runs.ts';

describe('Words', () => {
  it('for durations', () => {
    const said: [ms: number, words: string][] = [
      [0, '0s'],
      [-5, '0s'],
      [999, '0s'],
      [59_999, '59s'],
      [60_000, '1m 00s'],
      [64_000, '1m 04s'],
      [3_599_000, '59m 59s'],
      [3_600_000, '1h 00m'],
      [86_399_000, '23h 59m'],
      [97_200_000, '1d 03h'],
    ];
    for (const [ms, words] of said) assert.equal(duration(ms), words);
  });

  it('for figures', () => {
    const said: [value: number | 'NaN', words: string][] = [
      [0.6134, '0.613'],
      [0.5, '0.5'],
      [0, '0'],
      [-12.345, '-12.3'],
      [1234.5, '1235'],
      [2_500_000, '2.5e6'],
      [0.000012, '1.2e-5'],
      ['NaN', 'NaN'],
    ];
    for (const [value, words] of said) assert.equal(figureText(value), words);
    assert.equal(shortFigure('mAP50-95(B)'), 'mAP50-95');
  });

  it('for the line that stands for a run: of its main figure the validation', () => {
    assert.equal(mainLine(run('Success')), null);
    assert.equal(mainLine(run('Success', { summary: DETECTOR }))?.best, 0.6134);
    const losses = [line('loss', 'train', 1, 1, 1), line('loss', 'val', 2, 2, 1)];
    assert.equal(mainLine({ summary: losses })?.legend, 'val');
    assert.equal(mainLine({ summary: losses.slice(0, 1) })?.legend, 'train');
  });
});
