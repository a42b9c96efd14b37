/** The built pages in another language. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { STATUSES } from '../../src/contract/status.ts';
import { extensionWords, inNoLanguage } from '../words.ts';
import { PanelPage } from './panelPage.ts';

/** What stays as it is in every language. */
const THE_SAME = new RegExp(`${STATUSES.join('|')}|[CG]PUs?`, 'g');

const words = inNoLanguage(extensionWords());
const run = { executionId: 'exe-1' };
for (const [kind, subject, says] of [
  ['explore', { executionIds: [run.executionId] }, 'Loading metrics…'],
  ['table', {}, 'Loading runs…'],
  ['service', { serviceId: 'svc-1' }, 'Counts at once: with the next abort.'],
  ['model', run, 'Loading the model…'],
] as const) {
  it(`the page ${kind} speaks the language whose words it has, hidden parts included`, async () => {
    const panel = await PanelPage.open(kind, subject, { words });
    try {
      const shown = await panel.run<string>(`document.querySelector('main').textContent`);
      assert.ok(shown.includes(words[says] ?? '?'), shown);
      assert.doesNotMatch(shown.replace(THE_SAME, ''), /[a-z]{2}/i);
      assert.deepEqual(await panel.violations(), []);
    } finally {
      await panel.close();
    }
  });
}
