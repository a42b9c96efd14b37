/** What a detector logs, for benchmarks. */
import { DETECTOR_FIGURES } from '../../../src/contract/figures.ts';
import type { LineColumns } from '../../../src/server/metrics/columns.ts';

export const BATCH = 10_000;
export const START = 1_760_000_000_000;
export const LINES = [...DETECTOR_FIGURES, 'learning_rate'].flatMap((figure) =>
  figure.endsWith('_loss') ? [`${figure} train`, `${figure} val`] : [`${figure} val`],
);

/** Columns of a line as a training logs it: some 25 ms a step, 1,000 steps an epoch. */
export function line(name: string, from: number, count: number): LineColumns {
  const [figure = '', legend = ''] = name.split(' ');
  const column = (f: (step: number) => number): Float64Array =>
    Float64Array.from({ length: count }, (_, i) => f(from + i));
  return {
    figure,
    legend,
    epoch: column((step) => Math.floor(step / 1000) + 1),
    step: column((step) => step),
    time: column((step) => START + step * 25 + (step % 7)),
    y: column((step) => 1 / (1 + step / 1000) + Math.random() / 10),
  };
}

/** A batch of them, as it travels. */
export function body(batch: number): Uint8Array {
  const each = Math.ceil(BATCH / LINES.length);
  const lines = LINES.map((name) => line(name, batch * each, each));
  const samples = Array.from({ length: BATCH }, (_, i) => {
    const { figure, legend, epoch, step, time, y } = lines[i % LINES.length]!;
    const at = Math.floor(i / LINES.length);
    return { figure, legend, epoch: epoch[at], step: step[at], y: y[at], time: time[at] };
  });
  return new TextEncoder().encode(JSON.stringify({ attempt: 1, batch, samples }));
}
