/** The samples of one line as they came, a stretch at a time. */
import type { Source } from './export.ts';
import { EPOCH, reach, STEP } from './line.ts';
import type { Line, Samples } from './lines.ts';

export interface HistoryAsk {
  executionId: string;
  figure: string;
  legend: string;
  /** So many samples are passed over, of all attempts, the first one's first. */
  skip: number;
  most: number;
}

export interface HistoryPart {
  /** A step that a sample lacks is NaN. */
  values: { step: Float64Array; time: Float64Array; y: Float64Array };
  /** There are more. */
  more: boolean;
}

/** All attempts as one: what a resumed attempt logged continues the line, what a restarted one logged replaces it. */
export function history(
  source: Source,
  { executionId, figure, legend, skip, most }: HistoryAsk,
): HistoryPart {
  const parts: HistoryPart['values'][] = [];
  let [passed, taken] = [0, 0];
  let more = false;
  const lines = [...source.linesOf(executionId)]
    .map(({ line }) => line)
    .filter((line) => line.figure === figure && line.legend === legend);
  for (const [i, line] of lines.entries()) {
    const cut = Math.min(...lines.slice(i + 1).map(beginOf));
    for (let chunk = 0; chunk <= line.state.chunks && !more; chunk++) {
      const { step, time, y } = below(cut, source.samples(line, chunk));
      const from = Math.min(y.length, Math.max(0, skip - passed));
      const to = Math.min(y.length, from + most - taken);
      passed += y.length;
      if (to > from) {
        parts.push({ step: step.slice(from, to), time: time.slice(from, to), y: y.slice(from, to) });
        taken += to - from;
      }
      more = to < y.length && from < y.length;
    }
  }
  const joined = (column: 'step' | 'time' | 'y'): Float64Array => {
    const all = new Float64Array(taken);
    let at = 0;
    for (const part of parts) {
      all.set(part[column], at);
      at += part[column].length;
    }
    return all;
  };
  return { values: { step: joined('step'), time: joined('time'), y: joined('y') }, more };
}

/** The first step that is logged in a line; infinite where it has none. */
function beginOf({ state }: Line): number {
  const { count, min } = reach(state, state.steps > 0 ? STEP : EPOCH);
  return count === 0 ? Infinity : min;
}

/** Samples of an attempt, less what a later one logged again. */
function below(cut: number, { step, epoch, time, y, length }: Samples): HistoryPart['values'] {
  // Who logged by epochs alone meant them as steps.
  const steps = step.slice(0, length).map((value, i) => (Number.isNaN(value) ? epoch[i]! : value));
  const kept = (column: Float64Array): Float64Array =>
    cut === Infinity
      ? column.subarray(0, length)
      : column.subarray(0, length).filter((_, i) => !(steps[i]! >= cut));
  return { step: kept(steps), time: kept(time), y: kept(y) };
}
