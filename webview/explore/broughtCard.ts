/** A chart that a project brings: its title, its drawing, and where it can't be drawn, what is wrong with it. */
import * as l10n from '@vscode/l10n';
import type { TopLevelSpec } from 'vega-lite';
import type { BroughtChart as Told } from '../../src/contract/pages/explore.ts';
import { descriptionOf, made, problemOf, withRows, type MetricRow } from '../charts/brought.ts';
import { BroughtChart } from '../charts/broughtChart.ts';
import { element, setAttribute, setText } from '../ui/dom.ts';
import { Frame } from './frame.ts';
import type { Surroundings } from './surroundings.ts';
import { drawnTableOf, type TableRows } from './tableRows.ts';

export class BroughtCard extends Frame {
  readonly #broken = element('p', { class: 'broken', role: 'status' });
  protected readonly chart: BroughtChart;
  #told: Told;
  #rows: () => readonly MetricRow[] | null;
  #drawn: readonly MetricRow[] = [];

  constructor(told: Told, rows: () => readonly MetricRow[] | null, around: Surroundings) {
    super(told.id, { meaning: '', title: told.title }, around);
    this.#told = told;
    this.#rows = rows;
    this.plot.classList.add('brought');
    this.element.append(this.plot, this.values.element, this.#broken);
    this.#broken.hidden = true;
    this.chart = new BroughtChart(this.canvas);
    this.#explain();
  }

  update(told: Told, rows: () => readonly MetricRow[] | null): void {
    this.#told = told;
    this.#rows = rows;
    this.#explain();
    this.redraw();
  }

  #explain(): void {
    this.head.explain(this.#description ?? l10n.t('A chart of this project, from its trainyard.json.'));
  }

  protected draw(): boolean {
    const { drawn } = this.#told;
    const problem = 'problem' in drawn ? drawn.problem : problemOf(drawn.specification);
    if (problem !== null || 'problem' in drawn) {
      this.chart.rest();
      this.#tell(problem);
      return false;
    }
    const { clientWidth: width, clientHeight: height } = this.plot;
    const rows = this.#rows();
    if (rows === null || width < 20 || height < 20) return false;
    this.#drawn = rows;
    const { specification } = drawn;
    const picture = {
      specification,
      runs: this.around.runs(),
      rows,
      width,
      height,
      look: this.around.look(),
      ratio: devicePixelRatio,
    };
    this.chart.show(picture).then(
      (wrong) => this.#tell(wrong === null ? null : l10n.t('This chart can’t be drawn: {0}', wrong)),
      (error: unknown) => this.around.failed(error instanceof Error ? error : new Error(String(error))),
    );
    return true;
  }

  #tell(problem: string | null): void {
    this.#broken.hidden = problem === null;
    setText(this.#broken, problem ?? '');
    this.plot.hidden = problem !== null;
    setAttribute(this.plot, 'aria-label', this.#text());
    const { dataset } = this.element;
    dataset['views'] = String(this.chart.views);
    dataset['rows'] = String(this.#drawn.length);
    if (problem === null) this.showTable();
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

  protected tableRows(): TableRows {
    const { rows, fields } = this.chart.drawn();
    return drawnTableOf(rows, fields);
  }

  /** Nothing in it follows the pointer over other charts. */
  point(): void {}

  // What its menu wants.

  readonly figures = null;

  get name(): string {
    return this.around.fileName(this.#told.title);
  }

  specification(): TopLevelSpec | null {
    const { drawn } = this.#told;
    if ('problem' in drawn || !this.#broken.hidden || this.stale) return null;
    const look = this.around.look();
    const size = { width: this.plot.clientWidth, height: this.plot.clientHeight };
    return withRows(
      made(drawn.specification, this.around.runs(), look, size, true).spec,
      this.#drawn,
      look.background,
    );
  }

  markdown(): null {
    return null;
  }
}
