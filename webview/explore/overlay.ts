/**
 * What moves with the pointer, drawn over Vega's canvas on one of its own: a rule, and a point on each line. Vega doesn't hear of it and
 * no element moves, so that moving costs almost nothing, over however many charts and lines. The box that is being dragged is an element.
 */
import type { Picture } from '../charts/chart.ts';
import { cssOf, mixed, rgbOf, type Look } from '../charts/look.ts';
import { MARGIN } from '../charts/spec.ts';
import { element, setAttribute } from '../ui/dom.ts';

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

/** The picture over which it lies. */
type Ground = Pick<Picture, 'width' | 'height' | 'look' | 'ratio'>;

/** Pixels from the middle of a dot to its edge, and of that the edge, which sets it off from the lines. */
const RADIUS = 4;
const EDGE = 1.5;

export class Overlay {
  readonly element = element('div', { class: 'overlay', 'aria-hidden': 'true' });
  /** Only as long as something is pointed at. */
  #canvas: HTMLCanvasElement | null = null;
  readonly #brush = element('div', { class: 'brush' });

  constructor() {
    this.element.append(this.#brush);
    this.#brush.hidden = true;
  }

  /**
   * Marks an x by a line over the whole height, and places of lines by dots.
   * @param rule pixels from the left edge; null for none
   */
  show(ground: Ground, rule: number | null, dots: readonly Dot[]): void {
    if (rule === null && dots.length === 0) {
      this.#canvas?.remove();
      this.#canvas = null;
      return;
    }
    if (this.#canvas === null) {
      this.#canvas = element('canvas');
      this.element.prepend(this.#canvas);
    }
    // For whoever looks at the page from outside, tests first of all.
    setAttribute(this.#canvas, 'data-rule', String(rule !== null));
    setAttribute(this.#canvas, 'data-dots', String(dots.length));
    const context = cleared(this.#canvas, ground);
    if (rule !== null) drawRule(context, ground, rule);
    for (const dot of dots) drawDot(context, ground.look, dot);
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

/** The canvas's context in pixels of the page, with nothing on it. */
function cleared(canvas: HTMLCanvasElement, { width, height, ratio }: Ground): CanvasRenderingContext2D {
  const wide = Math.round((width + MARGIN.left + MARGIN.right) * ratio);
  const tall = Math.round((height + MARGIN.top + MARGIN.bottom) * ratio);
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== tall) canvas.height = tall;
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('This browser has no canvas to draw on.');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, wide, tall);
  return context;
}

function drawRule(context: CanvasRenderingContext2D, { height, look }: Ground, left: number): void {
  const [ground, full] = [rgbOf(look.background), rgbOf(look.foreground)];
  const faint = ground !== null && full !== null && !look.contrast;
  context.fillStyle = faint ? cssOf(mixed(ground, full, 0.55)) : look.foreground;
  context.fillRect(Math.round(left - 0.5), MARGIN.top, 1, height);
}

function drawDot(context: CanvasRenderingContext2D, look: Look, { left, top, color }: Dot): void {
  context.beginPath();
  context.arc(left, top, RADIUS - EDGE / 2, 0, 2 * Math.PI);
  context.fillStyle = color;
  context.fill();
  context.strokeStyle = look.background;
  context.lineWidth = EDGE;
  context.stroke();
}
