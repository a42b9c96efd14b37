/** The text of a log that grows, kept within bounds. Pure. */
import * as l10n from '@vscode/l10n';
import { clean } from '../../contract/logLines.ts';

/** Beyond the first, the oldest lines go until the second is left: so a long log is moved up rarely, not with each line. */
const MOST = 5_000_000;
const LEFT = 4_000_000;

export class LogText {
  readonly #decoder = new TextDecoder();
  readonly #most: number;
  readonly #left: number;
  /** Complete lines, ready to be shown. */
  #lines = '';
  /** The last line as it came, since more of it may follow. */
  #open = '';
  #droppedLines = 0;
  /** How many bytes were taken in: where to go on reading. */
  offset = 0;

  constructor(most = MOST, left = LEFT) {
    this.#most = most;
    this.#left = left;
  }

  append(bytes: Uint8Array): void {
    this.offset += bytes.byteLength;
    const text = this.#open + this.#decoder.decode(bytes, { stream: true });
    const end = text.lastIndexOf('\n') + 1;
    this.#lines += clean(text.slice(0, end));
    this.#open = text.slice(end);
    if (this.#lines.length > this.#most) this.#dropOldest();
    // A program may print without ever ending a line; what a terminal would have overwritten goes first.
    if (this.#open.length > this.#most) this.#open = clean(this.#open).slice(-this.#left);
  }

  #dropOldest(): void {
    const cut = this.#lines.indexOf('\n', this.#lines.length - this.#left) + 1;
    for (let at = -1; (at = this.#lines.indexOf('\n', at + 1)) !== -1 && at < cut;) this.#droppedLines++;
    this.#lines = this.#lines.slice(cut);
  }

  toString(): string {
    const left = this.#droppedLines;
    const head = left === 0 ? '' : `[${leftOut(left)}]\n`;
    return head + this.#lines + clean(this.#open);
  }
}

const leftOut = (lines: number): string =>
  l10n.t('The first {0} lines are left out here.', lines.toLocaleString('en-US'));
