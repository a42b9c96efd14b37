/**
 * MLflow's language of filters and orders, for runs and experiments: `metrics.loss < 1 AND params."batch size" = '32' AND tags.kind IN
 * ('a', 'b')`. Pure. What isn't understood is refused in words, never passed over.
 */
import { invalid } from './errors.ts';

export type Kind = 'attributes' | 'metrics' | 'params' | 'tags';
type Value = number | string;

/** What is searched: a value by its kind and name, undefined where there is none. */
export type Lookup = (kind: Kind, key: string) => Value | undefined;

interface Term {
  kind: Kind;
  key: string;
  operator: string;
  value: Value | readonly string[] | null;
}

export interface Order {
  kind: Kind;
  key: string;
  descending: boolean;
}

const KINDS: Readonly<Record<string, Kind>> = {
  attribute: 'attributes',
  attributes: 'attributes',
  attr: 'attributes',
  run: 'attributes',
  metric: 'metrics',
  metrics: 'metrics',
  param: 'params',
  params: 'params',
  parameter: 'params',
  parameters: 'params',
  tag: 'tags',
  tags: 'tags',
};

/** The names of attributes, and what they are called here. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  run_id: 'run_id',
  run_name: 'run_name',
  'run name': 'run_name',
  'Run name': 'run_name',
  'Run Name': 'run_name',
  status: 'status',
  user_id: 'user_id',
  artifact_uri: 'artifact_uri',
  start_time: 'start_time',
  created: 'start_time',
  Created: 'start_time',
  end_time: 'end_time',
  duration: 'duration',
  experiment_id: 'experiment_id',
  name: 'name',
  creation_time: 'creation_time',
  last_update_time: 'last_update_time',
  source_run_id: 'source_run_id',
  model_id: 'model_id',
  model_type: 'model_type',
  creation_timestamp: 'creation_time',
};
const NUMERIC: ReadonlySet<string> = new Set([
  'start_time',
  'end_time',
  'duration',
  'creation_time',
  'last_update_time',
]);

const TOKEN =
  /\s*(?:(?<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`)|(?<sign><=|>=|!=|<>|=|<|>|\(|\)|,)|(?<word>\w+\.(?:"[^"]*"|`[^`]*`)|[^\s()<>=!,'"`]+))/y;

interface Token {
  kind: 'text' | 'sign' | 'word';
  text: string;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const groups = TOKEN.exec(text)?.groups;
    const kind = (['text', 'sign', 'word'] as const).find((one) => groups?.[one] !== undefined);
    if (groups === undefined || kind === undefined)
      throw invalid(`Invalid filter string: can't read "${text.slice(at)}".`);
    tokens.push({ kind, text: groups[kind] ?? '' });
  }
  return tokens;
}

const unquoted = (text: string): string =>
  /^(['"]).*\1$/s.test(text)
    ? text.slice(1, -1).replace(/\\(.)/gs, '$1')
    : /^`.*`$/s.test(text)
      ? text.slice(1, -1)
      : text;

/** "metrics.loss", `params."a b"`, "run_id": its kind and name. */
function fieldOf(text: string): { kind: Kind; key: string } {
  const dot = /^(\w+)\.(.+)$/s.exec(text);
  const kind = dot === null ? 'attributes' : KINDS[dot[1]?.toLowerCase() ?? ''];
  if (kind === undefined)
    throw invalid(
      `Invalid entity type '${dot?.[1]}'. Valid values are ['metric', 'parameter', 'tag', 'attribute'].`,
    );
  const name = unquoted(dot?.[2] ?? text);
  if (kind !== 'attributes') return { kind, key: name };
  const key = ATTRIBUTES[name];
  if (key === undefined) throw invalid(`Invalid attribute key '${name}' specified.`);
  return { kind, key };
}

/** The test that a filter means. Throws `MlflowError` where it isn't understood. */
export function filterOf(text: string): { test: (lookup: Lookup) => boolean; kinds: ReadonlySet<Kind> } {
  const tokens = tokensOf(text);
  const terms: Term[] = [];
  let at = 0;
  const next = (): Token => {
    const token = tokens[at++];
    if (token === undefined) throw invalid(`Invalid filter string: "${text}" ends too early.`);
    return token;
  };
  const isWord = (token: Token | undefined, ...words: string[]): boolean =>
    token?.kind === 'word' && words.includes(token.text.toUpperCase());
  while (at < tokens.length) {
    if (terms.length > 0 && !isWord(next(), 'AND'))
      throw invalid(`Invalid filter string: "${text}". Terms are joined by AND alone.`);
    const field = next();
    if (field.kind === 'sign') throw invalid(`Invalid clause(s) in filter string: "${field.text}"`);
    const { kind, key } = fieldOf(field.text);
    let operator = next().text.toUpperCase();
    if (operator === 'NOT') operator += ` ${next().text.toUpperCase()}`;
    if (operator === 'IS') {
      if (isWord(tokens[at], 'NOT')) {
        at++;
        operator = 'IS NOT';
      }
      if (!isWord(next(), 'NULL')) throw invalid(`Invalid filter string: "${text}": IS takes NULL.`);
      terms.push({ kind, key, operator, value: null });
      continue;
    }
    terms.push({ kind, key, operator, value: valueOf(kind, key, operator, next) });
  }
  return {
    test: (lookup) => terms.every((term) => holds(term, lookup(term.kind, term.key))),
    kinds: new Set(terms.map(({ kind }) => kind)),
  };
}

