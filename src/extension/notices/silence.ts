/**
 * Tells when a training that used to log falls silent: for ten times its usual interval, and a minute at least. The usual interval is
 * the median of the times between the last changes of what it has logged, as the backend told them. One that has not yet logged
 * often enough for that is never called silent. Pure: time is handed in.
 */
import type { Run } from '../../contract/shapes.ts';

const TIMES = 10;
/** Fast loggers pause for a validation or a checkpoint. */
const LEAST_MS = 60_000;
const FEWEST_INTERVALS = 3;
const MOST_INTERVALS = 15;

interface Watched {
  run: Run;
  samples: number;
  /** How long nothing was logged, as far as somebody looked: while the machine slept nobody did. */
  quietMs: number;
  intervals: number[];
  /** What the list told at first has no time of its own: intervals are counted from the first change on. */
  begun: boolean;
  told: boolean;
}

export interface Silent {
  run: Run;
  quietMs: number;
  usualMs: number;
}

export class Silence {
  readonly #watched = new Map<string, Watched>();

  /** Whether there is anything to `pass` time for. */
  get watching(): boolean {
    return this.#watched.size > 0;
  }

  /** A run as it is now. */
  heard(run: Run): void {
    const key = run.executionId;
    if (run.status !== 'In Progress' || run.stopping) {
      this.#watched.delete(key);
      return;
    }
    const samples = run.summary.reduce((sum, { count }) => sum + count, 0);
    const known = this.#watched.get(key);
    if (known === undefined || known.run.attempt !== run.attempt) {
      const fresh = { run, samples, quietMs: 0, intervals: [], begun: false, told: false };
      this.#watched.set(key, fresh);
      return;
    }
    known.run = run;
    if (samples === known.samples) return;
    if (known.begun) known.intervals = [...known.intervals, known.quietMs].slice(-MOST_INTERVALS);
    Object.assign(known, { samples, quietMs: 0, begun: true });
  }

  gone(executionId: string): void {
    this.#watched.delete(executionId);
  }

  /** So much time went by while somebody listened. Tells who is silent since; each attempt once. */
  pass(ms: number): Silent[] {
    const silent: Silent[] = [];
    for (const one of this.#watched.values()) {
      one.quietMs += ms;
      const usualMs = usual(one.intervals);
      if (one.told || usualMs === null || one.quietMs <= Math.max(TIMES * usualMs, LEAST_MS)) continue;
      one.told = true;
      silent.push({ run: one.run, quietMs: one.quietMs, usualMs });
    }
    return silent;
  }
}

/** The median; null where there are too few. */
function usual(intervals: readonly number[]): number | null {
  if (intervals.length < FEWEST_INTERVALS) return null;
  const sorted = intervals.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
