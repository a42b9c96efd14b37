/** The values of a chart as a table: in the first column where they are, a column for each line. */
import * as l10n from '@vscode/l10n';
import { element, setText } from '../ui/dom.ts';
import type { TableRows } from './tableRows.ts';

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
  show(name: string, { heads, rows, of }: TableRows): void {
    this.element.setAttribute('aria-label', l10n.t('Values of {0}', name));
    setText(
      this.#caption,
      rows.length < of
        ? l10n.t('{0}: {1} of {2} places', name, rows.length, of)
        : l10n.t('{0}: {1} places', name, of),
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
