/** Expressions as closures are worth what Vega's own interpreter says, whose place they take. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse, parseExpression, View } from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { compile, type TopLevelSpec } from 'vega-lite';
import { closures } from '../../webview/charts/expressions.ts';

const FUNCTIONS = {
  twice: (x: number) => x * 2,
  sum: (...all: number[]) => all.reduce((a, b) => a + b, 0),
  scale: (name: string, value: number) => `${name}(${value})`,
};
const context = { functions: FUNCTIONS };
const DATUM = { a: 3, b: -0.5, 'd e': 'text', nested: { list: [5, 6] }, nothing: null, line: 'exe-1 val' };
const PARAMS = { $spoken: 'exe-1 ', $quiet: true, $width: 640 };

type Parameter = (datum: object, params: object) => unknown;
const both = (expression: string): [ours: unknown, theirs: unknown] => {
  const told = { ast: parseExpression(expression) };
  return [closures, expressionInterpreter].map((one): unknown =>
    (one.parameter(context, told) as Parameter)(DATUM, PARAMS),
  ) as [unknown, unknown];
};

describe('Expressions', () => {
  for (const expression of [
    'datum.a',
    "datum['d e']",
    'datum.nested.list[1]',
    'datum["missing"]',
    'datum.a * 2 + datum.b / 4 - 7 % 3',
    'datum.a > 2 && datum.b < 0 || false',
    'datum.missing || "other"',
    '!datum.nothing ? -datum.a : +datum.b',
    'datum.a === 3 ? datum.a !== 3 : datum.a >= 3',
    'isFinite(datum.a) && isNaN(datum.missing)',
    'abs(datum.b) + ceil(datum.b) + floor(datum.b) + round(1.5) + max(1, datum.a) + min(1, datum.a)',
    'pow(2, datum.a) + sqrt(4) + log(1) + exp(0)',
    '[datum.a, [width], "x"]',
    'length(datum.line) + length(datum.nested.list)',
    "spoken === '' ? !quiet : indexof(datum.line, spoken) === 0",
    'if(datum.a > 2, twice(datum.a), missing())',
    'sum(1, 2, datum.a)',
    '_scale("x", datum.a)',
    'NaN',
    'PI * 2',
    'test(/^exe/, datum.line)',
    '{x: datum.a, y: [1]}',
    'upper(datum.line)',
    'datum.a == "3"',
    'datum.a | 8',
  ]) {
    it(expression, () => {
      const [ours, theirs] = both(expression);
      assert.deepEqual(ours, theirs);
    });
  }

  it('lead from data to no code', () => {
    const ours = (expression: string): unknown =>
      (closures.parameter(context, { ast: parseExpression(expression) }) as Parameter)(DATUM, PARAMS);
    assert.equal(ours('datum.constructor'), undefined);
    assert.throws(() => ours('datum.constructor.constructor'), TypeError);
    assert.equal(ours('datum.line.toString'), undefined);
  });

  it('that say how an item looks say whether it changed', () => {
    const channels = { x: { ast: parseExpression('datum.a') }, x2: { ast: parseExpression('width') } };
    const item = (): Record<string, unknown> => ({ datum: DATUM });
    for (const marktype of ['rect', 'area', 'rule']) {
      const [ours, theirs] = [item(), item()];
      const told = [
        [closures, ours],
        [expressionInterpreter, theirs],
      ] as const;
      for (const [one, drawn] of told) {
        const encode = one.encode(context, { marktype, channels }) as Parameter;
        assert.equal(encode(drawn, PARAMS), 1);
        assert.equal(encode(drawn, PARAMS), 0);
      }
      assert.deepEqual(ours, theirs, marktype);
    }
  });

  for (const mark of ['bar', 'area', 'line', 'point', 'rect', 'arc', 'text', 'tick', 'boxplot'] as const) {
    it(`draw a chart of the kind ${mark} as the interpreter does`, async () => {
      const { spec } = compile(aChart(mark));
      const [ours, theirs] = await Promise.all(
        [closures, expressionInterpreter].map(async (expr) => {
          const view = new View(parse(spec, {}, { ast: true }), { expr, renderer: 'none' });
          await view.runAsync();
          const drawn = (view.scenegraph() as unknown as { toJSON(): string }).toJSON();
          view.finalize();
          return drawn;
        }),
      );
      assert.ok(ours !== undefined && ours.length > 1000);
      assert.equal(ours, theirs);
    });
  }
});

function aChart(
  mark: 'bar' | 'area' | 'line' | 'point' | 'rect' | 'arc' | 'text' | 'tick' | 'boxplot',
): TopLevelSpec {
  const values = Array.from({ length: 24 }, (_, i) => ({
    x: i,
    y: ((i * 7) % 11) - 3,
    c: i % 3,
    t: i * 3.6e6,
  }));
  const color = { field: 'c', type: 'nominal' as const };
  const y = { field: 'y', type: 'quantitative' as const };
  if (mark === 'arc')
    return { data: { values }, mark, encoding: { theta: { ...y, aggregate: 'sum' }, color } };
  if (mark === 'boxplot') return { data: { values }, mark, encoding: { x: color, y } };
  return {
    data: { values },
    transform: [{ calculate: 'datum.y * 2', as: 'twice' }],
    mark,
    encoding: {
      x: { field: 't', type: 'temporal' },
      y: mark === 'rect' ? { field: 'x', bin: true } : { field: 'twice', type: 'quantitative' },
      color: { ...color, condition: { test: 'datum.y < 0', value: 'red' } },
      opacity: { condition: { test: { field: 'x', gt: 10 }, value: 0.5 }, value: 1 },
      tooltip: [y],
    },
  };
}
