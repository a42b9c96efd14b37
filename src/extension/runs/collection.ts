/** The runs that a window holds, and what an arriving one changes. Pure: no VS Code, no clock of its own. */
import { isDeepStrictEqual } from 'node:util';
import type { Run } from '../../contract/shapes.ts';
import type { Held } from './item.ts';

/**
 * What an arrival came to: nothing new; the run's own row; or a row that comes, goes or moves to another group.
 */
export type Effect = 'none' | 'row' | 'rows';

export class RunCollection {
  readonly #held = new Map<string, Held>();
  #listing: Listing | null = null;

  get size(): number {
    return this.#held.size;
  }

  get(executionId: string): Held | undefined {
    return this.#held.get(executionId);
  }

  *runs(): Generator<Run> {
    for (const { run } of this.#held.values()) yield run;
  }

  /** @param now milliseconds since 1970 */
  put(run: Run, now: number): Effect {
    this.#listing?.heard.add(run.executionId);
    return this.#put(run, now);
  }

  #put(run: Run, now: number): Effect {
    const before = this.#held.get(run.executionId)?.run;
    this.#held.set(run.executionId, { run, receivedAt: now });
    if (before === undefined || before.status !== run.status) return 'rows';
    return isSame(before, run) ? 'none' : 'row';
  }

  /** @returns whether it was there */
  remove(executionId: string): boolean {
    this.#listing?.heard.add(executionId);
    return this.#held.delete(executionId);
  }

  /**
   * Begins to compare with the backend's whole list, which comes by pages while changes go on arriving. A listing that was
   * under way is dropped.
   */
  list(): Listing {
    const listing: Listing = {
      heard: new Set(),
      page: (runs, now) => {
        const changed: { run: Run; effect: Effect }[] = [];
        if (this.#listing !== listing) return changed;
        for (const run of runs) {
          // What was heard of since is newer than what the page has.
          if (listing.heard.has(run.executionId)) continue;
          listing.heard.add(run.executionId);
          const effect = this.#put(run, now);
          if (effect !== 'none') changed.push({ run, effect });
        }
        return changed;
      },
      end: () => {
        if (this.#listing !== listing) return [];
        this.#listing = null;
        const gone = [...this.#held.keys()].filter((id) => !listing.heard.has(id));
        for (const id of gone) this.#held.delete(id);
        return gone;
      },
    };
    this.#listing = listing;
    return listing;
  }
}

export interface Listing {
  /** Ids that were listed, or heard of by an event since the listing began. */
  readonly heard: Set<string>;
  /** Takes a page of the list; tells what it changed. */
  page(runs: readonly Run[], now: number): { run: Run; effect: Effect }[];
  /** The list is complete: whatever it didn't have is gone. Tells which. */
  end(): string[];
}

/** A running one's duration always differs, and is counted on here anyway. */
function isSame(a: Run, b: Run): boolean {
  if (a.status !== 'In Progress') return isDeepStrictEqual(a, b);
  return isDeepStrictEqual({ ...a, durationMs: null }, { ...b, durationMs: null });
}
