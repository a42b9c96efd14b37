/**
 * Vega's expressions as closures. The policy of the page forbids to make code of them; Vega's own answer, its interpreter, walks the
 * tree of an expression each time, for each channel of each point, and that took most of the time of a first drawing. Here the tree is
 * walked once. What is rare in charts, events and regular expressions among it, is left to the interpreter.
 */
import { expressionInterpreter } from 'vega-interpreter';

/** A tree as `vega-expression` parses it (ESTree, https://github.com/estree/estree/blob/master/es5.md#expressions). */
type Node =
  | { type: 'Literal'; value: unknown; regex?: unknown }
  | { type: 'Identifier'; name: string }
  | { type: 'MemberExpression'; object: Node; property: Node; computed: boolean }
  | { type: 'CallExpression'; callee: { name: string }; arguments: Node[] }
  | { type: 'ArrayExpression'; elements: Node[] }
  | { type: 'BinaryExpression' | 'LogicalExpression'; operator: string; left: Node; right: Node }
  | { type: 'UnaryExpression'; operator: string; argument: Node }
  | { type: 'ConditionalExpression'; test: Node; consequent: Node; alternate: Node }
  | { type: 'ObjectExpression' };

type Datum = Readonly<Record<string, unknown>> | undefined;
type Params = Readonly<Record<string, unknown>>;
type Item = Record<string, unknown> & { datum: Datum };
/** What an expression is worth. Values are as Vega's own language has them: of any type. */
// Their three arguments are written out each time: to pass them on as a list makes one for each step of each point.
type Evaluate = (datum: Datum, params: Params, item: Item | undefined) => unknown;
type Fn = (...args: unknown[]) => unknown;
type Functions = Readonly<Record<string, Fn | undefined>>;

interface Context {
  functions: Functions;
}
interface Expression {
  ast: Node;
}
interface Encoding {
  marktype: string;
  channels: Readonly<Record<string, Expression>>;
}

type Number2 = (a: number, b: number) => unknown;

/** As JavaScript has them, whatever the operands are. */
const BINARY: Readonly<Record<string, Number2 | undefined>> = {
  '*': (a, b) => a * b,
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
  '===': (a, b) => a === b,
  '!==': (a, b) => a !== b,
};

const UNARY: Readonly<Record<string, ((a: number) => unknown) | undefined>> = {
  '+': Number,
  '-': (a) => -a,
  '!': (a) => !a,
};

/** Those of the language that charts use and that aren't among the functions of a view. */
const LANGUAGE: Functions = {
  isNaN: Number.isNaN,
  isFinite: Number.isFinite,
  abs: Math.abs as Fn,
  ceil: Math.ceil as Fn,
  floor: Math.floor as Fn,
  round: Math.round as Fn,
  max: Math.max as Fn,
  min: Math.min as Fn,
  log: Math.log as Fn,
  exp: Math.exp as Fn,
  pow: Math.pow as Fn,
  sqrt: Math.sqrt as Fn,
  length: (x) => (x as ArrayLike<unknown>).length,
  indexof: (x, ...args) => (x as string).indexOf(...(args as [string])),
};

/** The expressions of a view: what vega-embed takes as `expr`. */
export const closures: typeof expressionInterpreter = {
  ...expressionInterpreter,

  operator(context: Context, expression: Expression) {
    const evaluate = compiled(expression.ast, context.functions);
    if (evaluate === null) return expressionInterpreter.operator(context, expression) as Fn;
    return (params: Params) => evaluate(undefined, params, undefined);
  },

  parameter(context: Context, expression: Expression) {
    const evaluate = compiled(expression.ast, context.functions);
    if (evaluate === null) return expressionInterpreter.parameter(context, expression) as Fn;
    return (datum: Datum, params: Params) => evaluate(datum, params, undefined);
  },

  encode(context: Context, encoding: Encoding) {
    const channels: [name: string, evaluate: Evaluate][] = [];
    for (const [name, { ast }] of Object.entries(encoding.channels)) {
      const evaluate = compiled(ast, context.functions);
      if (evaluate === null) return expressionInterpreter.encode(context, encoding) as Fn;
      channels.push([name, evaluate]);
    }
    const settle = settled(encoding);
    return (item: Item, params: Params): number => {
      const { datum } = item;
      let changed = 0;
      for (const [name, evaluate] of channels) {
        const value = evaluate(datum, params, item);
        if (item[name] === value) continue;
        item[name] = value;
        changed = 1;
      }
      settle(item);
      return changed;
    };
  },
};

