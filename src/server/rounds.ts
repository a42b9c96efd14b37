/** Work that is done again and again, with a pause after each round. */
export class Rounds {
  readonly #work: () => Promise<void>;
  readonly #pauseMs: number;
  #timer: NodeJS.Timeout | null = null;
  #round: Promise<void> | null = null;
  #ended = false;

  /** @param work says itself what goes wrong: it never rejects */
  constructor(work: () => Promise<void>, pauseMs: number) {
    this.#work = work;
    this.#pauseMs = pauseMs;
    this.#next();
  }

  /** The round under way is the last. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Resolves when nothing is under way any more. */
  async end(): Promise<void> {
    this.#ended = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#round;
  }

  #next(): void {
    if (this.#ended) return;
    this.#timer = setTimeout(() => {
      this.#round = this.#work().finally(() => this.#next());
    }, this.#pauseMs);
  }
}
