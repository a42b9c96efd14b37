/** The words that wait for translation, and package.json as VS Code reads it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';

const root = path.resolve(import.meta.dirname, '..');
const parsed = (file: string): unknown => JSON.parse(readFileSync(path.join(root, file), 'utf8'));

const Words = z.record(z.string(), z.string());

/** The words that package.json names by their keys. */
export const manifestWords = (): Record<string, string> => Words.parse(parsed('package.nls.json'));

/** The words of the extension's and the pages' code, by themselves. */
export const extensionWords = (): Record<string, string> => Words.parse(parsed('l10n/bundle.l10n.json'));

/** What stands in braces, in code or in a link is no word. */
const NO_WORDS = /(\{\w+\}|\]\([^)]*\)|`[^`]*`|\$\([\w~-]+\))/;

/** The same in a language that nobody speaks, "Ｔｒａｉｎ", so that what is left in English is seen. */
export const inNoLanguage = (words: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(words).map(([key, text]) => [
      key,
      text
        .split(NO_WORDS)
        .map((part) => (NO_WORDS.test(part) ? part : part.replaceAll(/[a-z]/gi, wide)))
        .join(''),
    ]),
  );

/** The wide form of a Latin letter. */
const wide = (letter: string): string => String.fromCharCode(letter.charCodeAt(0) + 0xfee0);

/** As it stands there: `%key%` in the place of words. */
export const rawManifest = (): unknown => parsed('package.json');

/** With the words of package.nls.json in the place of their keys. Throws at a key without words. */
export function readManifest(): unknown {
  const words = manifestWords();
  const spoken = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const key = keyIn(value);
      if (key === null) return value;
      const text = words[key];
      if (text === undefined) throw new Error(`package.nls.json has no ${key}.`);
      return text;
    }
    if (Array.isArray(value)) return value.map(spoken);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, spoken(one)]));
  };
  return spoken(rawManifest());
}

/** The key that a text of package.json is; null where it is none. */
export const keyIn = (text: string): string | null => /^%([\w.]+)%$/.exec(text)?.[1] ?? null;
