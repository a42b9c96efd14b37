/** One figure: its name and help, its best value, its lines with their values, and the chart, which shows what the lens lets it. */
import * as l10n from '@vscode/l10n';
import type { TopLevelSpec } from 'vega-lite';
import { Chart, pixelOf, pixelOfY, valueAt, valueAtY, type Picture } from '../charts/chart.ts';
import type { ChartWish } from '../../src/contract/pages/explore.ts';
import type { Best } from '../charts/best.ts';
import type { Look } from '../charts/look.ts';
import { rowsOf } from '../charts/rows.ts';
import { axisOfX, reachOfX, type Extent } from '../charts/scales.ts';
import { smoothed } from '../charts/smooth.ts';
import { MARGIN } from '../charts/spec.ts';
import { takeAwaySpec } from '../charts/takeAway.ts';
import { atText, AXIS_NAMES, bestText, chartText, oddText, valueText } from '../charts/words.ts';
import { element, setAttribute, setText } from '../ui/dom.ts';
import type { Tile } from './board.ts';
import { CardHead, type HeadActions } from './cardHead.ts';
import { chartItems, type Takeable } from './chartMenu.ts';
import { ChartTable } from './chartTable.ts';
import type { Choices } from './choices.ts';
import { detailsFor } from './details.ts';
import { spanOf, type FigureView, type Reading } from './figures.ts';
import { listen, type Wishes } from './gestures.ts';
import { colorOf, Legend, nearestX, placeAt } from './legend.ts';
import { chosen, moved, zoomed, type Lens } from './lens.ts';
import { Overlay, type Box, type Dot } from './overlay.ts';
import { Problem } from './problem.ts';
import { chartMarkdown, type NamedRun } from './markdown.ts';
import { Reach } from './reach.ts';
import type { State } from './state.ts';
import type { TakeAway } from './takeAway.ts';

/** What a card needs of the panel around it. */
export interface Surroundings extends HeadActions {
  lens(axis: FigureView['axis']): Lens;
  /** The window on y that the user chose for a figure. */
  height(figure: string): Extent | null;
  setHeight(figure: string, height: Extent | null): void;
  /** Undoes the last zoom. */
  back(): void;
  look(): Look;
  /** More runs are shown than colours can tell: their lines are quiet until one of them is pointed at. */
  quiet(): boolean;
  /** The run whose lines step forward. */
  spoken(): string | null;
  speak(executionId: string | null): void;
  choices(): Pick<Choices, 'log' | 'outliers' | 'smoothing'>;
  /** Another chart is in sight now, or isn't any more. */
  seen(): void;
  /** To a screen reader. */
  announce(text: string): void;
  failed(error: Error): void;
  readonly take: TakeAway;
  /** What files of a figure are called. */
  fileName(figure: string): string;
  /** The runs that are shown, in their order. */
  runs(): readonly NamedRun[];
  /** Whether a figure's values are shown instead of its drawing. */
  isTable(figure: string): boolean;
  toggleTable(figure: string): void;
}

