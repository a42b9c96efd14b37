/**
 * `npm run l10n`: writes l10n/bundle.l10n.json, the words of the extension and its pages, for whoever translates them. Each stands in the
 * code as a plain text, given to `l10n.t`.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

const root = path.resolve(import.meta.dirname, '../..');
const SOURCES = ['src/extension/**/*.ts', 'webview/**/*.ts'];

export const BUNDLE = path.join(root, 'l10n', 'bundle.l10n.json');

/** A text that a source gives to `l10n.t`; null for what is no plain text, and so can't be translated. */
export interface Translated {
  place: string;
  text: string | null;
}

export function allTranslated(): Translated[] {
  return globSync(SOURCES, { cwd: root }).toSorted().flatMap(translatedIn);
}

function translatedIn(file: string): Translated[] {
  const source = readFileSync(path.join(root, file), 'utf8');
  const found: Translated[] = [];
  new Visitor({
    CallExpression({ callee, arguments: [first] }) {
      if (source.slice(callee.start, callee.end) !== 'l10n.t') return;
      const line = source.slice(0, callee.start).split('\n').length;
      const text = first?.type === 'Literal' && typeof first.value === 'string' ? first.value : null;
      found.push({ place: `${file}:${line}`, text });
    },
  }).visit(parseSync(file, source).program);
  return found;
}

/** What the bundle is to say: each text, in the order of the files, by itself. */
export const bundle = (): Record<string, string> =>
  Object.fromEntries(allTranslated().flatMap(({ text }) => (text === null ? [] : [[text, text]])));

if (import.meta.main) writeFileSync(BUNDLE, `${JSON.stringify(bundle(), null, 2)}\n`);
