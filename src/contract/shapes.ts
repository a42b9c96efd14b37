/** The shapes that cross a process boundary, checked where they arrive. Types are derived, never written twice. */
import * as z from 'zod';
import { Ran } from './ran.ts';
import { ORIGINS, STATUSES } from './status.ts';

export { Compute } from './compute.ts';
export { Ran } from './ran.ts';

/** ISO 8601, UTC, as `Date.prototype.toISOString` prints it. */
const time = z.iso.datetime().meta({ description: 'ISO 8601, UTC' });
const id = z.string().min(1).max(64);

/** An architecture's id: it becomes part of a service's name and of file names, so it is kept plain. */
export const ArchitectureId = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'an id has letters, digits, ".", "_" and "-", starts with a letter or digit, and has at most 63 characters',
  );

export const StatusName = z.enum(STATUSES);

/** "8GB", "512 MiB": decimal and binary units, as people write them. */
export const MemorySize = z
  .string()
  .regex(/^\d+(\.\d+)?\s*(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/i, 'a size is a number and a unit, such as "8GB"');

/** What a training service is set to. `memory` limits one replica's process tree; `env` is added to its environment. */
export const Settings = z.strictObject({
  engine: z.string().min(1).max(40).default('local'),
  instance: z.enum(['gpu', 'cpu']).default('gpu'),
  gpus: z.int().min(1).max(64).default(1),
  /** GPUs on which somebody else computes are taken too, after those that are free. */
  takeBusyGpus: z.boolean().default(false),
  autoscaling: z.int().min(1).max(1000).default(1),
  onReset: z.enum(['rerun', 'fail']).default('rerun'),
  maxAttempts: z.int().min(1).max(100).default(3),
  memory: MemorySize.optional(),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
  stopGraceSeconds: z.number().min(0).max(3600).default(10),
});
export type Settings = z.output<typeof Settings>;

/** The same, every field optional and none filled in: what a project file or a PATCH says. A memory of null is no limit. */
export const SettingsChange = z.strictObject({
  engine: Settings.shape.engine.unwrap().optional(),
  instance: Settings.shape.instance.unwrap().optional(),
  gpus: Settings.shape.gpus.unwrap().optional(),
  takeBusyGpus: Settings.shape.takeBusyGpus.unwrap().optional(),
  autoscaling: Settings.shape.autoscaling.unwrap().optional(),
  onReset: Settings.shape.onReset.unwrap().optional(),
  maxAttempts: Settings.shape.maxAttempts.unwrap().optional(),
  memory: MemorySize.nullable().optional(),
  env: Settings.shape.env.unwrap().optional(),
  stopGraceSeconds: Settings.shape.stopGraceSeconds.unwrap().optional(),
});
export type SettingsChange = z.output<typeof SettingsChange>;

export const DIAGNOSIS_CODES = [
  'StartFailed',
  'CrashLoop',
  'EnvironmentFailed',
  'ImagePullBackOff',
  'OOM',
  'NoSuchInstance',
  'EngineUnreachable',
  'Paused',
] as const;

/** What is wrong with a service, for a person (message, hint) and for programs (code). */
export const Diagnosis = z.object({
  severity: z.enum(['error', 'warning']),
  code: z.enum(DIAGNOSIS_CODES),
  message: z.string(),
  hint: z.string(),
  since: time,
});
export type Diagnosis = z.output<typeof Diagnosis>;

/** JSON has no NaN and no infinities, and a diverging loss is news: they travel as words. */
export const Figure = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);
export type Figure = z.output<typeof Figure>;

export const Progress = z.object({
  done: z.number().min(0),
  total: z.number().min(0),
  unit: z.string().max(40),
});
export type Progress = z.output<typeof Progress>;

/** One line of a run's summary. `best` and `bestEpoch` are null for a figure without a direction. */
export const SummaryLine = z.object({
  figure: z.string(),
  legend: z.string(),
  count: z.int(),
  last: Figure,
  lastEpoch: z.number().nullable(),
  best: z.number().nullable(),
  bestEpoch: z.number().nullable(),
});
export type SummaryLine = z.output<typeof SummaryLine>;

/** A row for people: an execution joined with its model. `durationMs` is the current attempt's, waiting excluded. */
export const Run = z.object({
  executionId: id,
  project: z.string(),
  model: z.object({ id, name: z.string(), version: z.int() }),
  architecture: z.object({ id: z.string() }),
  service: z.object({ id, name: z.string() }),
  /** Where it came from. What wasn't `trained` here belongs to a service that is in no list, and can't be aborted nor run again. */
  origin: z.enum(ORIGINS).default('trained'),
  status: StatusName,
  reason: z.string().nullable(),
  /** An abort was accepted and something of its process tree may be left. */
  stopping: z.boolean(),
  attempt: z.int(),
  createdAt: time,
  /** When it took its place in the queue: whatever waits with it and came before goes first. */
  queuedAt: time,
  startedAt: time.nullable(),
  endedAt: time.nullable(),
  durationMs: z.number().nullable(),
  progress: Progress.nullable(),
  summary: z.array(SummaryLine),
  diagnosis: Diagnosis.nullable(),
});
export type Run = z.output<typeof Run>;

