/** Specifications compile without a warning, and a view without a screen shows what they say, also as it grows. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changeset, parse, View, type LoggerInterface } from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { compile } from 'vega-lite';
import { bestOf } from '../../webview/charts/best.ts';
import { lineOf, oddsOf, type Line } from '../../webview/charts/lines.ts';
import type { Look } from '../../webview/charts/look.ts';
import { difference, rowsOf, type DrawnLine } from '../../webview/charts/rows.ts';
import { axisOfX, axisOfY } from '../../webview/charts/scales.ts';
import { figureSpec, signalsOf, type FigureShape } from '../../webview/charts/spec.ts';
import { aSeries } from './samples.ts';

const look: Look = {
  background: 'rgb(30, 30, 30)',
  foreground: 'rgb(200, 200, 200)',
  faint: 'rgb(150, 150, 150)',
  grid: 'rgb(50, 50, 50)',
  axis: 'rgb(90, 90, 90)',
  error: 'rgb(240, 80, 80)',
  palette: ['rgb(1, 2, 3)', 'rgb(4, 5, 6)'],
  font: 'sans-serif',
  contrast: false,
};
const shape: FigureShape = {
  axis: 'epoch',
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

async function viewOf(lines: readonly DrawnLine[], said: string[] = []): Promise<View> {
  const { spec } = compile(figureSpec(shape, look), { logger: logger(said) });
  const view = new View(parse(spec, undefined, { ast: true }), {
    expr: expressionInterpreter,
    renderer: 'none',
    logger: logger(said),
  });
  const signals = { ...signalsOf(axisOfX([1, 10], 300), axisOfY([0, 4], 160)), width: 300, height: 160 };
  for (const [name, value] of Object.entries(signals)) view.signal(name, value);
  for (const [name, rows] of Object.entries(rowsOf(lines))) view.insert(name, [...(rows as object[])]);
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
    const items = itemsOf(view, 'layer_1_marks');
    assert.equal(items.length, 6);
    assert.deepEqual(
      [...new Set(items.map((item) => `${item.stroke} [${item.strokeDash?.join(' ')}]`))],
      ['rgb(4, 5, 6) [5 3]', 'rgb(1, 2, 3) []'],
    );
  });

  it('leaves a gap where a value is no number, and marks its place', async () => {
    const view = await viewOf([drawn('val', val([3, 'NaN', 2, 'Infinity', 1]))]);
    const line = itemsOf(view, 'layer_1_marks');
    assert.deepEqual(
      line.map((item) => item.defined),
      [true, false, true, false, true],
    );
    const [low, high] = [itemsOf(view, 'layer_2_marks'), itemsOf(view, 'layer_3_marks')];
    assert.deepEqual([low.length, high.length], [1, 1]);
    assert.equal(low[0]!.x, line[1]!.x);
    assert.ok(low[0]!.y > 140 && high[0]!.y < 20);
    assert.equal(itemsOf(view, 'layer_5_marks').length, 3);
  });

  it('B54 rings the best point', async () => {
    const view = await viewOf([drawn('train', train([3, 2, 1])), drawn('val', val([3, 1.5, 2]))]);
    const [ring, ...more] = itemsOf(view, 'layer_4_marks');
    assert.equal(more.length, 0);
    const best = itemsOf(view, 'layer_1_marks').filter((item) => item.stroke === 'rgb(1, 2, 3)')[1]!;
    assert.deepEqual([ring!.x, ring!.y], [best.x, best.y]);
  });

  it('draws the extremes of places that stand for many samples', async () => {
    const reduced = val([2, 2, 2], { min: [1, 1, 0.5], max: [3, 3.9, 3], count: [5, 5, 5] });
    const view = await viewOf([drawn('val', reduced)]);
    assert.equal(itemsOf(view, 'layer_0_marks').length, 3);
  });

  it('grows by changesets: what was drawn stays the same items, and no scale moves', async () => {
    const before = rowsOf([drawn('val', val([3, 2]))]);
    const view = await viewOf([]);
    let held = difference([], before.points).held;
    await view.change('points', changeset().insert(held)).runAsync();
    const items = itemsOf(view, 'layer_1_marks');
    const places = items.map(({ x, y }) => [x, y]);
    const change = difference(held, rowsOf([drawn('val', val([3, 2, 1]))]).points);
    held = change.held;
    await view.change('points', changeset().remove(change.remove).insert(change.insert)).runAsync();
    const grown = itemsOf(view, 'layer_1_marks');
    assert.equal(grown.length, 3);
    assert.ok(grown[0] === items[0] && grown[1] === items[1]);
    assert.deepEqual(
      grown.slice(0, 2).map(({ x, y }) => [x, y]),
      places,
    );
  });
});
