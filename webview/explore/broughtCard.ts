/** A chart that a project brings: its title, its drawing, and where it can't be drawn, what is wrong with it. */
import * as l10n from '@vscode/l10n';
import type { TopLevelSpec } from 'vega-lite';
import type { BroughtChart as Told } from '../../src/contract/pages/explore.ts';
import { descriptionOf, made, problemOf, withRows, type MetricRow } from '../charts/brought.ts';
import { BroughtChart } from '../charts/broughtChart.ts';
import { element, setAttribute, setText } from '../ui/dom.ts';
import type { Tile } from './board.ts';
import type { Surroundings } from './card.ts';
import { CardHead } from './cardHead.ts';
import { chartItems, type Takeable } from './chartMenu.ts';
import { Problem } from './problem.ts';

export class BroughtCard implements Tile, Takeable {
  readonly element: HTMLElement;
  readonly #around: Surroundings;
  readonly #canvas = element('div', { class: 'canvas', 'aria-hidden': 'true' });
  readonly #plot: HTMLElement;
  readonly #broken = element('p', { class: 'broken', role: 'status' });
  readonly #head: CardHead;
  readonly problem: Problem;
  readonly #chart: BroughtChart;
  #told: Told;
  #rows: () => readonly MetricRow[] | null;
  #drawn: readonly MetricRow[] = [];
  #inSight = false;
  #stale = true;

  constructor(told: Told, rows: () => readonly MetricRow[] | null, around: Surroundings) {
    this.#told = told;
    this.#rows = rows;
    this.#around = around;
    this.#head = new CardHead(told.id, '', '', around, () => chartItems(this, around.take), told.title);
    this.#plot = element('div', { class: 'plot brought', role: 'img', tabindex: '0' }, this.#canvas);
    this.element = element(
      'section',
      { class: 'card', 'data-figure': told.id, 'aria-labelledby': this.#head.id },
      this.#head.element,
      this.#plot,
      this.#broken,
    );
    this.problem = new Problem(this.element);
    this.#broken.hidden = true;
    this.#chart = new BroughtChart(this.#canvas);
  }

  update(told: Told, rows: () => readonly MetricRow[] | null): void {
    this.#told = told;
    this.#rows = rows;
    this.redraw();
  }

  redraw(): void {
    this.#stale = true;
    this.#head.update();
    this.#head.explain(this.#description ?? l10n.t('A chart of this project, from its trainyard.json.'));
    this.element.classList.toggle('large', this.#around.isLarge(this.#told.id));
    if (!this.#inSight) return;
    const { drawn } = this.#told;
    const problem = 'problem' in drawn ? drawn.problem : problemOf(drawn.specification);
    if (problem !== null || 'problem' in drawn) {
      this.#chart.rest();
      this.#tell(problem);
      return;
    }
    const { clientWidth: width, clientHeight: height } = this.#plot;
    const rows = this.#rows();
    if (rows === null || width < 20 || height < 20) return;
    this.#stale = false;
    this.#drawn = rows;
    const { specification } = drawn;
    const picture = {
      specification,
      rows,
      width,
      height,
      look: this.#around.look(),
      ratio: devicePixelRatio,
    };
    this.#chart.show(picture).then(
      (wrong) => this.#tell(wrong === null ? null : l10n.t('This chart can’t be drawn: {0}', wrong)),
      (error: unknown) => this.#around.failed(error instanceof Error ? error : new Error(String(error))),
    );
  }

  #tell(problem: string | null): void {
    this.#broken.hidden = problem === null;
    setText(this.#broken, problem ?? '');
    this.#plot.hidden = problem !== null;
    setAttribute(this.#plot, 'aria-label', this.#text());
    const { dataset } = this.element;
    dataset['embeds'] = String(this.#chart.embeds);
    dataset['rows'] = String(this.#drawn.length);
  }

  /** What it is; its values the specification alone knows how to read. */
  #text(): string {
    const { title } = this.#told;
    return this.#description === null ? title : `${title}. ${this.#description}`;
  }

  get #description(): string | null {
    const { drawn } = this.#told;
    return 'specification' in drawn ? descriptionOf(drawn.specification) : null;
  }

  /** Nothing in it follows the pointer over other charts. */
  point(): void {}

  setInSight(inSight: boolean): void {
    this.#inSight = inSight;
    if (inSight && this.#stale) this.redraw();
  }

  rest(): void {
    this.#stale = true;
    this.#chart.rest();
  }

  focus(): void {
    this.#plot.focus({ preventScroll: true });
  }

  dispose(): void {
    this.#chart.dispose();
    this.element.remove();
  }

  // What its menu wants.

  readonly table = null;

  get name(): string {
    return this.#around.fileName(this.#told.title);
  }

  specification(): TopLevelSpec | null {
    const { drawn } = this.#told;
    if ('problem' in drawn || !this.#broken.hidden || this.#stale) return null;
    const look = this.#around.look();
    const size = { width: this.#plot.clientWidth, height: this.#plot.clientHeight };
    return withRows(made(drawn.specification, look, size, true).spec, this.#drawn, look.background);
  }

  markdown(): null {
    return null;
  }
}
