/** Changes to a model's configuration as one types them: "lr=0.02 epochs=3", checked against the configuration. Pure. */
import * as l10n from '@vscode/l10n';
import { parse, type ParseError } from 'jsonc-parser';
import * as z from 'zod';
import type { SubmissionInput } from '../../contract/shapes.ts';

export type Config = NonNullable<SubmissionInput['model']['config']>;

export interface Changes {
  set: Config;
  /** What keeps it from being trained so; null where nothing does. */
  problem: string | null;
  /** What it can be trained with but is likely a mistake; null where there is nothing of the kind. */
  warning: string | null;
}

const Json = z.json();

/** Values are JSON; what isn't is text. Where the configuration has text, the value is text whatever it looks like. */
export function changesOf(text: string, config: Config): Changes {
  const set: Config = {};
  const wrong = (problem: string): Changes => ({ set: {}, problem, warning: null });
  for (const word of wordsOf(text)) {
    const at = word.indexOf('=');
    if (at < 1) return wrong(l10n.t('Write key=value, such as lr=0.02, not “{0}”.', word));
    const [key, given] = [word.slice(0, at), word.slice(at + 1)];
    if (given === '') return wrong(l10n.t('{0} has no value: write {0}=… with JSON or text.', key));
    const before = config[key];
    const value = valueOf(given, before);
    // What was null or isn't there can become anything.
    if (before !== undefined && before !== null && kindOf(value) !== kindOf(before)) {
      return wrong(otherKind(key, before, given));
    }
    set[key] = value;
  }
  const strange = Object.keys(set).filter((key) => !Object.hasOwn(config, key));
  const there = Object.keys(config).join(', ');
  return {
    set,
    problem: null,
    warning: strange.length === 0 ? null : unknownKeys(strange.join(', '), there),
  };
}

const unknownKeys = (strange: string, there: string): string =>
  there === ''
    ? l10n.t('The configuration has no {0}. Enter trains with it all the same.', strange)
    : l10n.t('The configuration has no {0}; it has {1}. Enter trains with it all the same.', strange, there);

function valueOf(given: string, before: Config[string] | undefined): Config[string] {
  const errors: ParseError[] = [];
  const parsed = Json.safeParse(parse(given, errors, { disallowComments: true }));
  const isJson = errors.length === 0 && parsed.success;
  if (isJson && (typeof before !== 'string' || typeof parsed.data === 'string')) return parsed.data;
  return given;
}

type Kind = 'number' | 'text' | 'truth' | 'null' | 'list' | 'object';

function kindOf(value: Config[string]): Kind {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return 'truth';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : 'object';
}

function otherKind(key: string, before: Config[string], given: string): string {
  const is = JSON.stringify(before);
  const kind = kindOf(before);
  switch (kind) {
    case 'number':
      return l10n.t("{0} is a number ({1}), and {2} isn't.", key, is, given);
    case 'text':
      return l10n.t("{0} is text ({1}), and {2} isn't.", key, is, given);
    case 'truth':
      return l10n.t("{0} is true or false ({1}), and {2} isn't.", key, is, given);
    case 'null':
      return l10n.t("{0} is null ({1}), and {2} isn't.", key, is, given);
    case 'list':
      return l10n.t("{0} is a list ({1}), and {2} isn't.", key, is, given);
    case 'object':
      return l10n.t("{0} is an object ({1}), and {2} isn't.", key, is, given);
    default:
      return kind satisfies never;
  }
}

/** Words, parted by spaces that stand in no quotes and in no brackets. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  let [word, depth, quoted] = ['', 0, false];
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (quoted && c === '\\') {
      word += c + text.charAt(++i);
      continue;
    }
    if (c === '"') quoted = !quoted;
    else if (!quoted && /[[{]/.test(c)) depth++;
    else if (!quoted && /[\]}]/.test(c)) depth--;
    if (/\s/.test(c) && !quoted && depth <= 0) {
      if (word !== '') words.push(word);
      word = '';
    } else word += c;
  }
  return word === '' ? words : [...words, word];
}
