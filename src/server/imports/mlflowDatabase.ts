/** MLflow's database, where that is SQLite: what it keeps by default since its version 3.7. It is only read. */
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import type { FoundRun, LoggedSeries } from './found.ts';
import { foundRun, unbounded } from './mlflowRun.ts';

const HEAD = 'SQLite format 3\0';

async function fileIn(from: string): Promise<string | null> {
  for (const file of [from, path.join(from, 'mlflow.db')]) {
    if ((await stat(file).catch(() => null))?.isFile() !== true) continue;
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD.length), 0, HEAD.length, 0);
      if (bytesRead === HEAD.length && buffer.toString('latin1') === HEAD) return file;
    } finally {
      await handle.close();
    }
  }
  return null;
}

export async function isDatabase(from: string): Promise<boolean> {
  const file = await fileIn(from);
  if (file === null) return false;
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = db.prepare(`SELECT name FROM sqlite_master WHERE type = 'table'`).all();
    const names = new Set(tables.map(({ name }) => name));
    return ['experiments', 'runs', 'metrics', 'params', 'tags', 'latest_metrics'].every((one) =>
      names.has(one),
    );
  } finally {
    db.close();
  }
}

export async function* runsOfDatabase(from: string): AsyncGenerator<FoundRun> {
  const file = await fileIn(from);
  if (file === null) return;
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const runs = db.prepare(
      `SELECT run_uuid, runs.name AS name, experiments.name AS experiment, status, start_time, end_time
       FROM runs JOIN experiments USING (experiment_id) WHERE runs.lifecycle_stage = 'active' ORDER BY start_time, run_uuid`,
    );
    const pairs = (table: 'params' | 'tags', id: string): Record<string, string> =>
      Object.fromEntries(
        db
          .prepare(`SELECT key, value FROM ${table} WHERE run_uuid = ?`)
          .all(id)
          .map(({ key, value }) => [textOf(key), textOf(value)]),
      );
    const latest = db.prepare('SELECT * FROM latest_metrics WHERE run_uuid = ? ORDER BY key');
    for (const row of runs.all()) {
      const id = textOf(row['run_uuid']);
      const state = latest.all(id);
      const facts = {
        id,
        lies: file,
        name: textOf(row['name']),
        experiment: textOf(row['experiment']),
        status: textOf(row['status']),
        start: Number(row['start_time']),
        end: row['end_time'] === null ? null : Number(row['end_time']),
        params: pairs('params', id),
        tags: pairs('tags', id),
        state: JSON.stringify(state.map(({ key, value, timestamp, step }) => [key, value, timestamp, step])),
      };
      yield foundRun(facts, {
        async *series() {
          for (const { key } of state) yield seriesOf(db, id, textOf(key));
        },
        // Where they lie is the server's own.
        async *files() {},
      });
    }
  } finally {
    db.close();
  }
}

function seriesOf(db: DatabaseSync, id: string, key: string): LoggedSeries {
  const rows = db
    .prepare(
      'SELECT value, is_nan, timestamp, step FROM metrics WHERE run_uuid = ? AND key = ? ORDER BY timestamp, step',
    )
    .all(id, key);
  return {
    key,
    points: rows.map(({ value, is_nan: isNan, timestamp, step }) => ({
      y: Number(isNan) === 1 ? NaN : unbounded(Number(value)),
      time: Number(timestamp),
      step: Number(step),
    })),
  };
}

const textOf = (value: SQLOutputValue | undefined): string => (typeof value === 'string' ? value : '');
