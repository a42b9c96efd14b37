/** One figure: its name and help, its best value, its lines with their values, and the chart, which shows what the lens lets it. */
import * as l10n from '@vscode/l10n';
import type { TopLevelSpec } from 'vega-lite';
import { Chart, pixelOf, pixelOfY, type Picture } from '../charts/chart.ts';
import type { ChartWish } from '../../src/contract/pages/explore.ts';
import type { Best } from '../charts/best.ts';
import { countOf, rowsOf } from '../charts/rows.ts';
import { axisOfX, reachOfX, type Extent } from '../charts/scales.ts';
import { smoothed } from '../charts/smooth.ts';
import { MARGIN } from '../charts/spec.ts';
import { takeAwaySpec } from '../charts/takeAway.ts';
import { AXIS_NAMES, bestText, chartText, oddText } from '../charts/words.ts';
import { element, setAttribute, setText } from '../ui/dom.ts';
import { detailsFor } from './details.ts';
import { spanOf, type FigureView, type Reading } from './figures.ts';
import { Frame } from './frame.ts';
import { listen } from './gestures.ts';
import { colorOf, Legend, placeAt } from './legend.ts';
import { chartMarkdown } from './markdown.ts';
import { Overlay, type Dot } from './overlay.ts';
import { Pointing, type Pointable } from './pointing.ts';
import { Reach } from './reach.ts';
import type { State } from './state.ts';
import type { Surroundings } from './surroundings.ts';
import { tableOf, type TableRows } from './tableRows.ts';

export class Card extends Frame implements Pointable {
  readonly #best = element('span', { class: 'best' });
  readonly #legend = new Legend();
  readonly #overlay = new Overlay();
  readonly #note = element('p', { class: 'note' });
  /** What the chart leaves out as one looks at it now. */
  readonly #aside = element('p', { class: 'aside' });
  readonly #broken = element(
    'p',
    { class: 'broken', role: 'status' },
    l10n.t('This chart can’t be drawn. “Trainyard: Show Log” says why.'),
  );
  protected readonly chart: Chart;
  #view: FigureView;
  /** What is to be shown next; made where it comes into sight. */
  #next: (() => FigureView) | null = null;
  #state: State;
  #whole: Extent = [0, 1];
  readonly #reach = new Reach();
  #picture: Picture | null = null;

  constructor(view: FigureView, state: State, around: Surroundings) {
    const { figure, direction, meaning } = view;
    super(figure, { mark: direction === null ? '' : direction === 'higher' ? '↑' : '↓', meaning }, around);
    this.#view = view;
    this.#state = state;
    setAttribute(this.plot, 'aria-label', figure);
    setAttribute(this.plot, 'aria-describedby', 'keys');
    this.plot.append(this.#overlay.element);
    this.element.append(
      this.#best,
      this.#legend.element,
      this.#legend.place,
      this.plot,
      this.values.element,
      this.#broken,
      this.#note,
      this.#aside,
    );
    this.#broken.hidden = true;
    this.chart = new Chart(this.canvas, (error) => around.failed(error));
    listen(this.plot, new Pointing(this, this.#overlay, around));
  }

  get view(): FigureView {
    return this.#view;
  }

  get picture(): Picture | null {
    return this.#picture;
  }

  get whole(): Extent {
    return this.#whole;
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
    setAttribute(this.plot, 'aria-label', chartText(view.figure, view.direction, lines, axis, view.unit));
  }

  protected draw(): boolean {
    if (this.#next !== null) {
      this.#view = this.#next();
      this.#next = null;
      this.#tellOf(this.#view);
    }
    const room = this.room();
    if (room === null) return false;
    const picture = this.#pictureOf(room.width, room.height);
    this.#picture = picture;
    this.point();
    void this.chart.show(picture).then((drawn) => this.#tell(picture, drawn));
    return true;
  }

  protected tableRows(): TableRows {
    return tableOf(this.#view, this.around.lens(this.#view.axis).window);
  }

  point(): void {
    if (this.#picture === null || !this.inSight) return;
    const { cursor } = this.around.lens(this.#view.axis);
    const look = this.around.look();
    const marked = bestMarked(this.#view);
    if (marked !== null) this.#best.style.setProperty('--ring', colorOf(marked, look));
    const spoken = this.around.spoken();
    this.#legend.update(this.#view, look, cursor, spoken);
    this.chart.speak(spoken === null ? '' : `${spoken} `);
    const rule = cursor === null ? null : ruleAt(this.#picture, cursor);
    const dots = rule === null || cursor === null ? [] : this.#dotsAt(this.#picture, cursor);
    this.#overlay.show(this.#picture, rule, dots);
  }

  #dotsAt(picture: Picture, cursor: number): Dot[] {
    const spoken = this.around.spoken();
    const look = this.around.look();
    const quiet = this.around.quiet() || spoken !== null;
    return this.#view.lines.flatMap((line) => {
      if (quiet && line.executionId !== spoken) return [];
      const place = placeAt(line.line, cursor);
      const top = pixelOfY(picture, line.line.y[place] ?? NaN);
      const left = pixelOf(picture, line.line.x[place] ?? NaN);
      const seen = top >= MARGIN.top - 1 && top <= MARGIN.top + picture.height + 1 && left >= MARGIN.left - 1;
      return seen ? [{ left, top, color: colorOf(line, look) }] : [];
    });
  }

  /** What it needs to know more finely. */
  details(reading: Reading): ChartWish['details'] {
    if (!this.inSight || this.#picture === null) return [];
    const { window } = this.around.lens(this.#view.axis);
    const large = this.around.isLarge(this.#view.figure);
    return detailsFor(this.#view, window, large, this.#picture.width, reading);
  }

  #pictureOf(width: number, height: number): Picture {
    const view = this.#view;
    const look = this.around.look();
    const span = spanOf(view, this.#state);
    this.#whole = reachOfX(span.first, span.last, span.live, span.end);
    const window = this.around.lens(view.axis).window ?? this.#whole;
    const choices = this.around.choices();
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
        own: this.around.height(view.figure),
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
        this.#picture?.rows,
      ),
      x,
      y: y.axis,
      width,
      height,
      look,
      quiet: this.around.quiet(),
      ratio: devicePixelRatio,
    };
  }

  #tell(picture: Picture, drawn: boolean): void {
    this.#broken.hidden = drawn;
    // For whoever looks at the page from outside, tests first of all.
    const { dataset } = this.element;
    dataset['views'] = String(this.chart.views);
    dataset['points'] = String(countOf(picture.rows.points));
    dataset['raw'] = String(countOf(picture.rows.raw));
    dataset['x'] = picture.x.domain.join(' ');
    dataset['y'] = picture.y.domain.join(' ');
  }

  // What its menu wants.

  get name(): string {
    return this.around.fileName(this.#view.figure);
  }

  get figures(): readonly string[] {
    return [this.#view.figure];
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
    return chartMarkdown(this.#view, this.around.runs());
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

/** Where the rule over an x stands, if that is within the plot. */
function ruleAt(picture: Picture, cursor: number): number | null {
  const left = pixelOf(picture, cursor);
  return left >= MARGIN.left - 0.5 && left <= MARGIN.left + picture.width + 0.5 ? left : null;
}
