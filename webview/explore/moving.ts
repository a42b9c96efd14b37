/**
 * Text that moves with the pointer. It keeps the room of the longest that it said and is laid out by itself: to lay out all charts anew
 * with each move would take longer than everything else that a move does.
 */
import { element, setText } from '../ui/dom.ts';

export class Moving {
  readonly element: HTMLElement;
  /** In characters. */
  #room = 0;

  /** @param className what it is, for the style sheet */
  constructor(className: string) {
    this.element = element('span', { class: `moving ${className}`, 'aria-hidden': 'true' });
  }

  say(text: string): void {
    setText(this.element, text);
    if (text.length <= this.#room) return;
    this.#room = text.length;
    this.element.style.setProperty('--room', String(this.#room));
  }
}
