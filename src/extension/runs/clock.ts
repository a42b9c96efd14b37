/** Once a second, while it is wanted: what runs goes on before the eyes of whoever looks. */
import type { Disposable } from 'vscode';

const TICK_MS = 1000;

export class Clock implements Disposable {
  readonly #tick: () => void;
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor(tick: () => void) {
    this.#tick = tick;
  }

  /** Wanted again it ticks at once. */
  set(wanted: boolean): void {
    if (wanted === (this.#timer !== null)) return;
    if (wanted) {
      this.#tick();
      this.#timer = setInterval(this.#tick, TICK_MS);
    } else this.dispose();
  }

  dispose(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
