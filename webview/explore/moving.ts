/**
 * Text that moves with the pointer. It keeps the room of the longest that it said and is laid out by itself: to lay out all charts anew
 * with each move would take longer than everything else that a move does.
 */
import { element } from '../ui/dom.ts';

export class Moving {
  readonly element: HTMLElement;
  readonly #text = new Text();
  /** In characters. */
  #room = 0;

  /** @param className what it is, for the style sheet */
  constructor(className: string) {
    this.element = element('span', { class: `moving ${className}`, 'aria-hidden': 'true' });
    const afloat = element('span');
    afloat.append(this.#text);
    this.element.append(afloat);
  }

  say(text: string): void {
    if (this.#text.data !== text) this.#text.data = text;
    if (text.length <= this.#room) return;
    this.#room = text.length;
    this.element.style.setProperty('--room', String(this.#room));
  }
}