export class Card implements Wishes, Tile, Takeable {
  readonly element: HTMLElement;
  readonly #around: Surroundings;
  readonly #head: CardHead;
  readonly problem: Problem;
  readonly #best = element('span', { class: 'best' });
  readonly #legend = new Legend();
  readonly #canvas = element('div', { class: 'canvas', 'aria-hidden': 'true' });
  readonly #overlay = new Overlay();
  readonly #plot: HTMLElement;
  readonly #note = element('p', { class: 'note' });
  /** What the chart leaves out as one looks at it now. */
  readonly #aside = element('p', { class: 'aside' });
  readonly #broken = element(
    'p',
    { class: 'broken', role: 'status' },
    l10n.t('This chart can’t be drawn. “Trainyard: Show Log” says why.'),
  );
  readonly #table = new ChartTable();
  readonly #chart: Chart;
  #view: FigureView;
  /** What is to be shown next; made where it comes into sight. */
  #next: (() => FigureView) | null = null;
  #state: State;
  #whole: Extent = [0, 1];
  readonly #reach = new Reach();
  #picture: Picture | null = null;
  #inSight = false;
  #stale = true;

  constructor(view: FigureView, state: State, around: Surroundings) {
    this.#view = view;
    this.#state = state;
    this.#around = around;
    const { figure } = view;
    const arrow = view.direction === null ? '' : view.direction === 'higher' ? '↑' : '↓';
    this.#head = new CardHead(figure, arrow, view.meaning, around, () => chartItems(this, around.take));
    this.#plot = element(
      'div',
      { class: 'plot', role: 'img', tabindex: '0', 'aria-label': figure, 'aria-describedby': 'keys' },
      this.#canvas,
      this.#overlay.element,
    );
    this.element = element(
      'section',
      { class: 'card', 'data-figure': figure, 'aria-labelledby': this.#head.id },
      this.#head.element,
      this.#best,
      this.#legend.element,
      this.#legend.place,
      this.#plot,
      this.#table.element,
      this.#broken,
      this.#note,
      this.#aside,
    );
    this.problem = new Problem(this.element);
    this.#broken.hidden = true;
    this.#chart = new Chart(this.#canvas, (error) => around.failed(error));
    listen(this.#plot, this);
  }

  /** @param view made anew from the state, where somebody sees it */
  update(view: () => FigureView, state: State): void {
    this.#next = view;
    this.#state = state;
    this.redraw();
  }

  /** What is said of the figure beside its drawing. */
  #tellOf(view: FigureView): void {
    const { axis, lines } = view;
    const best = bestMarked(view)?.best ?? null;
    setText(this.#best, best === null ? '' : bestText(best, axis));
    this.#best.hidden = best === null;
    const notes = lines.flatMap((line) => {
      const text = oddText(line.line, line.odds, axis);
      return text === null ? [] : [lines.length > 1 ? `${line.label}: ${text}` : text];
    });
    this.#note.hidden = notes.length === 0;
    setText(this.#note, notes.join(' · '));
    setAttribute(this.#plot, 'aria-label', chartText(view.figure, view.direction, lines, axis, view.unit));
  }

  /** Draws anew what depends on data, lens, theme or size; waits for it to come into sight. */
  redraw(): void {
    this.#stale = true;
    this.#head.update();
    const { figure } = this.#view;
    this.element.classList.toggle('large', this.#around.isLarge(figure));
    this.element.classList.toggle('tabled', this.#around.isTable(figure));
    if (!this.#inSight) return;
    if (this.#next !== null) {
      this.#view = this.#next();
      this.#next = null;
      this.#tellOf(this.#view);
    }
    const width = this.#plot.clientWidth - MARGIN.left - MARGIN.right;
    const height = this.#plot.clientHeight - MARGIN.top - MARGIN.bottom;
    if (width < 20 || height < 20) return;
    this.#stale = false;
    const picture = this.#pictureOf(width, height);
    this.#picture = picture;
    if (this.#around.isTable(figure)) this.#table.show(this.#view, this.#around.lens(this.#view.axis).window);
    this.point();
    void this.#chart.show(picture).then((drawn) => this.#tell(picture, drawn));
  }

  /** Only what is pointed at changed. */
  point(): void {
    if (this.#picture === null || !this.#inSight) return;
    const { cursor } = this.#around.lens(this.#view.axis);
    const look = this.#around.look();
    const marked = bestMarked(this.#view);
    if (marked !== null) this.#best.style.setProperty('--ring', colorOf(marked, look));
    const place = cursor === null ? null : nearestX(this.#view.lines, cursor);
    const spoken = this.#around.spoken();
    this.#legend.update(this.#view, look, cursor, spoken);
    this.#chart.speak(spoken === null ? '' : `${spoken} `);
    this.#overlay.show(this.#ruleAt(cursor), place === null ? [] : this.#dotsAt(cursor));
  }

  #ruleAt(cursor: number | null): { left: number; height: number } | null {
    const picture = this.#picture;
    if (picture === null || cursor === null) return null;
    const left = pixelOf(picture, cursor);
    const inside = left >= MARGIN.left - 0.5 && left <= MARGIN.left + picture.width + 0.5;
    return inside ? { left, height: picture.height } : null;
  }

  #dotsAt(cursor: number | null): Dot[] {
    const picture = this.#picture;
    if (picture === null || cursor === null || this.#ruleAt(cursor) === null) return [];
    const spoken = this.#around.spoken();
    const quiet = this.#around.quiet() || spoken !== null;
    return this.#view.lines.flatMap((line) => {
      if (quiet && line.executionId !== spoken) return [];
      const place = placeAt(line.line, cursor);
      const top = pixelOfY(picture, line.line.y[place] ?? NaN);
      const left = pixelOf(picture, line.line.x[place] ?? NaN);
      const seen = top >= MARGIN.top - 1 && top <= MARGIN.top + picture.height + 1 && left >= MARGIN.left - 1;
      return seen ? [{ left, top, color: colorOf(line, this.#around.look()) }] : [];
    });
  }

  setInSight(inSight: boolean): void {
    this.#inSight = inSight;
    this.#around.seen();
    if (inSight && this.#stale) this.redraw();
    else if (inSight) this.point();
  }

  /** What it needs to know more finely. */
  details(reading: Reading): ChartWish['details'] {
    if (!this.#inSight || this.#picture === null) return [];
    const { window } = this.#around.lens(this.#view.axis);
    const large = this.#around.isLarge(this.#view.figure);
    return detailsFor(this.#view, window, large, this.#picture.width, reading);
  }

  rest(): void {
    this.#stale = true;
    this.#chart.rest();
  }

  /** To where keys read and zoom it. */
  focus(): void {
    this.#plot.focus({ preventScroll: true });
  }

  dispose(): void {
    this.#chart.dispose();
    this.element.remove();
  }

  #pictureOf(width: number, height: number): Picture {
    const view = this.#view;
    const look = this.#around.look();
    const span = spanOf(view, this.#state);
    this.#whole = reachOfX(span.first, span.last, span.live, span.end);
    const window = this.#around.lens(view.axis).window ?? this.#whole;
    const choices = this.#around.choices();
    const { log, smoothing } = choices;
    const weight = smoothing ?? this.#state.smoothing;
    const x = axisOfX(window, width, view.axis);
    const y = this.#reach.axisFor(
      view.lines.map(({ line }) => line),
      {
        x: x.domain,
        single: span.first === span.last,
        height,
        choices,
        unit: view.unit,
        own: this.#around.height(view.figure),
      },
    );
    this.#aside.hidden = y.asides.length === 0;
    setText(this.#aside, y.asides.join(' '));
    return {
      shape: {
        axis: AXIS_NAMES[view.axis],
        log,
        path: null,
        strokes: view.lines.map((line) => ({ key: line.key, color: colorOf(line, look), dash: line.dash })),
      },
      rows: rowsOf(
        view.lines.map((line) => ({
          ...line,
          best: line.marked ? line.best : null,
          smooth: weight > 0 ? smoothed(line.line, weight) : null,
        })),
        log,
      ),
      x,
      y: y.axis,
      width,
      height,
      look,
      quiet: this.#around.quiet(),
      ratio: devicePixelRatio,
    };
  }

  #tell(picture: Picture, drawn: boolean): void {
    this.#broken.hidden = drawn;
    // For whoever looks at the page from outside, tests first of all.
    const { dataset } = this.element;
    dataset['embeds'] = String(this.#chart.embeds);
    dataset['points'] = String(picture.rows.points.length);
    dataset['raw'] = String(picture.rows.raw.length);
    dataset['x'] = picture.x.domain.join(' ');
    dataset['y'] = picture.y.domain.join(' ');
  }

  // What its menu wants.

  get name(): string {
    return this.#around.fileName(this.#view.figure);
  }

  get table(): Takeable['table'] {
    const { figure } = this.#view;
    return { shown: this.#around.isTable(figure), toggle: () => this.#around.toggleTable(figure) };
  }

  specification(): TopLevelSpec | null {
    if (this.#picture === null) return null;
    const best = bestMarked(this.#view)?.best ?? null;
    return takeAwaySpec(this.#picture, {
      title: this.#view.figure,
      subtitle: best === null ? null : bestText(best, this.#view.axis),
      labels: new Map(this.#view.lines.map(({ key, label }) => [key, label])),
    });
  }

  markdown(): string {
    return chartMarkdown(this.#view, this.#around.runs());
  }

  // What pointer and keys wish.

  size(): { width: number; height: number } {
    return this.#picture ?? { width: 1, height: 1 };
  }

  pointAt(x: number | null, y: number | null): void {
    if (this.#picture === null) return;
    if (this.#around.quiet()) this.#around.speak(x === null || y === null ? null : this.#nearest(x, y));
    const lens = this.#around.lens(this.#view.axis);
    lens.pointAt(x === null ? null : nearestX(this.#view.lines, valueAt(this.#picture, x)));
  }

  /** The run whose line is nearest above or below, in pixels. */
  #nearest(x: number, y: number): string | null {
    const picture = this.#picture;
    if (picture === null) return null;
    const at = valueAt(picture, x);
    let found: string | null = null;
    let least = Infinity;
    for (const { executionId, line } of this.#view.lines) {
      const apart = Math.abs(pixelOfY(picture, line.y[placeAt(line, at)] ?? NaN) - y);
      if (apart < least) [found, least] = [executionId, apart];
    }
    return found;
  }

  drag(box: Box | null): void {
    this.#overlay.drag(box);
  }

  zoomTo(box: Box, tall: boolean): void {
    const picture = this.#picture;
    if (picture === null) return;
    if (tall) {
      const low = valueAtY(picture, box.top + box.height);
      this.#around.setHeight(this.#view.figure, [low, valueAtY(picture, box.top)]);
    }
    const from = valueAt(picture, box.left);
    const to = valueAt(picture, box.left + box.width);
    this.#zoom(chosen(from, to, this.#whole));
  }

  zoomBy(factor: number, x: number | null): void {
    const picture = this.#picture;
    if (picture === null) return;
    const lens = this.#around.lens(this.#view.axis);
    const window = lens.window ?? this.#whole;
    const around = x === null ? (lens.cursor ?? (window[0] + window[1]) / 2) : valueAt(picture, x);
    this.#zoom(zoomed(window, this.#whole, around, factor));
  }

  moveBy(share: number): void {
    const { window } = this.#around.lens(this.#view.axis);
    if (window !== null) this.#zoom(moved(window, this.#whole, share * (window[1] - window[0])));
  }

  back(): void {
    this.#around.back();
  }

  showAll(): void {
    this.#around.setHeight(this.#view.figure, null);
    this.#zoom(null);
  }

  step(to: 'left' | 'right' | 'first' | 'last'): void {
    const { axis, lines, unit } = this.#view;
    const lens = this.#around.lens(axis);
    const longest = lines.toSorted((a, b) => b.line.x.length - a.line.x.length)[0]?.line.x ?? [];
    const shown = lens.window === null ? longest : longest.filter((x) => within(x, lens.window));
    const at = lens.cursor === null ? -1 : shown.findIndex((x) => x >= (lens.cursor ?? 0));
    const last = shown.length - 1;
    const place =
      to === 'first'
        ? 0
        : to === 'last'
          ? last
          : to === 'right'
            ? Math.min(last, at + 1)
            : at <= 0
              ? last
              : at - 1;
    const x = shown[place];
    if (x === undefined) return;
    lens.pointAt(x);
    const values = lines.map(({ label, line }) => {
      const value = line.y[placeAt(line, x)];
      return `${label} ${value === undefined ? 'none' : valueText(value, unit)}`;
    });
    this.#around.announce(`${atText(x, axis)}: ${values.join(', ')}`);
  }

  leave(): void {
    this.#around.lens(this.#view.axis).pointAt(null);
  }

  #zoom(window: Extent | null): void {
    this.#around.lens(this.#view.axis).zoomTo(window);
  }
}

/** Of all lines with a marked point the one with the best: that of the one run, or of the best run. */
function bestMarked({ lines, direction }: FigureView): (FigureView['lines'][number] & { best: Best }) | null {
  const marked = lines.flatMap((line) =>
    line.marked && line.best !== null ? [{ ...line, best: line.best }] : [],
  );
  const better = direction === 'lower' ? 1 : -1;
  return marked.toSorted((a, b) => better * (a.best.value - b.best.value))[0] ?? null;
}

const within = (x: number, window: Extent | null): boolean =>
  window === null || (x >= window[0] && x <= window[1]);
