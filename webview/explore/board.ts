/** The charts in their groups: which are there and where, how large, and which of them have a drawing at all. */
import * as l10n from '@vscode/l10n';
import { foldIcon } from '../ui/icons.ts';
import { element, setAttribute, setText } from '../ui/dom.ts';
import { DRAGGED } from './cardHead.ts';
import type { Size } from './choices.ts';
import { columnsFor, plotHeight, wholeHeight } from './grid.ts';
import type { Group } from './groups.ts';

/** What stands on the board. */
export interface Tile {
  readonly element: HTMLElement;
  /** Comes into sight, or goes out of it. */
  setInSight(inSight: boolean): void;
  /** Draws anew what depends on its size. */
  redraw(): void;
  /** Gives up its drawing until it's in sight again. */
  rest(): void;
  dispose(): void;
}

/** Drawings that are kept out of sight: to scroll back over these costs nothing. */
const MOST_KEPT = 24;
/** Space above and below charts, and what a heading takes, in pixels; see the style sheet. */
const MARGINS = 48;
const HEADING = 36;

interface Section {
  element: HTMLElement;
  heading: HTMLButtonElement;
  title: HTMLElement;
  count: HTMLElement;
  box: HTMLElement;
}

export class Board<T extends Tile> {
  readonly element = element('div', { class: 'board' });
  readonly #scroller: HTMLElement;
  readonly #fold: (group: string) => void;
  readonly #move: (figure: string, to: string) => void;
  /** Over which a chart is being dragged. */
  #target: HTMLElement | null = null;
  readonly #sections = new Map<string, Section>();
  readonly #tiles = new Map<string, T>();
  readonly #byElement = new WeakMap<Element, T>();
  /** Out of sight with a drawing, the one that went first first. */
  readonly #kept = new Set<T>();
  readonly #seen: IntersectionObserver;

