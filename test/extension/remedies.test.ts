import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DIAGNOSIS_CODES, type Diagnosis } from '../../src/contract/shapes.ts';
import { diagnosisText, remediesFor } from '../../src/extension/runs/remedies.ts';
import { failing, paused, run, service } from './runs.ts';

const of = (code: Diagnosis['code']): Diagnosis => ({ ...failing, code });

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
    const first = (code: Diagnosis['code']) => remediesFor(run('Created'), of(code), undefined).slice(0, -1);
    assert.deepEqual(first('CrashLoop'), ['Show Logs', 'Retry Now']);
    assert.deepEqual(first('NoSuchInstance'), ['Use CPU']);
    assert.deepEqual(first('EngineUnreachable'), ['Retry Now']);
    assert.deepEqual(remediesFor(run('Rerun'), paused, undefined)[0], 'Resume Service');
  });

  it('tries nothing again for what runs, and resumes what is paused besides', () => {
    assert.ok(!remediesFor(run('In Progress'), of('OOM'), undefined).includes('Retry Now'));
    const both = remediesFor(run('Created'), failing, service({ activity: 'paused', health: 'failing' }));
    assert.deepEqual(both, ['Show Logs', 'Retry Now', 'Resume Service', 'Show Service Executions']);
  });
});
