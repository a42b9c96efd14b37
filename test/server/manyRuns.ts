/** Fills a database with runs as months of training leave them: submissions of 1 to 2 KB, summaries of 1 KB, all of them over. */
import type { SummaryLine, Submission } from '../../src/contract/shapes.ts';
import type { Status } from '../../src/contract/status.ts';
import { Database } from '../../src/server/store/database.ts';
import { EventLog } from '../../src/server/store/events.ts';
import { ExecutionStore } from '../../src/server/store/executions.ts';
import { ServiceStore } from '../../src/server/store/services.ts';

const WORDS = ['shapes', 'traffic', 'Größe', 'cells', 'parts', 'leaves', 'roofs', 'signs'];
const SIZES = ['nano', 'small', 'medium', 'large'];
const ENDS: readonly Status[] = [
  'Success',
  'Success',
  'Success',
  'Success',
  'Failed',
  'Aborted',
  'Terminated',
];
const SERVICES = 12;
const START = Date.UTC(2025, 0, 1);
/** So many runs differ in more than their numbers. */
const PATTERNS = SERVICES * ENDS.length;

/** What a run is called is a function of its number, so a test knows what to find. */
export const nameOf = (i: number): string => stemOf(i % PATTERNS) + String(i);
const stemOf = (pattern: number): string =>
  `${WORDS[pattern % WORDS.length]}-${SIZES[(pattern >> 3) % SIZES.length]}-`;

/**
 * Makes the file. The first runs are made as the backend makes them, the others are theirs again under names and ids of their own.
 * @param projects real folders; the runs are spread over them
 */
export function fill(file: string, runs: number, projects: readonly string[]): void {
  const db = new Database(file);
  const events = new EventLog(db);
  const executions = new ExecutionStore(db, events);
  const services = new ServiceStore(db, events);
  const project = (i: number): string => projects[i % projects.length] ?? '/';
  // Made in a hurry, and no loss if it isn't made whole.
  for (const pragma of [
    'journal_mode = OFF',
    'synchronous = OFF',
    'cache_size = -300000',
    'secure_delete = OFF',
  ])
    db.get(`PRAGMA ${pragma}`);
  const made = Array.from({ length: SERVICES }, (_, i) =>
    services.create(project(i), `arch-${i}`, { instance: 'cpu' }, new Date(START).toISOString()),
  );
  for (let i = 0; i < Math.min(runs, PATTERNS); i++) {
    const service = made[i % SERVICES];
    if (service === undefined) continue;
    const asked = submission(i, service.project, service.architecture);
    const id = executions.create(asked, service.id, null, null, timeOf(i));
    db.run(
      `UPDATE executions SET status = ?, reason = ?, start = 1, started_at = created_at, ended_at = ?, progress = ?, summary = ?
       WHERE id = ?`,
      ENDS[i % ENDS.length] ?? 'Success',
      i % ENDS.length === 4 ? 'ValueError: the loss is not a number (train.py:41)' : null,
      new Date(timeOf(i).getTime() + 50_000).toISOString(),
      JSON.stringify({ done: 100, total: 100, unit: 'epochs' }),
      JSON.stringify(SUMMARY),
      id,
    );
  }
  const own: Record<string, string> = {
    rowid: 'i + 1',
    id: `'e-' || lower(hex(randomblob(6)))`,
    model_id: `'m-' || lower(hex(randomblob(6)))`,
    model_name: 'given_stem || i',
    model_version: '1',
    created_at: `strftime('%Y-%m-%dT%H:%M:%fZ', given_start + i * 60, 'unixepoch')`,
    queued_at: '(given_start + i * 60) * 1000',
    started_at: `strftime('%Y-%m-%dT%H:%M:%fZ', given_start + i * 60, 'unixepoch')`,
    ended_at: `strftime('%Y-%m-%dT%H:%M:%fZ', given_start + i * 60 + 50, 'unixepoch')`,
    sought: "''",
  };
  const columns = db.all(`SELECT name FROM pragma_table_info('executions')`).map((row) => row.text('name'));
  for (const pattern of runs > PATTERNS ? Array(PATTERNS).keys() : []) {
    db.run(
      `WITH RECURSIVE
         given (given_stem, given_start, given_first, given_step, given_runs, given_pattern) AS (VALUES (?, ?, ?, ?, ?, ?)),
         series (i) AS (SELECT given_first FROM given UNION ALL
           SELECT i + given_step FROM series, given WHERE i + given_step < given_runs)
       INSERT INTO executions (${columns.join()}) SELECT ${columns.map((name) => own[name] ?? `one.${name}`).join()}
       FROM given, series, executions AS one WHERE one.rowid = given_pattern`,
      stemOf(pattern),
      START / 1000,
      pattern + PATTERNS,
      PATTERNS,
      runs,
      pattern + 1,
    );
  }
  db.run('UPDATE executions SET sought = sought(model_name, model_id, id, architecture)');
  db.run(
    `INSERT INTO history SELECT id, created_at, 1, 'Created', 'submitted', NULL FROM executions WHERE rowid > ?`,
    PATTERNS,
  );
  db.get('PRAGMA journal_mode = WAL');
  db.close();
}

const timeOf = (i: number): Date => new Date(START + i * 60_000);

function submission(i: number, project: string, architecture: string): Submission {
  const layers = Array.from({ length: 20 }, (_, layer) => ({
    kind: 'conv',
    width: 16 << (layer % 5),
    norm: 'batch',
  }));
  return {
    project,
    architecture: { id: architecture, train: 'train.py:train', python: '/opt/venv/bin/python' },
    model: {
      name: nameOf(i),
      dataset: '/data/shapes/2025-01',
      config: { epochs: 100, lr: 0.01, seed: i, layers },
    },
  };
}

const SUMMARY: SummaryLine[] = [
  'box_loss',
  'cls_loss',
  'dfl_loss',
  'mAP50(B)',
  'mAP50-95(B)',
  'precision(B)',
  'recall(B)',
].map((figure) => ({
  figure,
  legend: 'val',
  count: 100,
  last: 0.61234567,
  lastEpoch: 100,
  best: 0.5987654,
  bestEpoch: 87,
}));
