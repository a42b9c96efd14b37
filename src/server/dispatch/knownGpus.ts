/** The GPUs as they were told last, and when that is too old: the tools that tell take a while. */
import type { Gpu } from '../../contract/compute.ts';
import type { Reach } from './reach.ts';

/** So old may be what is known of GPUs when one is given out. */
const BELIEVED_MS = 5_000;

export class KnownGpus {
  readonly #reach: Reach;
  #gpus: readonly Gpu[] = [];
  /** When one of ours last left its GPUs (`performance.now()`): what was seen there before may have been it. */
  #freedAt = 0;

  constructor(reach: Reach) {
    this.#reach = reach;
  }

  freed(): void {
    this.#freedAt = performance.now();
  }

  /**
   * The GPUs as they are now, or null where the engine can't be reached.
   * @param held ids of those that our own have: while that is all of them, nothing that could be seen there frees one
   */
  async now(held: ReadonlySet<string>): Promise<readonly Gpu[] | null> {
    if (this.#gpus.length > 0 && this.#gpus.every((gpu) => held.has(gpu.id))) return this.#gpus;
    const since = Math.max(performance.now() - BELIEVED_MS, this.#freedAt);
    const capacity = await this.#reach.ask((engine) => engine.capacity(since));
    if (capacity === null) return null;
    this.#gpus = capacity.gpus;
    return this.#gpus;
  }
}
