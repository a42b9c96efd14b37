/** One figure: its name and help, its best value, its lines with their values, and the chart, which shows what the lens lets it. */
import * as l10n from '@vscode/l10n';
import { Chart, valueAt, valueAtY, type Picture } from '../charts/chart.ts';
import type { Best } from '../charts/best.ts';
import { extremes } from '../charts/lines.ts';
import type { Look } from '../charts/look.ts';
import { rowsOf } from '../charts/rows.ts';
import { axisOfX, axisOfY, reachOfX, reachOfY, ticksFor, type Extent } from '../charts/scales.ts';
import { MARGIN } from '../charts/spec.ts';
import { bestText, chartText, oddText, placeText, valueText } from '../charts/words.ts';
import { element, setAttribute, setText } from '../ui/dom.ts';
import { enlargeIcon, pinIcon, shrinkIcon } from '../ui/icons.ts';
import type { Tile } from './board.ts';
import { spanOf, type FigureView } from './figures.ts';
import { listen, type Wishes } from './gestures.ts';
import { colorOf, Legend, nearestX, placeAt } from './legend.ts';
import { chosen, moved, zoomed, type Lens } from './lens.ts';
import { Overlay, type Box } from './overlay.ts';
import type { State } from './state.ts';

/** What a card needs of the panel around it. */
export interface Surroundings {
  lens(axis: FigureView['axis']): Lens;
  /** The window on y that the user chose for a figure. */
  height(figure: string): Extent | null;
  setHeight(figure: string, height: Extent | null): void;
  look(): Look;
  /** Whether a figure stands first, and whether it has the page for itself. */
  isPinned(figure: string): boolean;
  isLarge(figure: string): boolean;
  pin(figure: string): void;
  enlarge(figure: string): void;
  /** To a screen reader. */
  announce(text: string): void;
  failed(error: Error): void;
}

let cards = 0;

