/**
 * What moves with the pointer, drawn over the canvas by elements of its own: a rule, a point on each line, the box that is being
 * dragged. Vega doesn't hear of it, so that moving costs almost nothing, over however many charts.
 */
import { element } from '../ui/dom.ts';

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Dot {
  left: number;
  top: number;
  color: string;
}

export class Overlay {
  readonly element = element('div', { class: 'overlay', 'aria-hidden': 'true' });
  readonly #rule = element('div', { class: 'rule' });
  readonly #brush = element('div', { class: 'brush' });
  readonly #dots: { element: HTMLElement; color: string }[] = [];

  constructor() {
    this.element.append(this.#rule, this.#brush);
    this.#rule.hidden = true;
    this.#brush.hidden = true;
  }

  /** Marks an x by a line over the whole height, and places of lines by dots. */
  show(rule: { left: number; height: number } | null, dots: readonly Dot[]): void {
    this.#rule.hidden = rule === null;
    if (rule !== null) {
      this.#rule.style.transform = `translateX(${rule.left}px)`;
      this.#rule.style.height = `${rule.height}px`;
    }
    while (this.#dots.length < dots.length) {
      const dot = element('div', { class: 'dot' });
      this.#dots.push({ element: dot, color: '' });
      this.element.append(dot);
    }
    this.#dots.forEach((dot, i) => {
      const shown = dots[i];
      if (dot.element.hidden !== (shown === undefined)) dot.element.hidden = shown === undefined;
      if (shown === undefined) return;
      const { style } = dot.element;
      style.transform = `translate(${shown.left}px, ${shown.top}px)`;
      if (dot.color !== shown.color) style.background = shown.color;
      dot.color = shown.color;
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
