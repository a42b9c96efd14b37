/**
 * What MLflow's client sends, read as MLflow's server reads it: unknown fields are passed over, 64-bit integers and numbers that JSON
 * has no word for may come as text.
 */
import * as z from 'zod';

export const RUN_STATUSES = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** The characters that a name and a value may have. */
const KEY = 250;
const PARAM_VALUE = 6_000;
const TAG_VALUE = 8_000;
const MOST_METRICS = 1_000;
const MOST_PARAMS = 100;
const MOST_TAGS = 100;

const integer = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^-?\d+$/)
      .transform(Number),
  ])
  .pipe(z.number());
/** Milliseconds since 1970, of a time that can be told with four digits of a year. */
const moment = integer.pipe(z.int().min(0).max(Date.UTC(9999, 0)));
const WORDS: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };
/** A number, NaN and the infinities included. */
const float = z.union([
  z.number(),
  z
    .string()
    .refine((text) => text in WORDS || (text.trim() !== '' && Number.isFinite(Number(text))), 'not a number')
    .transform((text) => WORDS[text] ?? Number(text)),
]);

/** What a file system would read as another name is refused, as MLflow refuses it: "..", "/a", "a//b". */
const name = z
  .string()
  .min(1)
  .max(KEY, `a name has at most ${KEY} characters`)
  .regex(/^[/\w.\- :]*$/, 'a name has letters, digits, "_", "-", ".", " ", ":" and "/"')
  .refine((text) => text.split('/').every((part) => part !== '' && part !== '.' && part !== '..'), {
    error: 'a name is no path that leads elsewhere',
  });

const runId = { run_id: z.string().optional(), run_uuid: z.string().optional() };

export const Metric = z.object({
  key: name,
  value: float,
  timestamp: integer,
  step: integer.default(0),
});
export type Metric = z.output<typeof Metric>;

export const Param = z.object({ key: name, value: z.string().max(PARAM_VALUE).default('') });
export type Param = z.output<typeof Param>;

/** MLflow cuts longer values by default; so is it here. */
export const Tag = z.object({
  key: name,
  value: z
    .string()
    .default('')
    .transform((text) => text.slice(0, TAG_VALUE)),
});
export type Tag = z.output<typeof Tag>;

export const VIEWS = ['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL'] as const;
const view = z.enum(VIEWS).default('ACTIVE_ONLY');
const texts = z.union([z.array(z.string()), z.string().transform((text) => [text])]);
const id = z.union([z.string(), z.number().transform(String)]);

export const Nothing = z.object({});
export const ExperimentName = z.object({ experiment_name: z.string().min(1) });
export const ExperimentId = z.object({ experiment_id: id });
export const NewExperiment = z.object({ name: z.string().min(1), tags: z.array(Tag).default([]) });
export const ExperimentSearch = z.object({
  max_results: integer.pipe(z.int().min(1).max(50_000)).default(1000),
  page_token: z.string().optional(),
  filter: z.string().default(''),
  order_by: texts.default([]),
  view_type: view,
});
export const ExperimentTag = z.object({ experiment_id: id, ...Tag.shape });
export const ExperimentTagKey = z.object({ experiment_id: id, key: z.string() });
export const RenamedExperiment = z.object({ experiment_id: id, new_name: z.string().min(1) });

export const NewRun = z.object({
  experiment_id: id.default('0'),
  user_id: z.string().default(''),
  run_name: z.string().default(''),
  start_time: moment.optional(),
  tags: z.array(Tag).default([]),
});
export const RunId = z.object(runId);
export const RunUpdate = z.object({
  ...runId,
  status: z.enum(RUN_STATUSES).optional(),
  end_time: moment.optional(),
  run_name: z.string().optional(),
});
export const LoggedMetric = z.object({ ...runId, ...Metric.shape });
export const LoggedParam = z.object({ ...runId, ...Param.shape });
export const LoggedTag = z.object({ ...runId, ...Tag.shape });
export const TagKey = z.object({ ...runId, key: z.string() });
export const Batch = z.object({
  ...runId,
  metrics: z.array(Metric).max(MOST_METRICS).default([]),
  params: z.array(Param).max(MOST_PARAMS).default([]),
  tags: z.array(Tag).max(MOST_TAGS).default([]),
});
export const RunSearch = z.object({
  experiment_ids: z.union([z.array(id), id.transform((one) => [one])]).default([]),
  filter: z.string().default(''),
  run_view_type: view,
  max_results: integer.pipe(z.int().min(1).max(50_000)).default(1000),
  order_by: texts.default([]),
  page_token: z.string().optional(),
});
export const HistoryOf = z.object({
  ...runId,
  metric_key: z.string(),
  max_results: integer.pipe(z.int().min(1).max(1_000_000)).optional(),
  page_token: z.string().optional(),
});

/** What is told back as it came: a dataset, a model's link to a run. */
const json = z.record(z.string(), z.json());
export const Inputs = z.object({
  ...runId,
  datasets: z
    .array(
      z.object({
        dataset: z.looseObject({ name: z.string(), digest: z.string() }),
        tags: z.array(json).default([]),
      }),
    )
    .default([]),
  models: z.array(z.looseObject({ model_id: z.string() })).default([]),
});
export const Outputs = z.object({
  ...runId,
  models: z.array(z.looseObject({ model_id: z.string() })).default([]),
});
export const RecordedModel = z.object({ ...runId, model_json: z.string() });
export const Listing = z.object({ ...runId, path: z.string().default('') });
export const ArtifactPath = z.object({ path: z.string().default('') });

export const NewModel = z.object({
  experiment_id: id,
  name: z.string().optional(),
  model_type: z.string().optional(),
  source_run_id: z.string().optional(),
  params: z.array(Param).default([]),
  tags: z.array(Tag).default([]),
});
export const ModelStatus = z.object({ status: z.union([z.string(), z.int()]) });
export const ModelTags = z.object({ tags: z.array(Tag).default([]) });
export const ModelParams = z.object({ params: z.array(Param).default([]) });
export const ModelSearch = z.object({
  experiment_ids: z.array(id).default([]),
  filter: z.string().default(''),
  max_results: integer.pipe(z.int().min(1)).default(100),
});
