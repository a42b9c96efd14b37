import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { STATUSES, TRANSITIONS, type Status } from '../../src/contract/status.ts';
import { decide, TransitionRefused, type Cause } from '../../src/server/dispatch/transition.ts';

const AT = '2025-05-01T12:00:00.000Z';

/** Every cause that can lead to a status, at its first and at a later attempt. */
const CAUSES: readonly Cause[] = [
  { kind: 'waiting for room', reason: 'full' },
  { kind: 'replica starting', reason: 'starting' },
  { kind: 'held', reason: 'paused' },
  { kind: 'start failed', reason: 'no python' },
  { kind: 'start lost', reason: 'restarted' },
  { kind: 'ready', at: AT },
  { kind: 'succeeded', at: AT },
  { kind: 'failed', at: AT, reason: 'raised' },
  { kind: 'aborted', at: AT, reason: 'SIGKILL' },
  { kind: 'reset', at: AT, reason: 'restarted' },
  { kind: 'abort asked' },
  { kind: 'stopped', at: AT },
  { kind: 'rerun asked' },
];

/** The statuses that any cause can lead to from here; staying where one is isn't among them. */
function reachable(from: Status): Set<Status> {
  const found = new Set<Status>();
  for (const cause of CAUSES) {
    for (const attempt of [1, 2]) {
      for (const active of [true, false]) {
        try {
          const { status } = decide(
            { status: from, attempt, active, stopping: false, origin: 'trained' },
            cause,
          );
          if (status !== from) found.add(status);
        } catch (error) {
          assert.ok(error instanceof TransitionRefused);
        }
      }
    }
  }
  return found;
}

describe('The state machine', () => {
  it('B15 has exactly eight statuses', () => {
    assert.deepEqual(STATUSES.toSorted(), [
      'Aborted',
      'Created',
      'Failed',
      'In Progress',
      'Pending',
      'Rerun',
      'Success',
      'Terminated',
    ]);
  });

  for (const from of STATUSES) {
    for (const to of STATUSES) {
      const may = TRANSITIONS[from].includes(to);
      it(`${from} ${may ? 'can' : "can't"} become ${to}`, () => assert.equal(reachable(from).has(to), may));
    }
  }

  it('moves what runs elsewhere by what its program tells, and by nothing else', () => {
    const here = { attempt: 1, active: false, stopping: false };
    const told: [from: Status, cause: Cause, to: Status][] = [
      ['Created', { kind: 'told: running', at: AT }, 'In Progress'],
      ['In Progress', { kind: 'told: ended', status: 'Success', at: AT, reason: null }, 'Success'],
      ['In Progress', { kind: 'told: ended', status: 'Failed', at: AT, reason: 'it said so' }, 'Failed'],
      ['In Progress', { kind: 'told: ended', status: 'Aborted', at: AT, reason: 'no end' }, 'Aborted'],
      ['In Progress', { kind: 'told: ended', status: 'Terminated', at: AT, reason: 'killed' }, 'Terminated'],
      ['Success', { kind: 'told: going on' }, 'Rerun'],
      ['Rerun', { kind: 'told: running', at: AT }, 'In Progress'],
    ];
    for (const [status, cause, to] of told) {
      for (const origin of ['mlflow', 'imported'] as const)
        assert.equal(decide({ ...here, status, origin }, cause).status, to, cause.kind);
      assert.throws(() => decide({ ...here, status, origin: 'trained' }, cause), TransitionRefused);
    }
    for (const cause of CAUSES)
      assert.throws(
        () => decide({ ...here, status: 'In Progress', origin: 'mlflow' }, cause),
        TransitionRefused,
      );
    const before = { ...here, status: 'Success', origin: 'mlflow' } as const;
    assert.throws(() => decide(before, { kind: 'told: running', at: AT }), TransitionRefused);
  });

  it('B22 after an accepted abort only Terminated can follow', () => {
    for (const cause of CAUSES) {
      const decided = (): Status =>
        decide({ status: 'In Progress', attempt: 1, active: true, stopping: true, origin: 'trained' }, cause)
          .status;
      if (cause.kind === 'stopped') assert.equal(decided(), 'Terminated');
      else if (cause.kind === 'ready') assert.equal(decided(), 'In Progress');
      else assert.throws(decided, TransitionRefused, cause.kind);
    }
  });

  it('an abort of what has a process waits for its end; of what has none it is done', () => {
    const asked: Cause = { kind: 'abort asked' };
    assert.equal(
      decide({ status: 'Pending', attempt: 1, active: true, stopping: false, origin: 'trained' }, asked)
        .status,
      'Pending',
    );
    assert.equal(
      decide({ status: 'Pending', attempt: 1, active: false, stopping: false, origin: 'trained' }, asked)
        .status,
      'Terminated',
    );
  });

  it('B16 B23 what waits again is Created at its first attempt, Rerun from the second on', () => {
    const held: Cause = { kind: 'held', reason: 'paused' };
    assert.equal(
      decide({ status: 'Pending', attempt: 1, active: false, stopping: false, origin: 'trained' }, held)
        .status,
      'Created',
    );
    assert.equal(
      decide({ status: 'Pending', attempt: 2, active: false, stopping: false, origin: 'trained' }, held)
        .status,
      'Rerun',
    );
  });
});
