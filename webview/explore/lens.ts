/** Where one looks: a window on x and a place under the pointer, which all charts over the same x share. */
import type { Extent } from '../charts/scales.ts';

export class Lens {
  #window: Extent | null;
  #cursor: number | null = null;
  readonly #moved: (what: 'window' | 'cursor') => void;

  /** `moved` is called after every change. */
  constructor(window: Extent | null, moved: (what: 'window' | 'cursor') => void) {
    this.#window = window;
    this.#moved = moved;
  }

  /** null: everything. */
  get window(): Extent | null {
    return this.#window;
  }

  /** An x that has values, or null where nothing is pointed at. */
  get cursor(): number | null {
    return this.#cursor;
  }

  zoomTo(window: Extent | null): void {
    this.#window = window;
    this.#moved('window');
  }

  pointAt(cursor: number | null): void {
    if (cursor === this.#cursor) return;
    this.#cursor = cursor;
    this.#moved('cursor');
  }
}

/** Epochs are whole: closer than this there is nothing more to see. */
const CLOSEST = 1;

/** The window scaled by `factor` around an x that stays where it is; null where that would show everything. */
export function zoomed(window: Extent, whole: Extent, around: number, factor: number): Extent | null {
  const size = (window[1] - window[0]) * factor;
  if (size >= whole[1] - whole[0]) return null;
  const width = Math.max(CLOSEST, size);
  const share = (around - window[0]) / (window[1] - window[0]);
  return within([around - share * width, around + (1 - share) * width], whole);
}

/** The window from one x to another, where that is less than everything. */
export function chosen(from: number, to: number, whole: Extent): Extent | null {
  const width = Math.max(CLOSEST, to - from);
  const middle = (from + to) / 2;
  return width >= whole[1] - whole[0] ? null : within([middle - width / 2, middle + width / 2], whole);
}

/** The window moved by `by`, as far as there is something. */
export const moved = (window: Extent, whole: Extent, by: number): Extent =>
  within([window[0] + by, window[1] + by], whole);

function within([low, high]: Extent, whole: Extent): Extent {
  const size = Math.min(high - low, whole[1] - whole[0]);
  const start = Math.min(Math.max(low, whole[0]), whole[1] - size);
  return [start, start + size];
}
