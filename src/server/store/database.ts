/**
 * The main database: services, executions, their history, and the log of changes. One connection, in the main thread; samples live
 * elsewhere (`metrics/`). Every statement's result is read through `Row`, so that a wrong column is an error and not `undefined`.
 */
import { closeSync, openSync, rmSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

/** Each entry brings the schema one version further; `user_version` counts those applied. Entries never change. */
export const MIGRATIONS = [
  `
  CREATE TABLE services (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    architecture TEXT NOT NULL,
    settings TEXT NOT NULL,
    paused_at TEXT,
    health TEXT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    diagnosis TEXT,
    retry_at INTEGER,
    created_at TEXT NOT NULL,
    UNIQUE (project, architecture)
  ) STRICT;

  -- Outlives the removal of a version: version numbers are never used again.
  CREATE TABLE model_versions (
    project TEXT NOT NULL,
    name TEXT NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (project, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE executions (
    rowid INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    project TEXT NOT NULL,
    service TEXT NOT NULL REFERENCES services (id),
    architecture TEXT NOT NULL,
    model_id TEXT NOT NULL,
    model_name TEXT NOT NULL,
    model_version INTEGER NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    stopping INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 1,
    -- The attempt at which the user last asked (train or rerun): attempts are counted from there.
    asked_attempt INTEGER NOT NULL DEFAULT 1,
    -- Starts of this attempt so far; while \`active\`, the last one was handed to the engine and isn't settled.
    start INTEGER NOT NULL DEFAULT 0,
    active INTEGER NOT NULL DEFAULT 0,
    gpus TEXT NOT NULL DEFAULT '[]',
    created_at TEXT NOT NULL,
    queued_at INTEGER NOT NULL,
    started_at TEXT,
    ended_at TEXT,
    progress TEXT,
    summary TEXT NOT NULL DEFAULT '[]',
    submission TEXT NOT NULL,
    requirements TEXT,
    -- The submitter's environment, gone once the execution is over.
    environment TEXT,
    token TEXT NOT NULL,
    idempotency_key TEXT UNIQUE
  ) STRICT;
  CREATE INDEX executions_by_creation ON executions (created_at, rowid);
  CREATE INDEX executions_by_service ON executions (service, status);
  CREATE INDEX executions_live ON executions (queued_at, rowid)
    WHERE status IN ('Created', 'Pending', 'In Progress', 'Rerun');

  CREATE TABLE history (
    execution TEXT NOT NULL,
    at TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    status TEXT NOT NULL,
    cause TEXT NOT NULL,
    reason TEXT
  ) STRICT;
  CREATE INDEX history_by_execution ON history (execution);

  CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_by_subject ON events (subject, kind);
  `,
  `
  -- Long texts, kept once however many executions have the same; named by their SHA-256.
  CREATE TABLE texts (hash TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;

  -- What each attempt ran, as the contract's Ran says it, less its long texts.
  CREATE TABLE provenance (
    execution TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    ran TEXT NOT NULL,
    patch TEXT REFERENCES texts (hash),
    packages TEXT REFERENCES texts (hash),
    PRIMARY KEY (execution, attempt)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX provenance_by_patch ON provenance (patch);
  CREATE INDEX provenance_by_packages ON provenance (packages);
  `,
  `
  -- What happened to each service, for people.
  CREATE TABLE service_history (
    service TEXT NOT NULL REFERENCES services (id),
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    message TEXT NOT NULL
  ) STRICT;
  CREATE INDEX service_history_by_service ON service_history (service);
  `,
];

export type Value = SQLInputValue;

/** One row of an answer. A column that isn't there, or has another type, is a defect of ours and throws. */
export class Row {
  readonly #values: Record<string, unknown>;

  constructor(values: Record<string, unknown>) {
    this.#values = values;
  }

  text(column: string): string {
    const value = this.#values[column];
    if (typeof value !== 'string') throw new TypeError(`column ${column} is ${typeof value}, not text`);
    return value;
  }

  textOrNull(column: string): string | null {
    return this.#values[column] === null ? null : this.text(column);
  }

  number(column: string): number {
    const value = this.#values[column];
    if (typeof value !== 'number') throw new TypeError(`column ${column} is ${typeof value}, not a number`);
    return value;
  }

  numberOrNull(column: string): number | null {
    return this.#values[column] === null ? null : this.number(column);
  }

  flag(column: string): boolean {
    return this.number(column) !== 0;
  }
}

export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;
  readonly #afterCommit = new Set<() => void>();

  /** Opens the file, making it where there is none. `:memory:` works too. */
  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    // FULL: a status that was told survives a loss of power.
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
    // What is deleted, a submitter's environment above all, doesn't linger in freed pages.
    this.#db.exec('PRAGMA secure_delete = ON;');
    this.#migrate();
  }

  #migrate(): void {
    const done = this.get('PRAGMA user_version')?.number('user_version') ?? 0;
    if (done > MIGRATIONS.length) {
      throw new Error(
        `This home was written by a newer Trainyard (schema ${done}, this one knows ${MIGRATIONS.length}). Update Trainyard.`,
      );
    }
    if (done === MIGRATIONS.length) return;
    const file = this.#db.location();
    if (done > 0 && file !== null) this.#backUp(`${file}.v${done}.bak`);
    this.transaction(() => {
      for (const migration of MIGRATIONS.slice(done)) this.#db.exec(migration);
      this.#db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    });
  }

  #backUp(file: string): void {
    // One that broke off may have left its part; and as the database itself, it is its owner's alone.
    rmSync(file, { force: true });
    closeSync(openSync(file, 'wx', 0o600));
    this.#db.exec(`VACUUM INTO '${file.replaceAll("'", "''")}'`);
  }

  /** Runs `body` as one transaction; inside another one it is a part of it. What it throws undoes everything. */
  transaction<T>(body: () => T): T {
    if (this.#depth > 0) return body();
    this.#db.exec('BEGIN IMMEDIATE');
    this.#depth++;
    try {
      const result = body();
      this.#db.exec('COMMIT');
      this.#depth--;
      const callbacks = [...this.#afterCommit];
      this.#afterCommit.clear();
      for (const callback of callbacks) callback();
      return result;
    } catch (error) {
      if (this.#depth > 0) {
        this.#depth--;
        this.#afterCommit.clear();
        // Where the disk is full SQLite may have undone it by itself.
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      }
      throw error;
    }
  }

  /** Calls back once the transaction under way is committed, once however often this is asked; never where it is undone. */
  afterCommit(callback: () => void): void {
    if (this.#depth === 0) callback();
    else this.#afterCommit.add(callback);
  }

  /** Runs a statement; the number of rows that it changed. */
  run(sql: string, ...values: Value[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  get(sql: string, ...values: Value[]): Row | null {
    const row = this.#prepare(sql).get(...values);
    return row === undefined ? null : new Row(row);
  }

  all(sql: string, ...values: Value[]): Row[] {
    return this.#prepare(sql)
      .all(...values)
      .map((row) => new Row(row));
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }
}
