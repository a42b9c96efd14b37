import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backOffMs, judgeEnd, serviceAfter, type Judged } from '../../src/server/dispatch/judge.ts';
import type { End } from '../../src/server/engines/engine.ts';
import type { ServiceRecord } from '../../src/server/store/services.ts';
import { Settings } from '../../src/contract/shapes.ts';

const AT = '2025-05-01T12:00:00.000Z';

const run = (change: Partial<Judged> = {}): Judged => ({
  stopping: false,
  waiting: false,
  paused: false,
  attempt: 1,
  askedAttempt: 1,
  trainFunction: true,
  settings: { onReset: 'rerun', maxAttempts: 3 },
  now: AT,
  ...change,
});

const end = (change: Partial<End> = {}): { state: 'ended'; end: End } => ({
  state: 'ended',
  end: {
    ready: true,
    exit: { code: 0 },
    outcome: null,
    startFailure: null,
    outOfMemory: null,
    stopped: false,
    startedAt: AT,
    endedAt: AT,
    ...change,
  },
});

const gone = (ready: boolean, reset: boolean) =>
  ({ state: 'gone', ready, reset, evidence: 'the machine restarted' }) as const;

describe('How a start ended, judged', () => {
  const cases: [
    title: string,
    run: Judged,
    seen: Parameters<typeof judgeEnd>[1],
    cause: string,
    service: string | null,
  ][] = [
    ['a train function that returns', run(), end({ outcome: { kind: 'returned' } }), 'succeeded', null],
    ['a command that exits with 0', run({ trainFunction: false }), end(), 'succeeded', null],
    ['a train function whose process ends without a word', run(), end(), 'aborted', null],
    ['an exit code', run(), end({ exit: { code: 3 } }), 'failed', null],
    ['a signal that nobody here sent', run(), end({ exit: { signal: 'SIGKILL' } }), 'aborted', null],
    [
      'an exception',
      run(),
      end({ exit: { code: 1 }, outcome: { kind: 'raised', type: 'E', message: '', file: null, line: null } }),
      'failed',
      null,
    ],
    [
      'an abort, whatever the process answered',
      run({ stopping: true }),
      end({ outcome: { kind: 'returned' } }),
      'stopped',
      null,
    ],
    ['an abort of what is gone', run({ stopping: true }), gone(true, false), 'stopped', null],
    [
      'memory, attempts left',
      run(),
      end({ exit: { signal: 'SIGKILL' }, outOfMemory: { usedBytes: 2e9, allowedBytes: 1e9 } }),
      'reset',
      'out of memory',
    ],
    [
      'memory, the last attempt',
      run({ attempt: 3 }),
      end({ outOfMemory: { usedBytes: 2e9, allowedBytes: 1e9 } }),
      'failed',
      'out of memory',
    ],
    [
      'memory, no rerun wanted',
      run({ settings: { onReset: 'fail', maxAttempts: 3 } }),
      end({ outOfMemory: { usedBytes: null, allowedBytes: null } }),
      'failed',
      'out of memory',
    ],
    ['a restart under a training', run(), gone(true, true), 'reset', null],
    ['a restart under the last attempt', run({ attempt: 3 }), gone(true, true), 'aborted', null],
    [
      'attempts count from the last request',
      run({ attempt: 5, askedAttempt: 4 }),
      gone(true, true),
      'reset',
      null,
    ],
    ['a restart before it was ready', run(), gone(false, true), 'start lost', null],
    ['gone without a word', run(), gone(true, false), 'aborted', null],
    ['gone before it was ready', run(), gone(false, false), 'start failed', 'failed start'],
    [
      'dead before it was ready',
      run(),
      end({ ready: false, exit: { code: 1 } }),
      'start failed',
      'failed start',
    ],
    [
      'killed for memory before it was ready',
      run(),
      end({ ready: false, outOfMemory: { usedBytes: 1, allowedBytes: 1 } }),
      'start failed',
      'failed start',
    ],
  ];
  for (const [title, judged, seen, cause, service] of cases) {
    it(`${title}: ${cause}`, () => {
      const verdict = judgeEnd(judged, seen);
      assert.equal(verdict.cause.kind, cause);
      assert.equal(verdict.service?.kind ?? null, service);
    });
  }

  it('CUDA out of memory is an exception, with a hint', () => {
    const seen = end({
      outcome: {
        kind: 'raised',
        type: 'OutOfMemoryError',
        message: 'CUDA out of memory.',
        file: 'train.py',
        line: 9,
      },
    });
    const { cause } = judgeEnd(run(), seen);
    assert.ok(cause.kind === 'failed');
    assert.match(cause.reason, /^OutOfMemoryError: CUDA out of memory\. \(train\.py:9\) .*smaller batches/);
  });
});

describe('The health of a service', () => {
  const service: ServiceRecord = {
    id: 's',
    project: '/p',
    architecture: 'a',
    origin: 'trained',
    name: 'mgmt-train-a',
    settings: Settings.parse({}),
    pausedAt: null,
    health: 'unproven',
    failures: 0,
    diagnosis: null,
    retryAt: null,
    unreachable: null,
  };
  const failed = (code: 'StartFailed' | 'EnvironmentFailed' | 'OOM') =>
    ({ kind: 'failed start', failure: { code, message: 'No.', hint: 'Do.' } }) as const;
  const now = new Date(AT);

  it('waits 1, 2, 4 ... 300 seconds between tries', () => {
    assert.deepEqual([1, 2, 3, 9, 10, 50].map(backOffMs), [1000, 2000, 4000, 256_000, 300_000, 300_000]);
  });

  it('is StartFailed at first, a CrashLoop from the second in a row on', () => {
    const once = serviceAfter(service, failed('StartFailed'), now);
    assert.deepEqual(
      [once.health, once.diagnosis?.code, once.retryAt],
      ['failing', 'StartFailed', now.getTime() + 1000],
    );
    const twice = serviceAfter(once, failed('StartFailed'), now);
    assert.deepEqual([twice.diagnosis?.code, twice.retryAt], ['CrashLoop', now.getTime() + 2000]);
  });

  it('keeps the more exact code', () => {
    const twice = serviceAfter(
      serviceAfter(service, failed('EnvironmentFailed'), now),
      failed('EnvironmentFailed'),
      now,
    );
    assert.equal(twice.diagnosis?.code, 'EnvironmentFailed');
  });

  it('one good start clears it', () => {
    const cleared = serviceAfter(serviceAfter(service, failed('OOM'), now), { kind: 'good start' }, now);
    assert.deepEqual(
      [cleared.health, cleared.failures, cleared.diagnosis, cleared.retryAt],
      ['healthy', 0, null, null],
    );
  });
});
