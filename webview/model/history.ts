/** What happened to a run: each status that it had, when, and why. */
import * as l10n from '@vscode/l10n';
import type { RunDetail } from '../../src/contract/shapes.ts';
import { element } from '../ui/dom.ts';
import { statusClass, statusIcon } from '../ui/status.ts';
import { exactTimeText, sentence, timeText } from '../ui/words.ts';
import { table } from './facts.ts';

/** Why a status came, where nobody gave a reason. */
function causeWords(cause: string): string {
  switch (cause) {
    case 'submitted':
      return l10n.t('It was submitted.');
    case 'ready':
      return l10n.t('It started: its code is loaded.');
    case 'succeeded':
      return l10n.t('It ran to its end.');
    case 'abort asked':
      return l10n.t('It was asked to stop.');
    case 'stopped':
      return l10n.t('It was aborted, and nothing of it is left.');
    case 'rerun asked':
      return l10n.t('It was asked to run again.');
    case 'logged':
      return l10n.t('It was logged for the first time.');
    case 'imported':
      return l10n.t('It was created elsewhere.');
    case 'told: running':
      return l10n.t('It began elsewhere.');
    case 'told: going on':
      return l10n.t('It goes on elsewhere.');
    case 'told: ended':
      return l10n.t('It ended elsewhere.');
    default:
      return cause;
  }
}

export function history({ history: entries, attempt }: RunDetail): HTMLElement {
  const several = attempt > 1;
  const rows = entries
    .toReversed()
    .map((entry) =>
      element(
        'tr',
        {},
        element('td', { class: 'when', title: exactTimeText(entry.at) }, timeText(entry.at)),
        ...(several ? [element('td', {}, String(entry.attempt))] : []),
        element(
          'td',
          {},
          element(
            'span',
            { class: `status still ${statusClass(entry.status)}` },
            statusIcon(entry.status),
            entry.status,
          ),
        ),
        element(
          'td',
          {},
          element('span', { class: 'said' }, sentence(entry.reason ?? causeWords(entry.cause))),
        ),
      ),
    );
  return table(
    l10n.t('History'),
    [l10n.t('When'), ...(several ? [l10n.t('Attempt')] : []), l10n.t('Status'), l10n.t('Why')],
    rows,
  );
}
