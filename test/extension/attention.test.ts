import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { activityOf, activityText, badgeOf, newestBroken } from '../../src/extension/runs/attention.ts';
import { failing, run, service } from './runs.ts';

const SEEN = '2025-11-24T02:00:00.000Z';
const LATER = '2025-11-24T03:00:00.000Z';
const nothing = { running: 0, queued: 0, failing: 0 };

describe('What goes on', () => {
  it('counts what runs, what is queued, and services that fail while something needs them', () => {
    const runs = (['In Progress', 'Pending', 'Created', 'Rerun', 'Failed'] as const).map((one) => run(one));
    const services = [
      service({ health: 'failing', diagnosis: failing, queued: 2 }),
      service({ health: 'failing', diagnosis: failing, queued: 0 }),
      service({ health: 'healthy', queued: 3 }),
    ];
    assert.deepEqual(activityOf(runs, services), { running: 1, queued: 3, failing: 1 });
  });
  it('is said in words', () => {
    assert.equal(activityText(nothing), '');
    assert.equal(activityText({ running: 1, queued: 0, failing: 0 }), '1 running');
    assert.equal(
      activityText({ running: 1, queued: 2, failing: 1 }),
      '1 running, 2 queued, 1 service failing',
    );
    assert.equal(activityText({ running: 0, queued: 2, failing: 2 }), '2 queued, 2 services failing');
  });
});

describe('The badge', () => {
  const broken = [run('Failed', { endedAt: LATER }), run('Aborted', { endedAt: LATER })];
  it('is not there where nobody is needed', () => {
    const runs = [run('Success', { endedAt: LATER }), run('Terminated', { endedAt: LATER }), run('Created')];
    assert.equal(badgeOf(runs, nothing, SEEN), null);
  });
  it('counts what failed or stopped unexpectedly since one looked, and failing services', () => {
    assert.deepEqual(badgeOf(broken, { ...nothing, failing: 1 }, SEEN), {
      value: 3,
      tooltip: '2 trainings failed or stopped unexpectedly, 1 service failing',
    });
  });
  it('goes down once one has looked', () => {
    const seen = newestBroken(broken, SEEN);
    assert.equal(seen, LATER);
    assert.equal(badgeOf(broken, nothing, seen), null);
    assert.equal(newestBroken([run('Success', { endedAt: LATER })], SEEN), SEEN);
  });
});
