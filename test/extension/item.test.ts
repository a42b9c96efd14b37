import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { STATUSES, type Status } from '../../src/contract/status.ts';
import type { Run } from '../../src/contract/shapes.ts';
import { DIAGNOSIS_ICONS, durationAt, runItem, STATUS_ICONS } from '../../src/extension/runs/item.ts';
import { DETECTOR, failing, line, paused, run } from './runs.ts';

const NOW = 1_000_000;
const rowOf = (one: Run, now = NOW): ReturnType<typeof runItem> =>
  runItem({ run: one, receivedAt: NOW }, now);
const epochs = (done: number, total: number): Run['progress'] => ({ done, total, unit: 'epoch' });

describe('The row of a run', () => {
  it('B2 shows the name of the model, with its version', () => {
    const two = run('Created', { model: { id: 'm', name: 'shapes-small', version: 2 } });
    assert.equal(rowOf(two).label, 'shapes-small v2');
  });

  const described: [what: string, run: Run, description: string][] = [
    [
      'B6 B7 how far a running one is, for how long, and its best main metric',
      run('In Progress', { progress: epochs(7, 12), summary: DETECTOR }),
      '58% · 7/12 epochs · 1m 00s · mAP50-95 0.613',
    ],
    ['a running one that has said nothing yet', run('In Progress'), '1m 00s'],
    [
      'an end that is unknown',
      run('In Progress', { progress: { done: 300, total: 0, unit: 'batch' } }),
      '300 batches · 1m 00s',
    ],
    [
      'more done than was to be done',
      run('In Progress', { progress: { done: 13, total: 12, unit: 'epochs' } }),
      '100% · 13/12 epochs · 1m 00s',
    ],
    [
      'one that is being aborted',
      run('In Progress', { stopping: true, progress: epochs(1, 2) }),
      'stopping · 50% · 1/2 epochs · 1m 00s',
    ],
    [
      'why one waits',
      run('Pending', { reason: 'Waits for a replica.\nsecond line' }),
      'Waits for a replica.',
    ],
    [
      'which attempt follows',
      run('Rerun', { attempt: 2, reason: 'Out of memory.' }),
      'attempt 2 · Out of memory.',
    ],
    ['one that was just created', run('Created'), ''],
    ['success', run('Success', { progress: epochs(12, 12), summary: DETECTOR }), '1m 04s · mAP50-95 0.613'],
    [
      'why one failed',
      run('Failed', { reason: 'ValueError: lr (train.py:12)' }),
      '1m 04s · ValueError: lr (train.py:12)',
    ],
    [
      'how far one came that was aborted',
      run('Terminated', { progress: epochs(3, 12) }),
      '25% · 3/12 epochs · 1m 04s',
    ],
    [
      'no metric without a direction',
      run('Success', { summary: [line('learning_rate', '', 0.1, null, null)] }),
      '1m 04s',
    ],
    [
      'a validation loss where there is nothing better',
      run('Success', { summary: [line('loss', 'train', 0.5, 0.4, 1), line('loss', 'val', 0.6, 0.55, 1)] }),
      '1m 04s · loss 0.55',
    ],
    [
      'B59 the status and the diagnosis where a service fails',
      run('Created', { diagnosis: failing }),
      'Created · mgmt-train-shapes failed to start 3 times in a row.',
    ],
    [
      'the time of a running one whose service fails',
      run('In Progress', { diagnosis: failing }),
      'In Progress · 1m 00s · mgmt-train-shapes failed to start 3 times in a row.',
    ],
  ];
  for (const [what, one, description] of described) {
    it(`describes ${what}`, () => assert.equal(rowOf(one).description, description));
  }

  it('takes the main figure of the project before its own choice', () => {
    const held = { run: run('Success', { summary: DETECTOR }), receivedAt: NOW };
    const { description } = runItem(held, NOW, { box_loss: { better: 'lower', main: true } });
    assert.equal(description, '1m 04s · box_loss 0.66');
  });

  it('B15 has an icon for each of the eight, no two alike in shape or in colour', () => {
    const icons = STATUSES.map((status) => STATUS_ICONS[status]);
    assert.equal(new Set(icons.map((icon) => icon.id)).size, 8);
    assert.equal(new Set(icons.map((icon) => icon.color)).size, 8);
  });

  it('B61 B63 shows a diagnosis as error or warning, shapes that no status has', () => {
    assert.deepEqual(rowOf(run('Created', { diagnosis: failing })).icon, DIAGNOSIS_ICONS.error);
    assert.deepEqual(rowOf(run('Rerun', { diagnosis: paused })).icon, DIAGNOSIS_ICONS.warning);
    const shapes = new Set(STATUSES.map((status) => STATUS_ICONS[status].id));
    for (const { id } of Object.values(DIAGNOSIS_ICONS)) assert.ok(!shapes.has(id));
  });

  const offered: [Status, Partial<Run>, string[]][] = [
    ['Created', {}, ['run', 'abortable']],
    ['Pending', {}, ['run', 'abortable']],
    ['Rerun', { attempt: 2 }, ['run', 'abortable']],
    ['In Progress', {}, ['run', 'abortable', 'running']],
    ['In Progress', { stopping: true }, ['run', 'running']],
    ['Success', {}, ['run', 'rerunnable', 'done']],
    ['Failed', {}, ['run', 'rerunnable', 'broken']],
    ['Aborted', {}, ['run', 'rerunnable', 'broken']],
    ['Created', { diagnosis: failing }, ['run', 'abortable', 'diagnosed', 'failing']],
    ['Rerun', { diagnosis: paused }, ['run', 'abortable', 'diagnosed', 'inactive']],
    ['Terminated', {}, ['run', 'rerunnable', 'done']],
  ];
  for (const [status, changes, words] of offered) {
    it(`tells what can be done while ${status}${Object.keys(changes)
      .map((key) => ` (${key})`)
      .join('')}`, () => {
      assert.equal(rowOf(run(status, changes)).contextValue, `;${words.join(';')};`);
    });
  }

  it('offers more replicas where one of them would start it', () => {
    const { contextValue } = runItem({ run: run('Pending'), receivedAt: NOW }, NOW, {}, true);
    assert.equal(contextValue, ';run;abortable;scalable;');
  });

  it('B3 B65 opens the diagnosis where there is one, else the page of the model', () => {
    assert.equal(rowOf(run('In Progress', { diagnosis: failing })).opens, 'trainyard.showDiagnosis');
    assert.equal(rowOf(run('Created', { diagnosis: paused })).opens, 'trainyard.showDiagnosis');
    for (const status of STATUSES) assert.equal(rowOf(run(status)).opens, 'trainyard.showModel');
  });

  it('tells a screen reader the status, which the icon tells the others', () => {
    const one = run('In Progress', { progress: epochs(7, 12), summary: DETECTOR });
    assert.equal(rowOf(one).spoken, 'shapes-small v1, In Progress, 58%, 7/12 epochs, 1m 00s, mAP50-95 0.613');
    const bad = run('Created', { diagnosis: paused });
    assert.equal(
      rowOf(bad).spoken,
      'shapes-small v1, warning, Created, mgmt-train-shapes is paused: it starts nothing.',
    );
  });
});

describe('B7 The duration', () => {
  it('moves on by seconds, and after the first minute by five', () => {
    const young = run('In Progress', { durationMs: 0 });
    const texts = [1_000, 59_000, 61_000, 64_000, 66_000, 3_601_000].map(
      (ms) => rowOf(young, NOW + ms).description,
    );
    assert.deepEqual(texts, ['1s', '59s', '1m 00s', '1m 00s', '1m 05s', '1h 00m']);
  });
  it('goes on while the training runs', () => {
    const held = { run: run('In Progress'), receivedAt: NOW };
    assert.equal(durationAt(held, NOW + 2500), 66_500);
  });
  it('never goes back, though the clock be set back', () => {
    assert.equal(durationAt({ run: run('In Progress'), receivedAt: NOW }, NOW - 99_000), 64_000);
  });
  it('is frozen at the end', () => {
    assert.equal(durationAt({ run: run('Success'), receivedAt: NOW }, NOW + 99_000), 64_000);
  });
  it('is nothing before the start', () => {
    assert.equal(durationAt({ run: run('Pending'), receivedAt: NOW }, NOW), null);
  });
});
