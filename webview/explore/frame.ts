/** What every chart of the board has around its drawing; and that it is drawn only where somebody sees it. */
import type { TopLevelSpec } from 'vega-lite';
import { MARGIN } from '../charts/spec.ts';
import { element } from '../ui/dom.ts';
import type { Tile } from './board.ts';
import { CardHead } from './cardHead.ts';
import { chartItems, type Takeable } from './chartMenu.ts';
import { ChartTable } from './chartTable.ts';
import { Problem } from './problem.ts';
import type { Surroundings } from './surroundings.ts';
import type { TableRows } from './tableRows.ts';

/** How a chart is introduced. */
interface Introduction {
  /** Beside its name, for eyes alone. */
  mark?: string;
  meaning: string;
  /** Where it isn't its id. */
  title?: string;
}

const RESIZED = new WeakMap<Element, (width: number, height: number) => void>();
/** One for all: it tells of many at once, after one layout. */
const SIZES = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries)
    RESIZED.get(target)?.(Math.round(contentRect.width), Math.round(contentRect.height));
});

export abstract class Frame implements Tile, Takeable {
  readonly element: HTMLElement;
  readonly problem: Problem;
  protected readonly around: Surroundings;
  protected readonly head: CardHead;
  protected readonly canvas = element('div', { class: 'canvas', 'aria-hidden': 'true' });
  protected readonly plot = element('div', { class: 'plot', role: 'img', tabindex: '0' }, this.canvas);
  /** Its drawing. */
  protected abstract readonly chart: { rest(): void; dispose(): void };
  protected readonly values = new ChartTable();
  readonly #id: string;
  readonly #title: string;
  /** Of the plot, as it was laid out last: to ask for it while others are drawn would lay out the page each time. */
  #size = { width: 0, height: 0 };
  #inSight = false;
  #stale = true;

  constructor(id: string, { mark = '', meaning, title }: Introduction, around: Surroundings) {
    this.#id = id;
    this.#title = title ?? id;
    this.around = around;
    this.head = new CardHead(id, mark, meaning, around, () => chartItems(this, around.take), title);
    this.element = element(
      'section',
      { class: 'card', 'data-figure': id, 'aria-labelledby': this.head.id },
      this.head.element,
    );
    this.problem = new Problem(this.element);
    SIZES.observe(this.plot);
    RESIZED.set(this.plot, (width, height) => {
      this.#size = { width, height };
      this.#drawInSight();
    });
  }

  /** Draws what it shows now. False where there is no room or nothing to show yet. */
  protected abstract draw(): boolean;
  protected abstract tableRows(): TableRows;
  /** Only what is pointed at changed. */
  abstract point(): void;
  abstract readonly name: string;
  abstract readonly figures: Takeable['figures'];
  abstract specification(): TopLevelSpec | null;
  abstract markdown(): string | null;

  /** Draws anew what depends on data, lens, theme or size; waits for it to come into sight. */
  redraw(): void {
    this.#stale = true;
    this.head.update();
    this.element.classList.toggle('large', this.around.isLarge(this.#id));
    this.element.classList.toggle('tabled', this.around.isTable(this.#id));
    this.#drawInSight();
  }

  #drawInSight(): void {
    if (!this.#inSight) return;
    this.#stale = !this.draw();
    if (!this.#stale) this.showTable();
  }

  /** Its values, where they are shown in the place of the drawing. */
  protected showTable(): void {
    if (this.around.isTable(this.#id)) this.values.show(this.#title, this.tableRows());
  }

  get table(): Takeable['table'] {
    return { shown: this.around.isTable(this.#id), toggle: () => this.around.toggleTable(this.#id) };
  }

  setInSight(inSight: boolean): void {
    this.#inSight = inSight;
    this.around.seen();
    if (!inSight) return;
    if (this.#stale) this.redraw();
    else this.point();
  }

  rest(): void {
    this.#stale = true;
    this.chart.rest();
  }

  /** To where keys read and zoom it. */
  focus(): void {
    this.plot.focus({ preventScroll: true });
  }

  dispose(): void {
    SIZES.unobserve(this.plot);
    this.chart.dispose();
    this.element.remove();
  }

  protected get inSight(): boolean {
    return this.#inSight;
  }

  /** What it shows isn't drawn yet. */
  protected get stale(): boolean {
    return this.#stale;
  }

  /** Of the plot within its margins, in pixels; null where that is too little. */
  protected room(): { width: number; height: number } | null {
    const width = this.#size.width - MARGIN.left - MARGIN.right;
    const height = this.#size.height - MARGIN.top - MARGIN.bottom;
    return width < 20 || height < 20 ? null : { width, height };
  }
}
