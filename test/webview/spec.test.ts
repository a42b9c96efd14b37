/** Specifications compile without a warning, and a view without a screen shows what they say, also as it grows. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changeset, parse, View, type LoggerInterface } from 'vega';
import { compile } from 'vega-lite';
import { bestOf } from '../../webview/charts/best.ts';
import { closures } from '../../webview/charts/expressions.ts';
import { lineOf, oddsOf, type Line } from '../../webview/charts/lines.ts';
import { difference, rowsOf, type ByLine, type DrawnLine } from '../../webview/charts/rows.ts';
import { axisOfLogY, axisOfX, axisOfY } from '../../webview/charts/scales.ts';
import { figureSpec, signalsOf, type FigureShape } from '../../webview/charts/spec.ts';
import { aSeries, LOOK as look } from './samples.ts';

const shape: FigureShape = {
  axis: 'epoch',
  log: false,
  path: null,
  strokes: [
    { key: 'train', color: 'rgb(4, 5, 6)', dash: [5, 3] },
    { key: 'val', color: 'rgb(1, 2, 3)', dash: [] },
  ],
};

function logger(said: string[]): LoggerInterface {
  const say = (...words: readonly unknown[]): LoggerInterface => {
    said.push(words.map(String).join(' '));
    return own;
  };
  const own = {
    level: () => own,
    warn: say,
    error: say,
    info: () => own,
    debug: () => own,
  } as unknown as LoggerInterface;
  return own;
}

const drawn = (key: string, line: Line): DrawnLine => ({
  key,
  line,
  smooth: null,
  best: key === 'val' ? bestOf(line, 'lower') : null,
  odds: oddsOf(line),
});
const train = (y: Parameters<typeof aSeries>[3], rest = {}): Line =>
  lineOf(
    aSeries(
      'box_loss',
      'train',
      y.map((_, i) => i + 1),
      y,
      rest,
    ),
  );
const val = train;

interface Item {
  x: number;
  y: number;
  defined?: boolean;
  stroke?: string;
  strokeDash?: readonly number[];
  shape?: string;
  items?: Item[];
}

/** The items of a mark, by its name in the compiled specification. */
function itemsOf(view: View, name: string): Item[] {
  const found: Item[] = [];
  const walk = (mark: { name?: string; items?: unknown[] }): void => {
    if (mark.name === name) found.push(...(mark.items as Item[]));
    for (const item of mark.items ?? []) {
      const { items } = item as { items?: { name?: string; items?: unknown[] }[] };
      items?.forEach(walk);
    }
  };
  walk((view.scenegraph() as unknown as { root: { items: unknown[] } }).root);
  return found;
}

async function viewOf(lines: readonly DrawnLine[], said: string[] = [], of = shape): Promise<View> {
  const { spec } = compile(figureSpec(of, look), { logger: logger(said) });
  const view = new View(parse(spec, undefined, { ast: true }), {
    expr: closures,
    renderer: 'none',
    logger: logger(said),
  });
  const y = of.log ? axisOfLogY([0.01, 10], 160) : axisOfY([0, 4], 160);
  const signals = { ...signalsOf(axisOfX([1, 10], 300, 'epoch'), y), width: 300, height: 160 };
  for (const [name, value] of Object.entries(signals)) view.signal(name, value);
  for (const [name, rows] of Object.entries(rowsOf(lines, of.log)))
    view.insert(name, [...(rows as ByLine<object>).values()].flat());
  return view.runAsync();
}

