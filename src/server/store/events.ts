/**
 * The log of changes. It says *what* changed, in order; what it looks like now is read when it is sent, so a client that was away
 * gets each thing once. Progress comes often: of each run only the latest such entry is kept.
 */
import type { Database } from './database.ts';

export type Kind = 'run' | 'progress' | 'service' | 'removed';
export interface Change {
  seq: number;
  kind: Kind;
  subject: string;
}

/** So many entries are kept; a client that was away for longer is told to start over. */
const KEPT = 200_000;

export class EventLog {
  readonly #db: Database;
  readonly #listeners = new Set<() => void>();
  readonly #announce = (): void => {
    for (const listener of this.#listeners) listener();
  };

  constructor(db: Database) {
    this.#db = db;
  }

  /** Adds an entry to the transaction under way; listeners hear of it after the commit. */
  append(kind: Kind, subject: string): void {
    if (kind === 'progress')
      this.#db.run(`DELETE FROM events WHERE subject = ? AND kind = 'progress'`, subject);
    this.#db.run('INSERT INTO events (kind, subject) VALUES (?, ?)', kind, subject);
    this.#db.afterCommit(this.#announce);
  }

  /** The number of the newest entry, 0 where there is none yet. */
  get head(): number {
    return this.#db.get('SELECT COALESCE(MAX(seq), 0) AS head FROM events')?.number('head') ?? 0;
  }

  /** What changed behind `seq`, each thing once, at its newest number; null where the log no longer reaches back. */
  since(seq: number): Change[] | null {
    const head = this.head;
    if (seq > head || seq < head - KEPT) return null;
    return this.#db
      .all(
        `SELECT MAX(seq) AS seq, CASE kind WHEN 'progress' THEN 'run' ELSE kind END AS what, subject
         FROM events WHERE seq > ? GROUP BY what, subject ORDER BY seq`,
        seq,
      )
      .map((row) => ({
        seq: row.number('seq'),
        kind: kindOf(row.text('what')),
        subject: row.text('subject'),
      }));
  }

  /** Forgets what is older than what is kept. */
  prune(): void {
    this.#db.run('DELETE FROM events WHERE seq < ?', this.head - KEPT);
  }

  onChange(listener: () => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }
}

function kindOf(text: string): Kind {
  if (text === 'run' || text === 'progress' || text === 'service' || text === 'removed') return text;
  throw new TypeError(`no such kind of event: ${text}`);
}