  constructor(
    scroller: HTMLElement,
    fold: (group: string) => void,
    move: (figure: string, to: string) => void,
  ) {
    this.#scroller = scroller;
    this.#fold = fold;
    this.#move = move;
    this.#takeDrops();
    this.#seen = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries)
          this.#see(this.#byElement.get(target), isIntersecting);
      },
      { root: scroller === document.documentElement ? null : scroller, rootMargin: '200px' },
    );
  }

  get size(): number {
    return this.#tiles.size;
  }

  named(): IterableIterator<[name: string, tile: T]> {
    return this.#tiles.entries();
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#tiles.values();
  }

  get(name: string): T | undefined {
    return this.#tiles.get(name);
  }

  /** Shows these groups. A tile that is in none of them stays for later, unless `exist` doesn't have it. */
  show(groups: readonly Group[], exist: ReadonlySet<string>, make: (name: string) => T): void {
    const focused = document.activeElement;
    for (const [name, tile] of this.#tiles) if (!exist.has(name)) this.#drop(name, tile);
    const open = groups.flatMap(({ folded, figures }) => (folded ? [] : figures));
    const shown = new Set(open.map((name) => this.#tile(name, make)));
    for (const tile of this.#tiles.values()) if (!shown.has(tile)) tile.element.remove();
    const sections = groups.map((group) => {
      const section = this.#section(group.id);
      section.heading.hidden = group.title === null;
      setAttribute(section.heading, 'aria-expanded', String(!group.folded));
      setText(section.title, group.title ?? '');
      setText(section.count, String(group.figures.length));
      section.box.hidden = group.folded;
      const own = group.folded ? [] : group.figures.flatMap((name) => this.#tiles.get(name)?.element ?? []);
      place(section.box, own);
      return section.element;
    });
    place(this.element, sections);
    // What is moved loses the focus.
    if (
      focused instanceof HTMLElement &&
      focused !== document.activeElement &&
      this.element.contains(focused)
    )
      focused.focus({ preventScroll: true });
  }

  /** A chart that is dragged onto another takes its place. */
  #takeDrops(): void {
    const over = (event: DragEvent): HTMLElement | null =>
      event.dataTransfer?.types.includes(DRAGGED) === true && event.target instanceof Element
        ? event.target.closest<HTMLElement>('.card')
        : null;
    const aim = (target: HTMLElement | null): void => {
      this.#target?.classList.remove('target');
      this.#target = target;
      target?.classList.add('target');
    };
    this.element.addEventListener('dragover', (event) => {
      const card = over(event);
      if (card !== null) event.preventDefault();
      if (card !== this.#target) aim(card);
    });
    this.element.addEventListener('dragleave', (event) => {
      if (!(event.relatedTarget instanceof Node && this.element.contains(event.relatedTarget))) aim(null);
    });
    this.element.addEventListener('drop', (event) => {
      const to = over(event)?.dataset['figure'];
      aim(null);
      if (to === undefined) return;
      event.preventDefault();
      this.#move(event.dataTransfer?.getData(DRAGGED) ?? '', to);
    });
  }

  /** Rows that are filled from edge to edge, whatever their number of charts. @param around what else is in sight, in pixels */
  arrange(size: Size, around: number): void {
    let rows = 0;
    let headings = 0;
    let whole = false;
    // Before anything is written: a group is as wide as the board, and to ask each anew would lay out the page each time.
    const width = this.element.clientWidth;
    const left = this.#scroller.clientHeight - around - MARGINS;
    for (const { element: part, heading, box } of this.#sections.values()) {
      if (!part.isConnected) continue;
      whole ||= heading.hidden === true;
      const columns = columnsFor(box.children.length, width, size);
      box.classList.toggle('narrow', columns.narrow);
      box.style.setProperty('--columns', String(columns.columns));
      [...box.children].forEach((child, i) => {
        const last = i === box.children.length - 1 && columns.lastSpan > 1;
        if (child instanceof HTMLElement) child.style.gridColumn = last ? `span ${columns.lastSpan}` : '';
      });
      rows += columns.rows;
      headings++;
    }
    const height = whole ? wholeHeight(left) : plotHeight(rows, left - headings * HEADING, size);
    this.element.style.setProperty('--plot', `${height}px`);
  }

  #tile(name: string, make: (name: string) => T): T {
    const known = this.#tiles.get(name);
    if (known !== undefined) return known;
    const tile = make(name);
    this.#tiles.set(name, tile);
    this.#byElement.set(tile.element, tile);
    this.#seen.observe(tile.element);
    return tile;
  }

  #drop(name: string, tile: T): void {
    this.#seen.unobserve(tile.element);
    this.#kept.delete(tile);
    this.#tiles.delete(name);
    tile.dispose();
  }

  #see(tile: T | undefined, inSight: boolean): void {
    if (tile === undefined) return;
    this.#kept.delete(tile);
    tile.setInSight(inSight);
    if (inSight) return;
    this.#kept.add(tile);
    for (const oldest of this.#kept) {
      if (this.#kept.size <= MOST_KEPT) break;
      this.#kept.delete(oldest);
      oldest.rest();
    }
  }

  #section(id: string): Section {
    const known = this.#sections.get(id);
    if (known !== undefined) return known;
    const title = element('span');
    const count = element('span', { class: 'faint' });
    const heading = element(
      'button',
      { type: 'button', class: 'group-heading', title: l10n.t('Show or hide these charts') },
      foldIcon(),
      title,
      count,
    );
    heading.addEventListener('click', () => this.#fold(id));
    const box = element('div', { class: 'group' });
    const made = {
      element: element('div', { class: 'section', 'data-group': id }, heading, box),
      heading,
      title,
      count,
      box,
    };
    this.#sections.set(id, made);
    return made;
  }
}

/** Makes these the children, in this order, and moves only what isn't in its place. */
function place(parent: HTMLElement, children: readonly HTMLElement[]): void {
  const wanted = new Set<Element>(children);
  for (const child of Array.from(parent.children)) if (!wanted.has(child)) child.remove();
  children.forEach((child, i) => {
    if (parent.children[i] !== child) parent.insertBefore(child, parent.children[i] ?? null);
  });
}
