import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { viewState, type Standing } from '../../src/extension/runs/viewState.ts';

const standing = (changes: Partial<Standing>): Standing => ({
  connection: { kind: 'connected' },
  listed: true,
  runs: 0,
  filter: null,
  hasProject: true,
  hasFolder: true,
  ...changes,
});

describe('What the view says', () => {
  const failed = { kind: 'failed', message: "It didn't start.", hint: 'Free some disk.' } as const;
  const cases: [what: string, standing: Partial<Standing>, key: string, message: string | null][] = [
    ['while it connects', { connection: { kind: 'connecting' } }, 'connecting', null],
    ['while runs are listed', { listed: false }, 'connecting', null],
    ['while projects are looked for', { hasProject: null }, 'connecting', null],
    ['where the workspace is not trusted', { connection: { kind: 'untrusted' } }, 'untrusted', null],
    ['where there are runs', { runs: 3, hasProject: null }, 'runs', null],
    [
      'B12 how many match',
      { runs: 30, filter: { text: 'Failed', matching: 2 } },
      'runs',
      '2 of 30 runs: Failed',
    ],
    [
      'nothing over its rows where none matches: the welcome text does',
      { runs: 30, filter: { text: 'Failed', matching: 0 } },
      'runs',
      null,
    ],
    ['where nothing was trained yet', {}, 'emptyProject', null],
    ['where there is nothing to train', { hasProject: false }, 'emptyFolder', null],
    ['where no folder is open', { hasProject: false, hasFolder: false }, 'emptyWindow', null],
    ['where the backend failed', { connection: failed }, 'failed', "It didn't start. Free some disk."],
    [
      'where it failed under runs',
      { connection: failed, runs: 2 },
      'failed',
      "It didn't start. Free some disk.",
    ],
    [
      'while it connects again',
      { connection: { kind: 'connecting' }, runs: 2 },
      'runs',
      'Connecting to the backend again…',
    ],
  ];
  for (const [what, changes, key, message] of cases) {
    it(what, () => assert.deepEqual(viewState(standing(changes)), { key, message }));
  }
});
