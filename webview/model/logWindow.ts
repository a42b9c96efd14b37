/**
 * The lines of a log that the page holds: those of one stretch of it, whatever its size. Beyond a bound the lines that are farthest
 * from where somebody reads are let go. Pure.
 */
import { LevelReader, type Level } from '../../src/contract/logLines.ts';
import type { LogPart } from '../../src/contract/pages/model.ts';

export interface Line {
  readonly text: string;
  readonly level: Level;
}

interface Stretch {
  from: number;
  to: number;
  lines: readonly Line[];
}

const MOST_LINES = 30_000;

export class LogWindow {
  readonly #most: number;
  #stretches: Stretch[] = [];
  #open = '';
  #lines: readonly Line[] | null = null;
  /** Where the whole lines of the log end, as far as is known. */
  #tail = 0;
  /** Bytes of the log. */
  size = 0;

  constructor(most = MOST_LINES) {
    this.#most = most;
  }

  /** Nothing was told yet. */
  get empty(): boolean {
    return this.#stretches.length === 0;
  }

  get start(): number {
    return this.#stretches[0]?.from ?? 0;
  }

  get end(): number {
    return this.#stretches.at(-1)?.to ?? 0;
  }

  /** Whether the log's last line is held. */
  get atEnd(): boolean {
    return this.end >= this.#tail;
  }

  get lines(): readonly Line[] {
    this.#lines ??= this.#stretches.flatMap(({ lines }) => lines).concat(this.#openLine());
    return this.#lines;
  }

  /** Lets everything go for these lines. */
  replace(part: LogPart): void {
    this.#stretches = [stretchOf(part)];
    this.#note(part);
    this.#open = part.open;
  }

  /**
   * Takes the log's end as it comes. @param following whoever reads wants to see it; else it's left out where it doesn't fit
   * @returns how many lines went at the start, or null where all are others
   */
  take(part: LogPart, following: boolean): number | null {
    const fits = following || this.lines.length < this.#most;
    if (!this.empty && part.from === this.end && fits) return this.after(part);
    if (this.empty || following) {
      this.replace(part);
      return null;
    }
    this.#note(part);
    return 0;
  }

  /** Takes the lines before the first. @returns how many came */
  before(part: LogPart): number {
    if (part.to !== this.start || part.to === part.from) return 0;
    const stretch = stretchOf(part);
    this.#stretches.unshift(stretch);
    this.#note({ ...part, to: 0 });
    while (this.#stretches.length > 2 && this.#count() > this.#most) {
      this.#stretches.pop();
      this.#open = '';
    }
    return stretch.lines.length;
  }

  /** Takes the lines after the last. @returns how many went at the start */
  after(part: LogPart): number {
    if (part.from !== this.end) return 0;
    if (part.to > part.from) this.#stretches.push(stretchOf(part));
    this.#note(part);
    this.#open = part.open;
    let gone = 0;
    while (this.#stretches.length > 2 && this.#count() > this.#most) {
      gone += this.#stretches.shift()?.lines.length ?? 0;
    }
    return gone;
  }

  /** Where a line stands, so that it is found again; null where it isn't held. */
  placeOf(line: number): { from: number; line: number } | null {
    let left = line;
    for (const { from, lines } of this.#stretches) {
      if (left < lines.length) return { from, line: left };
      left -= lines.length;
    }
    return null;
  }

  #note(part: LogPart): void {
    this.#lines = null;
    this.size = Math.max(this.size, part.size);
    this.#tail = Math.max(this.#tail, part.to, part.size > part.to && part.open === '' ? part.to + 1 : 0);
  }

  #count(): number {
    return this.#stretches.reduce((sum, { lines }) => sum + lines.length, 0);
  }

  #openLine(): Line[] {
    return this.#open === '' ? [] : [{ text: this.#open, level: new LevelReader().next(this.#open) }];
  }
}

function stretchOf({ from, to, text }: LogPart): Stretch {
  const levels = new LevelReader();
  const lines = text.split('\n');
  // Behind the last line's end there is nothing.
  if (lines.at(-1) === '') lines.pop();
  return { from, to, lines: lines.map((line) => ({ text: line, level: levels.next(line) })) };
}
