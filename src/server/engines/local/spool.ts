/** What a process reported but could no longer send, read from the files that `runner/trainyard/_reporter.py` writes. */
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { Figure, type ReportedFile, type Sample, type SampleBatch } from '../../../contract/shapes.ts';

const Line = z.union([
  z.object({
    t: z.number(),
    e: z.number().optional(),
    s: z.number().optional(),
    f: z.array(z.tuple([z.string(), z.string(), Figure])),
  }),
  z.object({ t: z.number(), p: z.tuple([z.number(), z.number(), z.string()]) }),
  z.object({ t: z.number(), k: z.enum(['checkpoint', 'artifact']), path: z.string() }),
]);

const BATCH_SAMPLES = 10_000;

/**
 * The batches behind what the store has of each writer, in order, under the names that the process itself would have given them.
 * @param lastOf the number of the last line that the store has of a writer, or null
 */
export async function* undelivered(
  spool: string,
  attempt: number,
  lastOf: (writer: string) => Promise<number | null>,
): AsyncIterable<SampleBatch> {
  const names = await readdir(spool).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names.filter((one) => one.endsWith('.jsonl')).toSorted()) {
    const writer = name.slice(0, -'.jsonl'.length);
    yield* batchesOf(path.join(spool, name), attempt, writer, (await lastOf(writer)) ?? 0);
  }
}

async function* batchesOf(
  file: string,
  attempt: number,
  writer: string,
  last: number,
): AsyncIterable<SampleBatch> {
  let number = 0;
  let samples: Sample[] = [];
  let files: ReportedFile[] = [];
  let progress: SampleBatch['progress'];
  const batch = (): SampleBatch => {
    const made: SampleBatch = {
      attempt,
      batch: `${writer}:${number}`,
      samples,
      ...(progress === undefined ? {} : { progress }),
      ...(files.length === 0 ? {} : { files }),
    };
    samples = [];
    files = [];
    progress = undefined;
    return made;
  };
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    const line = parsed(text);
    number++;
    // No line: what a process wrote while it died, or the disk was full. It counts for the process as well.
    if (line === null || number <= last) continue;
    if ('f' in line) {
      const { t: time, e: epoch, s: step } = line;
      const place = {
        time,
        ...(epoch === undefined ? {} : { epoch }),
        ...(step === undefined ? {} : { step }),
      };
      for (const [figure, legend, y] of line.f) samples.push({ figure, legend, y, ...place });
    } else if ('p' in line) {
      const [done, total, unit] = line.p;
      progress = { done, total, unit };
    } else {
      files.push({ kind: line.k, path: line.path, time: line.t });
    }
    if (samples.length >= BATCH_SAMPLES || files.length >= 1000) yield batch();
  }
  if (samples.length > 0 || files.length > 0 || progress !== undefined) yield batch();
}

function parsed(text: string): z.output<typeof Line> | null {
  try {
    return Line.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
