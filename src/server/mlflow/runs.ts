/** Runs as MLflow's client makes, reads and moves them: each is an execution. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Latest } from '../metrics/metrics.ts';
import { ownFigure } from '../../contract/figures.ts';
import { keyOf, placeOf, type Place } from '../../contract/loggedKeys.ts';
import { figureOf } from '../metrics/line.ts';
import type { Stores } from '../backend.ts';
import { createElsewhere, endElsewhere, goOn, projectOf } from '../elsewhere.ts';
import type { ExecutionRecord } from '../store/executions.ts';
import { invalid, noSuchExperiment, noSuchRun } from './errors.ts';
import { PARENT_TAG, type MlflowRecords, type Pair, type RunRow } from './records.ts';
import type { Param, RunStatus, Tag } from './shapes.ts';

/** Who calls: the holder of the home's token, or the program of a training with that one's own. */
export type Caller = { kind: 'home' } | { kind: 'training'; id: string };

/** A run and what MLflow knows of it. */
export interface Known {
  record: ExecutionRecord;
  row: RunRow;
}

/** A tag with the folder that a run belongs to; else it is that of the script, where that is on this machine. */
export const PROJECT_TAG = 'trainyard.project';
const SOURCE_TAG = 'mlflow.source.name';
const NAME_TAG = 'mlflow.runName';

export class MlflowRuns {
  readonly #backend: Stores;
  readonly #records: MlflowRecords;

  constructor(backend: Stores) {
    this.#backend = backend;
    this.#records = backend.mlflow;
  }

  /** The run of this id, if the caller may have it. Throws `MlflowError`. */
  known(caller: Caller, id: string | undefined): Known {
    if (id === undefined || id === '') throw invalid("Missing value for required parameter 'run_id'.");
    const record = this.#backend.executions.get(id);
    const row = record === null ? null : this.rowOf(record);
    if (record === null || row === null || !mayHave(caller, row)) throw noSuchRun(id);
    return { record, row };
  }

  /** One that isn't deleted: nothing is logged to those. */
  active(caller: Caller, id: string | undefined): Known {
    const known = this.known(caller, id);
    if (known.row.deleted)
      throw invalid(`The run ${known.record.id} must be in the 'active' state. Current state is deleted.`);
    return known;
  }

  /** What is kept of it, or what there is to say of a training that logged nothing through MLflow yet. */
  rowOf(record: ExecutionRecord, kept = this.#records.run(record.id)): RunRow {
    return (
      kept ?? {
        execution: record.id,
        experiment: 0,
        name: `${record.model.name} v${record.model.version}`,
        user: '',
        status: 'RUNNING',
        startTime: Date.parse(record.startedAt ?? record.createdAt),
        endTime: null,
        deleted: false,
        madeBy: null,
        opened: 0,
      }
    );
  }

  experimentId(text: string): number {
    const experiment = /^\d{1,15}$/.test(text) ? this.#records.experiment(Number(text)) : null;
    if (experiment === null) throw noSuchExperiment(text);
    if (experiment.deleted)
      throw invalid(`The experiment ${text} must be in the 'active' state. Current state is deleted.`);
    return experiment.id;
  }

