import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Difference } from '../../src/contract/pages/model.ts';
import type { RunDetail } from '../../src/contract/shapes.ts';
import { differences } from '../../src/extension/model/differences.ts';
import { detail, ran } from '../webview/modelSamples.ts';

type Ran = NonNullable<RunDetail['ran']>;
const withRan = (change: Partial<Ran>): RunDetail => detail({}, { ran: { ...ran, ...change } });
const code = ran.code;
const python = ran.python;
assert.ok(code !== null && python !== null);

const lines = (found: readonly Difference[]): string[] =>
  found.map(({ group, name, before, now }) => `${group} ${name}: ${before} -> ${now}`);

describe('What differs from the version before', () => {
  const cases: [what: string, now: RunDetail, before: RunDetail, expected: string[]][] = [
    ['nothing, where nothing does', detail(), detail({ executionId: 'e-0' }), []],
    [
      'a value of the configuration, one that came, one that went, one inside another',
      detail({}, { config: { lr: 0.02, epochs: 12, optimizer: { name: 'adam', momentum: 0.9 } } }),
      detail({}, { config: { lr: 0.01, warmup: 3, optimizer: { name: 'sgd', momentum: 0.9 } } }),
      [
        'Configuration lr: 0.01 -> 0.02',
        'Configuration epochs: null -> 12',
        'Configuration optimizer.name: sgd -> adam',
        'Configuration warmup: 3 -> null',
      ],
    ],
    [
      'a word and the number that reads the same: not told apart',
      detail({}, { config: { a: '1' } }),
      detail({}, { config: { a: 1 } }),
      [],
    ],
    [
      'the train function, the command',
      detail({}, { train: null, command: ['yolo', 'train'] }),
      detail(),
      ['Training function: train.py:train -> null', 'Training command: null -> yolo train'],
    ],
    [
      'the dataset, by its path and by what is in it',
      withRan({ dataset: { path: 'data/shapes', files: 1, bytes: 10, cut: true } }),
      detail(
        {},
        { dataset: 'data/old', ran: { ...ran, dataset: { path: '', files: null, bytes: null, cut: false } } },
      ),
      ['Dataset path: data/old -> data/shapes', 'Dataset content: null -> more than 1 file, 10 B'],
    ],
    [
      'the commit',
      withRan({ code: { ...code, commit: 'b'.repeat(40), branch: 'try' } }),
      detail(),
      ['Code commit: 4f1c2d3e5a -> bbbbbbbbbb', 'Code branch: main -> try'],
    ],
    [
      'what was uncommitted, though it is as long as before',
      withRan({ code: { ...code, patch: '+b', untracked: null } }),
      withRan({ code: { ...code, patch: '+a' } }),
      [
        'Code untracked files: tools/plot.py -> null',
        'Code uncommitted: 2 B of changes -> other 2 B of changes',
      ],
    ],
    [
      'what is committed by now',
      withRan({ code: { ...code, patch: '' } }),
      withRan({ code: { ...code, patch: '+a' } }),
      ['Code uncommitted: 2 B of changes -> null'],
    ],
    [
      'that there is a repository now',
      withRan({ code: { ...code, patch: '', untracked: [], branch: null } }),
      withRan({ code: null }),
      ['Code commit: null -> 4f1c2d3e5a'],
    ],
    [
      'packages and the interpreter',
      withRan({
        python: { ...python, version: '3.13.0', packages: { numpy: '2.1.0', torch: '2.7.0', new: '1' } },
      }),
      detail(),
      [
        'Python version: CPython 3.12.4 -> CPython 3.13.0',
        'Packages torch: 2.6.0 -> 2.7.0',
        'Packages new: null -> 1',
        'Packages ultralytics: 8.3.40 -> null',
      ],
    ],
    [
      'the machine and its GPUs',
      withRan({ machine: { ...ran.machine, host: 'turing', gpus: [] } }),
      detail(),
      ['Machine host: lovelace -> turing', 'Machine GPUs: NVIDIA H100 80GB HBM3 -> null'],
    ],
    ['only what is known of both: one has not started yet', detail({}, { ran: null }), detail(), []],
    ['not packages, while one of them is still to be asked', withRan({ python: null }), detail(), []],
  ];
  for (const [what, now, before, expected] of cases) {
    it(what, () => assert.deepEqual(lines(differences(now, before)), expected));
  }
});
