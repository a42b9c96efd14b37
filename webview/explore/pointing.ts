/** What pointer and keys wish of a figure's chart, done to the lens that all charts share. */
import { pixelOfY, valueAt, valueAtY, type Picture } from '../charts/chart.ts';
import type { Extent } from '../charts/scales.ts';
import { atText, valueText } from '../charts/words.ts';
import type { FigureView } from './figures.ts';
import type { Wishes } from './gestures.ts';
import { nearestX, placeAt } from './legend.ts';
import { chosen, moved, zoomed } from './lens.ts';
import type { Box, Overlay } from './overlay.ts';
import type { Surroundings } from './surroundings.ts';

/** A chart as it stands under the pointer. */
export interface Pointable {
  readonly view: FigureView;
  /** null before it was drawn. */
  readonly picture: Picture | null;
  /** All that there is of x. */
  readonly whole: Extent;
}

export class Pointing implements Wishes {
  readonly #of: Pointable;
  readonly #overlay: Overlay;
  readonly #around: Surroundings;

  constructor(of: Pointable, overlay: Overlay, around: Surroundings) {
    this.#of = of;
    this.#overlay = overlay;
    this.#around = around;
  }

  size(): { width: number; height: number } {
    return this.#of.picture ?? { width: 1, height: 1 };
  }

  pointAt(x: number | null, y: number | null): void {
    if (this.#of.picture === null) return;
    if (this.#around.quiet()) this.#around.speak(x === null || y === null ? null : this.#nearest(x, y));
    const lens = this.#around.lens(this.#of.view.axis);
    lens.pointAt(x === null ? null : nearestX(this.#of.view.lines, valueAt(this.#of.picture, x)));
  }

  /** The run whose line is nearest above or below, in pixels. */
  #nearest(x: number, y: number): string | null {
    const picture = this.#of.picture;
    if (picture === null) return null;
    const at = valueAt(picture, x);
    let found: string | null = null;
    let least = Infinity;
    for (const { executionId, line } of this.#of.view.lines) {
      const apart = Math.abs(pixelOfY(picture, line.y[placeAt(line, at)] ?? NaN) - y);
      if (apart < least) [found, least] = [executionId, apart];
    }
    return found;
  }

  drag(box: Box | null): void {
    this.#overlay.drag(box);
  }

  zoomTo(box: Box, tall: boolean): void {
    const picture = this.#of.picture;
    if (picture === null) return;
    if (tall) {
      const low = valueAtY(picture, box.top + box.height);
      this.#around.setHeight(this.#of.view.figure, [low, valueAtY(picture, box.top)]);
    }
    const from = valueAt(picture, box.left);
    const to = valueAt(picture, box.left + box.width);
    this.#zoom(chosen(from, to, this.#of.whole));
  }

  zoomBy(factor: number, x: number | null): void {
    const picture = this.#of.picture;
    if (picture === null) return;
    const lens = this.#around.lens(this.#of.view.axis);
    const window = lens.window ?? this.#of.whole;
    const around = x === null ? (lens.cursor ?? (window[0] + window[1]) / 2) : valueAt(picture, x);
    this.#zoom(zoomed(window, this.#of.whole, around, factor));
  }

  moveBy(share: number): void {
    const { window } = this.#around.lens(this.#of.view.axis);
    if (window !== null) this.#zoom(moved(window, this.#of.whole, share * (window[1] - window[0])));
  }

  back(): void {
    this.#around.back();
  }

  showAll(): void {
    this.#around.setHeight(this.#of.view.figure, null);
    this.#zoom(null);
  }

  step(to: 'left' | 'right' | 'first' | 'last'): void {
    const { axis, lines, unit } = this.#of.view;
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
    this.#around.lens(this.#of.view.axis).pointAt(null);
  }

  #zoom(window: Extent | null): void {
    this.#around.lens(this.#of.view.axis).zoomTo(window);
  }
}

const within = (x: number, window: Extent | null): boolean =>
  window === null || (x >= window[0] && x <= window[1]);
