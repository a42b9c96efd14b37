import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { heading, metrics, wrapped } from '../../src/cli/watch.ts';
import type { Run } from '../../src/contract/shapes.ts';

const run: Run = {
  executionId: 'e-1',
  project: '/p',
  model: { id: 'm-1', name: 'shapes-small', version: 2 },
  architecture: { id: 'shapes' },
  service: { id: 's-1', name: 'mgmt-train-shapes' },
  origin: 'trained',
  status: 'In Progress',
  reason: null,
  stopping: false,
  attempt: 1,
  createdAt: '2025-05-01T12:00:00.000Z',
  queuedAt: '2025-05-01T12:00:00.000Z',
  startedAt: '2025-05-01T12:00:00.000Z',
  endedAt: null,
  durationMs: 61_000,
  progress: { done: 6, total: 12, unit: 'epoch' },
  summary: [
    { figure: 'box_loss', legend: 'train', count: 6, last: 0.25, lastEpoch: 6, best: 0.25, bestEpoch: 6 },
    { figure: 'box_loss', legend: 'val', count: 6, last: 'NaN', lastEpoch: 6, best: 0.3, bestEpoch: 5 },
    { figure: 'mAP50(B)', legend: 'val', count: 6, last: 0.81234, lastEpoch: 6, best: 0.9, bestEpoch: 5 },
  ],
  diagnosis: null,
};

describe('A run that is watched in a terminal', () => {
  it('B6 B7 has a bar, how far it is, and a clock that runs while it does', () => {
    const bar = '█'.repeat(12) + '░'.repeat(12);
    assert.equal(heading(run, 2000), `shapes-small v2  In Progress  ${bar}  6/12 epoch  1m 03s`);
    assert.match(heading({ ...run, status: 'Failed', reason: 'ValueError' }, 2000), /1m 01s {2}ValueError$/);
  });

  it('has the latest values, those kept for judging where there are several', () => {
    assert.deepEqual(metrics(run), ['box_loss NaN', 'mAP50(B) 0.812']);
  });

  it('breaks them into lines that fit', () => {
    assert.deepEqual(wrapped(['aaaa', 'bbbb', 'cccc'], 12), ['  aaaa  bbbb', '  cccc']);
    assert.deepEqual(wrapped([], 10), []);
  });
});
