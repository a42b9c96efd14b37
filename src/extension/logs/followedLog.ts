/** One attempt's log as it grows: reads what is there, and follows it while asked to. Knows nothing of VS Code. */
import type { Readable } from 'node:stream';
import type { Client } from '../../client/api.ts';
import { LogText } from './logText.ts';

export interface FollowedLogListener {
  /** What to show while nothing was printed. */
  whileEmpty(): string;
  /** There is more; told a few times a second at most. */
  onChange(): void;
  onBroken(error: Error): void;
}

/** A reader is told again after this long, in milliseconds, and later the longer the text is: each time it takes all of it. */
const GATHER_MS = 150;
const GATHER_MS_PER_MILLION = 100;

export class FollowedLog {
  readonly executionId: string;
  readonly #attempt: number;
  readonly #client: () => Promise<Client>;
  readonly #listener: FollowedLogListener;
  readonly #text = new LogText();
  #following: AbortController | null = null;
  #gathering: ReturnType<typeof setTimeout> | null = null;
  #content: Uint8Array | null = null;
  /** Grows with each change, so that no reader takes new text for old. */
  version = Date.now();
  /** Whether the reader's cursor is in the last line. */
  atEnd = true;

  constructor(
    named: { executionId: string; attempt: number },
    client: () => Promise<Client>,
    listener: FollowedLogListener,
  ) {
    this.executionId = named.executionId;
    this.#attempt = named.attempt;
    this.#client = client;
    this.#listener = listener;
  }

  /** What a reader sees, in UTF-8. */
  get content(): Uint8Array {
    if (this.#content === null) {
      const text = this.#text.toString();
      this.#content = Buffer.from(text === '' ? this.#listener.whileEmpty() : text);
    }
    return this.#content;
  }

  /** Reads what is there now. Rejects (`CallError`) where there is no such log. */
  async readToEnd(): Promise<void> {
    await this.#read(false, new AbortController().signal);
    this.#content = null;
  }

  /** Goes on reading as it grows, until it ends or `pause` is called. */
  follow(): void {
    if (this.#following !== null) return;
    const following = new AbortController();
    this.#following = following;
    this.#read(true, following.signal)
      .catch((error: unknown) => {
        if (following.signal.aborted) return;
        this.#listener.onBroken(error instanceof Error ? error : new Error(String(error)));
      })
      .finally(() => {
        if (this.#following === following) this.#following = null;
      });
  }

  /** Stops reading; what was read stays. */
  pause(): void {
    this.#following?.abort();
    this.#following = null;
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    this.#gathering = null;
  }

  async #read(follow: boolean, signal: AbortSignal): Promise<void> {
    const client = await this.#client();
    signal.throwIfAborted();
    const stream: Readable = await client.open('logs', {
      params: { id: this.executionId },
      query: { attempt: this.#attempt, offset: this.#text.offset, follow: follow ? 'true' : 'false' },
      signal,
    });
    try {
      for await (const part of stream) {
        signal.throwIfAborted();
        this.#text.append(part as Uint8Array);
        this.#grown(follow);
      }
    } finally {
      stream.destroy();
    }
    // The training is over: "nothing yet" is "nothing" now.
    if (follow && this.#text.offset === 0) this.#grown(true);
  }

  #grown(tell: boolean): void {
    this.#content = null;
    this.version = Math.max(Date.now(), this.version + 1);
    if (!tell) return;
    const size = this.#text.offset / 1e6;
    this.#gathering ??= setTimeout(
      () => {
        this.#gathering = null;
        this.#listener.onChange();
      },
      GATHER_MS + Math.min(size, 5) * GATHER_MS_PER_MILLION,
    );
  }
}
