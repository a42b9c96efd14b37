/** What a process reported but could no longer send, read from the files that `runner/trainyard/_reporter.py` writes. */
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { Figure, Progress, ReportedFile, Sample, type SampleBatch } from '../../../contract/shapes.ts';

const { figure, legend } = Sample.shape;
const { done, total, unit } = Progress.shape;
const Line = z.union([
  z.object({
    t: z.number(),
    e: z.number().optional(),
    s: z.number().optional(),
    f: z.array(z.tuple([figure, legend, Figure])),
  }),
  z.object({ t: z.number(), p: z.tuple([done, total, unit]) }),
  z.object({
    ...ReportedFile.omit({ kind: true, time: true }).shape,
    t: z.number(),
    k: ReportedFile.shape.kind,
  }),
]);

/** A batch ends with the line that brings it to as many. */
const BATCH_SAMPLES = 10_000;
const BATCH_FILES = 1000;

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
    const cut = await cutOf(path.join(spool, `${writer}.cut`));
    yield* batchesOf(path.join(spool, name), { attempt, writer, last: (await lastOf(writer)) ?? 0, cut });
  }
}

/** The number of the batch that the process sent last. It may be on its way still, so the very same one is made of those lines. */
async function cutOf(file: string): Promise<number> {
  const text = await readFile(file, 'ascii').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return Number.parseInt(text, 10) || 0;
}

async function* batchesOf(
  file: string,
  { attempt, writer, last, cut }: { attempt: number; writer: string; last: number; cut: number },
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
    number++;
    if (number <= last) continue;
    const line = parsed(text);
    // Null: what a process wrote while it died, or the disk was full. It counts for the process as well.
    if (line === null) {
      // It says nothing.
    } else if ('f' in line) {
      samples.push(...samplesOf(line));
    } else if ('p' in line) {
      const [doneNow, of, what] = line.p;
      progress = { done: doneNow, total: of, unit: what };
    } else {
      const { t: time, k: kind, ...rest } = line;
      files.push({ kind, time, ...rest });
    }
    const full = samples.length >= BATCH_SAMPLES || files.length >= BATCH_FILES;
    if (number === cut || (full && number > cut)) yield batch();
  }
  if (samples.length > 0 || files.length > 0 || progress !== undefined) yield batch();
}

function samplesOf({
  t: time,
  e: epoch,
  s: step,
  f,
}: Extract<z.output<typeof Line>, { f: unknown }>): Sample[] {
  const place = {
    time,
    ...(epoch === undefined ? {} : { epoch }),
    ...(step === undefined ? {} : { step }),
  };
  return f.map(([name, line, y]) => ({ figure: name, legend: line, y, ...place }));
}

function parsed(text: string): z.output<typeof Line> | null {
  try {
    return Line.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
