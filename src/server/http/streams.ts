/** The two answers that don't end by themselves: the event stream and a log that is followed. */
import { watch } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Event } from '../../contract/events.ts';
import type { Change, EventLog } from '../store/events.ts';

/** Several changes within this time go out together, each thing once. */
const GATHER_MS = 20;
const HEARTBEAT_MS = 15_000;
/** A reader that is so far behind is let go; it comes back and resumes. */
const MAX_BEHIND_BYTES = 16 * 2 ** 20;

/**
 * Everything behind `last` (null: from now on), then everything as it happens.
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
  let gathering: NodeJS.Timeout | null = null;
  let cleanUp = (): void => undefined;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const send = (seq: number, event: Event): void =>
          controller.enqueue(
            encoder.encode(`id: ${seq}\nevent: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n`),
          );
        const flush = (): void => {
          gathering = null;
          const changes = log.since(cursor);
          if (changes === null) {
            cursor = log.head;
            send(cursor, { event: 'reset', data: { seq: cursor } });
            return;
          }
          for (const change of changes) {
            cursor = change.seq;
            const event = render(change);
            if (event !== null) send(change.seq, event);
          }
          if ((controller.desiredSize ?? 0) < -MAX_BEHIND_BYTES) {
            cleanUp();
            controller.close();
          }
        };
        const listening = log.onChange(() => {
          gathering ??= setTimeout(flush, GATHER_MS);
        });
        const heartbeat = setInterval(
          () => controller.enqueue(encoder.encode(': still here\n\n')),
          HEARTBEAT_MS,
        );
        cleanUp = () => {
          listening.dispose();
          clearInterval(heartbeat);
          if (gathering !== null) clearTimeout(gathering);
          onEnd();
          cleanUp = () => undefined;
        };
        if (log.since(cursor) !== null) send(cursor, { event: 'ready', data: { seq: cursor } });
        flush();
      },
      cancel() {
        cleanUp();
      },
    },
    { highWaterMark: 0, size: (part) => part?.byteLength ?? 0 },
  );
}

const CHUNK = 64 * 1024;

/**
 * The bytes of a file from `offset` on; where `following` says so, it waits for more until that turns false.
 * @param onChange calls back when `following` may have turned
 */
export function logStream(
  file: string,
  offset: number,
  following: () => boolean,
  onChange: (callback: () => void) => { dispose(): void },
  onEnd: () => void,
): ReadableStream<Uint8Array> {
  let handle: FileHandle | null = null;
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
    handle ??= await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (handle === null) return null;
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