const COMPARATORS: ReadonlySet<string> = new Set(['=', '!=', '<>', '<', '<=', '>', '>=']);
const TEXT_COMPARATORS: ReadonlySet<string> = new Set(['=', '!=', '<>', 'LIKE', 'ILIKE', 'IN', 'NOT IN']);

function valueOf(kind: Kind, key: string, operator: string, next: () => Token): Term['value'] {
  const numeric = kind === 'metrics' || (kind === 'attributes' && NUMERIC.has(key));
  const allowed = numeric ? COMPARATORS : TEXT_COMPARATORS;
  if (!allowed.has(operator))
    throw invalid(
      `Invalid comparator '${operator}' for ${kind} "${key}". Valid ones are ${[...allowed].join(', ')}.`,
    );
  if (operator === 'IN' || operator === 'NOT IN') {
    const values: string[] = [];
    let token = next();
    if (token.text !== '(') throw invalid(`${operator} takes a list in parentheses.`);
    do {
      token = next();
      if (token.kind !== 'text') throw invalid(`Expected a quoted string value in the list of "${key}".`);
      values.push(unquoted(token.text));
      token = next();
    } while (token.text === ',');
    if (token.text !== ')') throw invalid(`The list of "${key}" isn't closed.`);
    return values;
  }
  const token = next();
  if (numeric) {
    const number = Number(unquoted(token.text));
    if (token.kind === 'sign' || Number.isNaN(number))
      throw invalid(`Expected numeric value type for ${kind} "${key}". Found ${token.text}`);
    return number;
  }
  if (token.kind !== 'text')
    throw invalid(`Expected a quoted string value for ${kind} (e.g. 'my-value'). Got value ${token.text}`);
  return unquoted(token.text);
}

function holds({ operator, value }: Term, found: Value | undefined): boolean {
  if (operator === 'IS') return found === undefined;
  if (operator === 'IS NOT') return found !== undefined;
  // As in SQL: of what isn't there nothing holds.
  if (found === undefined || value === null) return false;
  if (typeof value === 'object') return value.includes(String(found)) === (operator === 'IN');
  switch (operator) {
    case '=':
      return found === value;
    case '!=':
    case '<>':
      return found !== value;
    case '<':
      return found < value;
    case '<=':
      return found <= value;
    case '>':
      return found > value;
    case '>=':
      return found >= value;
    default:
      return like(String(value), operator === 'ILIKE').test(String(found));
  }
}

/** SQL's pattern: % stands for anything, _ for one character. */
function like(pattern: string, ignoreCase: boolean): RegExp {
  const source = pattern
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  return new RegExp(`^${source}$`, ignoreCase ? 'isu' : 'su');
}

export function orderOf(text: string): Order {
  const parsed = /^\s*(.+?)(?:\s+(asc|desc))?\s*$/is.exec(text);
  if (parsed?.[1] === undefined) throw invalid(`Invalid order_by clause '${text}'.`);
  return { ...fieldOf(unquoted(parsed[1])), descending: parsed[2]?.toLowerCase() === 'desc' };
}

/** Sorts by these, in turn; what has no value, or none that can be compared, comes last. */
export function inOrder<T>(items: readonly T[], orders: readonly Order[], lookup: (item: T) => Lookup): T[] {
  const keyed = items.map((item) => {
    const find = lookup(item);
    return { item, keys: orders.map(({ kind, key }) => find(kind, key)) };
  });
  keyed.sort((a, b) => {
    for (const [i, { descending }] of orders.entries()) {
      const compared = compare(a.keys[i], b.keys[i], descending);
      if (compared !== 0) return compared;
    }
    return 0;
  });
  return keyed.map(({ item }) => item);
}

function compare(a: Value | undefined, b: Value | undefined, descending: boolean): number {
  const [noA, noB] = [a, b].map((value) => value === undefined || Number.isNaN(value));
  if (noA === true || noB === true || a === undefined || b === undefined) return Number(noA) - Number(noB);
  if (a === b) return 0;
  return a < b === descending ? 1 : -1;
}
