/** The two answers that don't end by themselves: the event stream and a log that is followed. */
import { watch } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Event } from '../../contract/events.ts';
import type { Change, EventLog } from '../store/events.ts';

/** Several changes within this time go out together, each thing once. */
const GATHER_MS = 20;
const HEARTBEAT_MS = 15_000;
/** So many changes are told at a time: between them others are served. */
const TOLD_AT_ONCE = 200;

/**
 * Everything behind `last` (null: from now on), then everything as it happens. Nothing is made before it is read: a reader that is slow
 * keeps no memory here, and later hears of each thing once, as it is then.
 * @param render what a change looks like now, or null where there is nothing to tell any more
 */
export function eventStream(
  log: EventLog,
  last: number | null,
  render: (change: Change) => Event | null,
  onEnd: () => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let cursor = last ?? log.head;
  let greeted = false;
  /** What is known to have changed, the next one last. */
  let pending: Change[] = [];
  let changed = true;
  let ended = false;
  let wake = (): void => undefined;
  const listening = log.onChange(() => {
    changed = true;
    wake();
  });

  /** Resolves to whether something changed, or all was over, within `ms`. */
  const change = async (ms: number): Promise<boolean> => {
    if (changed || ended) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms);
      wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  };
  const text = (seq: number, event: Event): string =>
    `id: ${seq}\nevent: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n`;
  const next = (): string => {
    let told = '';
    if (pending.length === 0) {
      changed = false;
      const found = log.since(cursor);
      if (found === null) {
        cursor = log.head;
        greeted = true;
        return text(cursor, { event: 'reset', data: { seq: cursor } });
      }
      if (!greeted) told = text(cursor, { event: 'ready', data: { seq: cursor } });
      greeted = true;
      pending = found.toReversed();
    }
    for (const one of pending.splice(-TOLD_AT_ONCE).toReversed()) {
      cursor = one.seq;
      const event = render(one);
      if (event !== null) told += text(one.seq, event);
    }
    return told;
  };

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (let told = ''; told === '';) {
          if (greeted && pending.length === 0) {
            if (!(await change(HEARTBEAT_MS))) told = ': still here\n\n';
            else await delay(GATHER_MS);
          }
          if (ended) return;
          if (told === '') told = next();
          if (told !== '') controller.enqueue(encoder.encode(told));
        }
      },
      cancel() {
        ended = true;
        listening.dispose();
        wake();
        onEnd();
      },
    },
    { highWaterMark: 0 },
  );
}

const CHUNK = 64 * 1024;

/**
 * The bytes of a file from `offset` on; where `following` says so, it waits for more until that turns false. Rejects where there is a
 * file and it can't be opened.
 * @param onChange calls back when `following` may have turned
 */
export async function logStream(
  file: string,
  offset: number,
  following: () => boolean,
  onChange: (callback: () => void) => { dispose(): void },
  onEnd: () => void,
): Promise<ReadableStream<Uint8Array>> {
  let handle = await openIfThere(file).catch((error: unknown) => {
    onEnd();
    throw error;
  });
  let position = offset;
  let wake = (): void => undefined;
  let ended = false;
  const listening = onChange(() => wake());
  // The folder is watched, since the file may not be there yet.
  let watcher: ReturnType<typeof watch> | null = null;
  const end = async (): Promise<void> => {
    if (ended) return;
    ended = true;
    listening.dispose();
    watcher?.close();
    wake();
    await handle?.close();
    onEnd();
  };
  const read = async (): Promise<Uint8Array | null> => {
    handle ??= await openIfThere(file);
    // The reader may have left while it was being opened.
    if (ended) await handle?.close();
    if (ended || handle === null) return null;
    const buffer = new Uint8Array(CHUNK);
    const { bytesRead } = await handle.read(buffer, 0, CHUNK, position);
    position += bytesRead;
    return bytesRead === 0 ? null : buffer.subarray(0, bytesRead);
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        for (;;) {
          // Asked before reading: what was written until the end is read in any case.
          const more = following();
          // Woken by anything from here on, so that no change between the read and the wait is missed.
          const changed = new Promise<void>((resolve) => (wake = resolve));
          if (more && watcher === null)
            watcher = watchFolder(path.dirname(file), path.basename(file), () => wake());
          const part = await read();
          if (ended) return;
          if (part !== null) {
            controller.enqueue(part);
            return;
          }
          if (!more) {
            await end();
            controller.close();
            return;
          }
          await changed;
        }
      } catch (error) {
        await end();
        controller.error(error);
      }
    },
    cancel: end,
  });
}

function openIfThere(file: string): Promise<FileHandle | null> {
  return open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

function watchFolder(folder: string, name: string, callback: () => void): ReturnType<typeof watch> | null {
  try {
    return watch(folder, (_, changed) => {
      if (changed === null || changed === name) callback();
    });
  } catch {
    // The folder isn't there before the first start; the run's own change wakes the reader then.
    return null;
  }
}
