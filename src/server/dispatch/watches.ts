/** What is watched of the starts under way: one watch an execution, of its latest start. */
import type { Engine, StartKey } from '../engines/engine.ts';

export class Watches {
  readonly #engine: Engine;
  readonly #onChange: () => void;
  readonly #watches = new Map<string, { start: string; watch: { dispose(): void } }>();

  constructor(engine: Engine, onChange: () => void) {
    this.#engine = engine;
    this.#onChange = onChange;
  }

  get none(): boolean {
    return this.#watches.size === 0;
  }

  watch(key: StartKey): void {
    const start = `${key.attempt}.${key.start}`;
    const watched = this.#watches.get(key.executionId);
    if (watched?.start === start) return;
    watched?.watch.dispose();
    this.#watches.set(key.executionId, { start, watch: this.#engine.watch(key, this.#onChange) });
  }

  /** Ends the watches of all other executions. */
  keep(executionIds: ReadonlySet<string>): void {
    for (const [id, { watch }] of this.#watches) {
      if (executionIds.has(id)) continue;
      watch.dispose();
      this.#watches.delete(id);
    }
  }
}
