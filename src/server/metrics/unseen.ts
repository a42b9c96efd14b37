/** Samples that a line doesn't have yet: who logs through MLflow may log the same once more, in other batches, and means it once. */
import type { LineColumns } from './columns.ts';
import type { Line, Samples } from './lines.ts';

/**
 * The columns without what is there already, in step, time and value. What is later than all there is costs no look at it.
 * @param samples those of a chunk; the tail counts as the last
 */
export function unseen(
  line: Line,
  columns: LineColumns,
  samples: (line: Line, chunk: number) => Samples,
): LineColumns {
  const { step, time, y } = columns;
  let [latest, furthest] = [line.state.timeMax, line.state.stepMax];
  let suspect = false;
  for (let i = 0; i < y.length && !suspect; i++) {
    const isNew = !(time[i]! <= latest) || !(step[i]! <= furthest);
    if (!isNew) suspect = true;
    if (!(time[i]! <= latest)) latest = time[i]!;
    if (!(step[i]! <= furthest)) furthest = step[i]!;
  }
  if (!suspect) return columns;
  const wanted = new Set<string>(y.length === 0 ? [] : Array.from(y, (_, i) => nameOf(columns, i)));
  const seen = new Set<string>();
  for (let chunk = 0; chunk <= line.state.chunks; chunk++) {
    const there = samples(line, chunk);
    for (let i = 0; i < there.length; i++) {
      const name = nameOf(there, i);
      if (wanted.has(name)) seen.add(name);
    }
  }
  const kept: number[] = [];
  for (let i = 0; i < y.length; i++) {
    const name = nameOf(columns, i);
    if (!seen.has(name)) kept.push(i);
    seen.add(name);
  }
  if (kept.length === y.length) return columns;
  const picked = (column: Float64Array): Float64Array => Float64Array.from(kept, (i) => column[i]!);
  return { ...columns, epoch: picked(columns.epoch), step: picked(step), time: picked(time), y: picked(y) };
}

const nameOf = ({ step, time, y }: Pick<Samples, 'step' | 'time' | 'y'>, i: number): string =>
  `${step[i]} ${time[i]} ${y[i]}`;
