/** Follows the backend's event stream: resumes where it broke off, waits 0.2 to 5 s between tries, ends when told to. */
import { createParser } from 'eventsource-parser';
import { Event } from '../contract/events.ts';
import { CallError, type Client } from './api.ts';

/** The backend says something at least every 15 s; a silence of this long is a dead connection. */
const SILENCE_MS = 40_000;

export interface Following {
  /** A connection stands (again). `resumed` false: nothing is known of what came before; list everything. */
  onReady(resumed: boolean): void;
  onEvent(event: Event): void;
  /** The connection broke or couldn't be made; another try follows, unless `stop` is called. */
  onBroken(error: Error): void;
}

/** Starts following. `connect` is asked for a client at each try, since a backend can move. */
export function followEvents(connect: () => Promise<Client>, following: Following): { stop(): void } {
  const ended = new AbortController();
  let last: number | null = null;

  async function once(): Promise<void> {
    const client = await connect();
    const headers = last === null ? {} : { 'last-event-id': last };
    const stream = await client.open('events', { headers, signal: ended.signal });
    const silence = setTimeout(() => stream.destroy(new Error('the backend fell silent')), SILENCE_MS);
    const parser = createParser({
      onEvent: (message) => {
        const event = Event.parse({ event: message.event, data: JSON.parse(message.data) as unknown });
        const resumed = last !== null && event.event !== 'reset';
        if (message.id !== undefined) last = Number(message.id);
        if (event.event === 'ready' || event.event === 'reset') following.onReady(resumed);
        else following.onEvent(event);
      },
    });
    const decoder = new TextDecoder();
    try {
      for await (const part of stream as AsyncIterable<Uint8Array>) {
        silence.refresh();
        parser.feed(decoder.decode(part, { stream: true }));
      }
    } finally {
      clearTimeout(silence);
      stream.destroy();
    }
    throw new CallError('unreachable', null, 'The backend closed the event stream.', null);
  }

  async function forever(): Promise<void> {
    let wait = 200;
    while (!ended.signal.aborted) {
      const began = Date.now();
      try {
        await once();
      } catch (error) {
        if (ended.signal.aborted) return;
        following.onBroken(error instanceof Error ? error : new Error(String(error)));
      }
      wait = Date.now() - began > 5_000 ? 200 : Math.min(5_000, wait * 2);
      await pause(wait, ended.signal);
    }
  }

  void forever();
  return { stop: () => ended.abort() };
}

/** Resolves after `ms`, or at once when the signal fires. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
