/** Above the table: a search, and a switch for each status with how many runs have it. */
import * as l10n from '@vscode/l10n';
import { STATUSES, type Status } from '../../src/contract/status.ts';
import { button } from '../ui/controls.ts';
import { element, setAttribute, setText } from '../ui/dom.ts';
import { statusClass, statusIcon } from '../ui/status.ts';
import type { Filter } from './rows.ts';

export class FilterBar {
  readonly element: HTMLElement;
  readonly #search = element('input', {
    type: 'search',
    class: 'search',
    'aria-label': l10n.t('Search by name or ID'),
    placeholder: l10n.t('Search by name or ID'),
    spellcheck: 'false',
  });
  readonly #switches = new Map<Status, { button: HTMLButtonElement; count: HTMLElement }>();
  readonly #chosen: Set<Status>;
  readonly #onChange: (filter: Filter) => void;

  constructor(
    filter: Filter,
    actions: { changed: (filter: Filter) => void; columns: () => void; leave: () => void },
  ) {
    this.#onChange = actions.changed;
    this.#chosen = new Set(filter.statuses);
    this.#search.value = filter.search;
    this.#search.addEventListener('input', () => this.#changed());
    this.#search.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowDown') {
        event.preventDefault();
        actions.leave();
      } else if (event.key === 'Escape' && this.#search.value !== '') {
        this.#search.value = '';
        this.#changed();
      }
    });
    const group = element('div', { class: 'chips', role: 'group', 'aria-label': l10n.t('Filter by status') });
    for (const status of STATUSES) group.append(this.#switch(status));
    this.element = element(
      'div',
      { class: 'filter-bar', role: 'search' },
      this.#search,
      group,
      button(l10n.t('Columns…'), actions.columns),
    );
  }

  get filter(): Filter {
    return { search: this.#search.value, statuses: new Set(this.#chosen) };
  }

  clear(): void {
    this.#search.value = '';
    this.#chosen.clear();
    this.#changed();
    this.#search.focus();
  }

  showCounts(counts: ReadonlyMap<Status, number>): void {
    for (const [status, { button: made, count }] of this.#switches) {
      const n = counts.get(status) ?? 0;
      setText(count, n.toLocaleString('en'));
      made.classList.toggle('none', n === 0);
      setAttribute(made, 'aria-pressed', String(this.#chosen.has(status)));
    }
  }

  #switch(status: Status): HTMLElement {
    const count = element('span', { class: 'count' });
    const made = element(
      'button',
      {
        type: 'button',
        class: 'chip',
        'aria-pressed': 'false',
        title: l10n.t('Show {0} only, or beside others', status),
      },
      element('span', { class: `status ${statusClass(status)}` }, statusIcon(status), status),
      count,
    );
    made.addEventListener('click', () => {
      if (!this.#chosen.delete(status)) this.#chosen.add(status);
      this.#changed();
    });
    this.#switches.set(status, { button: made, count });
    return made;
  }

  #changed(): void {
    this.#onChange(this.filter);
  }
}
