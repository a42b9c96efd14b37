/**
 * Samples as text, part by part: a part is made when it is asked for, and nothing is kept from one to the next, so that an export holds
 * no more than a part in memory and one that nobody asks on for needs no end. The parts of several executions make one document.
 */
import type { ExportFormat } from '../../contract/shapes.ts';
import type { Line, Samples } from './lines.ts';
import { figureOf } from './line.ts';

/** What is exported of one execution. */
export interface ExportAsk {
  executionId: string;
  model: { name: string; version: number };
  /** Null for all. */
  figures: readonly string[] | null;
  attempt: number | null;
  format: ExportFormat;
  /** The document has samples already. */
  continues: boolean;
}

/** Where the next part begins: a line, and the number of its chunk; the tail counts as the last. */
export interface ExportPlace {
  attempt: number;
  line: number;
  chunk: number;
}

export interface ExportPart {
  text: Uint8Array;
  /** Null where that was all. */
  next: ExportPlace | null;
}

/** Where samples are read. An execution that was removed has no lines any more. */
export interface Source {
  /** By attempt, then in the order in which they first came. */
  linesOf(executionId: string): Iterable<{ attempt: number; line: Line }>;
  samples(line: Line, chunk: number): Samples;
}

/** A part ends with the chunk that brings it to so many characters. */
const ENOUGH = 256 * 1024;

/** @param place where the part before ended; null for the first of an execution */
export function exportPart(
  source: Source,
  ask: ExportAsk,
  place: ExportPlace | null,
  enough = ENOUGH,
): ExportPart {
  const { figures } = ask;
  const { words: wordsOf, between } = FORMATS[ask.format];
  const wanted = figures === null ? null : new Set(figures);
  const encoder = new TextEncoder();
  let text = '';
  let found = place === null;
  for (const { attempt, line } of source.linesOf(ask.executionId)) {
    if (ask.attempt !== null && attempt !== ask.attempt) continue;
    if (wanted !== null && !wanted.has(line.figure)) continue;
    let chunk = 0;
    if (!found && place !== null) {
      if (attempt !== place.attempt || line.id !== place.line) continue;
      found = true;
      chunk = place.chunk;
    }
    const words = wordsOf(ask, attempt, line);
    // A tail may have become a chunk since the part before: what follows it is the tail then.
    for (; chunk <= line.state.chunks; chunk++) {
      if (text.length >= enough) {
        return { text: encoder.encode(text), next: { attempt, line: line.id, chunk } };
      }
      if (chunk === 0) text += (ask.continues || text !== '' ? between : '') + words.before;
      text += words.rows(source.samples(line, chunk), chunk === 0);
    }
    text += words.after;
  }
  if (!found) throw new Error(`${ask.executionId} was removed while it was exported`);
  return { text: encoder.encode(text), next: null };
}

/** What a document begins and ends with. */
export const documentOf = (format: ExportFormat): Readonly<Record<'head' | 'foot', string>> =>
  FORMATS[format];

interface LineWords {
  before: string;
  rows(samples: Samples, first: boolean): string;
  after: string;
}

interface Format {
  head: string;
  /** Between two lines. */
  between: string;
  foot: string;
  words: (ask: ExportAsk, attempt: number, line: Line) => LineWords;
}

const FORMATS: Readonly<Record<ExportFormat, Format>> = {
  /** RFC 4180, but for its line ends. What a sample lacks is empty. */
  csv: {
    head: 'executionId,model,version,attempt,figure,legend,epoch,step,time,y\n',
    between: '',
    foot: '',
    words({ executionId, model }, attempt, { figure, legend }) {
      const same = [executionId, model.name, model.version, attempt, figure, legend].map(field).join(',');
      return {
        before: '',
        rows({ epoch, step, time, y, length }) {
          let text = '';
          for (let i = 0; i < length; i++) {
            text += `${same},${orEmpty(epoch[i]!)},${orEmpty(step[i]!)},${exact(time[i]!)},${exact(y[i]!)}\n`;
          }
          return text;
        },
        after: '',
      };
    },
  },
  /** The contract's `Exported`, a sample a row. */
  json: {
    head: '{"series":[',
    between: ',',
    foot: '\n]}\n',
    words({ executionId, model }, attempt, { figure, legend }) {
      const head = JSON.stringify({ executionId, model, attempt, figure, legend });
      return {
        before: `\n${head.slice(0, -1)},"samples":[`,
        rows({ epoch, step, time, y, length }, first) {
          let text = '';
          for (let i = 0; i < length; i++) {
            const value = y[i]!;
            text += first && i === 0 ? '\n{' : ',\n{';
            if (!Number.isNaN(epoch[i])) text += `"epoch":${exact(epoch[i]!)},`;
            if (!Number.isNaN(step[i])) text += `"step":${exact(step[i]!)},`;
            text += `"y":${Number.isFinite(value) ? exact(value) : `"${figureOf(value)}"`},`;
            text += `"time":${exact(time[i]!)}}`;
          }
          return text;
        },
        after: '\n]}',
      };
    },
  },
};

/** The shortest digits that are read as the same number, the sign of zero included. */
const exact = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));
const orEmpty = (value: number): string => (Number.isNaN(value) ? '' : exact(value));

const field = (value: string | number): string =>
  typeof value === 'string' && /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : String(value);
