/** What is known of one line without reading its samples: its summary, and where it reaches on each axis. */
import type { Direction } from '../../contract/figures.ts';
import type { Figure, SummaryLine } from '../../contract/shapes.ts';
import type { LineColumns } from './columns.ts';

export const EPOCH = 0;
export const STEP = 1;
export const TIME = 2;
/** The number of a sample in the order in which they came, from 1: an axis for lines that have neither epochs nor steps. */
export const ORDINAL = 3;
export type Axis = typeof EPOCH | typeof STEP | typeof TIME | typeof ORDINAL;

/** Numbers alone; NaN stands for what isn't there, except in `last`, which may be a NaN that was logged. */
const NOTHING = {
  count: 0,
  /** Chunks written, and the number of the next part of the chunk to come. */
  chunks: 0,
  nextPart: 0,
  last: NaN,
  lastEpoch: NaN,
  lastStep: NaN,
  lastTime: NaN,
  best: NaN,
  bestEpoch: NaN,
  /** How many samples have an epoch and a step, and how far each axis reaches. */
  epochs: 0,
  epochMin: NaN,
  epochMax: NaN,
  steps: 0,
  stepMin: NaN,
  stepMax: NaN,
  timeMin: NaN,
  timeMax: NaN,
};
export type LineState = typeof NOTHING;

// Their order is the order in the file: new ones go to the end.
const FIELDS = Object.keys(NOTHING) as readonly (keyof LineState)[];

export const newState = (): LineState => ({ ...NOTHING });

export const packState = (state: LineState): Uint8Array =>
  new Uint8Array(Float64Array.from(FIELDS, (field) => state[field]).buffer);

export function unpackState(bytes: Uint8Array): LineState {
  const values = new Float64Array(bytes.slice().buffer);
  const state = newState();
  FIELDS.forEach((field, i) => (state[field] = values[i] ?? state[field]));
  return state;
}

/** How many samples are on an axis, and its least and greatest x. */
export function reach(state: LineState, axis: Axis): { count: number; min: number; max: number } {
  switch (axis) {
    case EPOCH:
      return { count: state.epochs, min: state.epochMin, max: state.epochMax };
    case STEP:
      return { count: state.steps, min: state.stepMin, max: state.stepMax };
    case TIME:
      return { count: state.count, min: state.timeMin, max: state.timeMax };
    case ORDINAL:
      return { count: state.count, min: 1, max: state.count };
  }
}

/** Takes samples into the summary. Neither NaN nor an infinity is ever the best; of equal ones the first to come stays. */
export function addToState(state: LineState, columns: LineColumns, direction: Direction | null): void {
  const { epoch, step, time, y } = columns;
  const n = y.length;
  let { epochs, epochMin, epochMax, steps, stepMin, stepMax, timeMin, timeMax } = state;
  for (let i = 0; i < n; i++) {
    const e = epoch[i]!;
    const s = step[i]!;
    const t = time[i]!;
    // Whatever is compared with NaN is false, so that the first number always takes its place.
    if (e === e) {
      epochs++;
      if (!(e >= epochMin)) epochMin = e;
      if (!(e <= epochMax)) epochMax = e;
    }
    if (s === s) {
      steps++;
      if (!(s >= stepMin)) stepMin = s;
      if (!(s <= stepMax)) stepMax = s;
    }
    if (!(t >= timeMin)) timeMin = t;
    if (!(t <= timeMax)) timeMax = t;
    if ((state.count === 0 && i === 0) || !isBefore(s, e, t, state)) {
      state.last = y[i]!;
      state.lastEpoch = e;
      state.lastStep = s;
      state.lastTime = t;
    }
  }
  if (direction !== null) {
    const sign = direction === 'higher' ? 1 : -1;
    let best = Number.isNaN(state.best) ? -Infinity : sign * state.best;
    for (let i = 0; i < n; i++) {
      const value = sign * y[i]!;
      if (value > best && value < Infinity) {
        best = value;
        state.best = y[i]!;
        state.bestEpoch = epoch[i]!;
      }
    }
  }
  state.count += n;
  Object.assign(state, { epochs, epochMin, epochMax, steps, stepMin, stepMax, timeMin, timeMax });
}

/** Whether a sample lies before the last one: by step where both have one, else by epoch, else by time. */
function isBefore(step: number, epoch: number, time: number, last: LineState): boolean {
  if (step < last.lastStep) return true;
  if (step > last.lastStep) return false;
  if (epoch < last.lastEpoch) return true;
  if (epoch > last.lastEpoch) return false;
  const comparable =
    (step === step && last.lastStep === last.lastStep) ||
    (epoch === epoch && last.lastEpoch === last.lastEpoch);
  return !comparable && time < last.lastTime;
}

export const summaryOf = (figure: string, legend: string, state: LineState): SummaryLine => ({
  figure,
  legend,
  count: state.count,
  last: figureOf(state.last),
  lastEpoch: orNull(state.lastEpoch),
  best: orNull(state.best),
  bestEpoch: orNull(state.bestEpoch),
});

/** What NaN stands for where nothing is there. */
export const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

/** A value as it travels in JSON. */
export function figureOf(value: number): Figure {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}