/** How an execution came to be where it is. */
export const HistoryEntry = z.object({
  at: time,
  attempt: z.int(),
  status: StatusName,
  cause: z.string(),
  reason: z.string().nullable(),
});
export type HistoryEntry = z.output<typeof HistoryEntry>;

/** What a run is called. */
export const RunName = z.object({ executionId: z.string(), name: z.string(), version: z.int() });
export type RunName = z.output<typeof RunName>;

export const RunDetail = Run.extend({
  dataset: z.string().nullable(),
  config: z.record(z.string(), z.json()),
  train: z.string().nullable(),
  command: z.array(z.string()).nullable(),
  /** Empty where it wasn't trained here. */
  python: z.string(),
  outputDir: z.string(),
  history: z.array(HistoryEntry),
  /** What it ran, as of its latest attempt that began; null before that. */
  ran: Ran.nullable(),
  /** Where it lay, as a path or a URL, and when it was imported last; null where it wasn't, or that wasn't noted. */
  imported: z.object({ from: z.string(), at: time }).nullable().default(null),
  /** What it logged through MLflow beside figures; null where that is nothing. */
  mlflow: z
    .object({
      experiment: z.string(),
      params: z.record(z.string(), z.string()),
      tags: z.record(z.string(), z.string()),
      /** The run in which it is nested, as far as that is here; and those nested in it, at most 200. */
      parent: RunName.nullable(),
      nested: z.array(RunName),
    })
    .nullable()
    .default(null),
});
export type RunDetail = z.output<typeof RunDetail>;

/** Where the files of an attempt are, and how long its log is by now. */
export const AttemptFiles = z.object({ attempt: z.int(), outputDir: z.string(), logBytes: z.int() });
export type AttemptFiles = z.output<typeof AttemptFiles>;

export const FILE_KINDS = ['checkpoint', 'artifact', 'other'] as const;

/** A file that an attempt left in its output folder, or made known from elsewhere. */
export const OutputFile = z.object({
  attempt: z.int(),
  /** Below the attempt's output folder, parted by "/"; absolute where it lies elsewhere. */
  path: z.string(),
  kind: z.enum(FILE_KINDS),
  bytes: z.number(),
  /** When it was changed last. */
  time,
});
export type OutputFile = z.output<typeof OutputFile>;

export const Service = z.object({
  id,
  name: z.string(),
  project: z.string(),
  architecture: z.object({ id: z.string() }),
  settings: Settings,
  activity: z.enum(['active', 'paused']),
  health: z.enum(['unproven', 'healthy', 'failing']),
  replicas: z.object({ busy: z.int(), starting: z.int(), max: z.int() }),
  queued: z.int(),
  diagnosis: Diagnosis.nullable(),
});
export type Service = z.output<typeof Service>;

export const HAPPENING_KINDS = [
  'made',
  'settings',
  'paused',
  'resumed',
  'retry',
  'failing',
  'healthy',
  'unproven',
] as const;

/** Something that happened to a service. `message` is for people. */
export const ServiceHappening = z.object({ at: time, kind: z.enum(HAPPENING_KINDS), message: z.string() });
export type ServiceHappening = z.output<typeof ServiceHappening>;

/** Patterns of paths, from the project's folder: "*" is any part of a name, "**" any folders. */
export const Logs = z.array(z.string().min(1).max(1000)).max(20);

/** What to run, as the one who submits resolved it: `python` is absolute, paths are relative to the project. */
const Code = z.strictObject({
  id: ArchitectureId,
  train: z
    .string()
    .regex(/^[^:]+:[A-Za-z_]\w*(\.[A-Za-z_]\w*)?$/, 'train is "file.py:function" or "file.py:Class.method"')
    .optional(),
  command: z.array(z.string().min(1)).min(1).optional(),
  python: z.string().min(1),
  requirements: z.string().min(1).optional(),
  /** Files that it logs to, beside those below its output folder. */
  logs: Logs.optional(),
  service: SettingsChange.optional(),
});

/** The submitter's own environment. Kept private until the execution ends; no reply ever has it. Left out: the backend's own. */
const Environment = z.record(z.string(), z.string());

