/** Under the table: how many rows are shown, and what can be done with those that are chosen. */
import * as l10n from '@vscode/l10n';
import type { RUN_ACTIONS } from '../../src/contract/pages/table.ts';
import { actionsFor } from '../../src/contract/status.ts';
import { button } from '../ui/controls.ts';
import { element, setText } from '../ui/dom.ts';
import type { Row } from './rows.ts';

type Action = (typeof RUN_ACTIONS)[number];

const ACTIONS: readonly { action: Action; label: string; applies: (row: Row) => boolean }[] = [
  { action: 'exploreMetrics', label: l10n.t('Explore Metrics'), applies: () => true },
  { action: 'exportMetrics', label: l10n.t('Export Metrics…'), applies: () => true },
  { action: 'rerunTraining', label: l10n.t('Rerun'), applies: (row) => actionsFor(row).rerun },
  { action: 'abortTraining', label: l10n.t('Abort'), applies: (row) => actionsFor(row).abort },
  { action: 'removeTraining', label: l10n.t('Remove'), applies: () => true },
];

export class Foot {
  readonly element: HTMLElement;
  readonly #count = element('span', { role: 'status' });
  readonly #clear: HTMLElement;
  readonly #chosen = element('span', { class: 'chosen' });
  readonly #buttons: { label: string; applies: (row: Row) => boolean; made: HTMLElement }[];
  #rows: readonly Row[] = [];

  constructor(actions: { run: (action: Action, executionIds: string[]) => void; clear: () => void }) {
    this.#clear = button(l10n.t('Clear Filter'), actions.clear);
    this.#buttons = ACTIONS.map(({ action, label, applies }) => ({
      label,
      applies,
      made: button(label, () =>
        actions.run(
          action,
          this.#rows.filter((row) => applies(row)).map((row) => row.executionId),
        ),
      ),
    }));
    this.element = element(
      'div',
      { class: 'foot' },
      this.#count,
      this.#clear,
      element('span', { class: 'space' }),
      this.#chosen,
      ...this.#buttons.map(({ made }) => made),
    );
  }

  showCount(shown: number, all: number, filtered: boolean): void {
    setText(this.#count, filtered ? someRuns(shown, all) : allRuns(all));
    this.#clear.hidden = !filtered;
  }

  /** What can be done to some of them is offered, and says to how many. */
  showChosen(rows: readonly Row[]): void {
    this.#rows = rows;
    this.#chosen.hidden = rows.length === 0;
    setText(this.#chosen, l10n.t('{0} chosen', rows.length.toLocaleString('en')));
    for (const { label, applies, made } of this.#buttons) {
      const count = rows.filter((row) => applies(row)).length;
      made.hidden = count === 0;
      setText(made, rows.length > 1 && count < rows.length ? `${label} ${count}` : label);
    }
  }
}

const allRuns = (all: number): string =>
  all === 1 ? l10n.t('1 run') : l10n.t('{0} runs', all.toLocaleString('en'));

const someRuns = (shown: number, all: number): string =>
  all === 1
    ? l10n.t('{0} of 1 run', shown)
    : l10n.t('{0} of {1} runs', shown.toLocaleString('en'), all.toLocaleString('en'));
