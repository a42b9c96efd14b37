/** A detector's training as the backend tells it, for tests: runs and lines of the contract's shapes. */
import type { ToExplore } from '../../src/contract/pages/explore.ts';
import type { Figure, Run, Series, SummaryLine } from '../../src/contract/shapes.ts';
import type { Look } from '../../webview/charts/look.ts';

export const aRun = (rest: Partial<Run> = {}): Run => ({
  executionId: 'exe-1',
  project: '/home/ada/shapes',
  model: { id: 'mod-1', name: 'shapes-small', version: 1 },
  architecture: { id: 'shapes' },
  service: { id: 'svc-1', name: 'mgmt-train-shapes' },
  origin: 'trained',
  status: 'In Progress',
  reason: null,
  stopping: false,
  attempt: 1,
  createdAt: '2026-01-10T10:00:00.000Z',
  queuedAt: '2026-01-10T10:00:00.000Z',
  startedAt: '2026-01-10T10:00:01.000Z',
  endedAt: null,
  durationMs: 42_000,
  progress: null,
  summary: [],
  diagnosis: null,
  ...rest,
});

export function aSeries(
  figure: string,
  legend: string,
  x: readonly number[],
  y: readonly Figure[],
  rest: Partial<Series> = {},
): Series {
  return {
    executionId: 'exe-1',
    attempt: 1,
    figure,
    legend,
    axis: 'epoch',
    x: [...x],
    y: [...y],
    min: [...y],
    max: [...y],
    count: x.map(() => 1),
    ...rest,
  };
}

/** A repeatable noise, -1 to 1. */
const noise = (seed: number): number => {
  const value = Math.sin(seed * 12.9898) * 43_758.5453;
  return 2 * (value - Math.floor(value)) - 1;
};

const CURVES: readonly [figure: string, legend: string, at: (t: number, e: number) => number][] = [
  ['box_loss', 'train', (t, e) => 0.55 + 1.6 * Math.exp(-3.2 * t) + 0.02 * noise(e)],
  ['box_loss', 'val', (t, e) => 0.68 + 1.5 * Math.exp(-3.6 * t) + 0.16 * t * t + 0.05 * noise(e + 50)],
  ['cls_loss', 'train', (t, e) => 0.3 + 2.4 * Math.exp(-4 * t) + 0.02 * noise(e + 7)],
  ['cls_loss', 'val', (t, e) => 0.42 + 2.2 * Math.exp(-4.4 * t) + 0.06 * noise(e + 90)],
  ['dfl_loss', 'train', (t, e) => 0.92 + 0.7 * Math.exp(-3 * t) + 0.01 * noise(e + 3)],
  ['dfl_loss', 'val', (t, e) => 0.98 + 0.66 * Math.exp(-3 * t) + 0.03 * noise(e + 33)],
  ['mAP50(B)', 'val', (t, e) => 0.86 * (1 - Math.exp(-4.2 * t)) + 0.02 * noise(e + 5)],
  ['mAP50-95(B)', 'val', (t, e) => 0.58 * (1 - Math.exp(-3.4 * t)) + 0.015 * noise(e + 8)],
  ['precision(B)', 'val', (t, e) => 0.88 * (1 - Math.exp(-5 * t)) + 0.03 * noise(e + 21)],
  ['recall(B)', 'val', (t, e) => 0.8 * (1 - Math.exp(-3.8 * t)) + 0.03 * noise(e + 13)],
];

/** Epochs `from` to `to` of a detector that is trained for `of` epochs: ten lines in seven figures. */
export function detector(from: number, to: number, of: number, rest: Partial<Series> = {}): Series[] {
  const epochs = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  return CURVES.map(([figure, legend, at]) =>
    aSeries(
      figure,
      legend,
      epochs,
      epochs.map((epoch) => Math.max(0, Number(at(epoch / of, epoch).toFixed(4)))),
      rest,
    ),
  );
}

/** The summary that the backend would give for these lines. */
export const summaryOf = (series: readonly Series[]): SummaryLine[] =>
  series.map(({ figure, legend, x, y, count }) => {
    const lower = figure.includes('loss');
    const values = y.map(Number);
    const best = lower ? Math.min(...values) : Math.max(...values);
    return {
      figure,
      legend,
      count: count.reduce((a, b) => a + b, 0),
      last: y.at(-1) ?? 'NaN',
      lastEpoch: x.at(-1) ?? null,
      best,
      bestEpoch: x[values.indexOf(best)] ?? null,
    };
  });

/** What the host tells first of one run with these lines. */
export const showOf = (series: Series[]): Extract<ToExplore, { type: 'show' }> => ({
  type: 'show',
  executionIds: ['exe-1'],
  runs: [aRun({ summary: summaryOf(series) })],
  hints: {},
  slots: {},
  axis: 'epoch',
  attempts: 'latest',
  smoothing: 0,
  series,
});

/** What charts look like where no page is there to say so. */
export const LOOK: Look = {
  background: 'rgb(30, 30, 30)',
  foreground: 'rgb(200, 200, 200)',
  faint: 'rgb(150, 150, 150)',
  grid: 'rgb(50, 50, 50)',
  axis: 'rgb(90, 90, 90)',
  error: 'rgb(240, 80, 80)',
  palette: ['rgb(1, 2, 3)', 'rgb(4, 5, 6)'],
  font: 'sans-serif',
  contrast: false,
};
