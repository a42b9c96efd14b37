/** What went wrong as somebody did something: in the place where it was done, until something else is. */
import { element } from '../ui/dom.ts';

export class Problem {
  readonly #place: HTMLElement;
  readonly #element = element('p', { class: 'problem', role: 'alert' });

  /** @param place at whose end it stands */
  constructor(place: HTMLElement) {
    this.#place = place;
  }

  /** @param text null: nothing went wrong */
  tell(text: string | null): void {
    this.#element.textContent = text;
    if (text === null) this.#element.remove();
    else this.#place.append(this.#element);
  }

  /** Does it, and tells where that fails. */
  of(act: () => Promise<void>): void {
    this.tell(null);
    act().catch((error: unknown) => this.tell(error instanceof Error ? error.message : String(error)));
  }
}
