/**
 * The executions that aren't over, in the order of the queue, held in memory: there may be thousands, and they are asked for several
 * times a second. The database stays the truth: what changed there is read again.
 */
import { isOver } from '../../contract/status.ts';
import type { ExecutionRecord } from './executions.ts';

interface Source {
  all(): ExecutionRecord[];
  one(id: string): ExecutionRecord | null;
}

export class LiveRuns {
  readonly #source: Source;
  /** By id; null until asked for. */
  #held: Map<string, ExecutionRecord> | null = null;
  #list: readonly ExecutionRecord[] = [];
  readonly #changed = new Set<string>();

  constructor(source: Source) {
    this.#source = source;
  }

  /** This one may be another now, or gone. Saying so too often only costs a read. */
  changed(id: string): void {
    this.#changed.add(id);
  }

  list(): readonly ExecutionRecord[] {
    if (this.#held === null) {
      this.#held = new Map(this.#source.all().map((one) => [one.id, one]));
    } else {
      if (this.#changed.size === 0) return this.#list;
      for (const id of this.#changed) {
        const now = this.#source.one(id);
        if (now === null || isOver(now.status)) this.#held.delete(id);
        else this.#held.set(id, now);
      }
    }
    this.#changed.clear();
    this.#list = inOrder([...this.#held.values()]);
    return this.#list;
  }

  /** The same straight from the database. */
  fresh(): readonly ExecutionRecord[] {
    return inOrder(this.#source.all());
  }
}

const inOrder = (runs: ExecutionRecord[]): ExecutionRecord[] =>
  runs.toSorted((a, b) => a.queuedAt - b.queuedAt || a.rowid - b.rowid);
