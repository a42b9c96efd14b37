/**
 * Executions as they are kept. A status is written by `dispatch/transition.ts` alone; here are the reads, the making and the
 * removal, and what isn't a status.
 */
import * as z from 'zod';
import {
  StatusName,
  Submission,
  type HistoryEntry,
  type Progress,
  type SummaryLine,
} from '../../contract/shapes.ts';
import { environmentToSend } from '../../contract/environment.ts';
import { ORIGINS, type Origin, type Status } from '../../contract/status.ts';
import { sought, type Database, type Row } from './database.ts';
import type { EventLog } from './events.ts';
import { newId, newToken } from './ids.ts';
import { LiveRuns } from './liveRuns.ts';
import { conditions, noneOf, whereOf, type RunFilter } from './runFilter.ts';

export interface ExecutionRecord {
  rowid: number;
  id: string;
  project: string;
  service: string;
  architecture: string;
  /** Where it came from: only what is trained here is dispatched. */
  origin: Origin;
  model: { id: string; name: string; version: number };
  status: Status;
  reason: string | null;
  stopping: boolean;
  attempt: number;
  askedAttempt: number;
  start: number;
  /** A start was handed to the engine and isn't settled. */
  active: boolean;
  gpus: string[];
  createdAt: string;
  /** Milliseconds since 1970, or more where the clock was set back: its place in the queue. */
  queuedAt: number;
  startedAt: string | null;
  endedAt: string | null;
  progress: Progress | null;
  summary: SummaryLine[];
}

/** What was submitted, less the environment. */
const Kept = Submission.omit({ environment: true });
export type KeptSubmission = z.output<typeof Kept>;

const Environment = z.record(z.string(), z.string());

/** All but what is large or secret. */
const COLUMNS = `rowid, id, project, service, architecture, origin, model_id, model_name, model_version, status, reason, stopping, attempt,
  asked_attempt, start, active, gpus, created_at, queued_at, started_at, ended_at, progress, summary`;
const LIVE = `status IN ('Created', 'Pending', 'In Progress', 'Rerun')`;
const OriginName = z.enum(ORIGINS);

/** SQL: a place behind everything that is queued, for the time that is bound to it; a clock that was set back lets nobody overtake. */
export const LAST_PLACE = `MAX(?, COALESCE((SELECT queued_at FROM executions INDEXED BY executions_live WHERE ${LIVE} ORDER BY queued_at DESC LIMIT 1), 0) + 1)`;

export interface RunPage extends RunFilter {
  sort: 'createdAt' | '-createdAt' | 'name' | '-name' | 'status' | '-status';
  limit: number;
  /** The row behind which the page begins, as `next` of the page before. */
  after?: { key: string; rowid: number } | undefined;
}

/** What a client names a submission by, so that its repetition is known, and what tells whether it is one. */
export interface Idempotency {
  key: string;
  bodyDigest: string;
}

/** How many executions of a service wait, start and run. */
export interface AtWork {
  queued: number;
  starting: number;
  busy: number;
}

/** A sort's column, and its index: that has every column that a filter asks for, so that only rows which are shown are read. */
const SORTS = {
  createdAt: { column: 'created_at', index: 'executions_by_creation' },
  name: { column: 'model_name', index: 'executions_by_name' },
  status: { column: 'status', index: 'executions_by_status' },
} as const;

/** SQL: a row of `executions` that lists have. */
const SHOWN = 'rowid NOT IN (SELECT rowid FROM hidden)';

/** So many rows are few: they are looked up and sorted. */
const FEW = 300;

export class ExecutionStore {
  readonly #db: Database;
  readonly #events: EventLog;
  readonly #live: LiveRuns;

