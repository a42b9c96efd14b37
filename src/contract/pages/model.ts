/** What the page of a model and its host say to each other; its charts are the Explore page's own. */
import * as z from 'zod';
import { FILE_KINDS, Run, RunDetail } from '../shapes.ts';
import { DiagnosisRemedy, ShownDiagnosis } from './diagnosis.ts';
import { chartCalls, ToExplore } from './explore.ts';
import { Heard, type CallTable } from './page.ts';

export const ModelSubject = z.object({ executionId: z.string() });
export type ModelSubject = z.output<typeof ModelSubject>;

export const MODEL_TABS = ['overview', 'explore', 'logs', 'files'] as const;
export const ModelTab = z.enum(MODEL_TABS);
export type ModelTab = z.output<typeof ModelTab>;

/** Something in which two versions differ. Values are in words; null where there was none. */
export const Difference = z.object({
  group: z.enum(['Configuration', 'Code', 'Training', 'Python', 'Packages', 'Dataset', 'Machine']),
  name: z.string(),
  before: z.string().nullable(),
  now: z.string().nullable(),
});
export type Difference = z.output<typeof Difference>;

/** A file of an attempt, as the page shows it. */
export const ShownFile = z.object({
  attempt: z.int(),
  path: z.string(),
  /** What it is called on screen. */
  name: z.string(),
  kind: z.enum(FILE_KINDS),
  bytes: z.number(),
  time: z.string(),
  /** Where a picture can be had from. */
  picture: z.string().nullable(),
});
export type ShownFile = z.output<typeof ShownFile>;

/** Whole lines of a log: bytes `from` to `to`, and the line behind them that isn't complete yet, where they reach the end. */
export const LogPart = z.object({
  attempt: z.int(),
  from: z.int(),
  to: z.int(),
  text: z.string(),
  open: z.string(),
  /** Bytes that the log has by now, as far as is known. */
  size: z.int(),
});
export type LogPart = z.output<typeof LogPart>;

const attempt = z.int().min(1);
const offset = z.int().min(0);

/** What lies right before or after the start of a line, in bytes of the log. */
export const LogPlace = z.union([z.object({ before: offset }), z.object({ after: offset })]);
export type LogPlace = z.output<typeof LogPlace>;

/** Where the line starts that was looked for; null where there is none up to `reached`. */
export const LogFound = z.object({ found: offset.nullable(), reached: offset });
export type LogFound = z.output<typeof LogFound>;

export const ToModel = z.discriminatedUnion('type', [
  ...ToExplore.options,
  /** The run as it is now; null where it was removed. */
  z.object({
    type: z.literal('model'),
    run: Run.nullable(),
    /** As of this message; what is In Progress goes on from there. */
    durationMs: z.number().nullable(),
    diagnosis: ShownDiagnosis.nullable(),
  }),
  z.object({
    type: z.literal('overview'),
    /** Less its uncommitted difference, which is shown as a document. */
    detail: RunDetail,
    /** The version before, and in what it differs; null where this is the first that is kept. */
    before: z
      .object({ executionId: z.string(), version: z.int(), differences: z.array(Difference) })
      .nullable(),
    /** Whether the file manager of this machine can show the output folder; else its path can be copied. */
    canReveal: z.boolean(),
  }),
  /** The end of the log, then what comes. What isn't contiguous with what came before left something out. */
  z.object({ type: z.literal('log'), part: LogPart, ended: z.boolean() }),
  z.object({
    type: z.literal('files'),
    attempt: z.int(),
    /** Null where nothing of it was put in one: it was imported. */
    outputDir: z.string().nullable(),
    files: z.array(ShownFile),
    cut: z.boolean(),
  }),
  /** Somebody asked for this tab. */
  z.object({ type: z.literal('tab'), tab: ModelTab }),
]);
export type ToModel = z.output<typeof ToModel>;

/** What can be done with the run, by its commands. */
export const MODEL_ACTIONS = [
  'exploreMetrics',
  'showLogs',
  'rerunTraining',
  'abortTraining',
  'removeTraining',
  'copyModelId',
  'copyExecutionId',
] as const;
export type ModelAction = (typeof MODEL_ACTIONS)[number];

export const modelCalls = {
  ...chartCalls,
  /** The tab that is shown, and of which attempt; its host tells what belongs there, and nothing else. */
  watch: { ask: z.object({ tab: ModelTab, attempt: attempt.nullable() }), reply: Heard },
  run: { ask: z.object({ action: z.enum(MODEL_ACTIONS) }), reply: Heard },
  remedy: { ask: z.object({ remedy: DiagnosisRemedy }), reply: Heard },
  showService: { ask: z.null(), reply: Heard },
  showRun: { ask: z.object({ executionId: z.string() }), reply: Heard },
  /** The uncommitted difference, as a document. */
  showPatch: { ask: z.null(), reply: Heard },
  /** Shows the output folder in the file manager, or copies its path where there is none. */
  revealOutput: { ask: z.object({ attempt }), reply: Heard },
  /** A place in code; a path that isn't absolute is of the project. */
  openPlace: { ask: z.object({ file: z.string(), line: z.int().min(0).nullable() }), reply: Heard },
  /** Of the files that were told. */
  openFile: { ask: z.object({ attempt, path: z.string() }), reply: Heard },
  readLog: { ask: z.object({ attempt, at: LogPlace }), reply: LogPart },
  /** The nearest line before or after a place that has this text, whatever its case. */
  searchLog: {
    ask: z.object({ attempt, text: z.string().min(1).max(200), at: LogPlace }),
    reply: LogFound,
  },
} as const satisfies CallTable;
