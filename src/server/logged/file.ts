/** A file that a library logs to while it trains, read from where it was left: each record once, in this life of the backend and the next. */
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Sample, SampleBatch } from '../../contract/shapes.ts';
import { EventReader } from './events.ts';
import { JsonLinesReader, TableReader } from './lines.ts';
import { samplesOf, type Reader, type Record } from './logged.ts';

const CHUNK = 2 ** 20;
const BATCH_SAMPLES = 5_000;
/** As much of its beginning tells whether a file was written anew: the head of a table is in it. */
const BEGINNING = 4096;

/** Of the writer of its batches; nobody else has such a name. */
const WRITER = 'file-';

/** The number of the last batch that the store has of a writer, or null. */
export type LastOf = (writer: string) => Promise<number | null>;

export class LoggedFile {
  readonly path: string;
  /** What ends before this byte is of an earlier training. */
  readonly #from: number;
  #reader: Reader;
  #offset = 0;
  #beginning = Buffer.alloc(0);
  /** How many records the reader gave, and how many of them the store has. */
  #given = 0;
  #kept = 0;
  #last: Record | null = null;
  /** How often it was written anew: each time it has another writer. */
  #generation = 0;
  /** It was found to be another than it was; whoever writes it may be at it. */
  #changing = false;

  constructor(file: string, from = 0) {
    this.path = file;
    this.#from = from;
    this.#reader = readerOf(file);
  }

  get isLog(): boolean | null {
    return this.#reader.isLog;
  }

  /** Looks up what the store has of it. @returns how many records */
  async begin(lastOf: LastOf): Promise<number> {
    for (let generation = 0; ; generation++) {
      const kept = await lastOf(this.#writerOf(generation));
      if (kept === null) return this.#kept;
      this.#generation = generation;
      this.#kept = kept;
    }
  }

  /**
   * What is new, in batches. Who asks for the next one has kept the one before; who doesn't gets it again the next time.
   * @param over nothing of it will come any more
   */
  async *batches(attempt: number, over: boolean): AsyncIterable<SampleBatch> {
    const file = await open(this.path, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (file === null) return;
    let isKept = false;
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING), 0, BEGINNING, 0);
      const ready = this.#isReady(buffer.subarray(0, bytesRead), size, over);
      for await (const samples of ready ? this.#read(file, size) : []) {
        yield { attempt, batch: `${this.#writerOf(this.#generation)}:${this.#given}`, samples };
        this.#kept = this.#given;
      }
      isKept = true;
    } finally {
      if (!isKept) this.#again();
      await file.close();
    }
  }

  /** The samples of new records, as many as go into a batch at a time. */
  async *#read(file: FileHandle, size: number): AsyncIterable<Sample[]> {
    const folder = path.basename(path.dirname(this.path));
    const wasRead = this.#offset > 0 || this.#last === null;
    let records: Record[] = [];
    let samples: Sample[] = [];
    while (this.#offset < size && this.isLog !== false) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK, this.#offset);
      if (bytesRead === 0) break;
      this.#offset += bytesRead;
      records.push(...this.#reader.read(buffer.subarray(0, bytesRead)));
      // One that was written anew is looked at as a whole.
      if (!wasRead && this.#offset < size) continue;
      if (!wasRead) this.#compare(records);
      const now = Date.now();
      for (const record of records) {
        if (++this.#given <= this.#kept) continue;
        this.#last = record;
        if (record.end > this.#from) samples.push(...samplesOf(record, folder, now));
        if (samples.length < BATCH_SAMPLES) continue;
        yield samples;
        samples = [];
      }
      records = [];
    }
    if (this.#given > this.#kept) yield samples;
  }

  #writerOf(generation: number): string {
    return writerOf(this.path, generation);
  }

  /** Whether it is to be read now: from where it was left, or from its beginning where that is another one. */
  #isReady(beginning: Buffer, size: number, over: boolean): boolean {
    const known = Math.min(this.#beginning.length, beginning.length);
    const same = size >= this.#offset && this.#beginning.equals(beginning.subarray(0, known));
    if (!same && !this.#changing && !over) {
      this.#changing = true;
      return false;
    }
    this.#changing = false;
    if (!same) this.#again();
    this.#beginning = Buffer.from(beginning);
    return size > this.#offset;
  }

  /** A file that was written anew may have what it had (Lightning does that when a column is added), or something else. */
  #compare(records: readonly Record[]): void {
    const at = records[this.#kept - 1];
    if (at !== undefined && at.epoch === this.#last?.epoch && at.step === this.#last?.step) return;
    this.#generation++;
    this.#kept = 0;
  }

  #again(): void {
    this.#reader = readerOf(this.path);
    this.#offset = 0;
    this.#given = 0;
  }
}

/** Who wrote the batches of a file, as the store knows it. */
export function writerOf(file: string, generation = 0): string {
  const name = createHash('sha256').update(file).digest('hex').slice(0, 16);
  return `${WRITER}${name}-${generation}`;
}

/** Whether a file's name is one that libraries log to. */
export const looksLogged = (name: string): boolean =>
  name.includes('tfevents') || /\.(csv|tsv|jsonl|ndjson)$/i.test(name);

export function readerOf(file: string): Reader {
  const name = path.basename(file);
  if (name.includes('tfevents')) return new EventReader();
  return /\.(jsonl|ndjson)$/i.test(name) ? new JsonLinesReader() : new TableReader();
}
