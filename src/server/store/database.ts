/**
 * The main database: services, executions, their history, and the log of changes. One connection, in the main thread; samples live
 * elsewhere (`metrics/`). Every statement's result is read through `Row`, so that a wrong column is an error and not `undefined`.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { migrate } from './migrate.ts';
import { Space } from './space.ts';

/** Each entry brings the schema one version further; `user_version` counts those applied. Entries never change. */
export const MIGRATIONS: readonly string[] = [
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
  `
  -- What a search looks through: \`sought\` of what a person may look for.
  ALTER TABLE executions ADD COLUMN sought TEXT NOT NULL DEFAULT '';
  UPDATE executions SET sought = sought(model_name, model_id, id, architecture);
  -- Of the body that came with the idempotency key.
  ALTER TABLE executions ADD COLUMN body_digest TEXT;

  -- Rows are wide. A list follows the index of its sort, which has all that filters ask for, and reads the rows that it shows.
  DROP INDEX executions_by_creation;
  CREATE INDEX executions_by_creation ON executions (created_at, rowid, service, status, sought);
  CREATE INDEX executions_by_name ON executions (model_name, rowid, service, status, sought);
  CREATE INDEX executions_by_status ON executions (status, rowid, service, sought);
  CREATE INDEX executions_active ON executions (service, status) WHERE active = 1;

  -- How many there are: kept, since counting looks at each.
  CREATE TABLE counts (
    service TEXT NOT NULL,
    status TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (service, status)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO counts SELECT service, status, COUNT(*) FROM executions GROUP BY service, status;
  CREATE TRIGGER count_made AFTER INSERT ON executions BEGIN
    INSERT INTO counts VALUES (new.service, new.status, 1) ON CONFLICT DO UPDATE SET n = n + 1;
  END;
  CREATE TRIGGER count_moved AFTER UPDATE OF status ON executions WHEN old.status <> new.status BEGIN
    UPDATE counts SET n = n - 1 WHERE service = old.service AND status = old.status;
    INSERT INTO counts VALUES (new.service, new.status, 1) ON CONFLICT DO UPDATE SET n = n + 1;
  END;
  CREATE TRIGGER count_removed AFTER DELETE ON executions BEGIN
    UPDATE counts SET n = n - 1 WHERE service = old.service AND status = old.status;
  END;
  `,
];

/** However slow the disk, a part waits no longer for others. */
const MOST_GATHERING_MS = 20;

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

/** Case and the ways to write an accent make no difference to a search: "Ä" finds "ä", "ss" finds "ß". */
export const folded = (text: string): string => text.normalize('NFC').toUpperCase().replaceAll('\n', ' ');

/** What a search looks through, of the texts that it may match; no match reaches over the line's end between two of them. */
export const sought = (...texts: string[]): string => texts.map(folded).join('\n');

/** A part of a transaction that several share. */
interface Part {
  run(): void;
  settle(undone?: unknown): void;
}

export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #space: Space;
  #depth = 0;
  readonly #afterCommit = new Set<() => void>();
  #parts: Part[] = [];
  /** So many are about to bring a part. */
  #preparing = 0;
  #gathering: NodeJS.Timeout | null = null;
  #lastPartsMs = 0;

  /** Opens the file, making it where there is none. `:memory:` works too. */
  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.#space = new Space(this.#db);
    // FULL: a status that was told survives a loss of power.
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
    // Of a transaction that was large the log stays no larger than this.
    this.#db.exec('PRAGMA journal_size_limit = 16777216;');
    // What is deleted, a submitter's environment above all, doesn't linger in freed pages.
    this.#db.exec('PRAGMA secure_delete = ON;');
    this.#db.function('sought', { deterministic: true, varargs: true }, (...texts) =>
      sought(...texts.map(String)),
    );
    migrate(this.#db, MIGRATIONS);
    this.#space.convert();
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
        // A full disk undoes it by itself.
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      }
      throw error;
    }
  }

  /**
   * Runs what `prepare` resolves to in one transaction with what others prepare meanwhile: they wait for the disk once. Resolves when
   * it is durable. What is thrown undoes its own part alone.
   */
  async together<T>(prepare: () => Promise<() => T>): Promise<T> {
    this.#preparing++;
    let body: () => T;
    try {
      body = await prepare();
    } finally {
      this.#preparing--;
    }
    return new Promise<T>((resolve, reject) => {
      let result: { value: T } | { error: unknown } = { error: new Error('it was never run') };
      this.#parts.push({
        run: () => {
          this.#db.exec('SAVEPOINT part');
          try {
            result = { value: body() };
          } catch (error) {
            this.#db.exec('ROLLBACK TO part');
            result = { error };
          }
          this.#db.exec('RELEASE part');
        },
        settle: (undone) => {
          if (undone !== undefined) reject(undone);
          else if ('value' in result) resolve(result.value);
          else reject(result.error);
        },
      });
      // Those who are on their way are waited for as long as the disk took last, who isn't here then goes with the next.
      this.#gathering ??= setTimeout(() => this.#runParts(), this.#lastPartsMs);
      if (this.#preparing === 0) setImmediate(() => this.#runParts());
    });
  }

  #runParts(): void {
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    this.#gathering = null;
    const parts = this.#parts;
    if (parts.length === 0) return;
    this.#parts = [];
    const began = performance.now();
    try {
      this.transaction(() => parts.forEach((part) => part.run()));
    } catch (error) {
      for (const part of parts) part.settle(error);
      return;
    }
    this.#lastPartsMs = Math.min(MOST_GATHERING_MS, performance.now() - began);
    for (const part of parts) part.settle();
  }

  /** A transaction is under way: what is read now may yet be undone. */
  get inTransaction(): boolean {
    return this.#depth > 0;
  }

  /** Calls back once, however often it is asked to, when the transaction under way is committed; never where it is undone. */
  afterCommit(callback: () => void): void {
    if (this.#depth === 0) callback();
    else this.#afterCommit.add(callback);
  }

  /** Much was removed: the disk gets its space back, bit by bit. */
  freeSpace(): void {
    this.#space.free();
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
    this.#space.end();
    this.#statements.clear();
    this.#db.close();
  }
}
