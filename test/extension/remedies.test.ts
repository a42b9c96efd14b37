import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DIAGNOSIS_CODES, Settings, type Diagnosis } from '../../src/contract/shapes.ts';
import {
  diagnosisText,
  dialogRemedies,
  doubledMemory,
  remediesFor,
} from '../../src/extension/runs/remedies.ts';
import { failing, paused, run, service } from './runs.ts';

const of = (code: Diagnosis['code']): Diagnosis => ({ ...failing, code });

const limited = service({ settings: Settings.parse({ memory: '8GB' }) });

describe('The diagnosis', () => {
  it('B65 says code, message, hint and since when, and what becomes of the run', () => {
    const { message, detail } = diagnosisText(run('Created'), failing, (iso) => iso.slice(11, 19));
    assert.equal(message, 'mgmt-train-shapes: CrashLoop');
    assert.equal(
      detail,
      'mgmt-train-shapes failed to start 3 times in a row.\n\nRead the log.\n\n' +
        'Since 02:00:30. shapes-small v1 stays Created until this is settled.',
    );
    assert.match(diagnosisText(run('In Progress'), failing, String).detail, /shapes-small v1 goes on\.$/);
  });

  it('B66 B67 offers with each code the executions of the service', () => {
    for (const code of DIAGNOSIS_CODES) {
      assert.equal(remediesFor(run('Created'), of(code), undefined).at(-1), 'Show Service Executions');
    }
  });

  it('has its remedy first', () => {
    const first = DIAGNOSIS_CODES.map((code) => [code, remediesFor(run('Created'), of(code), limited)[0]]);
    assert.deepEqual(first, [
      ['StartFailed', 'Show Logs'],
      ['CrashLoop', 'Show Logs'],
      ['EnvironmentFailed', 'Show Logs'],
      ['ImagePullBackOff', 'Show Logs'],
      ['OOM', 'Raise Memory…'],
      ['NoSuchInstance', 'Use CPU'],
      ['EngineUnreachable', 'Retry Now'],
      ['Paused', 'Resume Service'],
    ]);
  });

  it('offers to raise a limit of memory that there is, and a log where a run has one', () => {
    const unlimited = remediesFor(run('Created'), of('OOM'), service());
    assert.deepEqual(unlimited, ['Show Logs', 'Retry Now', 'Show Service Executions']);
    assert.ok(!remediesFor(null, of('CrashLoop'), service()).includes('Show Logs'));
  });

  it('doubles what a limit of memory says, in its unit', () => {
    const doubled = ['8GB', '512 MiB', '1.5GiB', undefined].map(doubledMemory);
    assert.deepEqual(doubled, ['16GB', '1024 MiB', '3GiB', '']);
  });

  it('has no more in a dialog than what is done at once, or tells more', () => {
    for (const code of DIAGNOSIS_CODES) {
      const offered = dialogRemedies(remediesFor(run('Created'), of(code), limited));
      assert.ok(offered.length <= 4, offered.join());
    }
    assert.deepEqual(dialogRemedies(remediesFor(run('Created'), of('NoSuchInstance'), undefined)), [
      'Use CPU',
      'Show Service Executions',
    ]);
  });

  it('tries nothing again for what runs, and resumes what is paused besides', () => {
    assert.ok(!remediesFor(run('In Progress'), of('OOM'), undefined).includes('Retry Now'));
    const both = remediesFor(run('Created'), failing, service({ activity: 'paused', health: 'failing' }));
    assert.deepEqual(both.slice(-2), ['Resume Service', 'Show Service Executions']);
    assert.equal(remediesFor(run('Rerun'), paused, service({ activity: 'paused' })).length, 2);
  });
});
