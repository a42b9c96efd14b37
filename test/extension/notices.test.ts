import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { gather, Notices, silentNotice, type Notice } from '../../src/extension/notices/notices.ts';
import { Silence } from '../../src/extension/notices/silence.ts';
import type { Run } from '../../src/contract/shapes.ts';
import { STATUSES } from '../../src/contract/status.ts';
import { DETECTOR, failing, line, run, service } from './runs.ts';

const OPENED = new Date('2025-11-24T02:00:00.000Z');
const BEFORE = '2025-11-24T01:59:59.000Z';
const SINCE = '2025-11-24T02:10:00.000Z';

describe('A person is told', () => {
  let notices: Notices;
  beforeEach(() => (notices = new Notices(OPENED)));
  const told = (one: Run): Notice | null => notices.ofRun(one, {});

  it('of what failed, with the logs and another try', () => {
    const notice = told(run('Failed', { endedAt: SINCE, reason: 'ValueError: lr\nmore' }));
    assert.equal(notice?.kind, 'failed');
    assert.equal(notice.text, 'shapes-small v1 failed: ValueError: lr');
    assert.deepEqual(
      notice.actions.map((action) => 'command' in action && action.command),
      ['trainyard.showLogs', 'trainyard.rerunTraining'],
    );
  });

  it('of what stopped unexpectedly', () => {
    const notice = told(run('Aborted', { endedAt: SINCE, reason: 'ended by SIGKILL' }));
    assert.deepEqual(
      [notice?.kind, notice?.text],
      ['aborted', 'shapes-small v1 stopped unexpectedly: ended by SIGKILL'],
    );
  });

  it('of what is done after long, and not of what was quick', () => {
    assert.equal(told(run('Success', { endedAt: SINCE, durationMs: 299_000 })), null);
    const long = told(run('Success', { endedAt: SINCE, durationMs: 300_000, summary: DETECTOR }));
    assert.deepEqual(
      [long?.kind, long?.text],
      ['done', 'shapes-small v1 is done after 5m 00s: mAP50-95 0.613.'],
    );
  });

  it('of nothing that the user did or that goes on', () => {
    for (const status of STATUSES.filter((one) => !['Failed', 'Aborted', 'Success'].includes(one))) {
      assert.equal(told(run(status, { endedAt: status === 'Terminated' ? SINCE : null })), null, status);
    }
  });

  it('of nothing that was so before the window opened', () => {
    assert.equal(told(run('Failed', { endedAt: BEFORE })), null);
    const old = service({ health: 'failing', diagnosis: { ...failing, since: BEFORE } });
    assert.equal(notices.ofService(old), null);
    // It goes on failing, for another reason.
    assert.equal(notices.ofService({ ...old, diagnosis: { ...failing, code: 'OOM', since: SINCE } }), null);
  });

  it('of one thing once; another attempt is another thing', () => {
    const one = run('Failed', { endedAt: SINCE });
    assert.notEqual(told(one), null);
    assert.equal(told({ ...one, summary: DETECTOR }), null);
    assert.notEqual(told({ ...one, attempt: 2 }), null);
  });

  it('of a service that fails, once until it has recovered', () => {
    const broken = service({
      health: 'failing',
      diagnosis: { ...failing, code: 'StartFailed', since: SINCE },
    });
    const notice = notices.ofService(broken);
    assert.equal(
      notice?.text,
      "mgmt-train-shapes can't train (StartFailed). mgmt-train-shapes failed to start 3 times in a row.",
    );
    assert.deepEqual(
      notice.actions.map((action) => 'remedy' in action && action.remedy),
      ['Retry Now', 'Show Service Executions'],
    );
    assert.equal(notices.ofService({ ...broken, diagnosis: { ...failing, since: SINCE } }), null);
    assert.equal(notices.ofService(service({ health: 'healthy' })), null);
    assert.notEqual(notices.ofService(broken), null);
  });
});

describe('A service that has nothing to train on', () => {
  it('is offered the CPU, not another try', () => {
    const none = service({
      health: 'failing',
      diagnosis: { ...failing, code: 'NoSuchInstance', since: SINCE },
    });
    const notice = new Notices(new Date(BEFORE)).ofService(none);
    assert.deepEqual(
      notice?.actions.map((action) => 'remedy' in action && action.remedy),
      ['Use CPU', 'Show Service Executions'],
    );
  });
});

describe('What comes at once is told together', () => {
  const notice = (name: string, kind: Notice['kind']): Notice => ({
    kind,
    name,
    text: `${name}.`,
    actions: [{ command: 'trainyard.showLogs', argument: name }],
  });
  it('by kind, naming three', () => {
    const failed = ['a', 'b', 'c', 'd'].map((name) => notice(name, 'failed'));
    assert.deepEqual(gather([notice('z', 'aborted'), ...failed]), [
      { kind: 'failed', text: '4 trainings failed: a, b, c and 1 more.', actions: [] },
      { kind: 'aborted', text: 'z.', actions: [{ command: 'trainyard.showLogs', argument: 'z' }] },
    ]);
  });
  it('and nothing where nothing came', () => assert.deepEqual(gather([]), []));
});

describe('A training is silent', () => {
  let silence: Silence;
  let samples: number;
  const first = run('In Progress');
  const heard = (changes: Partial<Run> = {}): void =>
    silence.heard({ ...first, summary: [{ ...line('loss', '', 1, 1, 1), count: samples }], ...changes });
  /** Logs so often, each time after so long. */
  const log = (times: number, everyMs: number): void => {
    for (let i = 0; i < times; i++) {
      silence.pass(everyMs);
      samples++;
      heard();
    }
  };
  beforeEach(() => {
    silence = new Silence();
    samples = 0;
    heard();
  });

  it('after ten times its usual interval', () => {
    log(5, 20_000);
    assert.deepEqual(silence.pass(200_000), []);
    const [silent] = silence.pass(1000);
    assert.equal(silent?.usualMs, 20_000);
    assert.equal(
      silentNotice(silent).text,
      'shapes-small v1 has logged nothing for 3m 21s; it usually does every 20s.',
    );
  });
  it('after a minute at least', () => {
    log(5, 100);
    assert.deepEqual(silence.pass(60_000), []);
    const [silent] = silence.pass(1);
    assert.match(silentNotice(silent!).text, /usually does every second or more often/);
  });
  it('once', () => {
    log(5, 100);
    assert.equal(silence.pass(61_000).length, 1);
    assert.equal(silence.pass(61_000).length, 0);
  });
  it('never before it has logged four times while somebody listened', () => {
    log(3, 100);
    assert.deepEqual(silence.pass(3_600_000), []);
  });
  it('not where one interval was long and the others short, nor where progress alone is told', () => {
    log(4, 10_000);
    log(1, 90_000);
    heard({ progress: { done: 1, total: 2, unit: 'epoch' } });
    assert.deepEqual(silence.pass(99_000), []);
    assert.equal(silence.pass(2000).length, 1);
  });
  it('no more once it is over, is being aborted, is gone, or tries again', () => {
    for (const end of [
      () => heard({ status: 'Failed' }),
      () => heard({ stopping: true }),
      () => silence.gone(first.executionId),
    ]) {
      silence = new Silence();
      heard();
      log(5, 100);
      end();
      assert.deepEqual([silence.watching, silence.pass(100_000)], [false, []]);
    }
    heard();
    log(5, 100);
    heard({ attempt: 2 });
    assert.deepEqual(silence.pass(100_000), []);
  });
});
