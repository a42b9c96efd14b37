/**
 * Executions as they are kept. A status is written by `dispatch/transition.ts` alone; here are the reads, the making and the
 * removal, and what isn't a status.
 */
import * as z from 'zod';
import { Progress, StatusName, Submission, SummaryLine, type HistoryEntry } from '../../contract/shapes.ts';
import { environmentToSend } from '../../contract/environment.ts';
import { STATUSES, type Status } from '../../contract/status.ts';
import type { Database, Row, Value } from './database.ts';
import type { EventLog } from './events.ts';
import { newId, newToken } from './ids.ts';

export interface ExecutionRecord {
  rowid: number;
  id: string;
  project: string;
  service: string;
  architecture: string;
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

const Summary = z.array(SummaryLine);
const Gpus = z.array(z.string());
const Environment = z.record(z.string(), z.string());

/** All but what is large or secret. */
const COLUMNS = `rowid, id, project, service, architecture, model_id, model_name, model_version, status, reason, stopping, attempt,
  asked_attempt, start, active, gpus, created_at, queued_at, started_at, ended_at, progress, summary`;
const LIVE = `status IN ('Created', 'Pending', 'In Progress', 'Rerun')`;

/** SQL: a place behind everything that is queued, for the time that is bound to it; a clock that was set back lets nobody overtake. */
export const LAST_PLACE = `MAX(?, (SELECT COALESCE(MAX(queued_at), 0) + 1 FROM executions WHERE ${LIVE}))`;

export interface RunFilter {
  project?: string | undefined;
  status?: readonly Status[] | undefined;
  search?: string | undefined;
}

export interface RunPage extends RunFilter {
  sort: 'createdAt' | '-createdAt' | 'name' | '-name' | 'status' | '-status';
  limit: number;
  /** The row behind which the page begins, as `next` of the page before. */
  after?: { key: string; rowid: number } | undefined;
}

export class ExecutionStore {
  readonly #db: Database;
  readonly #events: EventLog;

  constructor(db: Database, events: EventLog) {
    this.#db = db;
    this.#events = events;
  }

  get(id: string): ExecutionRecord | null {
    const row = this.#db.get(`SELECT ${COLUMNS} FROM executions WHERE id = ?`, id);
    return row === null ? null : record(row);
  }

