import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DETECTOR_FIGURES, directionOf, mainFigure, meaningOf } from '../../src/contract/figures.ts';

describe('Figures', () => {
  it('B54 the direction is told: lower for losses, higher for mAP, precision and recall', () => {
    const directions = DETECTOR_FIGURES.map((figure) => directionOf(figure));
    assert.deepEqual(directions, ['lower', 'lower', 'lower', 'higher', 'higher', 'higher', 'higher']);
  });

  it('have no direction where none is known', () => {
    for (const figure of ['learning_rate', 'lr', 'lr/pg0', 'epoch_time', 'gpu'])
      assert.equal(directionOf(figure), null, figure);
  });

  it('take a project at its word first', () => {
    assert.equal(directionOf('accuracy', { accuracy: { better: 'lower' } }), 'lower');
    assert.equal(mainFigure(['mAP50(B)', 'speed'], { speed: { main: true } }), 'speed');
  });

  it('stand for a run in a known order', () => {
    assert.equal(mainFigure([...DETECTOR_FIGURES]), 'mAP50-95(B)');
    assert.equal(mainFigure(['box_loss', 'mAP50(B)']), 'mAP50(B)');
    assert.equal(mainFigure(['lr', 'accuracy']), 'accuracy');
    assert.equal(mainFigure(['lr']), null);
  });

  it('B48 B49 B50 B51 explain themselves', () => {
    assert.match(meaningOf('mAP50(B)'), /IoU 0\.5\b/);
    assert.match(meaningOf('mAP50-95(B)'), /IoU 0\.5 to 0\.95/);
    assert.match(meaningOf('precision(B)'), /TP \/ \(TP \+ FP\)/);
    assert.match(meaningOf('recall(B)'), /TP \/ \(TP \+ FN\)/);
  });

  it('explain themselves wherever they stand, and of masks and poses too', () => {
    const meanings: [figure: string, meaning: RegExp][] = [
      ['train/box_loss', /^How far predicted boxes lie from the true ones\. Lower is better\.$/],
      ['metrics/mAP50(M)', /a mask counts as found from IoU 0\.5\. Higher is better\.$/],
      ['metrics/mAP75(B)', /a box counts as found from IoU 0\.75\./],
      ['mAP50-95(P)', /averaged over OKS 0\.5 to 0\.95/],
      ['recall', /the share of true objects that are found/],
      ['lr/pg0', /^How large the steps of the optimizer are\.$/],
      ['val/loss', /^What the training makes small.*Lower is better\.$/],
      ['F1(B)', /2PR \/ \(P \+ R\)/],
      ['temperature', /^temperature, as the training logged it\.$/],
    ];
    for (const [figure, meaning] of meanings) assert.match(meaningOf(figure), meaning, figure);
    assert.match(
      meaningOf('temperature', { temperature: { better: 'lower' } }),
      /^temperature\. Lower is better\.$/,
    );
  });

  it('B53 true negatives are used nowhere', () => {
    for (const figure of DETECTOR_FIGURES) assert.doesNotMatch(meaningOf(figure), /TN|true negative/i);
  });
});
