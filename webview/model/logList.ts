/** The lines in sight, out of any number: the others are room above and below. */
import * as l10n from '@vscode/l10n';
import { element } from '../ui/dom.ts';
import { lineElement } from './logLine.ts';
import type { Line } from './logWindow.ts';

/** Lines beyond those in sight that are in the page too, so that scrolling shows no gap. */
const MARGIN = 12;

export class LogList {
  readonly element = element('div', {
    class: 'log',
    role: 'log',
    'aria-live': 'off',
    'aria-label': l10n.t('Log'),
    tabindex: '0',
  });
  readonly #rows = element('div', { class: 'log-lines' });
  readonly #openPlace: (file: string, line: number) => void;
  #lines: readonly Line[] = [];
  #search = '';
  #current: Line | null = null;
  #shown = new Map<Line, HTMLElement>();
  #rowHeight = 0;

  constructor(openPlace: (file: string, line: number) => void) {
    this.#openPlace = openPlace;
    this.element.append(this.#rows);
    this.element.addEventListener('scroll', () => this.draw(), { passive: true });
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  get count(): number {
    return this.#lines.length;
  }

  /** Whether the last line is in sight. */
  get atBottom(): boolean {
    const { scrollTop, clientHeight, scrollHeight } = this.element;
    return scrollTop + clientHeight >= scrollHeight - this.#height / 2;
  }

  get firstInSight(): number {
    return Math.floor(this.element.scrollTop / this.#height);
  }

  get lastInSight(): number {
    return this.firstInSight + Math.ceil(this.element.clientHeight / this.#height);
  }

  /** @param moved by how many lines those that stay are further down now */
  show(lines: readonly Line[], moved: number): void {
    this.#lines = lines;
    this.#layOut();
    if (moved !== 0) this.element.scrollTop += moved * this.#height;
    this.draw();
  }

  /** @param text in lower case  @param current the line that the search is at */
  mark(text: string, current: Line | null): void {
    if (text !== this.#search) {
      this.#search = text;
      this.#forget();
    }
    this.#current = current;
    this.draw();
  }

  toBottom(): void {
    this.element.scrollTop = this.element.scrollHeight;
    this.draw();
  }

  toTop(line: number): void {
    this.element.scrollTop = line * this.#height;
    this.draw();
  }

  /** Scrolls as little as shows the line with some around it. */
  reveal(line: number): void {
    const { clientHeight } = this.element;
    const inSight = line > this.firstInSight && line < this.lastInSight - 2;
    if (!inSight) this.element.scrollTop = line * this.#height - clientHeight / 3;
    this.draw();
  }

  draw(): void {
    if (this.element.clientHeight === 0) return;
    const first = Math.max(0, this.firstInSight - MARGIN);
    const lines = this.#lines.slice(first, this.lastInSight + MARGIN);
    const shown = new Map<Line, HTMLElement>();
    for (const line of lines) {
      const row = this.#shown.get(line) ?? lineElement(line, this.#search, this.#openPlace);
      row.classList.toggle('current', line === this.#current);
      shown.set(line, row);
    }
    for (const [line, row] of this.#shown) if (!shown.has(line)) row.remove();
    let at: ChildNode | null = this.#rows.firstChild;
    for (const row of shown.values()) {
      if (row === at) at = at.nextSibling;
      else this.#rows.insertBefore(row, at);
    }
    this.#shown = shown;
    this.#rows.style.paddingTop = `${first * this.#height}px`;
  }

  #layOut(): void {
    this.#rows.style.height = `${this.#lines.length * this.#height}px`;
  }

  #forget(): void {
    for (const row of this.#shown.values()) row.remove();
    this.#shown.clear();
  }

  /** Of a line, in pixels: the style sheet says it. */
  get #height(): number {
    if (this.#rowHeight > 0) return this.#rowHeight;
    const probe = element('div', { class: 'log-line' }, 'x');
    this.#rows.append(probe);
    const { height } = probe.getBoundingClientRect();
    probe.remove();
    if (height === 0) return 20;
    this.#rowHeight = height;
    this.#layOut();
    return height;
  }
}