  constructor(db: Database, events: EventLog) {
    this.#db = db;
    this.#events = events;
    this.#live = new LiveRuns({
      all: () =>
        this.#db.all(`SELECT ${COLUMNS} FROM executions WHERE ${LIVE} AND origin = 'trained'`).map(record),
      one: (id) => {
        const found = this.get(id);
        return found?.origin === 'trained' ? found : null;
      },
    });
    events.onWritten = (kind, subject) => {
      if (kind !== 'service') this.#live.changed(subject);
    };
  }

  get(id: string): ExecutionRecord | null {
    const row = this.#db.get(`SELECT ${COLUMNS} FROM executions WHERE id = ?`, id);
    return row === null ? null : record(row);
  }

  /** Whether it was deleted through MLflow: only that brings it back. */
  isHidden(id: string): boolean {
    return this.#db.get('SELECT 1 AS found FROM hidden WHERE id = ?', id) !== null;
  }

  /** The execution whose own token this is, or null. */
  byToken(token: string): ExecutionRecord | null {
    const row = this.#db.get(`SELECT ${COLUMNS} FROM executions WHERE token = ?`, token);
    return row === null ? null : record(row);
  }

  byIdempotencyKey(key: string): { id: string; bodyDigest: string | null } | null {
    const row = this.#db.get('SELECT id, body_digest FROM executions WHERE idempotency_key = ?', key);
    return row === null ? null : { id: row.text('id'), bodyDigest: row.textOrNull('body_digest') };
  }

  submission(id: string): KeptSubmission {
    return Kept.parse(JSON.parse(this.#one(id, 'submission').text('submission')));
  }

  /** What the engine needs and nobody else may see. Where no environment was handed in, it is the backend's own. */
  secrets(id: string): {
    environment: Record<string, string>;
    token: string;
    requirements: string | null;
  } {
    const row = this.#one(id, 'environment, token, requirements');
    const environment = row.textOrNull('environment');
    return {
      environment:
        environment === null ? environmentToSend(process.env) : Environment.parse(JSON.parse(environment)),
      token: row.text('token'),
      requirements: row.textOrNull('requirements'),
    };
  }

  /** What the next attempts run with, once the one before is over and its own is forgotten. */
  setEnvironment(id: string, environment: Record<string, string> | null): void {
    this.#db.run(
      'UPDATE executions SET environment = ? WHERE id = ?',
      environment === null ? null : JSON.stringify(environment),
      id,
    );
  }

  #one(id: string, columns: string): Row {
    const row = this.#db.get(`SELECT ${columns} FROM executions WHERE id = ?`, id);
    if (row === null) throw new Error(`there is no execution ${id}`);
    return row;
  }

  /** Those trained here that aren't over, in the order of the queue. Held in memory: it costs what changed since it was asked for last. */
  live(): readonly ExecutionRecord[] {
    // What is read inside a transaction may yet be undone, and isn't kept.
    if (this.#db.inTransaction) return this.#live.fresh();
    return this.#live.list();
  }

  /** Of those the ones whose code runs. */
  running(): ExecutionRecord[] {
    return this.live().filter(({ status, active }) => status === 'In Progress' && active);
  }

  atWork(service: string): AtWork {
    const { Created, Pending, 'In Progress': started, Rerun } = this.counts({ service });
    const row = this.#db.get(
      `SELECT COUNT(*) AS active, COALESCE(SUM(status = 'In Progress'), 0) AS busy
       FROM executions INDEXED BY executions_active WHERE active = 1 AND service = ?`,
      service,
    );
    const [active, busy] = [row?.number('active') ?? 0, row?.number('busy') ?? 0];
    return { queued: Created + Pending + started + Rerun - active, starting: active - busy, busy };
  }

  /** A page, with how many there are of each status; its filter by status doesn't count there. */
  list(page: RunPage): { runs: ExecutionRecord[]; counts: Record<Status, number> } {
    const searched = page.search !== undefined && page.search !== '';
    const among = searched ? this.#few({ ...page, status: undefined }) : null;
    if (among !== null) {
      const counts = noneOf();
      for (const { status } of among) counts[status]++;
      return { runs: this.page(page, among), counts };
    }
    const counts = this.counts(page);
    const fit = page.status?.reduce((sum, status) => sum + counts[status], 0) ?? Infinity;
    const few = fit <= FEW ? this.#few(page) : null;
    return { runs: few === null ? this.page(page) : this.page(page, few), counts };
  }

  /**
   * All that fit, where they are few: null otherwise. Many are soon come across in the order of a sort; to find few in it would be to
   * look at everything.
   */
  #few(filter: RunFilter): { rowid: number; status: Status }[] | null {
    const { where, values } = conditions(filter);
    where.push(SHOWN);
    const rows = this.#db.all(
      `SELECT rowid, status FROM executions INDEXED BY executions_by_status ${whereOf(where)} LIMIT ?`,
      ...values,
      FEW + 1,
    );
    if (rows.length > FEW) return null;
    return rows.map((row) => ({ rowid: row.number('rowid'), status: StatusName.parse(row.text('status')) }));
  }

  /** @param among those that fit the filter but perhaps its statuses, where they are known */
  page(page: RunPage, among?: readonly { rowid: number }[]): ExecutionRecord[] {
    const { where, values } = conditions(among === undefined ? page : { status: page.status });
    if (among === undefined) where.push(SHOWN);
    else {
      where.push('rowid IN (SELECT value FROM json_each(?))');
      values.push(JSON.stringify(among.map((one) => one.rowid)));
    }
    const down = page.sort.startsWith('-');
    const { column, index } = SORTS[page.sort.replace('-', '') as keyof typeof SORTS];
    if (page.after !== undefined) {
      where.push(`(${column}, rowid) ${down ? '<' : '>'} (?, ?)`);
      values.push(page.after.key, page.after.rowid);
    }
    const order = down ? 'DESC' : 'ASC';
    return this.#db
      .all(
        `SELECT ${COLUMNS} FROM executions ${among === undefined ? `INDEXED BY ${index}` : 'NOT INDEXED'} ${whereOf(where)}
         ORDER BY ${column} ${order}, rowid ${order} LIMIT ?`,
        ...values,
        page.limit,
      )
      .map(record);
  }

  /** How many there are of each status; the filter by status itself doesn't count here. */
  counts(filter: Omit<RunFilter, 'status'>): Record<Status, number> {
    const { where, values } = conditions({ ...filter, status: undefined });
    const counts = noneOf();
    const searched = filter.search !== undefined && filter.search !== '';
    const rows = this.#db.all(
      searched
        ? `SELECT status, COUNT(*) AS n FROM executions INDEXED BY executions_by_status ${whereOf(where)} GROUP BY status`
        : `SELECT status, SUM(n) AS n FROM counts ${whereOf(where)} GROUP BY status`,
      ...values,
    );
    for (const row of rows) counts[StatusName.parse(row.text('status'))] = row.number('n');
    const hidden = this.#db.all(
      `SELECT status, COUNT(*) AS n FROM hidden ${whereOf(where)} GROUP BY status`,
      ...values,
    );
    for (const row of hidden) counts[StatusName.parse(row.text('status'))] -= row.number('n');
    return counts;
  }

  history(id: string): HistoryEntry[] {
    return this.#db.all('SELECT * FROM history WHERE execution = ? ORDER BY rowid', id).map((row) => ({
      at: row.text('at'),
      attempt: row.number('attempt'),
      status: StatusName.parse(row.text('status')),
      cause: row.text('cause'),
      reason: row.textOrNull('reason'),
    }));
  }

  /** A new version of the model and its first execution, Created. To be called inside a transaction. */
  create(
    submission: Submission,
    service: string,
    requirements: string | null,
    idempotency: Idempotency | null,
    now: Date,
    origin: Origin = 'trained',
  ): string {
    const [id, modelId] = [newId('e'), newId('m')];
    const { environment, ...kept } = submission;
    const version = this.#nextVersion(submission.project, submission.model.name);
    this.#db.run(
      `INSERT INTO executions (id, project, service, architecture, model_id, model_name, model_version, status, created_at,
         queued_at, submission, requirements, environment, token, idempotency_key, body_digest, sought, origin)
       VALUES (?, ?, ?, ?, ?, ?, ?, 'Created', ?, ${LAST_PLACE}, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      submission.project,
      service,
      submission.architecture.id,
      modelId,
      submission.model.name,
      version,
      now.toISOString(),
      now.getTime(),
      JSON.stringify(kept),
      requirements,
      environment === undefined ? null : JSON.stringify(environment),
      newToken(),
      idempotency?.key ?? null,
      idempotency?.bodyDigest ?? null,
      sought(submission.model.name, modelId, id, submission.architecture.id),
      origin,
    );
    this.#db.run(
      `INSERT INTO history (execution, at, attempt, status, cause, reason) VALUES (?, ?, 1, 'Created', ?, NULL)`,
      id,
      now.toISOString(),
      { trained: 'submitted', mlflow: 'logged', imported: 'imported' }[origin],
    );
    this.#events.append('run', id);
    this.#events.append('service', service);
    return id;
  }

  #nextVersion(project: string, name: string): number {
    const row = this.#db.get(
      `INSERT INTO model_versions (project, name, last) VALUES (?, ?, 1)
       ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last`,
      project,
      name,
    );
    return row?.number('last') ?? 1;
  }

  /** Gives the model of a run that was made elsewhere another name, as its next version. To be called inside a transaction. */
  rename({ id, project, model, architecture }: ExecutionRecord, name: string): void {
    this.#db.run(
      'UPDATE executions SET model_name = ?, model_version = ?, sought = ? WHERE id = ?',
      name,
      this.#nextVersion(project, name),
      sought(name, model.id, id, architecture),
      id,
    );
    this.#events.append('run', id);
  }

  /** A start is handed to the engine: written before it is, so that a crash in between is noticed and not forgotten. */
  beginStart(id: string, gpus: string[]): void {
    this.#db.run(
      'UPDATE executions SET start = start + 1, active = 1, gpus = ? WHERE id = ?',
      JSON.stringify(gpus),
      id,
    );
    this.#live.changed(id);
  }

  /** What trainings reported, of several runs at once. */
  noteProgress(
    changes: readonly { id: string; attempt: number; progress: Progress | null; summary: SummaryLine[] }[],
  ): void {
    this.#db.transaction(() => {
      for (const change of changes) {
        const changed = this.#db.run(
          'UPDATE executions SET progress = ?, summary = ? WHERE id = ? AND attempt = ?',
          change.progress === null ? null : JSON.stringify(change.progress),
          JSON.stringify(change.summary),
          change.id,
          change.attempt,
        );
        if (changed > 0) this.#events.append('progress', change.id);
      }
    });
  }

  /** Takes an ended execution out. Its model's version number is never given again. */
  remove(id: string): void {
    this.#db.transaction(() => {
      this.#db.run('DELETE FROM executions WHERE id = ?', id);
      this.#db.run('DELETE FROM history WHERE execution = ?', id);
      this.#events.append('removed', id);
    });
    this.#db.freeSpace();
  }
}

/** What stands in a column as JSON was written here, from a checked value: it isn't checked again at each read. */
function record(row: Row): ExecutionRecord {
  const progress = row.textOrNull('progress');
  const [gpus, summary] = [row.text('gpus'), row.text('summary')];
  return {
    rowid: row.number('rowid'),
    id: row.text('id'),
    project: row.text('project'),
    service: row.text('service'),
    architecture: row.text('architecture'),
    origin: OriginName.parse(row.text('origin')),
    model: { id: row.text('model_id'), name: row.text('model_name'), version: row.number('model_version') },
    status: StatusName.parse(row.text('status')),
    reason: row.textOrNull('reason'),
    stopping: row.flag('stopping'),
    attempt: row.number('attempt'),
    askedAttempt: row.number('asked_attempt'),
    start: row.number('start'),
    active: row.flag('active'),
    gpus: gpus === '[]' ? [] : (JSON.parse(gpus) as string[]),
    createdAt: row.text('created_at'),
    queuedAt: row.number('queued_at'),
    startedAt: row.textOrNull('started_at'),
    endedAt: row.textOrNull('ended_at'),
    progress: progress === null ? null : (JSON.parse(progress) as Progress),
    summary: JSON.parse(summary) as SummaryLine[],
  };
}
