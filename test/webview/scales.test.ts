/** How far axes reach, in steps, and where their ticks stand. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chosen, moved, zoomed } from '../../webview/explore/lens.ts';
import { columnsFor, plotHeight } from '../../webview/explore/grid.ts';
import { contrastOf, differenceOf, paletteOf, readable, rgbOf } from '../../webview/charts/look.ts';
import {
  axisOfLogY,
  axisOfX,
  axisOfY,
  reachOfLogY,
  reachOfX,
  reachOfY,
} from '../../webview/charts/scales.ts';
import { durationText, timeStep } from '../../webview/charts/times.ts';

describe('x', () => {
  it('has room while points come in, and widens in few steps', () => {
    const reaches = Array.from({ length: 100 }, (_, i) => reachOfX(1, i + 1, true, null)[1]);
    assert.deepEqual([...new Set(reaches)], [5, 10, 15, 20, 30, 40, 60, 80, 100]);
    assert.ok(reaches.every((end, i) => end >= i + 1));
  });

  it('goes as far as the training will, where that is near', () => {
    assert.deepEqual(reachOfX(1, 1, true, 12), [1, 12]);
    assert.deepEqual(reachOfX(1, 11, true, 12), [1, 12]);
    assert.deepEqual(reachOfX(1, 11, true, 300), [1, 15]);
    assert.deepEqual(reachOfX(1, 120, true, 300), [1, 300]);
    // A training that runs past what it announced is drawn all the same.
    assert.deepEqual(reachOfX(1, 13, true, 12), [1, 15]);
  });

  it('ends with the last point when the training is over', () => {
    assert.deepEqual(reachOfX(1, 11, false, 12), [1, 11]);
    assert.deepEqual(reachOfX(3, 3, false, null), [2.5, 3.5]);
  });

  it('starts where a resumed training starts', () => {
    assert.deepEqual(reachOfX(1000, 1003, true, null), [1000, 1005]);
  });

  it('has ticks at whole numbers, the first epoch among them', () => {
    assert.deepEqual(axisOfX([1, 12], 240, 'epoch').ticks, [1, 5, 10]);
    assert.deepEqual(axisOfX([1, 5], 300, 'epoch').ticks, [1, 2, 3, 4, 5]);
    assert.deepEqual(axisOfX([1, 1.6], 300, 'epoch').ticks, [1]);
    assert.equal(axisOfX([0, 50_000], 300, 'epoch').format, '~s');
  });

  it('leaves air for a mark at the very edge', () => {
    const { domain } = axisOfX([1, 12], 300, 'epoch');
    assert.ok(domain[0] < 1 && domain[0] > 0 && domain[1] > 12 && domain[1] < 13);
  });
});

describe('y', () => {
  it('reaches to round numbers that its ticks meet', () => {
    for (const [low, high] of [
      [0.65, 1.78],
      [0.4, 2.6],
      [0.004, 0.019],
      [-3, 11],
      [1200, 56_000],
    ] as const) {
      const reach = reachOfY([low, high], null, 3);
      const { ticks } = axisOfY(reach, 150);
      assert.ok(reach[0] <= low && reach[1] >= high, `${low} to ${high}`);
      assert.ok(ticks.length >= 3 && ticks.length <= 6, `${ticks.join(' ')} for ${low} to ${high}`);
      assert.equal(ticks[0], reach[0]);
      assert.equal(ticks.at(-1), reach[1]);
    }
  });

  it('stays as it is while values fit it well, and follows them when they do not', () => {
    const before = reachOfY([0.5, 1.9], null, 3);
    assert.equal(reachOfY([0.55, 1.8], before, 3), before);
    assert.notEqual(reachOfY([0.5, 4], before, 3), before);
    assert.notEqual(reachOfY([1, 1.1], before, 3), before);
  });

  it('starts at zero where values come near it', () => {
    assert.equal(reachOfY([0.1, 0.9], null, 3)[0], 0);
    assert.notEqual(reachOfY([0.8, 0.9], null, 3)[0], 0);
  });

  it('has a width where all values are the same', () => {
    for (const value of [0, 5, -2]) {
      const [low, high] = reachOfY([value, value], null, 3);
      assert.ok(low <= value && high >= value && high > low);
    }
  });

  it('writes small steps short', () => {
    assert.equal(axisOfY([0, 1], 150).format, '.1f');
    assert.equal(axisOfY([0, 0.0006], 150).format, '~e');
    assert.equal(axisOfY([0, 40_000], 150).format, '~s');
  });
});

describe('the window on x', () => {
  it('scales around a place that stays', () => {
    assert.deepEqual(zoomed([0, 100], [0, 100], 50, 0.5), [25, 75]);
    assert.deepEqual(zoomed([0, 100], [0, 100], 0, 0.5), [0, 50]);
  });
  it('is everything again when it would be as wide', () =>
    assert.equal(zoomed([25, 75], [0, 100], 50, 2), null));
  it('is never narrower than an epoch', () => {
    assert.deepEqual(chosen(7.4, 7.6, [1, 12]), [7, 8]);
    assert.deepEqual(chosen(11.9, 12, [1, 12]), [11, 12]);
    assert.equal(chosen(0, 13, [1, 12]), null);
  });
  it('moves as far as there is something', () => {
    assert.deepEqual(moved([2, 4], [1, 12], 3), [5, 7]);
    assert.deepEqual(moved([2, 4], [1, 12], 100), [10, 12]);
  });
});

it('charts fill their rows', () => {
  const shared = (charts: number, width: number): number[] => {
    const { rows, columns, lastSpan } = columnsFor(charts, width, 'medium');
    return [rows, columns, lastSpan];
  };
  assert.deepEqual(shared(3, 640), [2, 2, 2]);
  assert.deepEqual(shared(4, 540), [2, 2, 1]);
  assert.deepEqual(shared(4, 960), [2, 2, 1]);
  assert.deepEqual(shared(3, 960), [1, 3, 1]);
  assert.deepEqual(shared(7, 320), [7, 1, 1]);
  assert.deepEqual(shared(5, 900), [2, 3, 2]);
  assert.deepEqual([columnsFor(4, 540, 'medium').narrow, columnsFor(4, 640, 'medium').narrow], [true, false]);
  assert.ok(plotHeight(7, 800, 'medium') >= 150 && plotHeight(1, 2000, 'medium') <= 400);
});

describe('colours', () => {
  it('are read as the browser writes them', () => {
    assert.deepEqual(rgbOf('rgb(1, 2, 3)'), [1, 2, 3]);
    assert.deepEqual(rgbOf('rgba(255, 255, 255, 0.5)', [0, 0, 0]), [127.5, 127.5, 127.5]);
    assert.deepEqual(rgbOf('color(srgb 1 0 0.5)'), [255, 0, 127.5]);
    assert.equal(rgbOf('tomato'), null);
  });
  it('are moved towards the text until they can be told from the ground', () => {
    const white = [255, 255, 255] as const;
    const yellow = [255, 230, 120] as const;
    assert.ok(contrastOf(yellow, white) < 3);
    assert.ok(contrastOf(readable(yellow, white, [0, 0, 0], 3), white) >= 3);
    const blue = [0, 99, 211] as const;
    assert.ok(differenceOf(blue, [10, 90, 200]) < 0.1 && differenceOf(blue, [209, 134, 22]) > 0.2);
    assert.deepEqual(readable(blue, white, [0, 0, 0], 3), blue);
  });
  it('are exchanged where a theme gives nearly the same to two lines', () => {
    const [white, black, orange] = [
      [255, 255, 255],
      [0, 0, 0],
      [213, 94, 0],
    ] as const;
    const spares = [black, orange];
    const blue = [0, 99, 211] as const;
    assert.deepEqual(paletteOf([blue, [200, 120, 20]], spares, white, black, 3), [blue, [200, 120, 20]]);
    assert.deepEqual(paletteOf([blue, [20, 90, 200]], spares, white, black, 3), [blue, orange]);
  });
});

describe('times', () => {
  it('are written as short as can be', () => {
    const texts = [0, 4.25, 59.6, 60, 90, 3600, 5400, 93_600, -30].map(durationText);
    assert.deepEqual(texts, ['0s', '4.3s', '1m', '1m', '1m 30s', '1h', '1h 30m', '1d 2h', '−30s']);
  });

  it('have ticks where a clock has hands', () => {
    const { ticks, labels } = axisOfX([0, 5400], 400, 'relative');
    assert.deepEqual(ticks, [0, 900, 1800, 2700, 3600, 4500, 5400]);
    assert.deepEqual([labels[900], labels[4500]], ['15m', '1h 15m']);
    assert.ok(timeStep([0, 10], 5) === 2 && timeStep([0, 86_400 * 40], 5) === 8 * 86_400);
  });

  it('of the day have ticks at whole hours of the own zone', () => {
    const start = new Date(2026, 10, 25, 22, 10).getTime() / 1000;
    const { ticks, labels } = axisOfX([start, start + 4 * 3600], 400, 'clock');
    assert.ok(ticks.length >= 3 && ticks.every((tick) => new Date(tick * 1000).getMinutes() === 0));
    const midnight = new Date(2026, 10, 26).getTime() / 1000;
    const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
    assert.equal(labels[midnight], day.format(midnight * 1000));
  });
});

describe('a logarithmic y', () => {
  it('reaches to 1, 2 or 5 times a power of ten, and stays as long as values fit', () => {
    const reach = reachOfLogY([0.013, 3.1], null);
    assert.deepEqual(reach, [0.01, 5]);
    assert.equal(reachOfLogY([0.02, 4], reach), reach);
    assert.deepEqual(reachOfLogY([0.002, 4], reach), [0.002, 5]);
    assert.deepEqual(reachOfLogY([3, 3], null), [1, 10]);
  });

  it('has ticks at round numbers, a few of them, however far it reaches', () => {
    assert.deepEqual(axisOfLogY([0.01, 5], 160).ticks, [0.01, 0.1, 1]);
    const wide = axisOfLogY([1e-12, 1e3], 160);
    assert.ok(wide.ticks.length >= 3 && wide.ticks.length <= 6, String(wide.ticks));
    assert.equal(wide.labels[1e-12], '1e-12');
    assert.ok(axisOfLogY([1, 5], 160).ticks.length >= 3);
    assert.ok(axisOfLogY([1.1, 1.2], 160).ticks.length >= 2);
  });
});
