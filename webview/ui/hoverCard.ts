/**
 * A small card beside what it is about: it opens while the pointer rests there, stays while the pointer is in it, and is held open by a
 * click or a key, which moves the focus into it. Escape and a click elsewhere close it. One at a time.
 */
import { element } from './dom.ts';

const OPEN_MS = 250;
const CLOSE_MS = 300;
const MARGIN = 6;

export class HoverCard {
  readonly element = element('div', { class: 'hover-card', role: 'dialog', popover: 'manual' });
  #anchor: HTMLElement | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #held = false;

  constructor() {
    this.element.addEventListener('pointerenter', () => this.#cancel());
    this.element.addEventListener('pointerleave', () => this.#closeSoon());
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      this.#leave();
    });
    this.element.addEventListener('focusout', ({ relatedTarget }) => {
      if (this.#held && !(relatedTarget instanceof Node && this.element.contains(relatedTarget)))
        this.close();
    });
    addEventListener('pointerdown', ({ target }) => {
      if (target instanceof Node && !this.element.contains(target) && !this.#anchor?.contains(target))
        this.close();
    });
  }

  get open(): boolean {
    return this.#anchor !== null;
  }

  /** Opens it where the pointer came to rest on `anchor`. */
  hover(anchor: HTMLElement, name: string, content: () => Node[]): void {
    if (this.#held) return;
    this.#cancel();
    this.#timer = setTimeout(() => this.#show(anchor, name, content()), this.#anchor === null ? OPEN_MS : 0);
  }

  /** The pointer left the anchor. */
  left(): void {
    this.#closeSoon();
  }

  /** Opens it to stay, and moves the focus to the first thing in it that can be used. */
  hold(anchor: HTMLElement, name: string, content: () => Node[]): void {
    this.#cancel();
    this.#show(anchor, name, content());
    this.#held = true;
    this.element.querySelector<HTMLElement>('button, vscode-button')?.focus();
  }

  /** What it is about may be gone from the page by now. */
  check(): void {
    if (this.#anchor?.isConnected === false) this.close();
  }

  close(): void {
    this.#cancel();
    this.#held = false;
    if (this.#anchor === null) return;
    this.#anchor = null;
    this.element.hidePopover();
  }

  /** Closes it, and gives the focus back to where it came from. */
  #leave(): void {
    const back = this.#anchor?.closest<HTMLElement>('[tabindex="0"]') ?? this.#anchor;
    this.close();
    back?.focus();
  }

  #show(anchor: HTMLElement, name: string, content: readonly Node[]): void {
    this.#anchor = anchor;
    this.element.setAttribute('aria-label', name);
    this.element.replaceChildren(...content);
    this.element.showPopover();
    const at = anchor.getBoundingClientRect();
    const { width, height } = this.element.getBoundingClientRect();
    const below = at.bottom + MARGIN;
    const top = below + height <= innerHeight ? below : Math.max(MARGIN, at.top - MARGIN - height);
    this.element.style.top = `${top}px`;
    this.element.style.left = `${Math.max(MARGIN, Math.min(at.left, innerWidth - width - MARGIN))}px`;
  }

  #closeSoon(): void {
    if (this.#held) return;
    this.#cancel();
    this.#timer = setTimeout(() => this.close(), CLOSE_MS);
  }

  #cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
