/** The samples of one line as they came, a stretch at a time. */
import type { Source } from './export.ts';

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

export function history(
  source: Source,
  { executionId, figure, legend, skip, most }: HistoryAsk,
): HistoryPart {
  const parts: HistoryPart['values'][] = [];
  let [passed, taken] = [0, 0];
  let more = false;
  for (const { line } of source.linesOf(executionId)) {
    if (line.figure !== figure || line.legend !== legend) continue;
    for (let chunk = 0; chunk <= line.state.chunks && !more; chunk++) {
      const { step, epoch, time, y, length } = source.samples(line, chunk);
      const from = Math.min(length, Math.max(0, skip - passed));
      const to = Math.min(length, from + most - taken);
      passed += length;
      if (to > from) {
        const cut = (column: Float64Array): Float64Array => column.slice(from, to);
        // Who logged by epochs alone meant them as steps.
        const steps = cut(step).map((value, i) => (Number.isNaN(value) ? epoch[from + i]! : value));
        parts.push({ step: steps, time: cut(time), y: cut(y) });
        taken += to - from;
      }
      more = to < length && from < length;
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
