import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { directionOf } from '../../src/contract/figures.ts';
import { keyOf, placeOf } from '../../src/contract/loggedKeys.ts';

describe('The line of a logged name', () => {
  const cases: [key: string, figure: string, legend: string][] = [
    // Ultralytics, as its own callback logs through MLflow (without parentheses) and as it writes to results.csv.
    ['train/box_loss', 'box_loss', 'train'],
    ['val/box_loss', 'box_loss', 'val'],
    ['metrics/mAP50B', 'mAP50(B)', 'val'],
    ['metrics/mAP50(B)', 'mAP50(B)', 'val'],
    ['metrics/mAP50-95B', 'mAP50-95(B)', 'val'],
    ['metrics/precisionB', 'precision(B)', 'val'],
    ['metrics/recallM', 'recall(M)', 'val'],
    ['metrics/accuracy_top1', 'accuracy_top1', 'val'],
    ['lr/pg0', 'lr/pg0', ''],
    // Keras, Lightning, Transformers, XGBoost, TensorBoard.
    ['loss', 'loss', ''],
    ['val_loss', 'loss', 'val'],
    ['train_loss', 'loss', 'train'],
    ['training_score', 'score', 'train'],
    ['eval_loss', 'loss', 'eval'],
    ['test_acc', 'acc', 'test'],
    ['validation-logloss', 'logloss', 'val'],
    ['val_loss', 'loss', 'val'],
    ['validation_loss', 'loss', 'validation'],
    ['Loss/train', 'Loss', 'train'],
    ['loss_val', 'loss', 'val'],
    ['validation.accuracy', 'accuracy', 'val'],
    // Words that only look alike.
    ['value', 'value', ''],
    ['trainable_params', 'trainable_params', ''],
    ['testing', 'testing', ''],
    ['train', 'train', ''],
    ['learning_rate', 'learning_rate', ''],
    ['mAP50B', 'mAP50B', ''],
  ];
  for (const [key, figure, legend] of cases) {
    it(`of ${key} is ${figure}${legend === '' ? '' : `, ${legend}`}`, () =>
      assert.deepEqual(placeOf(key), { figure, legend }));
  }

  it('has a figure of 200 characters at most, which keeps both ends of a long name', () => {
    const [a, b] = [`${'x'.repeat(300)}a`, `${'x'.repeat(300)}b`].map((key) => placeOf(key).figure);
    assert.equal(a?.length, 200);
    assert.notEqual(a, b);
  });

  it('B54 keeps the direction that people know: losses fall, mAP rises, learning rates have none', () => {
    const direction = (key: string): string | null => directionOf(placeOf(key).figure);
    assert.equal(direction('val_loss'), 'lower');
    assert.equal(direction('metrics/mAP50B'), 'higher');
    assert.equal(direction('lr/pg0'), null);
  });

  it('is found again by the name that a line without one is given', () => {
    for (const place of [
      { figure: 'box_loss', legend: 'val' },
      { figure: 'lr/pg0', legend: '' },
    ])
      assert.deepEqual(placeOf(keyOf(place)), place);
  });
});
