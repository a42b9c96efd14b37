/** Cuts the bytes of a log into whole lines, and knows where in the log they stand. Pure. */
import { clean } from '../../contract/logLines.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** A line that goes on for longer is told as it is, and goes on as another. */
const LONGEST = 64 * 1024;

export interface Lines {
  from: number;
  to: number;
  /** As a terminal would show it. */
  text: string;
  /** The beginning of the line that comes next. */
  open: string;
}

export class LineCutter {
  readonly #most: number;
  /** Of the first byte that is held. */
  #from: number;
  #held: Buffer = Buffer.alloc(0);
  /** How many bytes of the first line that is held were let go, since what came then overwrote them: a progress bar. */
  #overwritten = 0;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #inLine: boolean;

  /**
   * @param from the offset of the first byte that will be pushed  @param inLine it may be in the middle of a line, which is left out
   * @param most bytes that are held between two takings: of more the oldest lines are left out
   */
  constructor(from: number, inLine: boolean, most = Infinity) {
    this.#from = from;
    this.#inLine = inLine;
    this.#most = most;
  }

  /** Where in the log the next byte stands. */
  get end(): number {
    return this.#from + this.#overwritten + this.#held.byteLength + this.#bytes;
  }

  push(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#bytes += bytes.byteLength;
    if (this.#bytes + this.#held.byteLength > 2 * this.#most) this.#join();
  }

  /** The whole lines that came since the last time. */
  take(): Lines {
    this.#join();
    const from = this.#from;
    let text = this.#takeOut(this.#held.lastIndexOf(NEWLINE) + 1);
    if (this.#held.byteLength > LONGEST) {
      this.#letGoOfOverwritten();
      if (this.#held.byteLength > LONGEST) text += this.#takeOut(this.#held.byteLength);
    }
    return { from, to: this.#from, text: clean(text), open: clean(this.#held.toString('utf8')) };
  }

  #join(): void {
    this.#held = Buffer.concat([this.#held, ...this.#parts]);
    this.#parts = [];
    this.#bytes = 0;
    if (this.#held.byteLength > this.#most) {
      this.#drop(this.#held.byteLength - this.#most);
      this.#inLine = true;
    }
    if (!this.#inLine) return;
    const first = this.#held.indexOf(NEWLINE) + 1;
    if (first === 0 && this.#held.byteLength <= LONGEST) return;
    if (first > 0) this.#drop(first);
    this.#inLine = false;
  }

  #takeOut(count: number): string {
    const text = this.#held.toString('utf8', 0, count);
    if (count > 0) this.#drop(count);
    return text;
  }

  /** Of the open line, which is all that is held. */
  #letGoOfOverwritten(): void {
    const end = this.#held.byteLength - 1;
    const last = this.#held.lastIndexOf(RETURN, end - (this.#held[end] === RETURN ? 1 : 0));
    if (last <= 0) return;
    this.#held = this.#held.subarray(last);
    this.#overwritten += last;
  }

  #drop(count: number): void {
    this.#held = this.#held.subarray(count);
    this.#from += count + this.#overwritten;
    this.#overwritten = 0;
  }
}
