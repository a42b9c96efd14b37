/** The place of the charts where there are none. */
import { ring } from '../ui/controls.ts';
import { element } from '../ui/dom.ts';
import type { Empty } from './empty.ts';

export class EmptyPlace {
  readonly element = element('div', { class: 'empty' });
  #shown = '';

  /** null: there are charts. */
  show(empty: Empty | null): void {
    this.element.hidden = empty === null;
    const shown = JSON.stringify(empty);
    if (shown === this.#shown) return;
    this.#shown = shown;
    if (empty === null) return this.element.replaceChildren();
    this.element.replaceChildren(
      element('p', { class: 'what', role: 'status' }, empty.busy ? ring() : null, empty.title),
      ...(empty.hint === null ? [] : [element('p', { class: 'faint' }, empty.hint)]),
      ...(empty.code === null ? [] : [element('pre', { tabindex: '0' }, empty.code)]),
    );
  }
}
