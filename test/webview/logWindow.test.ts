import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LogPart } from '../../src/contract/pages/model.ts';
import { LogWindow } from '../../webview/model/logWindow.ts';

/** A log of lines "0000\n", "0001\n" ...: five bytes each. */
const SIZE = 5;
const part = (first: number, last: number, all: number, open = ''): LogPart => ({
  attempt: 1,
  from: first * SIZE,
  to: last * SIZE,
  text: Array.from({ length: last - first }, (_, i) => `${String(first + i).padStart(4, '0')}\n`).join(''),
  open,
  size: all * SIZE + open.length,
});
const held = (window: LogWindow): [string | undefined, string | undefined, number] => [
  window.lines[0]?.text,
  window.lines.at(-1)?.text,
  window.lines.length,
];

describe('The lines that are held', () => {
  it('follow the end of a log within bounds', () => {
    const window = new LogWindow(30);
    assert.equal(window.take(part(100, 110, 110), true), null);
    assert.equal(window.take(part(110, 120, 120), true), 0);
    assert.equal(window.take(part(120, 130, 130, 'op'), true), 0);
    assert.deepEqual(held(window), ['0100', 'op', 31]);
    assert.equal(window.take(part(130, 140, 140), true), 10);
    assert.deepEqual([held(window), window.start, window.atEnd], [['0110', '0139', 30], 110 * SIZE, true]);
  });

  it('are others after a gap, for who follows', () => {
    const window = new LogWindow(30);
    window.take(part(0, 10, 10), true);
    assert.equal(window.take(part(500, 510, 510), true), null);
    assert.deepEqual(held(window), ['0500', '0509', 10]);
  });

  it('stay for who reads further up: the end is only noted, and can be asked for', () => {
    const window = new LogWindow(20);
    window.take(part(0, 10, 10), false);
    assert.equal(window.take(part(10, 20, 20), false), 0);
    assert.equal(window.take(part(20, 30, 30), false), 0);
    assert.deepEqual([held(window), window.atEnd, window.size], [['0000', '0019', 20], false, 30 * SIZE]);
    window.take(part(500, 510, 510), false);
    assert.deepEqual(held(window), ['0000', '0019', 20]);
    assert.equal(window.after(part(20, 30, 510)), 10);
    assert.deepEqual([held(window), window.atEnd], [['0010', '0029', 20], false]);
  });

  it('grow to the start on demand, and let go of the end', () => {
    const window = new LogWindow(20);
    window.take(part(100, 110, 110, 'open'), true);
    assert.equal(window.before(part(90, 100, 110)), 10);
    assert.equal(window.atEnd, true);
    assert.equal(window.before(part(80, 90, 110)), 10);
    assert.deepEqual([held(window), window.atEnd, window.end], [['0080', '0099', 20], false, 100 * SIZE]);
    assert.equal(window.before(part(60, 70, 110)), 0, 'there is a gap');
    assert.deepEqual(window.after(part(100, 110, 110, 'open')), 10);
    assert.deepEqual([held(window), window.atEnd], [['0090', 'open', 21], true]);
  });

  it('know that there is more behind a part that was asked for', () => {
    const window = new LogWindow(20);
    window.replace(part(10, 20, 100));
    assert.equal(window.atEnd, false);
    window.replace(part(90, 100, 100));
    assert.equal(window.atEnd, true);
  });

  it('are found again by their place', () => {
    const window = new LogWindow(100);
    window.take(part(100, 110, 110), true);
    window.before(part(90, 100, 110));
    assert.deepEqual(window.placeOf(0), { from: 90 * SIZE, line: 0 });
    assert.deepEqual(window.placeOf(13), { from: 100 * SIZE, line: 3 });
    assert.equal(window.placeOf(20), null);
  });

  it('are none of an empty log', () => {
    const window = new LogWindow();
    assert.equal(window.empty, true);
    window.take(part(0, 0, 0), true);
    assert.deepEqual([window.empty, window.lines, window.atEnd], [false, [], true]);
    assert.equal(window.take(part(0, 1, 1), true), 0);
    assert.deepEqual(held(window), ['0000', '0000', 1]);
  });
});
