import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linksIn } from '../../src/contract/logLines.ts';
import { LogText } from '../../src/extension/logs/logText.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const shown = (...parts: string[]): string => {
  const log = new LogText();
  for (const part of parts) log.append(bytes(part));
  return log.toString();
};

describe('The text of a log', () => {
  it('is what was printed', () => assert.equal(shown('a\nb', '\nc'), 'a\nb\nc'));

  it('has no colours and no cursor movements, wherever a part ends', () => {
    assert.equal(shown('\u001b[1;3', '1mred\u001b[0m \u001b]0;title\u0007plain\u001b[2K\n'), 'red plain\n');
  });

  it('has the last state of a line that was overwritten', () => {
    assert.equal(shown('10%\r50', '%\r100%\ndone\r\n'), '100%\ndone\n');
    assert.equal(shown('10%\r50%\r'), '50%');
  });

  it('keeps a letter whole whose bytes came apart', () => {
    const log = new LogText();
    const [one, two] = bytes('é');
    log.append(Uint8Array.of(one!));
    log.append(Uint8Array.of(two!));
    assert.equal(log.toString(), 'é');
    assert.equal(log.offset, 2);
  });

  it('says how much of a long one is left out, and moves up seldom', () => {
    const log = new LogText(100, 50);
    for (let i = 0; i < 10; i++) log.append(bytes(`line ${i} ....\n`));
    assert.match(log.toString(), /^\[The first \d lines are left out here\.\]\nline \d/);
    assert.match(log.toString(), /line 9 \.\.\.\.\n$/);
    const heads = new Set<string>();
    for (let i = 0; i < 100; i++) {
      log.append(bytes('0123456789\n'));
      heads.add(log.toString().split('\n', 1)[0] ?? '');
      assert.ok(log.toString().length < 160);
    }
    assert.ok(heads.size < 30, `${heads.size} different heads`);
    assert.match([...heads].at(-1) ?? '', /^\[The first 10\d lines/);
  });

  it('keeps within bounds a line that never ends', () => {
    const log = new LogText(100, 50);
    for (let i = 0; i < 50; i++) log.append(bytes('0123456789'));
    assert.ok(log.toString().length <= 110);
    assert.equal(log.offset, 500);
  });
});

describe('Links in a log', () => {
  it('lead to the places that a traceback names', () => {
    const text = 'Traceback:\n  File "/a/train.py", line 12, in train\n  File "<frozen x>", line 3\n';
    const [link, ...others] = linksIn(text);
    assert.deepEqual(others, []);
    assert.deepEqual(link, { start: 13, length: 27, file: '/a/train.py', line: 12 });
    assert.equal(text.slice(13, 13 + 27), 'File "/a/train.py", line 12');
  });
  it('are the last ones where there are too many', () => {
    const text = [1, 2, 3].map((n) => `File "a.py", line ${n}`).join('\n');
    assert.deepEqual(
      linksIn(text, 2).map((link) => link.line),
      [2, 3],
    );
  });
});
