/** What is logged through MLflow beside figures, as it is kept in the main database: experiments, and of each run its params and tags. */
import type { Database, Row } from '../store/database.ts';
import type { RunDetail } from '../../contract/shapes.ts';
import type { Place } from '../../contract/loggedKeys.ts';
import * as z from 'zod';
import { RUN_STATUSES, type RunStatus } from './shapes.ts';

export interface Experiment {
  id: number;
  name: string;
  created: number;
  updated: number;
  deleted: boolean;
  tags: Pair[];
}

export interface Pair {
  key: string;
  value: string;
}

/** A run as MLflow has it, beside the execution that it is. Times are milliseconds since 1970. */
export interface RunRow {
  execution: string;
  experiment: number;
  name: string;
  user: string;
  /** What its program said last. */
  status: RunStatus;
  startTime: number;
  endTime: number | null;
  deleted: boolean;
  /** The training whose program made it. */
  madeBy: string | null;
  /** Of a training: the attempt whose program took it as its run; 0 where none did. */
  opened: number;
}

const Status = z.enum(RUN_STATUSES);

/** The tag by which a run names the one that it is nested in. */
export const PARENT_TAG = 'mlflow.parentRunId';

/** What an imported run of MLflow's is known by, whether it came from a folder, a database or a server. @param id that it had there */
export const importedAs = (id: string): string => `mlflow:${id}`;

/** What a run logged beside figures; those that it is nested in and that are nested in it by their ids. */
export interface Logged extends Omit<NonNullable<RunDetail['mlflow']>, 'parent' | 'nested'> {
  parent: string | null;
  nested: string[];
}

export class MlflowRecords {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  experiment(id: number): Experiment | null {
    return this.#experiment(this.#db.get('SELECT * FROM mlflow_experiments WHERE id = ?', id));
  }

  experimentNamed(name: string): Experiment | null {
    return this.#experiment(this.#db.get('SELECT * FROM mlflow_experiments WHERE name = ?', name));
  }

  experiments(): Experiment[] {
    return this.#db
      .all('SELECT * FROM mlflow_experiments ORDER BY updated DESC, id DESC')
      .flatMap((row) => this.#experiment(row) ?? []);
  }

  #experiment(row: Row | null): Experiment | null {
    if (row === null) return null;
    const id = row.number('id');
    return {
      id,
      name: row.text('name'),
      created: row.number('created'),
      updated: row.number('updated'),
      deleted: row.flag('deleted'),
      tags: this.#db
        .all('SELECT key, value FROM mlflow_experiment_tags WHERE experiment = ? ORDER BY key', id)
        .map(pair),
    };
  }

