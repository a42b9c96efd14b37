/** Pointer and keys over one chart, told as wishes: look here, show this much. Knows pixels and keys, not data. */
import { MARGIN } from '../charts/spec.ts';
import type { Box } from './overlay.ts';

export interface Wishes {
  /** Size of the plot in pixels. */
  size(): { width: number; height: number };
  /** Pixels from the canvas' left and top edges; null: nothing is pointed at. */
  pointAt(x: number | null, y: number | null): void;
  drag(box: Box | null): void;
  zoomTo(box: Box, tall: boolean): void;
  zoomBy(factor: number, x: number | null): void;
  /** By a share of what is shown, to the right. */
  moveBy(share: number): void;
  showAll(): void;
  /** Undoes the last zoom. */
  back(): void;
  /** To the neighbouring value, or to the first or last one. */
  step(to: 'left' | 'right' | 'first' | 'last'): void;
  leave(): void;
}

/** A drag is meant as one from here on, in pixels. */
const MEANT = 5;
/** Less tall than this a box is a span: all of y stays. */
const TALL = 28;

export function listen(plot: HTMLElement, wishes: Wishes): void {
  let start: { x: number; y: number; moving: boolean } | null = null;

  const place = (event: MouseEvent): { x: number; y: number } => {
    const { left, top } = plot.getBoundingClientRect();
    const { width, height } = wishes.size();
    const clamp = (value: number, from: number, to: number): number => Math.min(to, Math.max(from, value));
    return {
      x: clamp(event.clientX - left, MARGIN.left, MARGIN.left + width),
      y: clamp(event.clientY - top, MARGIN.top, MARGIN.top + height),
    };
  };
  const boxTo = (
    from: { x: number; y: number },
    to: { x: number; y: number },
  ): { box: Box; tall: boolean } => {
    const tall = Math.abs(to.y - from.y) > TALL;
    return {
      tall,
      box: {
        left: Math.min(from.x, to.x),
        width: Math.abs(to.x - from.x),
        top: tall ? Math.min(from.y, to.y) : MARGIN.top,
        height: tall ? Math.abs(to.y - from.y) : wishes.size().height,
      },
    };
  };
  const end = (): void => {
    start = null;
    wishes.drag(null);
  };

  plot.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    plot.setPointerCapture(event.pointerId);
    start = { ...place(event), moving: event.shiftKey };
  });
  plot.addEventListener('pointermove', (event) => {
    const here = place(event);
    if (start === null) return wishes.pointAt(here.x, here.y);
    if (start.moving) {
      wishes.moveBy((start.x - here.x) / wishes.size().width);
      start = { ...here, moving: true };
    } else if (Math.abs(here.x - start.x) >= MEANT) {
      wishes.pointAt(null, null);
      wishes.drag(boxTo(start, here).box);
    } else wishes.drag(null);
  });
  plot.addEventListener('pointerup', (event) => {
    const from = start;
    const here = place(event);
    end();
    if (from === null || from.moving || Math.abs(here.x - from.x) < MEANT) return;
    const { box, tall } = boxTo(from, here);
    wishes.zoomTo(box, tall);
  });
  plot.addEventListener('pointercancel', end);
  plot.addEventListener('pointerleave', () => {
    if (start === null) wishes.pointAt(null, null);
  });
  plot.addEventListener('dblclick', () => wishes.showAll());
  // Without a modifier the wheel scrolls the panel, as everywhere. A pinch on a touch pad arrives with ctrlKey.
  plot.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      wishes.zoomBy(Math.exp(event.deltaY * (event.deltaMode === 0 ? 0.003 : 0.1)), place(event).x);
    },
    { passive: false },
  );
  plot.addEventListener('blur', () => wishes.leave());
  plot.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = KEYS[`${event.shiftKey ? 'Shift+' : ''}${event.key}`] ?? KEYS[event.key];
    if (key === undefined) return;
    event.preventDefault();
    if (start !== null) end();
    key(wishes);
  });
}

const KEYS: Readonly<Record<string, (wishes: Wishes) => void>> = {
  ArrowLeft: (wishes) => wishes.step('left'),
  ArrowRight: (wishes) => wishes.step('right'),
  'Shift+ArrowLeft': (wishes) => wishes.moveBy(-0.2),
  'Shift+ArrowRight': (wishes) => wishes.moveBy(0.2),
  Home: (wishes) => wishes.step('first'),
  End: (wishes) => wishes.step('last'),
  '+': (wishes) => wishes.zoomBy(0.6, null),
  '=': (wishes) => wishes.zoomBy(0.6, null),
  '-': (wishes) => wishes.zoomBy(1 / 0.6, null),
  _: (wishes) => wishes.zoomBy(1 / 0.6, null),
  Backspace: (wishes) => wishes.back(),
  '0': (wishes) => wishes.showAll(),
  Escape: (wishes) => wishes.showAll(),
};
