/** Models that are logged with a run, as MLflow 3 keeps them: what autologging makes, names and finishes. Their files lie with the run's. */
import * as z from 'zod';
import type { Backend } from '../backend.ts';
import { newId } from '../store/ids.ts';
import { invalid, MlflowError } from './errors.ts';
import type { Known } from './runs.ts';
import type { Param, Tag } from './shapes.ts';

const STATUSES = ['UNSPECIFIED', 'PENDING', 'READY', 'UPLOAD_FAILED'] as const;
const Pairs = z.array(z.object({ key: z.string(), value: z.string() }));

const Model = z.object({
  name: z.string(),
  type: z.string().nullable(),
  status: z.string(),
  created: z.number(),
  updated: z.number(),
  params: Pairs,
  tags: Pairs,
});
type Model = z.output<typeof Model>;

export interface LoggedModel extends Model {
  id: string;
  execution: string;
  experiment: number;
}

export class Models {
  readonly #db: Backend['db'];

  constructor({ db }: Pick<Backend, 'db'>) {
    this.#db = db;
  }

  add(
    { record, row }: Known,
    asked: { name?: string | undefined; model_type?: string | undefined; params: Param[]; tags: Tag[] },
  ): LoggedModel {
    const now = Date.now();
    const id = newId('m');
    const model: LoggedModel = {
      id,
      execution: record.id,
      experiment: row.experiment,
      name: asked.name ?? 'model',
      type: asked.model_type ?? null,
      status: 'LOGGED_MODEL_PENDING',
      created: now,
      updated: now,
      params: asked.params,
      tags: asked.tags,
    };
    this.#db.run(
      'INSERT INTO mlflow_models (id, execution, experiment, model) VALUES (?, ?, ?, ?)',
      id,
      record.id,
      row.experiment,
      JSON.stringify(Model.parse(model)),
    );
    return model;
  }

  get(id: string): LoggedModel {
    const row = this.#db.get('SELECT * FROM mlflow_models WHERE id = ?', id);
    if (row === null)
      throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `Logged model with ID '${id}' not found.`);
    return {
      id: row.text('id'),
      execution: row.text('execution'),
      experiment: row.number('experiment'),
      ...Model.parse(JSON.parse(row.text('model'))),
    };
  }

  change(model: LoggedModel, change: Partial<Pick<Model, 'status' | 'params' | 'tags'>>): LoggedModel {
    const changed = { ...model, ...change, updated: Date.now() };
    this.#db.run(
      'UPDATE mlflow_models SET model = ? WHERE id = ?',
      JSON.stringify(Model.parse(changed)),
      model.id,
    );
    return changed;
  }

  remove(id: string): void {
    this.#db.run('DELETE FROM mlflow_models WHERE id = ?', id);
  }

  /** The newest first. */
  list(experiments: readonly string[]): LoggedModel[] {
    return this.#db
      .all(
        'SELECT id FROM mlflow_models WHERE experiment IN (SELECT CAST(value AS INTEGER) FROM json_each(?))',
        JSON.stringify(experiments),
      )
      .map((row) => this.get(row.text('id')))
      .toSorted((a, b) => b.created - a.created);
  }
}

/** Names over numbers, as either may come. */
export function modelStatus(said: string | number): string {
  const name = typeof said === 'number' ? STATUSES[said] : said.replace(/^LOGGED_MODEL_/, '');
  if (!STATUSES.some((one) => one === name)) throw invalid(`Invalid model status: ${said}`);
  return `LOGGED_MODEL_${name}`;
}

/** What is said later stands. */
export const merged = (before: readonly Tag[], said: readonly Tag[]): Tag[] => [
  ...new Map([...before, ...said].map((one) => [one.key, one])).values(),
];

/** The folder of a model's files in the output of its run. */
export const modelFolder = ({ id, name }: LoggedModel): string[] => [
  'models',
  `${name.replace(/[^\w.-]+/g, '-').slice(0, 100)}-${id.slice(-6)}`,
];

export const tellModel = (model: LoggedModel): object => ({
  info: {
    model_id: model.id,
    experiment_id: String(model.experiment),
    name: model.name,
    creation_timestamp_ms: model.created,
    last_updated_timestamp_ms: model.updated,
    artifact_uri: `mlflow-artifacts:/${model.experiment}/models/${model.id}/artifacts`,
    status: model.status,
    ...(model.type === null ? {} : { model_type: model.type }),
    source_run_id: model.execution,
    tags: model.tags,
  },
  data: { params: model.params },
});
