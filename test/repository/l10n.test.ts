import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { parseSync, Visitor } from 'oxc-parser';
import { extensionWords, keyIn, manifestWords, rawManifest } from '../words.ts';

const root = path.resolve(import.meta.dirname, '../..');
const SOURCES = ['src/extension/**/*.ts', 'webview/**/*.ts'];

/** What package.json says to people stands in fields of these names. */
const SPOKEN = new Set([
  'displayName',
  'description',
  'title',
  'category',
  'label',
  'contextualTitle',
  'contents',
  'markdownDescription',
  'enumDescriptions',
]);

/** All texts of package.json, each with the name of the field in which it stands. */
function textsOf(value: unknown, field = ''): { field: string; text: string }[] {
  if (typeof value === 'string') return [{ field, text: value }];
  if (Array.isArray(value)) return value.flatMap((one) => textsOf(one, field));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => textsOf(one, name));
}

/** The texts that a source gives to `l10n.t`; null for what is no plain text, and so can't be found by whoever translates. */
function translatedIn(file: string): { place: string; text: string | null }[] {
  const source = readFileSync(path.join(root, file), 'utf8');
  const found: { place: string; text: string | null }[] = [];
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

describe('Who translates finds', () => {
  it('each text of package.json in package.nls.json, and nothing else there', () => {
    const used = textsOf(rawManifest()).flatMap(({ text }) => keyIn(text) ?? []);
    assert.deepEqual([...new Set(used)].toSorted(), Object.keys(manifestWords()).toSorted());
    const plain = textsOf(rawManifest()).filter(
      ({ field, text }) => SPOKEN.has(field) && keyIn(text) === null,
    );
    assert.deepEqual(plain, []);
  });

  it('each text of the extension and its pages in l10n/bundle.l10n.json, and nothing else there: `npm run l10n` writes it', () => {
    const texts = globSync(SOURCES, { cwd: root }).flatMap(translatedIn);
    assert.deepEqual(
      texts.filter(({ text }) => text === null),
      [],
    );
    assert.deepEqual(
      Object.keys(extensionWords()).toSorted(),
      [...new Set(texts.map(({ text }) => text ?? ''))].toSorted(),
    );
  });
});
