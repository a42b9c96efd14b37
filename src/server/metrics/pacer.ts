/** Says what changed, at most once per interval for each thing: the first change at once, what follows together, the last always. */
export class Pacer<T> {
  readonly #intervalMs: number;
  readonly #tell: (changed: T[]) => void;
  readonly #clock: Clock;
  readonly #toldAt = new Map<string, number>();
  readonly #waiting = new Map<string, T>();
  #timer: { cancel(): void } | null = null;

  constructor(intervalMs: number, tell: (changed: T[]) => void, clock: Clock = CLOCK) {
    this.#intervalMs = intervalMs;
    this.#tell = tell;
    this.#clock = clock;
  }

  /** Tells what is due at once: a thread that is never idle has no turn for timers. */
  changed(key: string, thing: T): void {
    this.#waiting.set(key, thing);
    this.#tellDue(this.#intervalMs);
  }

  /** Tells everything that waits, now. */
  flush(): void {
    this.#tellDue(0);
  }

  /** Takes back what waits under a key: it is no longer there. */
  forget(predicate: (thing: T) => boolean): void {
    for (const [key, thing] of this.#waiting) if (predicate(thing)) this.#waiting.delete(key);
  }

  #tellDue(intervalMs: number): void {
    const now = this.#clock.now();
    for (const [key, at] of this.#toldAt) if (now - at >= intervalMs) this.#toldAt.delete(key);
    const due: T[] = [];
    for (const [key, thing] of this.#waiting) {
      if (this.#toldAt.has(key)) continue;
      this.#waiting.delete(key);
      this.#toldAt.set(key, now);
      due.push(thing);
    }
    if (due.length > 0) this.#tell(due);
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#waiting.size === 0) return;
    const next = Math.min(...[...this.#waiting.keys()].map((key) => this.#toldAt.get(key) ?? now));
    this.#timer = this.#clock.after(next + intervalMs - now, () => this.#tellDue(intervalMs));
  }
}

/** Milliseconds that never go back. */
export interface Clock {
  now(): number;
  after(ms: number, callback: () => void): { cancel(): void };
}

const CLOCK: Clock = {
  now: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};
