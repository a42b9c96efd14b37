import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  abortQuestion,
  namesOf,
  removeQuestion,
  rerunQuestion,
} from '../../src/extension/commands/confirm.ts';
import type { Run } from '../../src/contract/shapes.ts';
import { run } from './runs.ts';

const took = (): number => 125_000;
const version = (one: Run, n: number): Run => ({ ...one, model: { ...one.model, version: n } });

describe('The question before an abort', () => {
  it('says what is lost, and is not asked where nothing is', () => {
    assert.equal(abortQuestion([run('Pending')], took), null);
    assert.deepEqual(abortQuestion([run('In Progress')], took), {
      message: 'Abort shapes-small v1?',
      detail: 'It has run for 2m 05s. Its metrics and checkpoints stay, and it can be run again.',
    });
  });
  it('is one for several', () => {
    const runs = [run('In Progress'), version(run('Pending'), 2)];
    assert.deepEqual(abortQuestion(runs, took), {
      message: 'Abort 2 trainings?',
      detail:
        'shapes-small v1, shapes-small v2\n\n1 of them runs now. Their metrics and checkpoints stay, and they can be run again.',
    });
    assert.match(
      abortQuestion([run('Pending'), run('Created')], took)?.detail ?? '',
      /None of them runs yet/,
    );
  });
});

describe('The question before a rerun', () => {
  it('is asked of what had succeeded, and of several at once', () => {
    for (const status of ['Failed', 'Aborted', 'Terminated'] as const) {
      assert.equal(rerunQuestion([run(status)]), null);
    }
    assert.match(rerunQuestion([run('Success')])?.detail ?? '', /^It succeeded\. Attempt 2 follows/);
    assert.equal(rerunQuestion([run('Failed'), run('Failed')])?.message, 'Run 2 trainings again?');
  });
});

describe('The question before a removal', () => {
  it('says where the files are', () => {
    assert.deepEqual(removeQuestion([run('Failed')], '/home/runs/e-1'), {
      message: 'Remove shapes-small v1 from the list?',
      detail:
        'Its metrics are deleted for good. Its logs and checkpoints can stay; the latest are in /home/runs/e-1.',
    });
  });
  it('says that what runs is aborted first', () => {
    const { message, detail } = removeQuestion([run('In Progress')], null);
    assert.equal(message, 'Abort and remove shapes-small v1?');
    assert.match(detail, /^It isn't over yet and is aborted first\. /);
  });
  it('is one for several', () => {
    const { message, detail } = removeQuestion([run('In Progress'), version(run('Failed'), 2)], null);
    assert.equal(message, 'Abort and remove 2 trainings?');
    assert.match(detail, /1 of them isn't over yet and is aborted first\. Their metrics/);
  });
});

it('Names of many are cut short', () => {
  const runs = Array.from({ length: 7 }, (_, i) => version(run('Failed'), i + 1));
  assert.match(namesOf(runs), /^shapes-small v1, .* v5 and 2 more$/);
});
