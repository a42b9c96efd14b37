import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import * as l10n from '@vscode/l10n';
import { extensionWords, inNoLanguage } from '../words.ts';
import { run, service } from './runs.ts';

describe('Where VS Code has a bundle of another language', () => {
  const bundle = inNoLanguage(extensionWords());
  const spoken = (text: string): string => {
    const said = bundle[text];
    assert.ok(said !== undefined && said !== text, text);
    return said;
  };

  before(() => {
    // As `translation.ts` does it: before the files are loaded that make tables of words.
    l10n.config({ contents: bundle });
  });

  it('commands and remedies are called by its words', async () => {
    const { COMMANDS } = await import('../../src/extension/commands/list.ts');
    const { REMEDY_TITLES } = await import('../../src/extension/runs/remedies.ts');
    assert.equal(COMMANDS['trainyard.trainModel'], spoken('Train Model…'));
    assert.equal(REMEDY_TITLES['Raise Memory…'], spoken('Raise Memory…'));
    assert.equal(REMEDY_TITLES['Show Logs'], spoken('Show Logs'));
  });

  it('questions, notices and rows speak it, with names and numbers in their places', async () => {
    const { abortQuestion } = await import('../../src/extension/commands/confirm.ts');
    const { Notices } = await import('../../src/extension/notices/notices.ts');
    const { runItem } = await import('../../src/extension/runs/item.ts');
    const { serviceWords } = await import('../../src/extension/services/item.ts');
    const filled = (text: string, ...args: unknown[]): string =>
      spoken(text).replace(/\{(\d)\}/g, (_, at: string) => String(args[Number(at)]));

    assert.deepEqual(
      abortQuestion([run('In Progress')], () => 125_000),
      {
        message: filled('Abort {0}?', 'shapes-small v1'),
        detail: [
          filled('It has run for {0}.', '2m 05s'),
          spoken('Its metrics and checkpoints stay, and it can be run again.'),
        ].join(' '),
      },
    );
    const failed = run('Failed', { reason: 'No space left', endedAt: '2030-01-01T00:00:00.000Z' });
    const notice = new Notices(new Date('2029-01-01')).ofRun(failed, {});
    assert.equal(notice?.text, filled('{0} failed: {1}', 'shapes-small v1', 'No space left'));
    const again = runItem({ run: run('Failed', { attempt: 2 }), receivedAt: 0 }, 0);
    assert.ok(again.description.startsWith(filled('attempt {0}', 2)), again.description);
    assert.deepEqual(serviceWords(service()), [filled('{0} of {1} busy', 0, 1), 'GPU', spoken('healthy')]);
  });
});
