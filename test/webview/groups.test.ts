/** Which charts stand together, and which of them are shown. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DETECTOR_FIGURES } from '../../src/contract/figures.ts';
import { Choices } from '../../webview/explore/choices.ts';
import { groupsOf } from '../../webview/explore/groups.ts';

const FIGURES = [
  ...DETECTOR_FIGURES,
  'lr',
  'system/gpu',
  'grad/norm',
  'val/loss',
  'grad/clipped',
  'seg_loss',
  'system/cpu',
];

const shown = (choices: Partial<Choices> = {}): [id: string, figures: readonly string[]][] =>
  groupsOf(FIGURES, Choices.parse(choices)).map(({ id, figures }) => [id, figures]);

describe('charts stand', () => {
  it('with their like: losses, mAP, precision and recall, those of one prefix, the rest, the machine', () => {
    assert.deepEqual(shown(), [
      ['loss', ['box_loss', 'cls_loss', 'dfl_loss', 'seg_loss']],
      ['mAP', ['mAP50(B)', 'mAP50-95(B)']],
      ['precision', ['precision(B)', 'recall(B)']],
      ['grad/', ['grad/norm', 'grad/clipped']],
      ['val/', ['val/loss']],
      ['rest', ['lr']],
      ['system/', ['system/gpu', 'system/cpu']],
    ]);
  });

  it('with their like where poses are looked for as well as boxes', () => {
    const poses = [
      'pose_loss',
      'kobj_loss',
      ...['mAP50', 'mAP50-95', 'precision', 'recall'].map((one) => `${one}(P)`),
    ];
    const groups = groupsOf([...DETECTOR_FIGURES, ...poses, 'lr/pg0'], Choices.parse({}));
    assert.deepEqual(
      groups.map(({ id, figures }) => [id, figures]),
      [
        ['loss', ['box_loss', 'cls_loss', 'dfl_loss', 'pose_loss', 'kobj_loss']],
        ['mAP', ['mAP50(B)', 'mAP50-95(B)', 'mAP50(P)', 'mAP50-95(P)']],
        ['precision', ['precision(B)', 'recall(B)', 'precision(P)', 'recall(P)']],
        ['lr/', ['lr/pg0']],
      ],
    );
  });

  it('first where they are pinned, as they were pinned, and nowhere else', () => {
    const [first, second] = shown({ pinned: ['lr', 'box_loss', 'gone'] });
    assert.deepEqual(first, ['pinned', ['lr', 'box_loss']]);
    assert.deepEqual(second, ['loss', ['cls_loss', 'dfl_loss', 'seg_loss']]);
  });

  it('where a search finds them, by all of its words, whatever their case and whether their group is folded', () => {
    assert.deepEqual(shown({ search: ' LOSS  val' }), [['val/', ['val/loss']]]);
    assert.deepEqual(shown({ search: 'nothing' }), []);
    const [group] = groupsOf(FIGURES, Choices.parse({ search: 'dfl', folded: ['loss'] }));
    assert.equal(group!.folded, false);
    assert.equal(groupsOf(FIGURES, Choices.parse({ folded: ['loss'] }))[0]!.folded, true);
  });

  it('alone where one has the page for itself, as long as it is there', () => {
    assert.deepEqual(shown({ large: 'lr', search: 'loss' }), [['large', ['lr']]]);
    assert.equal(shown({ large: 'gone' }).length, 7);
  });
});