/** Null where the interpreter has to do it. */
function compiled(node: Node, functions: Functions): Evaluate | null {
  const one = (part: Node): Evaluate | null => compiled(part, functions);
  switch (node.type) {
    case 'Literal': {
      const { value } = node;
      return node.regex === undefined ? () => value : null;
    }
    case 'Identifier':
      return named(node.name);
    case 'MemberExpression': {
      const object = one(node.object);
      const property = node.computed ? one(node.property) : constant(node.property);
      return object === null || property === null ? null : member(object, property);
    }
    case 'CallExpression':
      return called(node.callee.name, node.arguments, functions);
    case 'ArrayExpression': {
      const parts = every(node.elements.map(one));
      return parts === null ? null : (datum, params, item) => parts.map((part) => part(datum, params, item));
    }
    case 'BinaryExpression': {
      const operate = BINARY[node.operator];
      const [left, right] = [one(node.left), one(node.right)];
      if (operate === undefined || left === null || right === null) return null;
      return (datum, params, item) =>
        operate(left(datum, params, item) as number, right(datum, params, item) as number);
    }
    case 'LogicalExpression': {
      const [left, right] = [one(node.left), one(node.right)];
      if (left === null || right === null) return null;
      // Truthiness and the value itself, as the language has it.
      return node.operator === '&&'
        ? (datum, params, item) => left(datum, params, item) && right(datum, params, item)
        : (datum, params, item) => left(datum, params, item) || right(datum, params, item);
    }
    case 'UnaryExpression': {
      const operate = UNARY[node.operator];
      const argument = one(node.argument);
      if (operate === undefined || argument === null) return null;
      return (datum, params, item) => operate(argument(datum, params, item) as number);
    }
    case 'ConditionalExpression':
      return chosen(one(node.test), one(node.consequent), one(node.alternate));
    case 'ObjectExpression':
      return null;
    default:
      return node satisfies never;
  }
}

function named(name: string): Evaluate | null {
  if (name === 'datum') return (datum) => datum;
  if (name === 'item') return (_datum, _params, item) => item;
  // Constants and events among the rest; what is left is a signal.
  if (name === 'event' || name === 'NaN' || name === name.toUpperCase()) return null;
  const signal = `$${name}`;
  return (_datum, params) => params[signal];
}

const constant = (node: Node): Evaluate | null => {
  if (node.type !== 'Identifier') return null;
  const { name } = node;
  return () => name;
};

const member =
  (object: Evaluate, property: Evaluate): Evaluate =>
  (datum, params, item) => {
    const of = object(datum, params, item) as Record<string, unknown>;
    const value = of[property(datum, params, item) as string];
    // No way leads from data to code.
    return typeof value === 'function' ? undefined : value;
  };

const chosen = (test: Evaluate | null, yes: Evaluate | null, no: Evaluate | null): Evaluate | null =>
  test === null || yes === null || no === null
    ? null
    : (datum, params, item) => (test(datum, params, item) ? yes : no)(datum, params, item);

function called(callee: string, nodes: readonly Node[], functions: Functions): Evaluate | null {
  // Encoders call some by a name of their own.
  const name = callee.startsWith('_') ? callee.slice(1) : callee;
  const args = every(nodes.map((node) => compiled(node, functions)));
  if (args === null) return null;
  const [first = null, second = null, third = null] = args;
  if (name === 'if') return chosen(first, second, third);
  const call = functions[name] ?? (Object.hasOwn(LANGUAGE, name) ? LANGUAGE[name] : undefined);
  if (call === undefined || EVENTS.has(name)) return null;
  if (first !== null && args.length === 1)
    return (datum, params, item) => call.call(functions, first(datum, params, item));
  if (second !== null && first !== null && args.length === 2)
    return (datum, params, item) =>
      call.call(functions, first(datum, params, item), second(datum, params, item));
  return (datum, params, item) =>
    call.apply(
      functions,
      args.map((arg) => arg(datum, params, item)),
    );
}

/** These look at the event under way. */
const EVENTS = new Set(['view', 'item', 'group', 'xy', 'x', 'y']);

function every(parts: readonly (Evaluate | null)[]): Evaluate[] | null {
  const found = parts.filter((part) => part !== null);
  return found.length === parts.length ? found : null;
}

/** What remains to be done once the channels of an item are known: an edge and a size follow from two edges or a middle. */
function settled({ marktype, channels }: Encoding): (item: Item) => void {
  const has = (name: string): boolean => Object.hasOwn(channels, name);
  if (marktype === 'rule' || !['x2', 'xc', 'y2', 'yc'].some(has)) return () => undefined;
  const swaps = ['group', 'image', 'rect'].includes(marktype);
  return (item) => {
    along(item, 'x', 'width', has, swaps);
    along(item, 'y', 'height', has, swaps);
  };
}

function along(
  item: Item,
  edge: 'x' | 'y',
  size: 'width' | 'height',
  has: (name: string) => boolean,
  swaps: boolean,
): void {
  const of = (name: string): number => item[name] as number;
  const [other, middle] = [`${edge}2`, `${edge}c`];
  if (has(other)) {
    if (has(edge)) {
      if (swaps && of(edge) > of(other)) [item[edge], item[other]] = [item[other], item[edge]];
      item[size] = of(other) - of(edge);
    } else item[edge] = of(other) - (of(size) || 0);
  }
  if (has(middle)) item[edge] = of(middle) - (of(size) || 0) / 2;
}
