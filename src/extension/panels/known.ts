/** What a panel has of each line, as its host remembers it, and what to ask for next. Pure. */
import { placesBefore } from '../../contract/pages/explore.ts';
import type { MetricsQuery, Run, Series } from '../../contract/shapes.ts';
import { lineKey } from './attempts.ts';

/** Points to a line, as charts are wide. */
const POINTS = 400;
/** Points to all runs of a chart, which has two lines of each: more than 8,000 a chart can't be drawn in the blink of an eye. */
const ALL_POINTS = 4000;

/** Points to a line where so many runs are shown together. Past twice as many lines are read anew, reduced again. */
export const pointsFor = (runs: number): number =>
  Math.max(50, Math.min(POINTS, Math.floor(ALL_POINTS / runs)));

interface KnownLine {
  executionId: string;
  figure: string;
  attempt: number;
  axis: Series['axis'];
  x: readonly number[];
  count: readonly number[];
  /** Samples that the run counts and this axis hasn't: they were logged without an epoch. */
  beside: number;
}

type Ask = Pick<MetricsQuery, 'executions' | 'figures' | 'from'>;
/** Nothing is missing; everything has to be read anew; or these questions bring what is missing. */
export type Plan = 'nothing' | 'all' | Ask[];

export class Known {
  readonly #lines: Map<string, KnownLine>;
  readonly #points: number;

  /** From a complete answer. `runs` are as they were before the question: what they count, the answer has. */
  constructor(series: readonly Series[], runs: readonly Run[], points: number) {
    this.#points = points;
    this.#lines = new Map(
      series.map(({ executionId, attempt, figure, legend, axis, x, count }) => [
        lineKey({ executionId, figure, legend }),
        { executionId, figure, attempt, axis, x, count, beside: 0 },
      ]),
    );
    for (const run of runs) {
      for (const { line, missing } of this.#counted(run))
        if (line !== undefined) line.beside = Math.max(0, missing);
    }
  }

  /** What of this run the panel lacks, by the run's own counts. */
  plan(run: Run): Plan {
    const own = [...this.#lines.values()].filter((line) => line.executionId === run.executionId);
    if (run.summary.length > 0 && own.some((line) => line.attempt !== run.attempt)) return 'all';
    if (own.some((line) => line.x.length > 2 * this.#points)) return 'all';
    const fresh = new Set<string>();
    const behind = new Map<string, number>();
    for (const { figure, line, missing } of this.#counted(run)) {
      if (line === undefined) fresh.add(figure);
      else if (missing > line.beside)
        behind.set(figure, Math.min(behind.get(figure) ?? Infinity, startOf(line)));
    }
    // Attempts before this one may have a part of the line.
    if (fresh.size > 0 && run.attempt > 1) return 'all';
    // A figure is asked for whole, and its other lines would come whole, too, perhaps reduced to other places than before.
    if (own.some((line) => fresh.has(line.figure))) return 'all';
    const executions = [run.executionId];
    const asks: Ask[] = [];
    if (fresh.size > 0) asks.push({ executions, figures: [...fresh] });
    if (behind.size > 0) {
      const from = Math.min(...behind.values());
      asks.push({ executions, figures: [...behind.keys()], ...(from === -Infinity ? {} : { from }) });
    }
    return asks.length === 0 ? 'nothing' : asks;
  }

  /** Takes in what was appended. @param from from where on it was asked for; null: whole */
  append(series: readonly Series[], from: number | null): void {
    for (const { executionId, attempt, figure, legend, axis, x, count } of series) {
      const key = lineKey({ executionId, figure, legend });
      const line = this.#lines.get(key);
      if (line === undefined || attempt > line.attempt) {
        this.#lines.set(key, { executionId, figure, attempt, axis, x, count, beside: 0 });
      } else if (axis !== line.axis) {
        // So much is missing that it is read anew.
        this.#lines.set(key, { ...line, axis, x, count: [] });
      } else if (attempt === line.attempt) {
        const keep = placesBefore(line.x, from);
        line.x = [...line.x.slice(0, keep), ...x];
        line.count = [...line.count.slice(0, keep), ...count];
      }
    }
  }

  /** Whether the run, as it was before the last question, counts samples that the panel still lacks: some came late. */
  lacks(run: Run): boolean {
    return this.#counted(run).some(
      ({ line, missing }) => line !== undefined && line.attempt === run.attempt && missing > line.beside,
    );
  }

  #counted(run: Run): { figure: string; line: KnownLine | undefined; missing: number }[] {
    return run.summary
      .filter(({ count }) => count > 0)
      .map(({ figure, legend, count }) => {
        const line = this.#lines.get(lineKey({ executionId: run.executionId, figure, legend }));
        return { figure, line, missing: count - (line?.count.reduce((a, b) => a + b, 0) ?? 0) };
      });
  }
}

/**
 * From where on a line is asked for: its last x, since more may have come there. Behind it where the last place stands for several
 * samples at more than one x, which an answer from its last x on would lose.
 */
function startOf({ x, count }: KnownLine): number {
  const last = x.at(-1);
  if (last === undefined) return -Infinity;
  return (count.at(-1) ?? 1) > 1 ? last + Math.max(Math.abs(last) * Number.EPSILON, Number.MIN_VALUE) : last;
}