describe('a figure as a Vega-Lite specification', () => {
  it('compiles and runs without a warning', async () => {
    const said: string[] = [];
    await viewOf([drawn('train', train([3, 2])), drawn('val', val([3, 2, 'NaN', 2, 'Infinity']))], said);
    assert.deepEqual(said, []);
  });

  it('draws each line in its colour and dash', async () => {
    const view = await viewOf([drawn('train', train([3, 2, 1])), drawn('val', val([3.5, 2, 1.5]))]);
    const items = itemsOf(view, 'layer_2_marks');
    assert.equal(items.length, 6);
    assert.deepEqual(
      [...new Set(items.map((item) => `${item.stroke} [${item.strokeDash?.join(' ')}]`))],
      ['rgb(4, 5, 6) [5 3]', 'rgb(1, 2, 3) []'],
    );
  });

  it('leaves a gap where a value is no number, and marks its place', async () => {
    const view = await viewOf([drawn('val', val([3, 'NaN', 2, 'Infinity', 1]))]);
    const line = itemsOf(view, 'layer_2_marks');
    assert.deepEqual(
      line.map((item) => item.defined),
      [true, false, true, false, true],
    );
    const [low, high] = [itemsOf(view, 'layer_3_marks'), itemsOf(view, 'layer_4_marks')];
    assert.deepEqual([low.length, high.length], [1, 1]);
    assert.equal(low[0]!.x, line[1]!.x);
    assert.ok(low[0]!.y > 140 && high[0]!.y < 20);
    assert.equal(itemsOf(view, 'layer_6_marks').length, 3);
  });

  it('B54 rings the best point', async () => {
    const view = await viewOf([drawn('train', train([3, 2, 1])), drawn('val', val([3, 1.5, 2]))]);
    const [ring, ...more] = itemsOf(view, 'layer_5_marks');
    assert.equal(more.length, 0);
    const best = itemsOf(view, 'layer_2_marks').filter((item) => item.stroke === 'rgb(1, 2, 3)')[1]!;
    assert.deepEqual([ring!.x, ring!.y], [best.x, best.y]);
  });

  it('draws the extremes of places that stand for many samples', async () => {
    const reduced = val([2, 2, 2], { min: [1, 1, 0.5], max: [3, 3.9, 3], count: [5, 5, 5] });
    const view = await viewOf([drawn('val', reduced)]);
    assert.equal(itemsOf(view, 'layer_0_marks').length, 3);
  });

  it('has a logarithmic y, on which zero is a gap and its band goes on to the edge', async () => {
    const said: string[] = [];
    const reduced = val([1, 0, 0.1], { min: [0.5, 0, 0.1], max: [2, 1, 0.2], count: [5, 5, 5] });
    const view = await viewOf([drawn('val', reduced)], said, { ...shape, log: true });
    const [one, zero, tenth] = itemsOf(view, 'layer_2_marks');
    assert.equal(zero!.defined, false);
    assert.ok(tenth!.y - one!.y > 40 && tenth!.y - one!.y < 60, `${one!.y} ${tenth!.y}`);
    assert.equal(itemsOf(view, 'layer_0_marks').filter((item) => item.defined !== false).length, 3);
    assert.deepEqual(said, []);
  });

  it('has the line as it was logged behind the smoothed one', async () => {
    const logged = { ...drawn('val', val([4, 2])), smooth: [4, 3] };
    const view = await viewOf([logged]);
    const heights = (name: string): number[] => itemsOf(view, name).map((item) => item.y);
    const [raw, shown] = [heights('layer_1_marks'), heights('layer_2_marks')];
    assert.deepEqual([raw.length, shown.length, raw[0] === shown[0]], [2, 2, true]);
    assert.ok(raw[1]! > shown[1]!);
  });

  it('joins points in the order of their rows, and not in that of x', async () => {
    const view = await viewOf([], [], { ...shape, path: 'precision' });
    const points = [5, 2, 7].map((x) => ({ line: 'val', x, y: 1 }));
    await view.insert('points', points).runAsync();
    const places = itemsOf(view, 'layer_2_marks').map((item) => item.x);
    assert.ok(places[1]! < places[0]! && places[0]! < places[2]!, String(places));
  });

  it('grows by changesets: what was drawn stays the same items, and no scale moves', async () => {
    const before = rowsOf([drawn('val', val([3, 2]))], false);
    const view = await viewOf([]);
    await view.change('points', changeset().insert([...before.points.values()].flat())).runAsync();
    const items = itemsOf(view, 'layer_2_marks');
    const places = items.map(({ x, y }) => [x, y]);
    const after = rowsOf([drawn('val', val([3, 2, 1]))], false, before);
    const { insert, remove } = difference(before.points, after.points);
    await view.change('points', changeset().remove(remove).insert(insert)).runAsync();
    const grown = itemsOf(view, 'layer_2_marks');
    assert.equal(grown.length, 3);
    assert.ok(grown[0] === items[0] && grown[1] === items[1]);
    assert.deepEqual(
      grown.slice(0, 2).map(({ x, y }) => [x, y]),
      places,
    );
  });

  it('joins a point that came late in its place, without sorting', async () => {
    const at = (x: number[]): Line =>
      lineOf(
        aSeries(
          'box_loss',
          'val',
          x,
          x.map((one) => 10 - one),
        ),
      );
    const before = rowsOf([drawn('val', at([1, 2, 4]))], false);
    const view = await viewOf([]);
    await view.change('points', changeset().insert([...before.points.values()].flat())).runAsync();
    const after = rowsOf([drawn('val', at([1, 2, 3, 4]))], false, before);
    const { insert, remove } = difference(before.points, after.points);
    await view.change('points', changeset().remove(remove).insert(insert)).runAsync();
    const places = itemsOf(view, 'layer_2_marks').map((item) => item.x);
    assert.equal(places.length, 4);
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
  });
});
