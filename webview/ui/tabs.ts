/** Tabs, after the ARIA Authoring Practices: one stop for Tab, arrow keys between them, and a panel to each. */
import { element, setAttribute } from './dom.ts';

export class Tabs<Id extends string> {
  readonly element: HTMLElement;
  readonly #tabs: readonly { id: Id; tab: HTMLElement; panel: HTMLElement }[];
  readonly #chosen: (id: Id) => void;
  #current: Id;

  /** @param chosen another tab is shown, by whatever way */
  constructor(
    name: string,
    tabs: readonly { id: Id; title: string; content: HTMLElement }[],
    first: Id,
    chosen: (id: Id) => void,
  ) {
    this.#chosen = chosen;
    this.#current = first;
    this.#tabs = tabs.map(({ id, title, content }) => {
      const tab = element(
        'button',
        { type: 'button', role: 'tab', id: `tab-${id}`, 'aria-controls': `panel-${id}`, class: 'tab' },
        title,
      );
      tab.addEventListener('click', () => this.show(id));
      const panel = element(
        'div',
        { role: 'tabpanel', id: `panel-${id}`, 'aria-labelledby': `tab-${id}`, class: 'tab-panel' },
        content,
      );
      return { id, tab, panel };
    });
    const list = element(
      'div',
      { role: 'tablist', 'aria-label': name, class: 'tabs' },
      ...this.#tabs.map(({ tab }) => tab),
    );
    list.addEventListener('keydown', (event) => this.#key(event));
    this.element = element('div', { class: 'tabbed' }, list, ...this.#tabs.map(({ panel }) => panel));
    this.#draw();
  }

  get current(): Id {
    return this.#current;
  }

  show(id: Id): void {
    if (id === this.#current) return;
    this.#current = id;
    this.#draw();
    this.#chosen(id);
  }

  /** Leaves a tab out where there is nothing to show in it. */
  offer(id: Id, offered: boolean): void {
    for (const one of this.#tabs) if (one.id === id) one.tab.hidden = !offered;
    const first = this.#tabs.find(({ tab }) => !tab.hidden);
    if (!offered && id === this.#current && first !== undefined) this.show(first.id);
  }

  #draw(): void {
    for (const { id, tab, panel } of this.#tabs) {
      const shown = id === this.#current;
      setAttribute(tab, 'aria-selected', String(shown));
      tab.tabIndex = shown ? 0 : -1;
      panel.hidden = !shown;
    }
  }

  #key(event: KeyboardEvent): void {
    const tabs = this.#tabs.filter(({ tab }) => !tab.hidden);
    const at = tabs.findIndex(({ id }) => id === this.#current);
    const count = tabs.length;
    const to = { ArrowLeft: at - 1 + count, ArrowRight: at + 1, Home: 0, End: count - 1 }[event.key];
    const next = to === undefined ? undefined : tabs[to % count];
    if (next === undefined) return;
    event.preventDefault();
    this.show(next.id);
    next.tab.focus();
  }
}
