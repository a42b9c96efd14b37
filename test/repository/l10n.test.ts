import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allTranslated, bundle } from '../../src/dev/l10n.ts';
import { extensionWords, keyIn, manifestWords, rawManifest } from '../words.ts';

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
    assert.deepEqual(
      allTranslated().filter(({ text }) => text === null),
      [],
    );
    assert.deepEqual(extensionWords(), bundle());
  });
});
