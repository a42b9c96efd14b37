/** The chart of precision against recall. It follows the window and the place under the pointer of the charts beside it. */
import * as l10n from '@vscode/l10n';
import type { TopLevelSpec } from 'vega-lite';
import { Chart, pixelOf, pixelOfY, type Picture } from '../charts/chart.ts';
import { countOf, grouped, NO_ROWS } from '../charts/rows.ts';
import { axisOfY, reachOfY, ticksFor, type Extent } from '../charts/scales.ts';
import type { Point } from '../charts/spec.ts';
import { takeAwaySpec } from '../charts/takeAway.ts';
import { atText, valueText } from '../charts/words.ts';
import { setAttribute } from '../ui/dom.ts';
import { pathsOf, type Pair, type Path, type Place } from './curve.ts';
import type { FigureView } from './figures.ts';
import { Frame } from './frame.ts';
import { colorOf, Legend } from './legend.ts';
import { Overlay } from './overlay.ts';
import type { Surroundings } from './surroundings.ts';
import { curveTableOf, type TableRows } from './tableRows.ts';

export class CurveCard extends Frame {
  readonly #pair: Pair;
  readonly #legend = new Legend();
  readonly #overlay = new Overlay();
  protected readonly chart: Chart;
  #views: () => [precision: FigureView, recall: FigureView];
  #paths: readonly Path[] = [];
  #picture: Picture | null = null;
  #precision: FigureView;

