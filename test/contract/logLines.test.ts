import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LevelReader, linksIn } from '../../src/contract/logLines.ts';

describe('Places in code that a line names', () => {
  const cases: [text: string, ...places: [file: string, line: number][]][] = [
    ['  File "/a/b c/train.py", line 12, in train', ['/a/b c/train.py', 12]],
    ['train.py:31: UserWarning: high', ['train.py', 31]],
    ['src/model.py:4:7: error', ['src/model.py', 4]],
    ['(./kernels/op.cu:9) and ../x.cpp:2', ['./kernels/op.cu', 9], ['../x.cpp', 2]],
    ['C:\\work\\train.py:3', ['C:\\work\\train.py', 3]],
    ['ValueError: lr (train.py:12)', ['train.py', 12]],
    ['http://example.com:8080/x and 127.0.0.1:80 and localhost:1'],
    ['File "<string>", line 1'],
    ['epoch.py: 12 and v1.py:x'],
  ];
  for (const [text, ...places] of cases) {
    it(text, () => {
      const found = linksIn(text);
      assert.deepEqual(
        found.map(({ file, line }) => [file, line]),
        places,
      );
    });
  }
});

describe('How bad a line is', () => {
  const log: [line: string, level: 'error' | 'warning' | null][] = [
    ['epoch 1: val_error 0.2, mean squared error: 0.1', null],
    ['no errors, no warnings', null],
    ['train.py:3: UserWarning: the learning rate is high', 'warning'],
    ['2026-01-10 10:00:00 WARNING nothing to do', 'warning'],
    ['[W] warning-like', null],
    ['ERROR: no such file', 'error'],
    ['Traceback (most recent call last):', 'error'],
    ['  File "train.py", line 1, in <module>', 'error'],
    ['    raise ValueError("no")', 'error'],
    ['ValueError: no', 'error'],
    ['goes on', null],
    ['torch.cuda.OutOfMemoryError: CUDA out of memory', 'error'],
    ['KeyError', 'error'],
    ['an ErrorBudget: 3', null],
  ];
  it('is told by the words that programs use, and over a traceback as a whole', () => {
    const reader = new LevelReader();
    assert.deepEqual(
      log.map(([line]) => [line, reader.next(line)]),
      log,
    );
  });
});
