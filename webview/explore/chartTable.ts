/** The values of a chart as a table: what x counts in the first column, a column for each line. */
import * as l10n from '@vscode/l10n';
import type { Extent } from '../charts/scales.ts';
import { element, setText } from '../ui/dom.ts';
import type { FigureView } from './figures.ts';
import { tableOf } from './tableRows.ts';

export class ChartTable {
  readonly element: HTMLElement;
  readonly #caption = element('caption');
  readonly #head = element('tr');
  readonly #body = element('tbody');
  #heads = '';

  constructor() {
    this.element = element(
      'div',
      { class: 'values', tabindex: '0', role: 'region' },
      element('table', {}, this.#caption, element('thead', {}, this.#head), this.#body),
    );
  }

  /** Rows that stay as they are aren't touched: whoever reads one isn't thrown out of it. */
  show(view: FigureView, window: Extent | null): void {
    const { heads, rows, of } = tableOf(view, window);
    this.element.setAttribute('aria-label', l10n.t('Values of {0}', view.figure));
    setText(
      this.#caption,
      rows.length < of
        ? l10n.t('{0}: {1} of {2} places', view.figure, rows.length, of)
        : l10n.t('{0}: {1} places', view.figure, of),
    );
    if (this.#heads !== JSON.stringify(heads)) {
      this.#heads = JSON.stringify(heads);
      this.#head.replaceChildren(...heads.map((head) => element('th', { scope: 'col' }, head)));
      this.#body.replaceChildren();
    }
    const body = this.#body.rows;
    rows.forEach(({ cells, best }, i) => {
      let row = body[i];
      if (row === undefined) {
        row = element(
          'tr',
          {},
          ...cells.map((_, k) => (k === 0 ? element('th', { scope: 'row' }) : element('td'))),
        );
        this.#body.append(row);
      }
      row.classList.toggle('is-best', best);
      cells.forEach((cell, k) => {
        const target = row.children[k];
        if (target !== undefined) setText(target, k === 0 && best ? l10n.t('{0} (best)', cell) : cell);
      });
    });
    while (body.length > rows.length) this.#body.lastElementChild?.remove();
  }
}
