/** Under the table: how many rows are shown, and what can be done with those that are chosen. */
import type { RUN_ACTIONS } from '../../src/contract/pages/table.ts';
import { actionsFor } from '../../src/contract/status.ts';
import { button } from '../ui/controls.ts';
import { element, setText } from '../ui/dom.ts';
import type { Row } from './rows.ts';

type Action = (typeof RUN_ACTIONS)[number];

const ACTIONS: readonly { action: Action; label: string; applies: (row: Row) => boolean }[] = [
  { action: 'exploreMetrics', label: 'Explore Metrics', applies: () => true },
  { action: 'exportMetrics', label: 'Export Metrics…', applies: () => true },
  { action: 'rerunTraining', label: 'Rerun', applies: (row) => actionsFor(row).rerun },
  { action: 'abortTraining', label: 'Abort', applies: (row) => actionsFor(row).abort },
  { action: 'removeTraining', label: 'Remove', applies: () => true },
];

export class Foot {
  readonly element: HTMLElement;
  readonly #count = element('span', { role: 'status' });
  readonly #clear: HTMLElement;
  readonly #chosen = element('span', { class: 'chosen' });
  readonly #buttons: { label: string; applies: (row: Row) => boolean; made: HTMLElement }[];
  #rows: readonly Row[] = [];

  constructor(actions: { run: (action: Action, executionIds: string[]) => void; clear: () => void }) {
    this.#clear = button('Clear Filter', actions.clear);
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
    const runs = (n: number): string => `${n.toLocaleString('en')} ${n === 1 ? 'run' : 'runs'}`;
    setText(this.#count, filtered ? `${shown.toLocaleString('en')} of ${runs(all)}` : runs(all));
    this.#clear.hidden = !filtered;
  }

  /** What can be done to some of them is offered, and says to how many. */
  showChosen(rows: readonly Row[]): void {
    this.#rows = rows;
    this.#chosen.hidden = rows.length === 0;
    setText(this.#chosen, `${rows.length.toLocaleString('en')} chosen`);
    for (const { label, applies, made } of this.#buttons) {
      const count = rows.filter((row) => applies(row)).length;
      made.hidden = count === 0;
      setText(made, rows.length > 1 && count < rows.length ? `${label} ${count}` : label);
    }
  }
}
