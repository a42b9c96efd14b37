/** Rows of a table as its host tells them, for tests: repeatable, of all statuses, with whatever may be wrong. */
import type { ColumnId, TableRow, ToTable } from '../../src/contract/pages/table.ts';
import { COLUMNS } from '../../src/contract/pages/table.ts';
import { STATUSES } from '../../src/contract/status.ts';

export const aRow = (i: number, rest: Partial<TableRow> = {}): TableRow => ({
  executionId: `exe-${i}`,
  modelId: `mod-${i}`,
  slot: null,
  name: 'shapes-small',
  version: i,
  architecture: 'shapes',
  project: null,
  createdAt: new Date(Date.UTC(2026, 0, 10, 10, 0, 0) + i * 60_000).toISOString(),
  status: 'Success',
  stopping: false,
  reason: null,
  progress: { share: 1, text: '12/12 epochs' },
  durationMs: 64_000 + i * 1000,
  service: { id: 'svc-1', name: 'mgmt-train-shapes' },
  origin: 'trained',
  attempt: 1,
  metrics: {},
  diagnosis: null,
  ...rest,
});

export const FAILING: NonNullable<TableRow['diagnosis']> = {
  severity: 'error',
  code: 'CrashLoop',
  message:
    "ModuleNotFoundError: No module named 'nothing_of_this_name' (broken.py:1) It has failed to start 3 times in a row.",
  hint: 'Its log tells what it did last.',
  since: '2026-01-10T10:00:30.000Z',
  remedies: ['Show Logs', 'Retry Now', 'Show Service Executions'],
};

export const PAUSED: NonNullable<TableRow['diagnosis']> = {
  severity: 'warning',
  code: 'Paused',
  message: 'mgmt-train-shapes is paused: it starts nothing.',
  hint: 'Resume the service.',
  since: '2026-01-10T10:00:30.000Z',
  remedies: ['Resume Service', 'Show Service Executions'],
};

const NAMES = ['shapes-small', 'shapes-tiny', 'harbour-cranes-large', 'traffic', 'weld-seams'];

/** So many rows, as of a busy team. */
export const manyRows = (count: number): TableRow[] =>
  Array.from({ length: count }, (_, i) => {
    const status = i < 3 ? 'In Progress' : (STATUSES[(i * 7) % 8] ?? 'Success');
    const begun = !['Pending', 'Created', 'Rerun'].includes(status);
    const share = status === 'Success' ? 1 : ((i * 37) % 100) / 100;
    const service = i % 3;
    const waits = status === 'Created' || status === 'Rerun';
    return aRow(count - i, {
      name: NAMES[i % NAMES.length] ?? 'shapes-small',
      version: 1 + Math.floor(i / NAMES.length),
      status,
      reason: status === 'Pending' ? 'Its 1 replica is busy; place 2 in the queue.' : null,
      progress: begun ? { share, text: `${Math.round(share * 120)}/120 epochs` } : null,
      durationMs: begun ? ((i * 7919) % 20_000) * 1000 : null,
      service: {
        id: `svc-${service}`,
        name: ['mgmt-train-shapes', 'mgmt-train-detector', 'mgmt-train-weld-seams'][service]!,
      },
      metrics: begun ? { 'mAP50-95(B)': Number((share * 0.7).toFixed(4)) } : {},
      diagnosis: waits ? (service === 0 ? FAILING : service === 1 ? PAUSED : null) : null,
    });
  });

/** What a host says at first. */
export const begun = (rows: readonly TableRow[], columns: readonly ColumnId[] = COLUMNS): ToTable[] => [
  { type: 'begin', columns: [...columns], layout: null },
  { type: 'rows', rows: [...rows], gone: [], complete: true },
];
