/**
 * The lines of several attempts as one: what a resumed attempt logs continues the curve, what a restarted one logs replaces it. Which of
 * the two an attempt is its own points tell: from where it begins on, nothing of those before it counts. Pure.
 */
import type { Series } from '../../contract/shapes.ts';

export const lineKey = ({
  executionId,
  figure,
  legend,
}: Pick<Series, 'executionId' | 'figure' | 'legend'>): string =>
  JSON.stringify([executionId, figure, legend]);

const attemptKey = (series: Series): string => JSON.stringify([lineKey(series), series.attempt]);

/** Below which x places of a line of an attempt are shown; what isn't in it is shown whole. */
export type Cuts = ReadonlyMap<string, number>;

/** @param series of all attempts, by epoch or step */
export function cutsOf(series: readonly Series[]): Cuts {
  const cuts = new Map<string, number>();
  const begins = new Map(series.map((one) => [attemptKey(one), beginOf(one)]));
  for (const one of series) {
    const later = new Set(
      series.flatMap(({ executionId, attempt }) =>
        executionId === one.executionId && attempt > one.attempt ? [attempt] : [],
      ),
    );
    let cut = Infinity;
    for (const attempt of later) {
      // What an attempt hasn't logged yet begins where the attempt does.
      const begin = begins.get(attemptKey({ ...one, attempt })) ?? earliest(series, one.executionId, attempt);
      cut = Math.min(cut, begin);
    }
    if (cut < Infinity) cuts.set(attemptKey(one), cut > beginOf(one) ? cut : -Infinity);
  }
  return cuts;
}

/** On an axis of time, on which attempts follow each other: a line that another continues is whole, one that was replaced is gone. */
export const cutsInTime = (cuts: Cuts): Cuts =>
  new Map([...cuts].map(([key, cut]) => [key, cut === -Infinity ? -Infinity : Infinity]));

/** One line for all attempts of a line; it is told as one of the latest. */
export function joined(series: readonly Series[], cuts: Cuts): Series[] {
  const lines = new Map<string, Series>();
  for (const one of series.toSorted((a, b) => b.attempt - a.attempt)) {
    const key = lineKey(one);
    const later = lines.get(key);
    const below = Math.min(cuts.get(attemptKey(one)) ?? Infinity, later?.x[0] ?? Infinity);
    const kept = one.x.filter((x) => x < below).length;
    if (later === undefined && kept === one.x.length) lines.set(key, one);
    else if (kept > 0) lines.set(key, joint(one, kept, later));
  }
  return [...lines.values()];
}

function joint(head: Series, kept: number, tail: Series | undefined): Series {
  const join = <T>(of: (series: Series) => readonly T[]): T[] => [
    ...of(head).slice(0, kept),
    ...(tail === undefined ? [] : of(tail)),
  ];
  return {
    ...(tail ?? head),
    x: join(({ x }) => x),
    y: join(({ y }) => y),
    min: join(({ min }) => min),
    max: join(({ max }) => max),
    count: join(({ count }) => count),
  };
}

/** The x of a place is that of its last sample: where it stands for many, they began up to a place before. */
function beginOf({ x, count }: Series): number {
  const [first = Infinity, second] = x;
  if ((count[0] ?? 1) === 1) return first;
  return second === undefined ? -Infinity : first - (second - first);
}

const earliest = (series: readonly Series[], executionId: string, attempt: number): number =>
  Math.min(
    ...series.flatMap((one) =>
      one.executionId === executionId && one.attempt === attempt ? [beginOf(one)] : [],
    ),
  );
