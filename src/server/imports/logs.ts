/** What a log that is over says: read from its beginning to its end, a piece at a time. */
import { open } from 'node:fs/promises';
import path from 'node:path';
import { readerOf } from '../logged/file.ts';
import { placeIn, type Record } from '../logged/logged.ts';
import { Unreadable, type LoggedSeries } from './found.ts';

const CHUNK = 2 ** 20;
/** Most tables are found not to be logs by their head. */
const HEAD = 2 ** 14;
/** As many points are handed on together. */
const PIECE = 50_000;

/** Nothing where it isn't a log. */
export async function* recordsOf(file: string): AsyncGenerator<Record> {
  const reader = readerOf(file);
  const opened = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new Unreadable(`${file}: ${error.message}`);
  });
  try {
    for (let buffer = Buffer.alloc(HEAD); ;) {
      const { bytesRead } = await opened.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) break;
      yield* reader.read(buffer.subarray(0, bytesRead));
      if (reader.isLog === false) return;
      if (buffer.length < CHUNK) buffer = Buffer.alloc(CHUNK);
    }
    // A table's last line may lack its end.
    if (!file.includes('tfevents')) yield* reader.read(Buffer.from('\n'));
  } finally {
    await opened.close();
  }
}

export async function firstOf(file: string): Promise<Record | null> {
  for await (const record of recordsOf(file)) return record;
  return null;
}

/** @param folder of the run; what is logged in one inside it may be named by that. @param timeOf of a record that has none, by its number in its file */
export async function* seriesOf(
  folder: string,
  logs: readonly string[],
  timeOf: (record: Record, n: number) => number,
): AsyncGenerator<LoggedSeries> {
  for (const log of logs) {
    const around = path.dirname(log);
    const inside = path.relative(folder, around);
    let series = new Map<string, { epoch?: number; step?: number; time: number; y: number }[]>();
    let points = 0;
    const piece = function* (): Generator<LoggedSeries> {
      for (const [name, logged] of series) {
        if (inside === '') yield { key: name, points: logged };
        else yield { key: `${inside}/${name}`, place: placeIn(path.basename(around), name), points: logged };
      }
      series = new Map();
      points = 0;
    };
    let n = 0;
    for await (const record of recordsOf(log)) {
      const { epoch, step, values } = record;
      const time = timeOf(record, n++);
      for (const [name, y] of values) {
        const logged = series.get(name) ?? [];
        logged.push({
          ...(epoch === undefined ? {} : { epoch }),
          ...(step === undefined ? {} : { step }),
          time,
          y,
        });
        series.set(name, logged);
      }
      points += values.length;
      if (points >= PIECE) yield* piece();
    }
    yield* piece();
  }
}
