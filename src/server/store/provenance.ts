/** What attempts ran, as it is kept: the long texts (differences, lists of packages) once for all that have the same. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { Ran } from '../../contract/ran.ts';
import type { Database, Row } from './database.ts';
import type { EventLog } from './events.ts';

const Packages = z.record(z.string(), z.string());

export class ProvenanceStore {
  readonly #db: Database;
  readonly #events: EventLog;

  constructor(db: Database, events: EventLog) {
    this.#db = db;
    this.#events = events;
  }

  /** The latest attempt's of an execution, or null. `brief` leaves the difference out, for lists. */
  get(execution: string, brief = false): Ran | null {
    const row = this.#db.get(
      'SELECT ran, patch, packages FROM provenance WHERE execution = ? ORDER BY attempt DESC LIMIT 1',
      execution,
    );
    return row === null ? null : this.#ran(row, brief);
  }

  has(execution: string, attempt: number): boolean {
    return (
      this.#db.get('SELECT 1 FROM provenance WHERE execution = ? AND attempt = ?', execution, attempt) !==
      null
    );
  }

  /** Keeps what an attempt ran, in place of what was kept of it before. Nothing where the execution is there no more. */
  put(execution: string, ran: Ran): void {
    this.#db.transaction(() => {
      if (this.#db.get('SELECT 1 FROM executions WHERE id = ?', execution) === null) return;
      const { code, python } = ran;
      const short: Ran = {
        ...ran,
        code: code === null ? null : { ...code, patch: null },
        python: python === null ? null : { ...python, packages: {} },
      };
      const patch = code?.patch ?? null;
      const before = this.#texts(execution, ran.attempt);
      this.#db.run(
        'INSERT OR REPLACE INTO provenance (execution, attempt, ran, patch, packages) VALUES (?, ?, ?, ?, ?)',
        execution,
        ran.attempt,
        JSON.stringify(short),
        patch === null ? null : this.#keep(patch),
        python === null ? null : this.#keep(JSON.stringify(python.packages)),
      );
      this.#forgetUnused(before);
      this.#events.append('run', execution);
    });
  }

  /** Forgets an execution. */
  remove(execution: string): void {
    this.#db.transaction(() => {
      const hashes = this.#texts(execution);
      this.#db.run('DELETE FROM provenance WHERE execution = ?', execution);
      this.#forgetUnused(hashes);
    });
  }

  #ran(row: Row, brief: boolean): Ran {
    const ran = Ran.parse(JSON.parse(row.text('ran')));
    const [patch, packages] = [row.textOrNull('patch'), row.textOrNull('packages')];
    return {
      ...ran,
      code:
        ran.code === null || brief || patch === null ? ran.code : { ...ran.code, patch: this.#text(patch) },
      python:
        ran.python === null || packages === null
          ? ran.python
          : { ...ran.python, packages: Packages.parse(JSON.parse(this.#text(packages))) },
    };
  }

  #keep(text: string): string {
    const hash = createHash('sha256').update(text).digest('hex');
    this.#db.run('INSERT OR IGNORE INTO texts (hash, text) VALUES (?, ?)', hash, text);
    return hash;
  }

  #text(hash: string): string {
    const row = this.#db.get('SELECT text FROM texts WHERE hash = ?', hash);
    if (row === null) throw new Error(`there is no text ${hash}`);
    return row.text('text');
  }

  #texts(execution: string, attempt?: number): string[] {
    const rows = this.#db.all(
      'SELECT attempt, patch, packages FROM provenance WHERE execution = ?',
      execution,
    );
    const own = rows.filter((row) => attempt === undefined || row.number('attempt') === attempt);
    const hashes = own.flatMap((row) => [row.textOrNull('patch'), row.textOrNull('packages')]);
    return hashes.filter((hash) => hash !== null);
  }

  #forgetUnused(hashes: readonly string[]): void {
    for (const hash of hashes) {
      this.#db.run(
        `DELETE FROM texts WHERE hash = ? AND NOT EXISTS (SELECT 1 FROM provenance WHERE patch = hash)
           AND NOT EXISTS (SELECT 1 FROM provenance WHERE packages = hash)`,
        hash,
      );
    }
  }
}
