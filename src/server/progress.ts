/** Keeps what comes in of the runs' progress in the list of runs, as soon as the disk takes it. */
import type { Log } from './log.ts';
import type { Reported } from './metrics/metrics.ts';
import type { ExecutionStore } from './store/executions.ts';

const AGAIN_MS = 1_000;

export class ProgressKeeper {
  readonly #executions: ExecutionStore;
  readonly #log: Log;
  /** What couldn't be written yet, the newest of each run. */
  readonly #waiting = new Map<string, Reported>();
  #timer: NodeJS.Timeout | null = null;

  constructor(executions: ExecutionStore, log: Log) {
    this.#executions = executions;
    this.#log = log;
  }

  /** Never throws: nobody waits for it. */
  keep(changes: readonly Reported[]): void {
    for (const change of changes) this.#waiting.set(change.executionId, change);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    try {
      this.#executions.noteProgress(
        [...this.#waiting.values()].map((one) => ({ ...one, id: one.executionId })),
      );
      this.#waiting.clear();
    } catch (error) {
      this.#log.warn(`The progress of ${this.#waiting.size} runs can't be kept yet: ${String(error)}`);
      this.#timer = setTimeout(() => this.keep([]), AGAIN_MS);
    }
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}
