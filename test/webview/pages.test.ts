/** What all pages have in common: their frame, their calls, and what they say while nothing can be shown. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { FromPage, Outcome, type CallTable, type Handlers } from '../../src/contract/pages/page.ts';
import { answer } from '../../src/extension/panels/calls.ts';
import { pageOf } from '../../src/extension/panels/page.ts';
import { AWAY, troubleOf, troubleReading } from '../../src/extension/panels/trouble.ts';

it('the page lets nothing in but its own script and style', () => {
  const page = pageOf({
    cspSource: 'https://*.vscode-cdn.net',
    script: 'https://x/explore.js',
    style: 'https://x/explore.css',
    subject: ['a"b', '<c>'],
    title: 'Explore',
  });
  const policy = /content="(default-src[^"]*)"/.exec(page)?.[1] ?? '';
  const [, nonce = ''] = /script-src 'nonce-([\w-]{20,})'/.exec(policy) ?? [];
  assert.match(page, new RegExp(`<script type="module" nonce="${nonce}" src="https://x/explore.js">`));
  assert.doesNotMatch(policy, /unsafe|\*(?!\.vscode-cdn)/);
  assert.match(policy, /^default-src 'none'; .*connect-src 'none'$/);
  const again = pageOf({ cspSource: '', script: '', style: '', subject: null, title: '' });
  assert.ok(!again.includes(nonce));
  assert.match(page, /data-subject="\[&quot;a\\&quot;b&quot;,&quot;&lt;c&gt;&quot;\]"/);
});

it('the page has the words of another language written into it, and says which that is', () => {
  const parts = { cspSource: '', script: '', style: '', subject: null, title: '' };
  assert.match(pageOf(parts), /<html lang="en">[^]*<body data-subject="null">/);
  const german = pageOf({ ...parts, words: { language: 'de', bundle: { Name: '"Name"' } } });
  assert.match(
    german,
    /<html lang="de">[^]* data-words="{&quot;Name&quot;:&quot;\\&quot;Name\\&quot;&quot;}">/,
  );
});

describe('a call', () => {
  const calls = {
    half: { ask: z.object({ of: z.number() }), reply: z.number() },
    lie: { ask: z.null(), reply: z.number() },
  } as const satisfies CallTable;
  const handlers: Handlers<typeof calls> = {
    half: ({ of }) => {
      if (of < 0) throw Object.assign(new Error('Less than nothing.'), { hint: 'Ask for more.' });
      return Promise.resolve(of / 2);
    },
    // What a handler hands out is parsed too.
    lie: () => 'no number' as unknown as number,
  };
  const cases: [what: string, name: string, ask: unknown, outcome: Outcome | RegExp][] = [
    ['is answered', 'half', { of: 4 }, { ok: 2 }],
    [
      'that fails is answered with its words',
      'half',
      { of: -4 },
      { err: { message: 'Less than nothing. Ask for more.' } },
    ],
    ["that can't be read is answered so", 'half', { of: 'four' }, /can't be read/],
    ['that nobody knows is answered so', 'third', {}, /no call "third"/],
    ['whose name an object has anyway is unknown too', 'toString', {}, /no call "toString"/],
    ['gets no answer of another shape', 'lie', null, /expected number/],
  ];
  for (const [what, name, ask, expected] of cases) {
    it(what, async () => {
      const outcome = await answer(calls, handlers, name, ask);
      if (!(expected instanceof RegExp)) return assert.deepEqual(outcome, expected);
      assert.ok('err' in outcome);
      return assert.match(outcome.err.message, expected);
    });
  }
});

it('what a page says is parsed', () => {
  assert.equal(FromPage.safeParse({ type: 'remedy', remedy: 'format' }).success, false);
  assert.equal(FromPage.safeParse({ type: 'call', id: 1, name: 'x', ask: {} }).success, true);
});

it('trouble says what happened and offers what can be done', () => {
  const failed = { kind: 'failed', message: 'No Node runs here.', hint: 'Install one.' } as const;
  assert.deepEqual(troubleOf({ kind: 'connected' }), { type: 'trouble', message: null, remedies: [] });
  assert.deepEqual(troubleOf({ kind: 'connecting' }).message, AWAY);
  assert.deepEqual(troubleOf({ kind: 'untrusted' }).remedies, ['manageTrust']);
  assert.deepEqual(troubleOf(failed), {
    type: 'trouble',
    message: 'No Node runs here. Install one.',
    remedies: ['restartBackend', 'showLog'],
  });
  assert.equal(
    troubleReading('The list could not be read', Object.assign(new Error('x'), { unreachable: true }))
      .message,
    AWAY,
  );
  assert.equal(
    troubleReading('The list could not be read', new Error('gone')).message,
    'The list could not be read: gone',
  );
});
