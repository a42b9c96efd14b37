/** What a service's page decides without a page: what a form takes, what it asks for, how a service is. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Settings, SettingsChange } from '../../src/contract/shapes.ts';
import {
  changeOf,
  fieldsOf,
  namesOf,
  rebased,
  touched,
  undoOf,
  type Draft,
} from '../../webview/service/draft.ts';
import { FIELDS, parsed, typedOf, type FieldName, type Typed } from '../../webview/service/fields.ts';
import { loadText, standingOf, standingText } from '../../webview/service/health.ts';
import { aFailing, aService } from './services.ts';

const fieldOf = (name: FieldName) => FIELDS.find((field) => field.name === name)!;
const settings = Settings.parse({});

describe('the fields of settings', () => {
  it('B36 are all that the contract knows, each once', () => {
    assert.deepEqual(FIELDS.map(({ name }) => name).toSorted(), Object.keys(Settings.shape).toSorted());
    for (const { effect, help, label } of FIELDS) assert.ok(effect !== '' && help !== '' && label !== '');
  });

  it('B37 B38 show the defaults as they are: a GPU, auto-scaling 1', () => {
    assert.deepEqual([typedOf(settings, 'instance'), typedOf(settings, 'autoscaling')], ['gpu', '1']);
  });

  const good: [FieldName, Typed, SettingsChange[FieldName]][] = [
    ['autoscaling', ' 12 ', 12],
    ['autoscaling', '1000', 1000],
    ['gpus', '64', 64],
    ['maxAttempts', '100', 100],
    ['stopGraceSeconds', '0', 0],
    ['stopGraceSeconds', '2.5', 2.5],
    ['memory', '8GB', '8GB'],
    ['memory', '', null],
    ['takeBusyGpus', true, true],
    ['onReset', 'fail', 'fail'],
    ['engine', 'local', 'local'],
    [
      'env',
      [
        ['A', '1'],
        ['', ''],
      ],
      { A: '1' },
    ],
  ];
  for (const [name, typed, value] of good) {
    it(`take ${JSON.stringify(typed)} as ${name}, and the backend would too`, () => {
      assert.deepEqual(parsed(fieldOf(name), typed), { ok: true, value });
      assert.ok(SettingsChange.safeParse({ [name]: value }).success);
    });
  }

  const bad: [FieldName, Typed][] = [
    ['autoscaling', '0'],
    ['autoscaling', '1001'],
    ['autoscaling', '1.5'],
    ['autoscaling', '2e3'],
    ['autoscaling', ''],
    ['autoscaling', '-1'],
    ['gpus', '65'],
    ['maxAttempts', '101'],
    ['stopGraceSeconds', '3601'],
    ['memory', 'eight'],
    ['memory', '8'],
    ['engine', ''],
    ['env', [['1A', 'x']]],
    [
      'env',
      [
        ['A', '1'],
        ['A', '2'],
      ],
    ],
    ['env', [['', 'x']]],
  ];
  for (const [name, typed] of bad) {
    it(`refuse ${JSON.stringify(typed)} as ${name}, and say what they take`, () => {
      const { rule } = fieldOf(name);
      assert.ok(rule !== '');
      assert.deepEqual(parsed(fieldOf(name), typed), { ok: false, error: rule });
    });
  }
});

describe('a draft', () => {
  const draft = (...typed: [FieldName, Typed][]): Draft =>
    typed.reduce((before, [name, text]) => touched(before, settings, name, text), new Map() as Draft);

  it('asks for what was changed alone', () => {
    assert.deepEqual(changeOf(draft(['autoscaling', '3'], ['memory', '8GB']), settings), {
      autoscaling: 3,
      memory: '8GB',
    });
    assert.deepEqual(changeOf(draft(['autoscaling', '3'], ['autoscaling', '1']), settings), {});
  });

  it('asks for nothing while something of it is wrong', () => {
    assert.equal(changeOf(draft(['autoscaling', '3'], ['memory', 'eight']), settings), null);
  });

  it('takes a line that nobody has filled yet for no change', () => {
    const started = draft(['env', [['', '']]]);
    assert.deepEqual(changeOf(started, settings), {});
    assert.equal(
      fieldsOf(started, settings).some(({ changed }) => changed),
      false,
    );
  });

  it('knows what takes a change back, no limit of memory included', () => {
    assert.deepEqual(undoOf({ autoscaling: 3, memory: '8GB' }, settings), { autoscaling: 1, memory: null });
  });

  it('keeps what one types while somebody else changes the service, and drops what came true', () => {
    const typed = draft(['autoscaling', '3'], ['maxAttempts', '5']);
    const other = { ...settings, autoscaling: 3, gpus: 2 };
    assert.deepEqual([...rebased(typed, other).keys()], ['maxAttempts']);
  });

  it('hides how many GPUs there are where the instance is a CPU', () => {
    const idle = (some: Draft): string[] =>
      fieldsOf(some, settings)
        .filter((one) => one.idle)
        .map(({ field }) => field.name);
    assert.deepEqual(idle(draft()), []);
    assert.deepEqual(idle(draft(['instance', 'cpu'])), ['gpus', 'takeBusyGpus']);
  });

  it('is told by the names of its fields', () => {
    assert.equal(namesOf({ memory: '1GB', autoscaling: 2 }), 'Auto-scaling and Memory');
    assert.equal(namesOf({ env: {} }), 'Environment variables');
  });
});

describe('the health of a service', () => {
  it('is failing where it fails, paused or not', () => {
    const both = aFailing({ activity: 'paused' });
    assert.equal(standingOf(both), 'failing');
    assert.match(standingText(both), /fails to start, and it is paused/);
    const nowhere = { ...aFailing().diagnosis!, code: 'NoSuchInstance' as const };
    assert.match(standingText(aFailing({ diagnosis: nowhere })), /^It can't run here as it is set\./);
    assert.equal(standingOf(aService({ activity: 'paused' })), 'paused');
    assert.equal(standingOf(aService({ health: 'unproven' })), 'unproven');
  });

  it('tells what is at work and what waits', () => {
    const replicas = { busy: 1, starting: 1, max: 3 };
    assert.equal(
      loadText(aService({ replicas, settings: Settings.parse({ gpus: 2 }) })),
      '1 of 3 replicas busy · 1 starting · 2 in the queue · 2 GPUs each',
    );
    const cpu = aService({ queued: 0, settings: Settings.parse({ instance: 'cpu' }) });
    assert.equal(loadText(cpu), '1 of 1 replica busy · queue empty · CPU');
  });
});