  byIdempotencyKey(key: string): ExecutionRecord | null {
    const row = this.#db.get(`SELECT ${COLUMNS} FROM executions WHERE idempotency_key = ?`, key);
    return row === null ? null : record(row);
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

  /** Those that aren't over, in the order of the queue. */
  live(): ExecutionRecord[] {
    return this.#db
      .all(`SELECT ${COLUMNS} FROM executions WHERE ${LIVE} ORDER BY queued_at, rowid`)
      .map(record);
  }

  ofService(service: string): ExecutionRecord[] {
    return this.#db
      .all(
        `SELECT ${COLUMNS} FROM executions WHERE service = ? ORDER BY created_at DESC, rowid DESC LIMIT 1000`,
        service,
      )
      .map(record);
  }

  page(page: RunPage): ExecutionRecord[] {
    const { where, values } = conditions(page);
    const down = page.sort.startsWith('-');
    const column = { createdAt: 'created_at', name: 'model_name', status: 'status' }[
      page.sort.replace('-', '') as 'createdAt' | 'name' | 'status'
    ];
    if (page.after !== undefined) {
      where.push(`(${column}, rowid) ${down ? '<' : '>'} (?, ?)`);
      values.push(page.after.key, page.after.rowid);
    }
    const order = down ? 'DESC' : 'ASC';
    return this.#db
      .all(
        `SELECT ${COLUMNS} FROM executions ${whereOf(where)} ORDER BY ${column} ${order}, rowid ${order} LIMIT ?`,
        ...values,
        page.limit,
      )
      .map(record);
  }

  /** How many there are of each status; the filter by status itself doesn't count here. */
  counts(filter: RunFilter): Record<Status, number> {
    const { where, values } = conditions({ project: filter.project, search: filter.search });
    const counts = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
    const rows = this.#db.all(
      `SELECT status, COUNT(*) AS n FROM executions ${whereOf(where)} GROUP BY status`,
      ...values,
    );
    for (const row of rows) counts[StatusName.parse(row.text('status'))] = row.number('n');
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
    idempotencyKey: string | null,
    now: Date,
  ): string {
    const id = newId('e');
    const { environment, ...kept } = submission;
    const version =
      this.#db
        .get(
          `INSERT INTO model_versions (project, name, last) VALUES (?, ?, 1)
           ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last`,
          submission.project,
          submission.model.name,
        )
        ?.number('last') ?? 1;
    this.#db.run(
      `INSERT INTO executions (id, project, service, architecture, model_id, model_name, model_version, status, created_at,
         queued_at, submission, requirements, environment, token, idempotency_key)
       VALUES (?, ?, ?, ?, ?, ?, ?, 'Created', ?, ${LAST_PLACE}, ?, ?, ?, ?, ?)`,
      id,
      submission.project,
      service,
      submission.architecture.id,
      newId('m'),
      submission.model.name,
      version,
      now.toISOString(),
      now.getTime(),
      JSON.stringify(kept),
      requirements,
      environment === undefined ? null : JSON.stringify(environment),
      newToken(),
      idempotencyKey,
    );
    this.#db.run(
      `INSERT INTO history (execution, at, attempt, status, cause, reason) VALUES (?, ?, 1, 'Created', 'submitted', NULL)`,
      id,
      now.toISOString(),
    );
    this.#events.append('run', id);
    this.#events.append('service', service);
    return id;
  }

  /** A start is handed to the engine: written before it is, so that a crash in between is noticed and not forgotten. */
  beginStart(id: string, gpus: string[]): void {
    this.#db.run(
      'UPDATE executions SET start = start + 1, active = 1, gpus = ? WHERE id = ?',
      JSON.stringify(gpus),
      id,
    );
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
  }
}

function conditions(filter: RunFilter): { where: string[]; values: Value[] } {
  const where: string[] = [];
  const values: Value[] = [];
  if (filter.project !== undefined) {
    where.push('project = ?');
    values.push(filter.project);
  }
  if (filter.status !== undefined && filter.status.length > 0) {
    where.push(`status IN (${filter.status.map(() => '?').join(', ')})`);
    values.push(...filter.status);
  }
  if (filter.search !== undefined && filter.search !== '') {
    // A substring, whatever its case; % and _ in it mean themselves.
    const pattern = `%${filter.search.replace(/[\\%_]/g, '\\$&')}%`;
    const columns = ['model_name', 'model_id', 'id', 'architecture'];
    where.push(`(${columns.map((column) => `${column} LIKE ? ESCAPE '\\'`).join(' OR ')})`);
    values.push(...columns.map(() => pattern));
  }
  return { where, values };
}

const whereOf = (where: string[]): string => (where.length > 0 ? `WHERE ${where.join(' AND ')}` : '');

function record(row: Row): ExecutionRecord {
  const progress = row.textOrNull('progress');
  return {
    rowid: row.number('rowid'),
    id: row.text('id'),
    project: row.text('project'),
    service: row.text('service'),
    architecture: row.text('architecture'),
    model: { id: row.text('model_id'), name: row.text('model_name'), version: row.number('model_version') },
    status: StatusName.parse(row.text('status')),
    reason: row.textOrNull('reason'),
    stopping: row.flag('stopping'),
    attempt: row.number('attempt'),
    askedAttempt: row.number('asked_attempt'),
    start: row.number('start'),
    active: row.flag('active'),
    gpus: Gpus.parse(JSON.parse(row.text('gpus'))),
    createdAt: row.text('created_at'),
    queuedAt: row.number('queued_at'),
    startedAt: row.textOrNull('started_at'),
    endedAt: row.textOrNull('ended_at'),
    progress: progress === null ? null : Progress.parse(JSON.parse(progress)),
    summary: Summary.parse(JSON.parse(row.text('summary'))),
  };
}
