import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LineCutter } from '../../src/extension/model/lineCutter.ts';

const cut = (from: number, inLine: boolean, most?: number): ((...texts: string[]) => unknown) => {
  const cutter = new LineCutter(from, inLine, most);
  return (...texts) => {
    for (const text of texts) cutter.push(Buffer.from(text));
    const { from: start, to, text, open } = cutter.take();
    return [start, to, text, open];
  };
};

describe('Bytes of a log', () => {
  it('become whole lines, and the beginning of the next', () => {
    const take = cut(100, false);
    assert.deepEqual(take('one\ntw'), [100, 104, 'one\n', 'tw']);
    assert.deepEqual(take('o\nthree\n'), [104, 114, 'two\nthree\n', '']);
    assert.deepEqual(take(), [114, 114, '', '']);
  });

  it('leave out the line in whose middle they begin', () => {
    const take = cut(100, true);
    assert.deepEqual(take('rest'), [100, 100, '', 'rest']);
    assert.deepEqual(take(' of it\nnext\n'), [111, 116, 'next\n', '']);
  });

  it('show what a terminal would: no colours, the last state of a progress bar', () => {
    const take = cut(0, false);
    assert.deepEqual(take('\u001b[31mred\u001b[0m\n 10%\r 20%'), [0, 13, 'red\n', ' 20%']);
    assert.deepEqual(take('\r 30%\r\n'), [13, 29, ' 30%\n', '']);
  });

  it('are counted as bytes, whatever the letters are, and split nowhere within one', () => {
    const cutter = new LineCutter(0, false);
    const bytes = Buffer.from('größe 🙂\nα\n');
    const lines: string[] = [];
    for (const byte of bytes) {
      cutter.push(Uint8Array.of(byte));
      lines.push(cutter.take().text);
    }
    assert.deepEqual([lines.join(''), cutter.end], ['größe 🙂\nα\n', bytes.byteLength]);
  });

  it('are bounded: of what comes too fast the last lines stay, and their place is right', () => {
    const take = cut(0, false, 100);
    const all = Array.from({ length: 1000 }, (_, i) => `line ${i}\n`);
    const [from, to, text] = take(...all) as [number, number, string];
    const whole = all.join('');
    assert.deepEqual([to, text], [whole.length, whole.slice(from)]);
    assert.ok(text.length <= 100 && text.startsWith('line '), text);
  });

  it('without an end of a line for too long are told as they are', () => {
    const take = cut(0, false);
    const long = 'x'.repeat(70_000);
    assert.deepEqual(take(long), [0, 70_000, long, '']);
    assert.deepEqual(take('y\n'), [70_000, 70_002, 'y\n', '']);
  });

  it('of a progress bar are one line, however often it was drawn, and what comes behind has its right place', () => {
    const take = cut(10, false);
    const states = Array.from({ length: 10_000 }, (_, i) => `\r${i} of 10000 [${'#'.repeat(50)}]`);
    const bytes = (texts: string[]): number => Buffer.byteLength(texts.join(''));
    const [begun, over] = [states.slice(0, 6_000), states.slice(6_000)];
    assert.deepEqual(take('before\n', ...begun), [10, 17, 'before\n', begun.at(-1)?.slice(1)]);
    assert.deepEqual(take(...over), [17, 17, '', over.at(-1)?.slice(1)]);
    const end = 17 + bytes(states) + 1;
    assert.deepEqual(take('\nafter\n'), [17, end + 6, `${over.at(-1)?.slice(1)}\nafter\n`, '']);
    assert.deepEqual(take('next\n'), [end + 6, end + 11, 'next\n', '']);
  });
});
