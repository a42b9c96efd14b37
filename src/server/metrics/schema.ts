/** The metric database: its tables, and how a file is opened and brought to the present schema. */
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { migrate } from '../store/migrate.ts';
import { Space } from '../store/space.ts';

/** Each entry brings the schema one version further; `user_version` counts those applied. Entries never change. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    execution TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    -- As JSON, and the batch that brought it.
    progress TEXT,
    progress_writer TEXT,
    progress_batch INTEGER,
    UNIQUE (execution, attempt)
  ) STRICT;

  -- Every batch kept, so that its repetition is known.
  CREATE TABLE batches (
    attempt INTEGER NOT NULL,
    writer TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (attempt, writer, number)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE files (
    attempt INTEGER NOT NULL,
    kind TEXT NOT NULL,
    path TEXT NOT NULL,
    time REAL NOT NULL,
    PRIMARY KEY (attempt, kind, path)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE lines (
    id INTEGER PRIMARY KEY,
    attempt INTEGER NOT NULL,
    figure TEXT NOT NULL,
    legend TEXT NOT NULL,
    -- What is known of the line as a whole (\`LineState\`), as packed numbers: SQLite has no NaN.
    state BLOB NOT NULL,
    UNIQUE (attempt, figure, legend)
  ) STRICT;

  -- Samples in the order in which they came: full chunks, and the parts of the chunk to come.
  CREATE TABLE chunks (
    line INTEGER NOT NULL,
    number INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (line, number)
  ) STRICT;
  CREATE TABLE parts (
    line INTEGER NOT NULL,
    number INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (line, number)
  ) STRICT, WITHOUT ROWID;

  -- A rollup of FAN^height chunks by one axis; none where no sample of them is on the axis.
  CREATE TABLE rollups (
    line INTEGER NOT NULL,
    axis INTEGER NOT NULL,
    height INTEGER NOT NULL,
    number INTEGER NOT NULL,
    level INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (line, axis, height, number)
  ) STRICT;
  `,
  `
  -- What is known of a file besides: where a checkpoint's copy lies, and what tells whether the original has changed since. Several
  -- reports of the same path may be kept.
  CREATE TABLE reported (
    attempt INTEGER NOT NULL,
    kind TEXT NOT NULL,
    path TEXT NOT NULL,
    time REAL NOT NULL,
    copy TEXT,
    size REAL,
    changed REAL,
    PRIMARY KEY (attempt, kind, path, time)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO reported (attempt, kind, path, time) SELECT attempt, kind, path, time FROM files;
  DROP TABLE files;
  ALTER TABLE reported RENAME TO files;
  `,
];

/** Opens the file, making it where there is none; one that can't give space back isn't made over, it may be huge. Throws where it can't be read or a newer Trainyard wrote it. */
export function openDatabase(file: string): { db: DatabaseSync; space: Space } {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file);
    const space = new Space(db);
    // NORMAL: samples outlive any end of this process, though not a loss of power. With a longer WAL (4,000 pages) a page that
    // changes often is copied into the file less often.
    db.exec(`
      PRAGMA busy_timeout = 5000;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA wal_autocheckpoint = 4000;
      PRAGMA journal_size_limit = 67108864;
      PRAGMA cache_size = -32768;
    `);
    migrate(db, MIGRATIONS);
    return { db, space };
  } catch (error) {
    db?.close();
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`The metrics in ${file} can't be opened: ${why}`, { cause: error });
  }
}

// A column that isn't there, or has another type, is a defect of ours and throws.

export function numberOf(value: SQLOutputValue | undefined): number {
  if (typeof value !== 'number') throw new TypeError(`a column is ${typeof value}, not a number`);
  return value;
}

export function textOf(value: SQLOutputValue | undefined): string {
  if (typeof value !== 'string') throw new TypeError(`a column is ${typeof value}, not text`);
  return value;
}

export function bytesOf(value: SQLOutputValue | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError(`a column is ${typeof value}, not bytes`);
  return value;
}
