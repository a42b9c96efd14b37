/** What the Explore page and its host say to each other, beside what all pages do. */
import * as z from 'zod';
import { Run, Series } from '../shapes.ts';
import { Heard, type CallTable } from './page.ts';

/** The runs that the page is about. */
export const ExploreSubject = z.object({ executionIds: z.array(z.string()).min(1) });
export type ExploreSubject = z.output<typeof ExploreSubject>;

/** A stretch of some lines, of which a chart shows more than the whole line tells; without ends it is all of them. */
export const Stretch = z.object({
  executions: z.array(z.string()),
  figures: z.array(z.string()),
  /** Both included, in the axis' own unit. */
  from: z.number().optional(),
  to: z.number().optional(),
});
export type Stretch = z.output<typeof Stretch>;

/** What x counts in charts. Time since the beginning is the page's own reckoning: attempts that are one line have one beginning. */
const ChartAxis = z.enum(['epoch', 'step', 'time']);

/** What charts are to be fed with. */
export const ChartWish = z.object({
  /** What x counts; time is asked for where charts are by duration, too. */
  axis: ChartAxis,
  /** One line for all attempts, as the latest continues or replaces those before; or a line for each of them. */
  attempts: z.enum(['latest', 'all']),
  /** What is to be known more finely, in so many points to a line. */
  details: z.array(Stretch.extend({ points: z.int().min(1).max(10_000) })).max(1000),
});
export type ChartWish = z.output<typeof ChartWish>;

/** What a page gets that wishes nothing else. */
export const FIRST_WISH: ChartWish = { axis: 'epoch', attempts: 'latest', details: [] };

/** What charts are fed with. */
export const Lines = z.discriminatedUnion('type', [
  /** What is shown, and directions that the project gave. */
  z.object({
    type: z.literal('show'),
    executionIds: z.array(z.string()),
    runs: z.array(Run),
    hints: z.record(
      z.string(),
      z.object({ better: z.enum(['higher', 'lower']).optional(), main: z.boolean().optional() }),
    ),
    /** What x counts in these lines, where they have it. */
    axis: ChartAxis,
    /** Whether there is a line for each attempt. */
    attempts: z.enum(['latest', 'all']),
    /** The user's setting, where the page has no other. */
    smoothing: z.number(),
    /** Of each compared run the colour that is its own: a place that counts on past the end of a palette. */
    slots: z.record(z.string(), z.int()),
    series: z.array(Series),
  }),
  /** A run changed: its status, its progress. */
  z.object({ type: z.literal('run'), run: Run }),
  z.object({ type: z.literal('removed'), executionId: z.string() }),
  /**
   * All points of these lines from `from` on, in the axis' own unit; null: the whole lines. A changed `attempt` replaces what was there
   * of that line.
   */
  z.object({ type: z.literal('append'), from: z.number().nullable(), series: z.array(Series) }),
  /** The details that were wished; those before are no longer told. */
  z.object({
    type: z.literal('details'),
    details: z.array(Stretch.extend({ series: z.array(Series) })),
  }),
]);
export type Lines = z.output<typeof Lines>;

/** A chart that a project brings, as its `trainyard.json` has it; or why it can't be read. */
export const BroughtChart = z.object({
  id: z.string(),
  title: z.string(),
  drawn: z.union([
    z.object({ specification: z.record(z.string(), z.json()) }),
    z.object({ problem: z.string() }),
  ]),
});
export type BroughtChart = z.output<typeof BroughtChart>;

export const ToExplore = z.discriminatedUnion('type', [
  ...Lines.options,
  /** The charts that the runs' projects bring; those before are no more. */
  z.object({ type: z.literal('charts'), charts: z.array(BroughtChart) }),
  /** The lines by another axis than the one that is looked at: charts of a project say themselves what x counts. */
  z.object({ type: z.literal('besides'), axis: ChartAxis, lines: Lines }),
]);
export type ToExplore = z.output<typeof ToExplore>;

export const PICTURE_FORMATS = ['png', 'svg'] as const;
export type PictureFormat = (typeof PICTURE_FORMATS)[number];

/** What a page with charts hands over to the editor. */
export const takeCalls = {
  /** Asks where the picture is to be kept, and writes it there; the answer waits for neither. A PNG comes in base64. */
  savePicture: {
    ask: z.object({ name: z.string(), format: z.enum(PICTURE_FORMATS), content: z.string() }),
    reply: Heard,
  },
  /** Opens it as a document that has no file yet. */
  openSpecification: { ask: z.object({ text: z.string() }), reply: Heard },
  /** Asks where the samples are to be kept, and writes them there; the answer waits for neither. Figures of null are all. */
  exportData: {
    ask: z.object({
      executionIds: z.array(z.string()).min(1),
      figures: z.array(z.string()).min(1).nullable(),
    }),
    reply: Heard,
  },
  copyText: { ask: z.object({ text: z.string() }), reply: Heard },
} as const satisfies CallTable;

/** Of every page that has charts. */
export const chartCalls = {
  wish: { ask: ChartWish, reply: Heard },
  /** By which axes the lines are to be told besides. */
  besides: { ask: z.object({ axes: z.array(ChartAxis) }), reply: Heard },
  ...takeCalls,
} as const satisfies CallTable;

/** By which a run can be told from others, by name: its configuration, and what was trained on what. */
export const Traits = z.object({
  executionId: z.string(),
  config: z.record(z.string(), z.string()),
  training: z.record(z.string(), z.string()),
});
export type Traits = z.output<typeof Traits>;

/** What can be done to a run from its charts. */
const RunCommand = z.enum(['abort', 'rerun', 'logs', 'model']);
export type RunCommand = z.output<typeof RunCommand>;

export const exploreCalls = {
  ...chartCalls,
  /** Of the runs that the page is about and that still exist. */
  traits: { ask: z.null(), reply: z.array(Traits) },
  /** An action of a run, by its command. What becomes of it the run tells. */
  command: {
    ask: z.object({ command: RunCommand, executionId: z.string() }),
    reply: Heard,
  },
} as const satisfies CallTable;

/**
 * How many places of a line stay when its points from `from` on are told anew, late ones and repeated x included: those before. Both
 * sides count on the same. The x of a place is that of its last sample, so what stays stands for nothing that is told again.
 * @param from null where the line is told whole
 */
export function placesBefore(x: readonly number[], from: number | null): number {
  if (from === null) return 0;
  let keep = x.length;
  while (keep > 0 && (x[keep - 1] ?? from) >= from) keep--;
  return keep;
}
