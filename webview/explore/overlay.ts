/**
 * What moves with the pointer, drawn over the canvas by elements of its own: a rule, a point on each line, the box that is being
 * dragged. Vega doesn't hear of it, so that moving costs almost nothing, over however many charts.
 */
import { pixelOf, pixelOfY, type Picture } from '../charts/chart.ts';
import { MARGIN } from '../charts/spec.ts';
import type { Look } from '../charts/look.ts';
import { element } from '../ui/dom.ts';
import type { FigureView } from './figures.ts';
import { colorOf, placeAt } from './legend.ts';

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export class Overlay {
  readonly element = element('div', { class: 'overlay', 'aria-hidden': 'true' });
  readonly #rule = element('div', { class: 'rule' });
  readonly #brush = element('div', { class: 'brush' });
  readonly #dots: HTMLElement[] = [];

  constructor() {
    this.element.append(this.#rule, this.#brush);
    this.#rule.hidden = true;
    this.#brush.hidden = true;
  }

  /** Marks an x, or nothing. */
  point(view: FigureView, picture: Picture, look: Look, cursor: number | null): void {
    const at = cursor === null ? -1 : pixelOf(picture, cursor);
    const inside = at >= MARGIN.left - 0.5 && at <= MARGIN.left + picture.width + 0.5;
    this.#rule.hidden = !inside;
    if (inside) {
      this.#rule.style.transform = `translateX(${at}px)`;
      this.#rule.style.height = `${picture.height}px`;
    }
    while (this.#dots.length < view.lines.length) {
      const dot = element('div', { class: 'dot' });
      this.#dots.push(dot);
      this.element.append(dot);
    }
    this.#dots.forEach((dot, i) => {
      const line = view.lines[i];
      const place = line === undefined || cursor === null ? -1 : placeAt(line.line, cursor);
      const x = line?.line.x[place];
      const y = line?.line.y[place];
      const top = y === undefined ? NaN : pixelOfY(picture, y);
      const left = x === undefined ? NaN : pixelOf(picture, x);
      const seen =
        inside &&
        line !== undefined &&
        top >= MARGIN.top - 1 &&
        top <= MARGIN.top + picture.height + 1 &&
        left >= MARGIN.left - 1;
      dot.hidden = !seen;
      if (!seen) return;
      dot.style.transform = `translate(${left}px, ${top}px)`;
      dot.style.background = colorOf(line, look);
    });
  }

  /** Shows the box that is being dragged, in pixels of the canvas; null ends it. */
  drag(box: Box | null): void {
    this.#brush.hidden = box === null;
    if (box === null) return;
    const { style } = this.#brush;
    style.left = `${box.left}px`;
    style.top = `${box.top}px`;
    style.width = `${box.width}px`;
    style.height = `${box.height}px`;
  }
}
