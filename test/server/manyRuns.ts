/** Fills a database with runs as months of training leave them: submissions of 1 to 2 KB, summaries of 1 KB, nearly all of them over. */
import type { SummaryLine, Submission } from '../../src/contract/shapes.ts';
import type { Status } from '../../src/contract/status.ts';
import { Database } from '../../src/server/store/database.ts';
import { EventLog } from '../../src/server/store/events.ts';
import { ExecutionStore } from '../../src/server/store/executions.ts';
import { ServiceStore } from '../../src/server/store/services.ts';

/** By their numbers: what a run is called is a function of its number, so a test knows what to find. */
export const nameOf = (i: number): string =>
  `${WORDS[i % WORDS.length]}-${SIZES[(i >> 3) % SIZES.length]}-${i}`;
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

/** @param projects real folders; the runs are spread over them */
export function fill(file: string, runs: number, projects: readonly string[]): void {
  const db = new Database(file);
  // Made in a hurry, and no loss if it isn't made whole.
  for (const pragma of [
    'journal_mode = OFF',
    'synchronous = OFF',
    'cache_size = -600000',
    'secure_delete = OFF',
  ])
    db.get(`PRAGMA ${pragma}`);
  const events = new EventLog(db);
  const executions = new ExecutionStore(db, events);
  const services = new ServiceStore(db, events);
  const project = (i: number): string => projects[i % projects.length] ?? '/';
  db.transaction(() => {
    const made = Array.from({ length: SERVICES }, (_, i) =>
      services.create(project(i), `arch-${i}`, { instance: 'cpu' }, new Date(START).toISOString()),
    );
    for (let i = 0; i < runs; i++) {
      const service = made[i % SERVICES];
      if (service === undefined) continue;
      const created = new Date(START + i * 60_000);
      const id = executions.create(
        submission(i, service.project, service.architecture),
        service.id,
        null,
        null,
        created,
      );
      const ended = new Date(created.getTime() + 50_000).toISOString();
      db.run(
        `UPDATE executions SET status = ?, reason = ?, start = 1, started_at = ?, ended_at = ?, progress = ?, summary = ? WHERE id = ?`,
        ENDS[i % ENDS.length] ?? 'Success',
        i % ENDS.length === 4 ? 'ValueError: the loss is not a number (train.py:41)' : null,
        created.toISOString(),
        ended,
        JSON.stringify({ done: 100, total: 100, unit: 'epochs' }),
        JSON.stringify(SUMMARY),
        id,
      );
    }
  });
  events.prune();
  db.close();
}

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