export const Submission = z.strictObject({
  project: z.string().min(1).max(4096),
  architecture: Code,
  model: z.strictObject({
    name: z.string().min(1).max(200),
    dataset: z.string().max(4096).optional(),
    config: z.record(z.string(), z.json()).default({}),
  }),
  environment: Environment.optional(),
  /** Directions and the main figure, by figure; they add to what Trainyard knows of a detector. */
  figures: z
    .record(
      z.string(),
      z.strictObject({ better: z.enum(['higher', 'lower']).optional(), main: z.boolean().optional() }),
    )
    .optional(),
});
export type Submission = z.output<typeof Submission>;
export type SubmissionInput = z.input<typeof Submission>;

/** The environment of the attempt before is forgotten by then. */
export const RerunAsked = z.strictObject({ environment: Environment.optional() });

/** One value of one line of one chart. `time` is milliseconds since 1970. */
export const Sample = z.strictObject({
  figure: z.string().min(1).max(200),
  legend: z.string().max(200),
  epoch: z.number().optional(),
  step: z.number().optional(),
  y: Figure,
  time: z.number(),
});
export type Sample = z.output<typeof Sample>;

/** A batch is named by a number, or by "writer:number" where several processes of one attempt report. */
export const BatchName = z.union([z.int().min(0), z.string().regex(/^[A-Za-z0-9_.-]{1,64}:\d{1,15}$/)]);

/** A file that a training made known; `path` is absolute. */
export const ReportedFile = z.strictObject({
  kind: z.enum(['checkpoint', 'artifact']),
  path: z.string().min(1).max(4096),
  time: z.number(),
  /** Where a copy of a checkpoint lies that nothing overwrites. */
  copy: z.string().min(1).max(4096).optional(),
  /** Its size in bytes, and when it was changed last, in microseconds since 1970; of a folder, all that is in it counts. */
  size: z.number().min(0).optional(),
  changed: z.number().optional(),
});
export type ReportedFile = z.output<typeof ReportedFile>;

export const SampleBatch = z.strictObject({
  attempt: z.int().min(1),
  batch: BatchName,
  samples: z.array(Sample).max(100_000),
  progress: Progress.optional(),
  files: z.array(ReportedFile).max(1000).optional(),
});
export type SampleBatch = z.output<typeof SampleBatch>;

/** `relative`: time since the attempt began. */
export const AXES = ['epoch', 'step', 'time', 'relative'] as const;

/** What x turned out to be. `sample`: a sample's number in the order in which they came, from 1. */
export const X_AXES = [...AXES, 'sample'] as const;
export type XAxis = (typeof X_AXES)[number];

export const MetricsQuery = z.strictObject({
  executions: z.array(id).min(1).max(1000),
  /** This attempt's lines; left out, those of the latest attempt that has any. */
  attempt: z.int().min(1).optional(),
  /** Left out, all that the training logged. What it takes of its machine (`system/cpu` and the like) is had by name. */
  figures: z.array(z.string()).max(1000).optional(),
  axis: z.enum(AXES),
  /** The window, both ends included, in the unit of the axis that a line turns out to have (time: milliseconds, since 1970 or the beginning). */
  from: z.number().optional(),
  to: z.number().optional(),
  points: z.int().min(1).max(10_000),
});
export type MetricsQuery = z.output<typeof MetricsQuery>;

/**
 * One line, as columns of equal length. Where a window has more samples than `points`, each place stands for a bucket: `y` its
 * last value, `min` and `max` its extremes, `count` its samples. A bucket of NaN alone has NaN in all three. Where no sample of a
 * figure has an epoch (or step), `axis` is another one than was asked for: the step (or epoch), else the sample's number; what a
 * training takes of its machine is told by time.
 */
export const Series = z.object({
  executionId: id,
  attempt: z.int(),
  figure: z.string(),
  legend: z.string(),
  axis: z.enum(X_AXES),
  x: z.array(z.number()),
  y: z.array(Figure),
  min: z.array(Figure),
  max: z.array(Figure),
  count: z.array(z.int()),
});
export type Series = z.output<typeof Series>;

export const EXPORT_FORMATS = ['csv', 'json'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Every sample of some lines, in the order in which they came. An attempt's lines follow each other. */
export const Exported = z.object({
  series: z.array(
    z.object({
      executionId: id,
      model: z.object({ name: z.string(), version: z.int() }),
      attempt: z.int(),
      figure: z.string(),
      legend: z.string(),
      samples: z.array(Sample.omit({ figure: true, legend: true })),
    }),
  ),
});
export type Exported = z.output<typeof Exported>;

export const Health = z.object({
  name: z.literal('trainyard'),
  version: z.string(),
  /** The contract's own number: a client and a backend that differ in it don't talk. */
  protocol: z.int(),
  pid: z.int(),
});
export type Health = z.output<typeof Health>;

export const ApiError = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    hint: z.string().optional(),
    details: z.json().optional(),
  }),
});
export type ApiError = z.output<typeof ApiError>;
