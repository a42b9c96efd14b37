/** What a panel has of what its runs take of their machines, and what to ask for next: no run counts these samples. Pure. */
import { SYSTEM_FIGURES } from '../../contract/figures.ts';
import type { MetricsQuery, Run, Series } from '../../contract/shapes.ts';

type Ask = Pick<MetricsQuery, 'executions' | 'figures' | 'from'>;

export class Measured {
  /** By run: until when its lines are known, and how long the longest of them is. */
  readonly #runs = new Map<string, { last: number; places: number }>();
  readonly #points: number;

  /** From a complete answer. */
  constructor(series: readonly Series[], points: number) {
    this.#points = points;
    this.append(series);
  }

  /** What may have come since. All of it is to be read anew where lines have got too long: null. */
  plan(runs: readonly Run[]): Ask[] | null {
    const asks: Ask[] = [];
    for (const { executionId } of runs.filter(isMeasured)) {
      const known = this.#runs.get(executionId);
      if (known !== undefined && known.places > 2 * this.#points) return null;
      // All that is measured at a time is kept at once.
      const from = known === undefined ? {} : { from: known.last + 1 };
      asks.push({ executions: [executionId], figures: [...SYSTEM_FIGURES], ...from });
    }
    return asks;
  }

  append(series: readonly Series[]): void {
    const came = new Map<string, { last: number; places: number }>();
    for (const { executionId, x } of series) {
      const { last, places } = came.get(executionId) ?? { last: -Infinity, places: 0 };
      came.set(executionId, {
        last: Math.max(last, x.at(-1) ?? -Infinity),
        places: Math.max(places, x.length),
      });
    }
    for (const [executionId, { last, places }] of came) {
      if (last === -Infinity) continue;
      this.#runs.set(executionId, { last, places: places + (this.#runs.get(executionId)?.places ?? 0) });
    }
  }
}

export const isMeasured = (run: Run): boolean => run.status === 'In Progress';
