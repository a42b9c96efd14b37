/** How much of each axis is shown, and how it was before. */
import type { Extent, XKind } from '../charts/scales.ts';
import { Lens } from './lens.ts';

/** Windows on x by what x counts, and on y by figure. */
export interface Shown {
  windows: Record<string, [number, number]>;
  heights: Record<string, [number, number]>;
}

/** What follows faster than this is one change: a turn of the wheel, a key that is held, a box. */
const ONE_CHANGE_MS = 400;
const MOST_PAST = 50;

export class Zoom {
  readonly #lenses: Readonly<Record<XKind, Lens>>;
  #heights: Map<string, Extent>;
  readonly #changed: (what: 'view' | 'cursor') => void;
  readonly #past: Shown[] = [];
  #now: Shown;
  #changedAt = -Infinity;

  constructor(saved: Shown, changed: (what: 'view' | 'cursor') => void) {
    this.#changed = changed;
    const lens = (kind: XKind): Lens =>
      new Lens(saved.windows[kind] ?? null, (what) =>
        what === 'window' ? this.#moved() : changed('cursor'),
      );
    this.#lenses = {
      epoch: lens('epoch'),
      step: lens('step'),
      sample: lens('sample'),
      relative: lens('relative'),
      clock: lens('clock'),
    };
    this.#heights = new Map(Object.entries(saved.heights));
    this.#now = this.shown;
  }

  lens(kind: XKind): Lens {
    return this.#lenses[kind];
  }

  height(figure: string): Extent | null {
    return this.#heights.get(figure) ?? null;
  }

  setHeight(figure: string, height: Extent | null): void {
    if (height === null) this.#heights.delete(figure);
    else this.#heights.set(figure, height);
    this.#moved();
  }

  get shown(): Shown {
    const windows = Object.entries(this.#lenses).flatMap(([kind, { window }]) =>
      window === null ? [] : [[kind, [...window]] as const],
    );
    return {
      windows: Object.fromEntries(windows) as Shown['windows'],
      heights: Object.fromEntries(this.#heights) as Shown['heights'],
    };
  }

  get zoomed(): boolean {
    return this.#heights.size > 0 || Object.values(this.#lenses).some((lens) => lens.window !== null);
  }

  showAll(): void {
    this.#show({ windows: {}, heights: {} });
  }

  /** Undoes the last change. */
  back(): void {
    const before = this.#past.pop();
    if (before === undefined) return;
    this.#now = before;
    this.#show(before);
    this.#changedAt = -Infinity;
  }

  #show({ windows, heights }: Shown): void {
    this.#heights = new Map(Object.entries(heights));
    for (const [kind, lens] of Object.entries(this.#lenses)) lens.zoomTo(windows[kind] ?? null);
  }

  #moved(): void {
    const now = this.shown;
    if (JSON.stringify(now) !== JSON.stringify(this.#now)) {
      const at = performance.now();
      if (at - this.#changedAt > ONE_CHANGE_MS) this.#past.push(this.#now);
      if (this.#past.length > MOST_PAST) this.#past.shift();
      this.#changedAt = at;
      this.#now = now;
    }
    this.#changed('view');
  }
}