  addExperiment(name: string, tags: readonly Pair[], now: number): number {
    return this.#db.transaction(() => {
      const id = this.#db
        .get(
          'INSERT INTO mlflow_experiments (name, created, updated) VALUES (?, ?, ?) RETURNING id',
          name,
          now,
          now,
        )
        ?.number('id');
      if (id === undefined) throw new Error(`experiment ${name} was not kept`);
      for (const tag of tags) this.setExperimentTag(id, tag);
      return id;
    });
  }

  /** Keeps a new name, or that it is deleted or back. */
  updateExperiment({ id, name, deleted }: Experiment, now: number): void {
    this.#db.run(
      'UPDATE mlflow_experiments SET name = ?, deleted = ?, updated = ? WHERE id = ?',
      name,
      Number(deleted),
      now,
      id,
    );
  }

  setExperimentTag(experiment: number, { key, value }: Pair): void {
    this.#db.run(
      `INSERT INTO mlflow_experiment_tags (experiment, key, value) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET value = excluded.value`,
      experiment,
      key,
      value,
    );
  }

  dropExperimentTag(experiment: number, key: string): void {
    this.#db.run('DELETE FROM mlflow_experiment_tags WHERE experiment = ? AND key = ?', experiment, key);
  }

  run(execution: string): RunRow | null {
    const row = this.#db.get('SELECT * FROM mlflow_runs WHERE execution = ?', execution);
    return row === null ? null : runRow(row);
  }

  /** What an execution logged beside figures, for people; null where that is nothing. */
  detail(execution: string): Logged | null {
    const run = this.run(execution);
    if (run === null) return null;
    const object = (pairs: readonly Pair[] | undefined): Record<string, string> =>
      Object.fromEntries((pairs ?? []).map(({ key, value }) => [key, value]));
    const tags = object(this.tags([execution]).get(execution));
    return {
      experiment: this.experiment(run.experiment)?.name ?? '',
      params: object(this.params([execution]).get(execution)),
      tags,
      parent: this.#parent(tags[PARENT_TAG]),
      nested: this.#nested(execution),
    };
  }

  /** What was imported is named by the id that it had elsewhere: tags are kept as they were. */
  #parent(named: string | undefined): string | null {
    if (named === undefined) return null;
    const imported = this.#db.get('SELECT execution FROM imports WHERE identity = ?', importedAs(named));
    return imported?.text('execution') ?? named;
  }

  /** Runs that name an execution as the one they are nested in, the first to begin first. */
  #nested(execution: string): string[] {
    return this.#db
      .all(
        `SELECT mlflow_tags.execution AS nested FROM mlflow_tags JOIN mlflow_runs USING (execution)
         WHERE key = '${PARENT_TAG}' AND deleted = 0
           AND value IN (?1, (SELECT substr(identity, ${importedAs('').length + 1}) FROM imports WHERE execution = ?1))
         ORDER BY start_time, nested LIMIT 200`,
        execution,
      )
      .map((row) => row.text('nested'));
  }

  /** The rows of many, by execution; what has none isn't there. */
  runs(executions: readonly string[]): Map<string, RunRow> {
    const rows = this.#db.all(
      'SELECT mlflow_runs.* FROM json_each(?) AS asked JOIN mlflow_runs ON execution = asked.value',
      JSON.stringify(executions),
    );
    return new Map(rows.map((row) => [row.text('execution'), runRow(row)]));
  }

  /** Makes the row, or writes it anew. */
  putRun(run: RunRow): void {
    this.#db.run(
      `INSERT INTO mlflow_runs (execution, experiment, name, user, status, start_time, end_time, deleted, made_by, opened)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET experiment = excluded.experiment, name = excluded.name, user = excluded.user,
         status = excluded.status, start_time = excluded.start_time, end_time = excluded.end_time,
         deleted = excluded.deleted, made_by = excluded.made_by, opened = excluded.opened`,
      run.execution,
      run.experiment,
      run.name,
      run.user,
      run.status,
      run.startTime,
      run.endTime,
      Number(run.deleted),
      run.madeBy,
      run.opened,
    );
  }

  /** Marks all runs of an experiment as deleted, or as there again; their executions. */
  setDeletedIn(experiment: number, deleted: boolean): string[] {
    return this.#db
      .all(
        'UPDATE mlflow_runs SET deleted = ? WHERE experiment = ? AND deleted <> ? RETURNING execution',
        Number(deleted),
        experiment,
        Number(deleted),
      )
      .map((row) => row.text('execution'));
  }

  /** Whether a program elsewhere has a run that isn't over. */
  get anyUnfinished(): boolean {
    return (
      this.#db.get(
        `SELECT 1 AS found FROM executions WHERE status = 'In Progress' AND origin = 'mlflow' LIMIT 1`,
      ) !== null
    );
  }

  /** Executions that the program of a training made as runs of their own, and that aren't over. */
  unfinishedOf(training: string): string[] {
    return this.#db
      .all(
        `SELECT execution FROM mlflow_runs JOIN executions ON executions.id = execution
         WHERE made_by = ? AND executions.status = 'In Progress'`,
        training,
      )
      .map((row) => row.text('execution'));
  }

  /** Trainings that made runs. */
  makers(): string[] {
    return this.#db
      .all('SELECT DISTINCT made_by FROM mlflow_runs WHERE made_by IS NOT NULL')
      .map((row) => row.text('made_by'));
  }

  /** Ids of the executions in these experiments, deleted ones too. What logged nothing through MLflow is in the first, the default. */
  executionsIn(experiments: readonly number[]): string[] {
    return this.#db
      .all(
        `SELECT id FROM executions LEFT JOIN mlflow_runs ON execution = id
         WHERE COALESCE(experiment, 0) IN (SELECT value FROM json_each(?))`,
        JSON.stringify(experiments),
      )
      .map((row) => row.text('id'));
  }

  params(executions: readonly string[]): Map<string, Pair[]> {
    return this.#pairs('mlflow_params', executions);
  }

  tags(executions: readonly string[]): Map<string, Pair[]> {
    return this.#pairs('mlflow_tags', executions);
  }

  #pairs(table: 'mlflow_params' | 'mlflow_tags', executions: readonly string[]): Map<string, Pair[]> {
    const found = new Map<string, Pair[]>();
    const rows = this.#db.all(
      `SELECT execution, logged.key, logged.value FROM json_each(?) AS asked JOIN ${table} AS logged ON execution = asked.value
       ORDER BY execution, logged.key`,
      JSON.stringify(executions),
    );
    for (const row of rows) {
      const execution = row.text('execution');
      const pairs = found.get(execution);
      if (pairs === undefined) found.set(execution, [pair(row)]);
      else pairs.push(pair(row));
    }
    return found;
  }

  /** The param, and the attempt at which it was logged. */
  param(execution: string, key: string): { value: string; attempt: number } | null {
    const row = this.#db.get(
      'SELECT value, attempt FROM mlflow_params WHERE execution = ? AND key = ?',
      execution,
      key,
    );
    return row === null ? null : { value: row.text('value'), attempt: row.number('attempt') };
  }

  setParam(execution: string, { key, value }: Pair, attempt: number): void {
    this.#db.run(
      `INSERT INTO mlflow_params (execution, key, value, attempt) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET value = excluded.value, attempt = excluded.attempt`,
      execution,
      key,
      value,
      attempt,
    );
  }

  setTag(execution: string, { key, value }: Pair): void {
    this.#db.run(
      `INSERT INTO mlflow_tags (execution, key, value) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET value = excluded.value`,
      execution,
      key,
      value,
    );
  }

  /** True where there was one. */
  dropTag(execution: string, key: string): boolean {
    return this.#db.run('DELETE FROM mlflow_tags WHERE execution = ? AND key = ?', execution, key) > 0;
  }

  /** The lines of the names that a run logged, by name. */
  places(executions: readonly string[]): Map<string, Map<string, Place>> {
    const found = new Map<string, Map<string, Place>>();
    const rows = this.#db.all(
      'SELECT execution, logged.key, figure, legend FROM json_each(?) AS asked JOIN mlflow_keys AS logged ON execution = asked.value',
      JSON.stringify(executions),
    );
    for (const row of rows) {
      const execution = row.text('execution');
      let places = found.get(execution);
      if (places === undefined) found.set(execution, (places = new Map<string, Place>()));
      places.set(row.text('key'), { figure: row.text('figure'), legend: row.text('legend') });
    }
    return found;
  }

  addPlace(execution: string, key: string, { figure, legend }: Place): void {
    this.#db.run(
      'INSERT INTO mlflow_keys (execution, key, figure, legend) VALUES (?, ?, ?, ?)',
      execution,
      key,
      figure,
      legend,
    );
  }

  /** Datasets and models of runs, as they were told, in the order of their names. */
  links(executions: readonly string[]): Map<string, Record<LinkKind, unknown[]>> {
    const found = new Map<string, Record<LinkKind, unknown[]>>();
    const rows = this.#db.all(
      `SELECT execution, kind, link FROM json_each(?) AS asked JOIN mlflow_links ON execution = asked.value ORDER BY subject`,
      JSON.stringify(executions),
    );
    for (const row of rows) {
      const execution = row.text('execution');
      let links = found.get(execution);
      if (links === undefined) found.set(execution, (links = { dataset: [], input: [], output: [] }));
      links[linkKind(row.text('kind'))].push(JSON.parse(row.text('link')));
    }
    return found;
  }

  setLink(execution: string, kind: LinkKind, subject: string, link: unknown): void {
    this.#db.run(
      `INSERT INTO mlflow_links (execution, kind, subject, link) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET link = excluded.link`,
      execution,
      kind,
      subject,
      JSON.stringify(link),
    );
  }
}

/** A dataset or model that went in, a model that came out. */
const LINK_KINDS = ['dataset', 'input', 'output'] as const;
export type LinkKind = (typeof LINK_KINDS)[number];

function linkKind(text: string): LinkKind {
  const found = LINK_KINDS.find((kind) => kind === text);
  if (found === undefined) throw new TypeError(`no such kind of link: ${text}`);
  return found;
}

const pair = (row: Row): Pair => ({ key: row.text('key'), value: row.text('value') });

const runRow = (row: Row): RunRow => ({
  execution: row.text('execution'),
  experiment: row.number('experiment'),
  name: row.text('name'),
  user: row.text('user'),
  status: Status.parse(row.text('status')),
  startTime: row.number('start_time'),
  endTime: row.numberOrNull('end_time'),
  deleted: row.flag('deleted'),
  madeBy: row.textOrNull('made_by'),
  opened: row.number('opened'),
});
