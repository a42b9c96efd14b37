/** Changes to a model's configuration as one types them: "lr=0.02 epochs=3", checked against the configuration. Pure. */
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
    if (at < 1) return wrong(`Write key=value, such as lr=0.02, not “${word}”.`);
    const [key, given] = [word.slice(0, at), word.slice(at + 1)];
    if (given === '') return wrong(`${key} has no value: write ${key}=… with JSON or text.`);
    const before = config[key];
    const value = valueOf(given, before);
    // What was null or isn't there can become anything.
    if (before !== undefined && before !== null && kindOf(value) !== kindOf(before)) {
      return wrong(`${key} is ${kindOf(before)} (${JSON.stringify(before)}), and ${given} isn't.`);
    }
    set[key] = value;
  }
  const strange = Object.keys(set).filter((key) => !Object.hasOwn(config, key));
  const there = Object.keys(config).join(', ');
  return {
    set,
    problem: null,
    warning:
      strange.length === 0
        ? null
        : `The configuration has no ${strange.join(', ')}${there === '' ? '' : `; it has ${there}`}. Enter trains with it all the same.`,
  };
}

function valueOf(given: string, before: Config[string] | undefined): Config[string] {
  const errors: ParseError[] = [];
  const parsed = Json.safeParse(parse(given, errors, { disallowComments: true }));
  const isJson = errors.length === 0 && parsed.success;
  if (isJson && (typeof before !== 'string' || typeof parsed.data === 'string')) return parsed.data;
  return given;
}

function kindOf(value: Config[string]): string {
  if (typeof value === 'number') return 'a number';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return 'true or false';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : 'an object';
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
