/**
 * The main database: services, executions, their history, and the log of changes. One connection, in the main thread; samples live
 * elsewhere (`metrics/`). Every statement's result is read through `Row`, so that a wrong column is an error and not `undefined`.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations.ts';
import { Space } from './space.ts';

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
