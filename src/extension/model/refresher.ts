/** Reads something again as often as it may have changed, but one reading at a time, and at most so often. */
export class Refresher {
  readonly #read: () => Promise<void>;
  readonly #gapMs: number;
  #due = false;
  #working = false;
  #ended = false;
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** Reads at once. @param read never rejects */
  constructor(read: () => Promise<void>, gapMs: number) {
    this.#read = read;
    this.#gapMs = gapMs;
    this.again();
  }

  again(): void {
    this.#due = true;
    if (!this.#working && this.#timer === null) void this.#work();
  }

  dispose(): void {
    this.#ended = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #work(): Promise<void> {
    if (this.#ended) return;
    this.#working = true;
    this.#due = false;
    await this.#read();
    this.#working = false;
    if (this.#ended) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#due) void this.#work();
    }, this.#gapMs);
  }
}