  constructor(pair: Pair, views: () => [FigureView, FigureView], around: Surroundings) {
    const meaning = l10n.t(
      'How both went from epoch to epoch. The nearer to the upper right corner, the better.',
    );
    super(pair.name, { meaning }, around);
    this.#pair = pair;
    this.#views = views;
    [this.#precision] = views();
    setAttribute(this.plot, 'aria-label', pair.name);
    this.plot.append(this.#overlay.element);
    this.element.classList.add('curve');
    this.element.append(this.#legend.element, this.#legend.place, this.plot, this.values.element);
    this.chart = new Chart(this.canvas, (error) => around.failed(error));
    this.plot.addEventListener('pointermove', (event) => this.#pointAt(event));
    this.plot.addEventListener('pointerleave', () => this.#lens.pointAt(null));
    this.plot.addEventListener('blur', () => this.#lens.pointAt(null));
    this.plot.addEventListener('keydown', (event) => this.#key(event));
  }

  update(views: () => [FigureView, FigureView]): void {
    this.#views = views;
    this.redraw();
  }

  protected draw(): boolean {
    const room = this.room();
    if (room === null) return false;
    const [precision, recall] = this.#views();
    this.#precision = precision;
    this.#paths = pathsOf(precision, recall, this.around.lens(precision.axis).window);
    const picture = this.#pictureOf(room.width, room.height);
    this.#picture = picture;
    setAttribute(this.plot, 'aria-label', this.#text());
    this.point();
    void this.chart.show(picture).then(() => this.#tell(picture));
    return true;
  }

  /** For whoever looks at the page from outside, tests first of all. */
  #tell(picture: Picture): void {
    const { dataset } = this.element;
    dataset['places'] = String(countOf(picture.rows.points));
    dataset['x'] = picture.x.domain.join(' ');
    dataset['y'] = picture.y.domain.join(' ');
  }

  protected tableRows(): TableRows {
    return curveTableOf(this.#paths, this.#precision.axis);
  }

  point(): void {
    if (this.#picture === null || !this.inSight) return;
    const picture = this.#picture;
    const look = this.around.look();
    const { cursor } = this.#lens;
    const recalls = this.#paths.map(({ places }) => places);
    const spoken = this.around.spoken();
    this.chart.speak(spoken === null ? '' : `${spoken} `);
    this.#legend.update(this.#precision, look, cursor, spoken, (line, x) => {
      const path = this.#paths.findIndex((one) => one.line.key === line.key);
      const place = recalls[path]?.find(({ at }) => at === x);
      return place === undefined ? '–' : `${valueText(place.precision)} / ${valueText(place.recall)}`;
    });
    const quiet = this.around.quiet() || spoken !== null;
    const dots = this.#paths.flatMap(({ line, places }) => {
      if (quiet && line.executionId !== spoken) return [];
      const place = places.find(({ at }) => at === cursor);
      if (place === undefined) return [];
      const color = colorOf(line, look);
      return [{ left: pixelOf(picture, place.recall), top: pixelOfY(picture, place.precision), color }];
    });
    this.#overlay.show(picture, null, dots);
  }

  // What its menu wants.

  get figures(): readonly string[] {
    return [this.#pair.precision, this.#pair.recall];
  }

  get name(): string {
    return this.around.fileName(this.#pair.name);
  }

  specification(): TopLevelSpec | null {
    if (this.#picture === null) return null;
    const labels = new Map(this.#paths.map(({ line: { key, label } }) => [key, label]));
    return takeAwaySpec(this.#picture, { title: this.#pair.name, subtitle: null, labels });
  }

  markdown(): null {
    return null;
  }

  get #lens() {
    return this.around.lens(this.#precision.axis);
  }

  #pictureOf(width: number, height: number): Picture {
    const look = this.around.look();
    const all = this.#paths.flatMap(({ places }) => places);
    const reach = (of: 'precision' | 'recall', size: number): Extent =>
      reachOfY(extentOf(all.map((place) => place[of])), null, ticksFor(size));
    const points = grouped(
      this.#paths.flatMap(({ line: { key }, places }) =>
        places.map(({ precision, recall }): Point => ({ line: key, x: recall, y: precision })),
      ),
      ({ line }) => line,
      this.#picture?.rows.points,
    );
    return {
      shape: {
        // Its corner has room for a word.
        axis: 'recall',
        path: this.#pair.precision,
        log: false,
        strokes: this.#paths.map(({ line }) => ({
          key: line.key,
          color: colorOf(line, look),
          dash: line.dash,
        })),
      },
      rows: { ...NO_ROWS, points, lone: new Map([...points].map(([key, own]) => [key, own.slice(-1)])) },
      x: axisOfY(reach('recall', width), width),
      y: axisOfY(reach('precision', height), height),
      width,
      height,
      look,
      quiet: this.around.quiet(),
      ratio: devicePixelRatio,
    };
  }

  #text(): string {
    const { axis } = this.#precision;
    const ends = this.#paths.flatMap(({ line, places }) => {
      const [first, last] = [places[0], places.at(-1)];
      if (first === undefined || last === undefined) return [];
      const of = ({ at, precision, recall }: Place): string =>
        `${valueText(precision)} / ${valueText(recall)} at ${atText(at, axis)}`;
      return [`${line.label}: from ${of(first)} to ${of(last)}.`];
    });
    return `${this.#pair.name}. ${ends.length === 0 ? 'No points yet.' : ends.join(' ')}`;
  }

  #pointAt(event: PointerEvent): void {
    const picture = this.#picture;
    if (picture === null) return;
    const { left, top } = this.plot.getBoundingClientRect();
    let best: { at: number; far: number } | null = null;
    for (const { places } of this.#paths) {
      for (const { at, precision, recall } of places) {
        const x = pixelOf(picture, recall) - (event.clientX - left);
        const far = Math.hypot(x, pixelOfY(picture, precision) - (event.clientY - top));
        if (best === null || far < best.far) best = { at, far };
      }
    }
    this.#lens.pointAt(best?.at ?? null);
  }

  #key(event: KeyboardEvent): void {
    const places = [...new Set(this.#paths.flatMap(({ places: own }) => own.map(({ at }) => at)))].toSorted(
      (a, b) => a - b,
    );
    const now = places.indexOf(this.#lens.cursor ?? NaN);
    const to = { ArrowLeft: now < 0 ? -1 : Math.max(0, now - 1), ArrowRight: now + 1, Home: 0, End: -1 }[
      event.key
    ];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const at = places.at(Math.min(to, places.length - 1));
    if (at === undefined) return;
    this.#lens.pointAt(at);
    const values = this.#paths.flatMap(({ line, places: own }) =>
      own.flatMap((place) =>
        place.at === at ? [`${line.label} ${valueText(place.precision)} / ${valueText(place.recall)}`] : [],
      ),
    );
    this.around.announce(`${atText(at, this.#precision.axis)}: ${values.join(', ')}`);
  }
}

const extentOf = (values: readonly number[]): Extent =>
  values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
