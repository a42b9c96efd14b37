/** Reads a log of any size from any place: parts of it, its end as it grows, and the places that have a text. Knows nothing of VS Code. */
import type { Readable } from 'node:stream';
import type { Client } from '../../client/api.ts';
import { clean } from '../../contract/logLines.ts';
import type { LogFound, LogPart, LogPlace } from '../../contract/pages/model.ts';
import { LineCutter } from './lineCutter.ts';

/** Some two thousand lines. */
const PART = 256 * 1024;
/** What a search reads at once, and how long it may look before it says how far it came. */
const STRETCH = 4 * 2 ** 20;
const LOOK_MS = 1500;
/** What comes faster than this between two messages is left out: nobody reads it. */
const MOST = 512 * 1024;
const GATHER_MS = 150;

export class LogReader {
  readonly #id: string;
  readonly #attempt: number;
  readonly #client: () => Promise<Client>;

  constructor(executionId: string, attempt: number, client: () => Promise<Client>) {
    this.#id = executionId;
    this.#attempt = attempt;
    this.#client = client;
  }

  async size(): Promise<number> {
    const client = await this.#client();
    const { attempts } = await client.call('attempts', { params: { id: this.#id } });
    return attempts.find(({ attempt }) => attempt === this.#attempt)?.logBytes ?? 0;
  }

  async read(at: LogPlace): Promise<LogPart> {
    const [from, to] =
      'before' in at ? [Math.max(0, at.before - PART), at.before] : [at.after, at.after + PART];
    const cutter = new LineCutter(from, 'before' in at && from > 0);
    cutter.push(await this.#range(from, to));
    return this.#part(cutter, await this.size());
  }

  /** Looks for the nearest line that has this text, whatever its case, for as long as nobody gets impatient. */
  async search(text: string, at: LogPlace): Promise<LogFound> {
    // Bytes as characters: so each line's place is exact, whatever the log is written in.
    const wanted = Buffer.from(text).toString('latin1').toLowerCase();
    const has = (line: string): boolean => clean(line).toLowerCase().includes(wanted);
    const until = performance.now() + LOOK_MS;
    return 'before' in at ? this.#searchBack(at.before, has, until) : this.#searchOn(at.after, has, until);
  }

  async #searchBack(before: number, has: (line: string) => boolean, until: number): Promise<LogFound> {
    let to = before;
    while (to > 0) {
      const start = Math.max(0, to - STRETCH);
      const stretch = (await this.#range(start, to)).toString('latin1');
      const first = start === 0 ? 0 : stretch.indexOf('\n') + 1;
      // Behind the last line's end there is nothing.
      let end = stretch.length;
      for (const line of stretch.slice(first).split('\n').toReversed()) {
        if (has(line)) return { found: start + end - line.length, reached: to };
        end -= line.length + 1;
      }
      to = first === 0 ? start : start + first;
      if (performance.now() > until) break;
    }
    return { found: null, reached: to };
  }

  async #searchOn(after: number, has: (line: string) => boolean, until: number): Promise<LogFound> {
    let from = after;
    for (;;) {
      const stretch = (await this.#range(from, from + STRETCH)).toString('latin1');
      const isLast = stretch.length < STRETCH;
      // What is no whole line yet is looked at with what follows it, unless nothing does.
      const end = isLast ? stretch.length : stretch.lastIndexOf('\n') + 1 || stretch.length;
      let start = 0;
      for (const line of stretch.slice(0, end).split('\n')) {
        if (has(line)) return { found: from + start, reached: from };
        start += line.length + 1;
      }
      from += end;
      if (isLast || performance.now() > until) return { found: null, reached: from };
    }
  }

  /**
   * Reads the end, or from a place on, and what comes then, until it ends or is aborted.
   * @param tell gets whole lines some times a second; what isn't contiguous left something out
   */
  async follow(
    from: number | null,
    signal: AbortSignal,
    tell: (part: LogPart, ended: boolean) => void,
  ): Promise<void> {
    const size = await this.size();
    const start = from ?? Math.max(0, size - PART);
    const stream = await this.#open(start, true, signal);
    const cutter = new LineCutter(start, from === null && start > 0, MOST);
    let timer: ReturnType<typeof setTimeout> | null = null;
    const flush = (ended: boolean): void => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      if (!signal.aborted) tell(this.#part(cutter, cutter.end), ended);
    };
    let begun = false;
    const begin = (): void => {
      // What was there is told at once, an empty log too.
      if (begun || cutter.end < size) return;
      begun = true;
      flush(false);
    };
    try {
      begin();
      for await (const bytes of stream) {
        signal.throwIfAborted();
        cutter.push(bytes as Uint8Array);
        if (begun) timer ??= setTimeout(() => flush(false), GATHER_MS);
        else begin();
      }
      flush(true);
    } finally {
      if (timer !== null) clearTimeout(timer);
      stream.destroy();
    }
  }

  async #range(from: number, to: number): Promise<Buffer> {
    const stream = await this.#open(from, false);
    const parts: Uint8Array[] = [];
    let left = Math.max(0, to - from);
    try {
      for await (const bytes of stream) {
        const part = (bytes as Uint8Array).subarray(0, left);
        parts.push(part);
        left -= part.byteLength;
        if (left <= 0) break;
      }
    } finally {
      stream.destroy();
    }
    return Buffer.concat(parts);
  }

  async #open(offset: number, follow: boolean, signal?: AbortSignal): Promise<Readable> {
    const client = await this.#client();
    return client.open('logs', {
      params: { id: this.#id },
      query: { attempt: this.#attempt, offset, follow: follow ? 'true' : 'false' },
      ...(signal === undefined ? {} : { signal }),
    });
  }

  #part(cutter: LineCutter, size: number): LogPart {
    const atEnd = cutter.end >= size;
    const { open, ...lines } = cutter.take();
    return { attempt: this.#attempt, ...lines, open: atEnd ? open : '', size };
  }
}