export class Card implements Wishes, Tile {
  readonly element: HTMLElement;
  readonly #around: Surroundings;
  readonly #best = element('span', { class: 'best' });
  readonly #legend = new Legend();
  readonly #canvas = element('div', { class: 'canvas', 'aria-hidden': 'true' });
  readonly #overlay = new Overlay();
  readonly #plot: HTMLElement;
  readonly #note = element('p', { class: 'note' });
  readonly #broken = element(
    'p',
    { class: 'broken', role: 'status' },
    l10n.t('This chart can’t be drawn. “Trainyard: Show Log” says why.'),
  );
  readonly #pin = element('button', { type: 'button', class: 'tool' }, pinIcon());
  /** The style sheet shows one of the two drawings. */
  readonly #enlarge = element('button', { type: 'button', class: 'tool' }, enlargeIcon(), shrinkIcon());
  readonly #chart: Chart;
  #view: FigureView;
  /** What is to be shown next; made where it comes into sight. */
  #next: (() => FigureView) | null = null;
  #state: State;
  #whole: Extent = [0, 1];
  #reachY: Extent | null = null;
  #picture: Picture | null = null;
  #inSight = false;
  #stale = true;

  constructor(view: FigureView, state: State, around: Surroundings) {
    this.#view = view;
    this.#state = state;
    this.#around = around;
    const id = `chart-${++cards}`;
    const help = element('span', { class: 'tip', role: 'tooltip', id: `${id}-help` }, view.meaning);
    const { figure } = view;
    const arrow = view.direction === null ? '' : view.direction === 'higher' ? '↑' : '↓';
    const name = element(
      'h2',
      { id: `${id}-name` },
      element('button', { class: 'name', type: 'button', 'aria-describedby': help.id }, view.figure),
      element('span', { class: 'arrow', 'aria-hidden': 'true' }, arrow),
    );
    this.#pin.addEventListener('click', () => around.pin(figure));
    this.#enlarge.addEventListener('click', () => around.enlarge(figure));
    this.#plot = element(
      'div',
      { class: 'plot', role: 'img', tabindex: '0', 'aria-label': figure, 'aria-describedby': 'keys' },
      this.#canvas,
      this.#overlay.element,
    );
    this.element = element(
      'section',
      { class: 'card', 'data-figure': figure, 'aria-labelledby': name.id },
      element('div', { class: 'card-head' }, name, help, this.#pin, this.#enlarge),
      this.#best,
      this.#legend.element,
      this.#legend.place,
      this.#plot,
      this.#broken,
      this.#note,
    );
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
    setAttribute(this.#plot, 'aria-label', chartText(view.figure, view.direction, lines, axis));
  }

  #drawTools(): void {
    const { figure } = this.#view;
    const pinned = this.#around.isPinned(figure);
    const large = this.#around.isLarge(figure);
    setAttribute(this.#pin, 'aria-pressed', String(pinned));
    const pin = pinned ? l10n.t('Unpin') : l10n.t('Pin to the Top');
    const enlarge = large ? l10n.t('Back to All Charts (Escape)') : l10n.t('Show Large');
    for (const [tool, text] of [
      [this.#pin, pin],
      [this.#enlarge, enlarge],
    ] as const) {
      setAttribute(tool, 'title', text);
      setAttribute(tool, 'aria-label', `${text}: ${figure}`);
    }
    this.element.classList.toggle('large', large);
  }

  /** Draws anew what depends on data, lens, theme or size; waits for it to come into sight. */
  redraw(): void {
    this.#stale = true;
    this.#drawTools();
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
    this.#legend.update(this.#view, look, cursor);
    this.#overlay.point(this.#view, this.#picture, look, cursor === null || place === null ? null : cursor);
  }

  setInSight(inSight: boolean): void {
    this.#inSight = inSight;
    if (inSight && this.#stale) this.redraw();
    else if (inSight) this.point();
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
    const own = this.#around.height(view.figure);
    const x = axisOfX(window, width);
    const values = extremes(
      view.lines.map(({ line }) => line),
      ...x.domain,
    );
    // One place says nothing of how far values will go: they are seen from zero.
    if (values !== null && span.first === span.last && values[0] > 0) values[0] = 0;
    this.#reachY = reachOfY(values ?? this.#reachY ?? [0, 1], this.#reachY, ticksFor(height));
    return {
      shape: {
        axis: view.axis,
        strokes: view.lines.map((line) => ({ key: line.key, color: colorOf(line, look), dash: line.dash })),
      },
      rows: rowsOf(view.lines.map((line) => ({ ...line, best: line.marked ? line.best : null }))),
      x,
      y: axisOfY(own ?? this.#reachY, height),
      width,
      height,
      look,
      ratio: devicePixelRatio,
    };
  }

  #tell(picture: Picture, drawn: boolean): void {
    this.#broken.hidden = drawn;
    // For whoever looks at the page from outside, tests first of all.
    const { dataset } = this.element;
    dataset['embeds'] = String(this.#chart.embeds);
    dataset['points'] = String(picture.rows.points.length);
    dataset['x'] = picture.x.domain.join(' ');
    dataset['y'] = picture.y.domain.join(' ');
  }

  // What pointer and keys wish.

  size(): { width: number; height: number } {
    return this.#picture ?? { width: 1, height: 1 };
  }

  pointAt(x: number | null): void {
    if (this.#picture === null) return;
    const lens = this.#around.lens(this.#view.axis);
    lens.pointAt(x === null ? null : nearestX(this.#view.lines, valueAt(this.#picture, x)));
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

  showAll(): void {
    this.#around.setHeight(this.#view.figure, null);
    this.#zoom(null);
  }

  step(to: 'left' | 'right' | 'first' | 'last'): void {
    const { axis, lines } = this.#view;
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
      return `${label} ${value === undefined ? 'none' : valueText(value)}`;
    });
    this.#around.announce(`${axis} ${placeText(x)}: ${values.join(', ')}`);
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
