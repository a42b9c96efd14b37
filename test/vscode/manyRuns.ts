/** A home in which many trainings have ended, written by the backend's own store before a backend runs in it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Submission } from '../../src/contract/shapes.ts';
import type { Status } from '../../src/contract/status.ts';
import { Database } from '../../src/server/store/database.ts';
import { EventLog } from '../../src/server/store/events.ts';
import { ExecutionStore } from '../../src/server/store/executions.ts';
import { ServiceStore } from '../../src/server/store/services.ts';

/** Of ten, so many ended so. */
const ENDS: readonly Status[] = [
  ...Array.from({ length: 6 }, () => 'Success' as const),
  'Failed',
  'Failed',
  'Aborted',
  'Terminated',
];
const MODELS = 50;
const DAY_MS = 86_400_000;

/** `model-0` to `model-49`, a version of each in turn; the newest a day ago, the others a minute apart. */
export function fillHome(home: string, project: string, count: number): void {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const db = new Database(join(home, 'trainyard.db'));
  const events = new EventLog(db);
  const executions = new ExecutionStore(db, events);
  const services = new ServiceStore(db, events);
  const newest = Date.now() - DAY_MS;
  db.transaction(() => {
    const service = services.create(project, 'wide', { instance: 'cpu' }, new Date(newest).toISOString());
    for (let i = 0; i < count; i++) {
      const created = new Date(newest - (count - i) * 60_000);
      const submission = Submission.parse({
        project,
        architecture: { id: 'wide', train: 'train.py:train', python: '/usr/bin/python3' },
        model: { name: `model-${i % MODELS}` },
      });
      const id = executions.create(submission, service.id, null, null, created);
      const status = ENDS[i % ENDS.length] ?? 'Success';
      db.run(
        'UPDATE executions SET status = ?, reason = ?, started_at = ?, ended_at = ?, progress = ?, summary = ? WHERE id = ?',
        status,
        status === 'Failed' ? 'ValueError: lr must be above 0, not -1 (train.py:7)' : null,
        created.toISOString(),
        new Date(created.getTime() + 3_000 + (i % 97) * 1000).toISOString(),
        JSON.stringify({ done: 12, total: 12, unit: 'epoch' }),
        JSON.stringify([
          {
            figure: 'mAP50-95(B)',
            legend: 'val',
            count: 12,
            last: 0.6,
            lastEpoch: 12,
            best: (i % 100) / 100,
            bestEpoch: 11,
          },
        ]),
        id,
      );
    }
  });
  db.close();
}