  /**
   * Makes a run. The first that a training's program asks for, and that isn't nested, is the training itself; whatever it makes besides is
   * a run of its own.
   */
  async create(
    caller: Caller,
    asked: {
      experiment_id: string;
      user_id: string;
      run_name: string;
      start_time?: number | undefined;
      tags: Tag[];
    },
  ): Promise<Known> {
    const { db } = this.#backend;
    const experiment = this.experimentId(asked.experiment_id);
    const nested = asked.tags.some(({ key }) => key === PARENT_TAG);
    const own = caller.kind === 'training' ? this.known(caller, caller.id) : null;
    const startTime = asked.start_time ?? Date.now();
    const tagName = asked.tags.find(({ key }) => key === NAME_TAG)?.value ?? '';
    const given = asked.run_name === '' ? tagName : asked.run_name;
    const facts = { experiment, user: asked.user_id, startTime, endTime: null };
    if (own !== null && !nested && own.row.opened < own.record.attempt) {
      const name = given === '' ? own.row.name : given;
      const row: RunRow = { ...own.row, ...facts, name, status: 'RUNNING', opened: own.record.attempt };
      db.transaction(() => {
        this.#records.putRun(row);
        this.#nameAndTag(own.record.id, name, asked.tags);
      });
      return { record: own.record, row };
    }
    const family = this.#records.experiment(experiment)?.name ?? '';
    const project = own?.record.project ?? (await this.#projectFor(asked.tags, family));
    return db.transaction(() => {
      const name = given === '' ? `run-${startTime.toString(36)}` : given;
      const at = new Date(startTime);
      const id = createElsewhere(this.#backend, { origin: 'mlflow', project, family, name, at });
      const madeBy = own?.record.id ?? null;
      const row: RunRow = {
        ...facts,
        execution: id,
        name,
        status: 'RUNNING',
        deleted: false,
        madeBy,
        opened: 1,
      };
      this.#records.putRun(row);
      this.#nameAndTag(id, name, asked.tags);
      return this.known(caller, id);
    });
  }

  #nameAndTag(id: string, name: string, tags: readonly Tag[]): void {
    for (const tag of tags) this.#records.setTag(id, tag);
    this.#records.setTag(id, { key: NAME_TAG, value: name });
  }

  async #projectFor(tags: readonly Tag[], experiment: string): Promise<string> {
    const [folder, source] = [PROJECT_TAG, SOURCE_TAG].map(
      (key) => tags.find((tag) => tag.key === key)?.value,
    );
    for (const place of [folder, source]) {
      const project = place === undefined ? null : await projectOf(place);
      if (project !== null) return project;
    }
    // "train.py", as it was typed: the one project that is known and has it.
    const known = new Set(this.#backend.services.list().map(({ project }) => project));
    const having = [...known].filter(
      (project) => source !== undefined && existsSync(path.join(project, source)),
    );
    return having.length === 1 ? (having[0] ?? experiment) : experiment;
  }

  /** A training's own status is moved by what becomes of its process; what its program says is told back until then. */
  update(
    { record, row }: Known,
    asked: { status?: RunStatus | undefined; end_time?: number | undefined; run_name?: string | undefined },
  ): RunRow {
    const status = asked.status ?? row.status;
    const ended = status === 'FINISHED' || status === 'FAILED' || status === 'KILLED';
    const endTime = ended ? (asked.end_time ?? row.endTime ?? Date.now()) : null;
    const name = asked.run_name === undefined || asked.run_name === '' ? row.name : asked.run_name;
    const opened = status === 'RUNNING' ? record.attempt : row.opened;
    const changed: RunRow = { ...row, status, endTime, name, opened };
    const { db, executions } = this.#backend;
    db.transaction(() => {
      this.#records.putRun(changed);
      if (name !== row.name) this.#records.setTag(record.id, { key: NAME_TAG, value: name });
      if (record.origin === 'trained') return;
      if (name !== row.name) executions.rename(record, name.slice(0, 200));
      if (!ended) goOn(this.#backend, record.id);
      else endElsewhere(this.#backend, record.id, endingOf(status, endTime ?? Date.now()));
    });
    return changed;
  }

  /** What refers to a run needs its row. */
  keepRow({ record, row }: Known): void {
    if (this.#records.run(record.id) === null) this.#records.putRun(row);
  }

  /** Lists have it no more, or again. */
  setDeleted({ row }: Known, deleted: boolean): void {
    const { db, events } = this.#backend;
    db.transaction(() => {
      this.#records.putRun({ ...row, deleted });
      events.append('run', row.execution);
    });
  }

  /** Params don't change; only a later attempt of the same training may say something else. */
  checkParams({ record }: Known, params: readonly Param[]): void {
    const said = new Map<string, string>();
    for (const { key, value } of params) {
      const kept = this.#records.param(record.id, key);
      const before = said.get(key) ?? (kept !== null && kept.attempt >= record.attempt ? kept.value : value);
      if (before !== value)
        throw invalid(
          `Changing param values is not allowed. Param with key='${key}' was already logged with value='${before}' for run ID='${record.id}'. Attempted logging new value '${value}'.`,
        );
      said.set(key, value);
    }
  }

  /** Keeps params and tags, checked already, in one go. */
  keep(run: Known, params: readonly Param[], tags: readonly Tag[]): void {
    if (params.length + tags.length === 0) return;
    const { record, row } = run;
    const { db, executions } = this.#backend;
    db.transaction(() => {
      this.keepRow(run);
      for (const param of params) this.#records.setParam(record.id, param, record.attempt);
      for (const tag of tags) this.#records.setTag(record.id, tag);
      const name = tags.findLast(({ key }) => key === NAME_TAG)?.value;
      if (name === undefined || name === '' || name === row.name) return;
      this.#records.putRun({ ...row, name });
      if (record.origin !== 'trained') executions.rename(record, name.slice(0, 200));
    });
  }

  /** Runs as they are told, with what they logged. */
  async tell(runs: readonly Known[]): Promise<object[]> {
    const ids = runs.map(({ record }) => record.id);
    const latest = await this.#backend.metrics.latest(ids);
    const byRun = new Map<string, Latest[]>();
    for (const one of latest) {
      const own = byRun.get(one.executionId);
      if (own === undefined) byRun.set(one.executionId, [one]);
      else own.push(one);
    }
    const [params, tags, places] = [
      this.#records.params(ids),
      this.#records.tags(ids),
      this.#records.places(ids),
    ];
    const links = this.#records.links(ids);
    return runs.map((run) => ({
      info: infoOf(run),
      data: {
        metrics: metricsOf(byRun.get(run.record.id) ?? [], places.get(run.record.id)),
        params: params.get(run.record.id) ?? [],
        tags: this.#tagsOf(run, tags.get(run.record.id) ?? []),
      },
      inputs: {
        dataset_inputs: links.get(run.record.id)?.dataset ?? [],
        model_inputs: links.get(run.record.id)?.input ?? [],
      },
      outputs: { model_outputs: links.get(run.record.id)?.output ?? [] },
    }));
  }

  /** What trained it, so that it is told apart in a search. */
  #tagsOf({ record }: Known, tags: readonly Pair[]): Pair[] {
    if (record.origin !== 'trained') return [...tags];
    const own = [{ key: 'trainyard.architecture', value: record.architecture }];
    return [...tags, ...own, { key: PROJECT_TAG, value: record.project }].toSorted((a, b) =>
      a.key < b.key ? -1 : 1,
    );
  }

  /** The line that a name is logged to. Where another name has it already, it is a line by its own name. */
  placesFor(run: Known, keys: ReadonlySet<string>): Map<string, Place> {
    const { record } = run;
    const known = this.#records.places([record.id]).get(record.id) ?? new Map<string, Place>();
    const taken = new Set([...known.values()].map(nameOf));
    const missing = [...keys].filter((key) => !known.has(key));
    if (missing.length === 0) return known;
    this.#backend.db.transaction(() => {
      this.keepRow(run);
      for (const key of missing) {
        const { figure, legend } = placeOf(key);
        const wanted = { figure: ownFigure(figure), legend };
        const place = taken.has(nameOf(wanted))
          ? { figure: wanted.figure, legend: key.slice(0, 200) }
          : wanted;
        this.#records.addPlace(record.id, key, place);
        known.set(key, place);
        taken.add(nameOf(place));
      }
    });
    return known;
  }
}

const nameOf = ({ figure, legend }: Place): string => JSON.stringify([figure, legend]);

const mayHave = (caller: Caller, row: RunRow): boolean =>
  caller.kind === 'home' || row.execution === caller.id || row.madeBy === caller.id;

function endingOf(status: RunStatus, endTime: number): Parameters<typeof endElsewhere>[2] {
  const at = new Date(endTime).toISOString();
  if (status === 'FINISHED') return { status: 'Success', at, reason: null };
  if (status === 'KILLED') return { status: 'Terminated', at, reason: 'Its own program ended it.' };
  return { status: 'Failed', at, reason: 'Its own program told that it failed.' };
}

/** A training's own end is the truth; before that, what its program says. */
function statusOf({ record, row }: Known): RunStatus {
  if (record.origin !== 'trained') return row.status;
  switch (record.status) {
    case 'Success':
      return 'FINISHED';
    case 'Failed':
    case 'Aborted':
      return 'FAILED';
    case 'Terminated':
      return 'KILLED';
    case 'Created':
    case 'Pending':
    case 'Rerun':
      return 'SCHEDULED';
    case 'In Progress':
      return row.status;
    default:
      return record.status satisfies never;
  }
}

export const artifactRoot = ({ record, row }: Known): string =>
  `mlflow-artifacts:/${row.experiment}/${record.id}/artifacts`;

export function infoOf(run: Known): object {
  const { record, row } = run;
  const ended =
    record.origin === 'trained' && record.endedAt !== null ? Date.parse(record.endedAt) : row.endTime;
  return {
    run_uuid: record.id,
    run_id: record.id,
    run_name: row.name,
    experiment_id: String(row.experiment),
    user_id: row.user,
    status: statusOf(run),
    start_time: row.startTime,
    ...(ended === null ? {} : { end_time: ended }),
    artifact_uri: artifactRoot(run),
    lifecycle_stage: row.deleted ? 'deleted' : 'active',
  };
}

/** The name under which each line was logged; one that came without a name has one by where it is. */
export function metricsOf(
  latest: readonly Latest[],
  places: ReadonlyMap<string, Place> | undefined,
): object[] {
  const keys = new Map([...(places ?? [])].map(([key, place]) => [nameOf(place), key]));
  return latest
    .map(({ figure, legend, y, step, epoch, time }) => ({
      key: keys.get(nameOf({ figure, legend })) ?? keyOf({ figure, legend }),
      value: figureOf(y),
      timestamp: time,
      step: step ?? epoch ?? 0,
    }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
}
