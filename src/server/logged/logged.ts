/** What files say that libraries log to, whatever their format: records, in the order in which they stand. */
import { placeOf, type Place } from '../../contract/loggedKeys.ts';
import type { Sample } from '../../contract/shapes.ts';
import { figureOf } from '../metrics/line.ts';

/** A line of a table, or an event: values by the names that the library gives them. */
export interface Record {
  /** The byte behind it. */
  end: number;
  epoch?: number;
  step?: number;
  /** Milliseconds since 1970, where it says. */
  time?: number;
  /** Seconds since the training started or went on, where it says that instead. */
  elapsed?: number;
  values: [name: string, value: number][];
}

/** Reads a file from its beginning as it grows. */
export interface Reader {
  /** The records that end in these bytes, which follow those of the call before. What isn't whole yet waits. */
  read(bytes: Uint8Array): Record[];
  /** Whether it is what it looked like by its name: null until that can be told. */
  isLog: boolean | null;
}

/**
 * The samples of a record.
 * @param folder the name of the folder that the file is in
 * @param now the time of a record that has none
 */
export function samplesOf(record: Record, folder: string, now: number): Sample[] {
  const { epoch, step, time = now, values } = record;
  return values.map(([name, value]) => ({
    ...placeIn(folder, name),
    ...(epoch === undefined ? {} : { epoch }),
    ...(step === undefined ? {} : { step }),
    y: figureOf(value),
    time,
  }));
}

/** A name that says nothing of train or val may be in a folder that does. */
export function placeIn(folder: string, name: string): Place {
  const place = placeOf(name);
  if (place.legend !== '') return place;
  // PyTorch's add_scalars("loss", {"x": ...}) writes "loss" to a folder "loss_x"; Keras writes the same names to "train" and "validation".
  const own = `${name.replaceAll('/', '_')}_`;
  if (folder.startsWith(own)) return { figure: place.figure, legend: folder.slice(own.length) };
  const inFolder = placeOf(`${folder}/${name}`);
  return inFolder.legend === '' ? place : inFolder;
}

/** Columns and keys that say where on the axis a record lies, and those that are no figure. */
const EPOCHS = new Set(['epoch', 'epochs']);
const STEPS = new Set(['step', 'steps', 'global_step', '_step', 'iteration', 'iter', 'batch']);
const TIMES = new Set(['timestamp', 'wall_time', '_timestamp', 'time', 'date', 'datetime', '_runtime']);

/** Of those the ones that may count from the start. */
const CLOCKS = new Set(['time', '_runtime']);

/** A record of named texts or numbers; null where it has no place on an axis, or nothing else. */
export function recordOf(fields: Iterable<[name: string, value: unknown]>, end: number): Record | null {
  const record: Record = { end, values: [] };
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    const number = numberOf(value);
    if (number === null) continue;
    if (EPOCHS.has(key)) record.epoch ??= number;
    else if (STEPS.has(key)) record.step ??= number;
    else if (TIMES.has(key)) {
      const time = millisecondsOf(number);
      if (time !== null) record.time ??= time;
      else if (CLOCKS.has(key)) record.elapsed ??= number;
    } else if (name !== '' && name.length <= 200) record.values.push([name, number]);
  }
  const placed = Number.isFinite(record.epoch ?? NaN) || Number.isFinite(record.step ?? NaN);
  return placed && record.values.length > 0 ? record : null;
}

/** Whether these names are of a log: one says where on the axis, another is a figure. */
export function areOfLog(names: readonly string[]): boolean {
  const keys = names.map((name) => name.toLowerCase());
  return (
    keys.some((key) => EPOCHS.has(key) || STEPS.has(key)) &&
    keys.some((key) => key !== '' && !EPOCHS.has(key) && !STEPS.has(key) && !TIMES.has(key))
  );
}

/** Of seconds since 1970, or milliseconds; null for what counts from somewhere else. */
const millisecondsOf = (time: number): number | null =>
  time > 1e12 ? time : time > 1e9 ? time * 1000 : null;

const WORDS: ReadonlyMap<string, number> = new Map([
  ['nan', NaN],
  ['inf', Infinity],
  ['+inf', Infinity],
  ['infinity', Infinity],
  ['-inf', -Infinity],
  ['-infinity', -Infinity],
]);

function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '') return null;
  const text = value.trim();
  return (
    WORDS.get(text.toLowerCase()) ??
    (/^[+-]?(\d|\.\d)/.test(text) && !Number.isNaN(Number(text)) ? Number(text) : null)
  );
}
