/**
 * A batch of samples, checked and turned into columns. The head goes through the contract's schema; samples are checked column by
 * column, which takes a tenth of the time that a schema takes object by object. Both refuse the same batches (a test holds them
 * together).
 */
import { ownFigure } from '../../contract/figures.ts';
import { SampleBatch, type Progress, type ReportedFile } from '../../contract/shapes.ts';
import { BadBatch } from './metrics.ts';

/** The samples of one line in the order in which they came. An epoch or step that a sample lacks is NaN. */
export interface LineColumns {
  figure: string;
  legend: string;
  epoch: Float64Array;
  step: Float64Array;
  time: Float64Array;
  y: Float64Array;
}

export interface Batch {
  attempt: number;
  writer: string;
  number: number;
  samples: number;
  lines: LineColumns[];
  progress: Progress | null;
  files: ReportedFile[];
}

const Head = SampleBatch.omit({ samples: true });
const MOST_SAMPLES = 100_000;
const MOST_CHARACTERS = 200;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Reads the JSON of a `SampleBatch`. Throws `BadBatch`, naming the field. */
export function parseBatch(body: Uint8Array): Batch {
  let batch: unknown;
  try {
    batch = JSON.parse(decoder.decode(body));
  } catch (error) {
    throw new BadBatch('', `The body isn't JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return columnsOf(batch);
}

/** Checks a batch and sorts its samples by line. Throws `BadBatch`, naming the field. */
export function columnsOf(batch: unknown): Batch {
  if (!isRecord(batch)) throw new BadBatch('', 'The body must be an object with attempt, batch and samples.');
  const { samples, ...rest } = batch;
  const head = Head.safeParse(rest);
  if (!head.success) {
    const issue = head.error.issues[0];
    throw new BadBatch(pathOf(issue?.path ?? []), `isn't right: ${issue?.message ?? 'malformed'}`);
  }
  if (!Array.isArray(samples)) throw new BadBatch('samples', 'must be an array');
  if (samples.length > MOST_SAMPLES) {
    throw new BadBatch('samples', `must have at most ${MOST_SAMPLES} entries, not ${samples.length}`);
  }
  const { attempt, batch: name, progress, files } = head.data;
  const colon = typeof name === 'string' ? name.lastIndexOf(':') : -1;
  return {
    attempt,
    writer: typeof name === 'string' ? name.slice(0, colon) : '',
    number: typeof name === 'string' ? Number(name.slice(colon + 1)) : name,
    samples: samples.length,
    lines: linesOf(samples),
    progress: progress ?? null,
    files: files ?? [],
  };
}

function linesOf(samples: readonly unknown[]): LineColumns[] {
  const objects = records(samples);
  const n = objects.length;
  const time = column(objects, 'time', number);
  const y = column(objects, 'y', figureValue);
  const step = column(objects, 'step', optionalNumber);
  const epoch = column(objects, 'epoch', optionalNumber);

  // The lines in the order of their first sample, which of them each sample is in, and how many each has.
  const names: { figure: string; legend: string; count: number }[] = [];
  const known = new Map<string, Map<string, number>>();
  const lineOf = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const { figure, legend } = objects[i]!;
    if (!isText(figure, 1))
      throw bad(i, 'figure', `must be a text of 1 to ${MOST_CHARACTERS} characters`, figure);
    if (!isText(legend, 0))
      throw bad(i, 'legend', `must be a text of at most ${MOST_CHARACTERS} characters`, legend);
    let legends = known.get(figure);
    if (legends === undefined) known.set(figure, (legends = new Map<string, number>()));
    let line = legends.get(legend);
    if (line === undefined) {
      line = names.push({ figure, legend, count: 0 }) - 1;
      legends.set(legend, line);
    }
    lineOf[i] = line;
    names[line]!.count++;
  }
  refuseUnknown(objects);

  const all = new Float64Array(4 * n);
  let offset = 0;
  const ends: Float64Array = new Float64Array(names.length);
  const lines = names.map(({ figure, legend, count }, line) => {
    const part = (c: number): Float64Array => all.subarray(c * n + offset, c * n + offset + count);
    const columns = {
      figure: ownFigure(figure),
      legend,
      epoch: part(0),
      step: part(1),
      time: part(2),
      y: part(3),
    };
    ends[line] = offset;
    offset += count;
    return columns;
  });
  for (let i = 0; i < n; i++) {
    const at = ends[lineOf[i]!]!++;
    all[at] = epoch[i]!;
    all[n + at] = step[i]!;
    all[2 * n + at] = time[i]!;
    all[3 * n + at] = y[i]!;
  }
  return lines;
}

interface SampleLike {
  figure?: unknown;
  legend?: unknown;
  epoch?: unknown;
  step?: unknown;
  y?: unknown;
  time?: unknown;
}
type NumberField = 'epoch' | 'step' | 'y' | 'time';

function records(samples: readonly unknown[]): SampleLike[] {
  return samples.map((sample, i) => {
    if (!isRecord(sample)) throw new BadBatch(`samples[${i}]`, 'must be an object');
    return sample;
  });
}

/** Reads a field of all samples; `read` gives undefined for what isn't allowed. */
function column(
  objects: readonly SampleLike[],
  field: NumberField,
  read: (value: unknown) => number | undefined,
): Float64Array {
  const values = new Float64Array(objects.length);
  for (let i = 0; i < values.length; i++) {
    const found = objects[i]![field];
    const value = read(found);
    if (value === undefined) {
      const words = field === 'y' ? 'must be a number, "NaN", "Infinity" or "-Infinity"' : 'must be a number';
      throw bad(i, field, words, found);
    }
    values[i] = value;
  }
  return values;
}

const number = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

const optionalNumber = (value: unknown): number | undefined => (value === undefined ? NaN : number(value));

function figureValue(value: unknown): number | undefined {
  if (typeof value === 'number') return number(value);
  if (value === 'NaN') return NaN;
  if (value === 'Infinity') return Infinity;
  return value === '-Infinity' ? -Infinity : undefined;
}

const isText = (value: unknown, least: number): value is string =>
  typeof value === 'string' && value.length >= least && value.length <= MOST_CHARACTERS;

const FIELDS: ReadonlySet<string> = new Set(['figure', 'legend', 'epoch', 'step', 'y', 'time']);

/** A field that nobody knows is a mistake that somebody would look for later. Counting is quicker than comparing names. */
function refuseUnknown(objects: readonly SampleLike[]): void {
  for (let i = 0; i < objects.length; i++) {
    const object = objects[i]!;
    let fields = object.epoch === undefined ? 4 : 5;
    if (object.step !== undefined) fields++;
    for (const _ in object) fields--;
    if (fields === 0) continue;
    const unknown = Object.keys(object).find((key) => !FIELDS.has(key));
    if (unknown !== undefined) throw new BadBatch(`samples[${i}].${unknown}`, "isn't a field of a sample");
  }
}

function bad(i: number, field: string, problem: string, value: unknown): BadBatch {
  const shown = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60);
  return new BadBatch(`samples[${i}].${field}`, `${problem}, not ${shown}`);
}

const pathOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, key) =>
      typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`,
    '',
  );

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
