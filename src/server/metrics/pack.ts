/**
 * Columns of numbers as bytes, exactly: what goes in comes out, bit for bit (but for NaN, which is one value). Epochs, steps and
 * times are mostly constant or evenly spaced, and losses mostly come from 32-bit floats, so each column takes the narrowest form that
 * loses nothing. Little-endian, as every platform that Node runs on with a GPU is.
 *
 * Layout: count, number of columns, then (form, offset) for each column, all u32; each column's data on a multiple of 8.
 */

const CONSTANT = 0; // one f64
const STEADY = 1; // the first and the difference, both f64; all integers
const DELTA8 = 2; // the first as f64, then differences; all integers
const DELTA16 = 3;
const DELTA32 = 4;
const FLOAT32 = 5;
const FLOAT64 = 6;

type Form = 0 | 1 | 2 | 3 | 4 | 5 | 6;
const DELTAS = { [DELTA8]: Int8Array, [DELTA16]: Int16Array, [DELTA32]: Int32Array } as const;

/** Packs the first `count` values of each column, from `start` on. */
export function pack(columns: readonly Float64Array[], start: number, count: number): Uint8Array {
  const forms = columns.map((column) => formOf(column, start, count));
  const head = align(8 + 8 * columns.length);
  let size = head;
  const offsets = forms.map((form) => {
    const offset = size;
    size += align(sizeOf(form, count));
    return offset;
  });
  const buffer = new ArrayBuffer(size);
  const header = new Uint32Array(buffer, 0, 2 + 2 * columns.length);
  header[0] = count;
  header[1] = columns.length;
  columns.forEach((column, c) => {
    const form = forms[c]!;
    header[2 + 2 * c] = form;
    header[3 + 2 * c] = offsets[c]!;
    write(form, column, start, count, buffer, offsets[c]!);
  });
  return new Uint8Array(buffer);
}

/** How many values each column has. */
export function packedCount(bytes: Uint8Array): number {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, 1)[0]!;
}

/** One column; its memory may be the blob's own, so it is for reading. */
export function unpack(bytes: Uint8Array, column: number): Float64Array {
  if (bytes.byteOffset % 8 !== 0 || !(bytes.buffer instanceof ArrayBuffer))
    return unpack(bytes.slice(), column);
  const { buffer, byteOffset } = bytes;
  const header = new Uint32Array(buffer, byteOffset, 4 + 2 * column);
  const count = header[0]!;
  const form = header[2 + 2 * column] as Form;
  const at = byteOffset + header[3 + 2 * column]!;
  if (form === FLOAT64) return new Float64Array(buffer, at, count);
  if (form === FLOAT32) return Float64Array.from(new Float32Array(buffer, at, count));
  const values = new Float64Array(count);
  const [first = NaN, difference = 0] = new Float64Array(buffer, at, form === STEADY ? 2 : 1);
  if (form === CONSTANT) return values.fill(first);
  if (form === STEADY) {
    for (let i = 0; i < count; i++) values[i] = first + i * difference;
    return values;
  }
  const deltas = new DELTAS[form](buffer, at + 8, count - 1);
  let value = first;
  values[0] = value;
  for (let i = 1; i < count; i++) values[i] = value += deltas[i - 1]!;
  return values;
}

const align = (bytes: number): number => (bytes + 7) & ~7;

function sizeOf(form: Form, count: number): number {
  switch (form) {
    case CONSTANT:
      return 8;
    case STEADY:
      return 16;
    case DELTA8:
    case DELTA16:
    case DELTA32:
      return 8 + DELTAS[form].BYTES_PER_ELEMENT * (count - 1);
    case FLOAT32:
      return 4 * count;
    case FLOAT64:
      return 8 * count;
  }
}

function write(
  form: Form,
  column: Float64Array,
  start: number,
  count: number,
  buffer: ArrayBuffer,
  at: number,
): void {
  if (form === FLOAT64 || form === FLOAT32) {
    const values =
      form === FLOAT64 ? new Float64Array(buffer, at, count) : new Float32Array(buffer, at, count);
    values.set(column.subarray(start, start + count));
    return;
  }
  const first = new Float64Array(buffer, at, form === STEADY ? 2 : 1);
  first[0] = column[start] ?? NaN;
  if (form === CONSTANT) return;
  if (form === STEADY) {
    first[1] = column[start + 1]! - column[start]!;
    return;
  }
  const deltas = new DELTAS[form](buffer, at + 8, count - 1);
  for (let i = 1; i < count; i++) deltas[i - 1] = column[start + i]! - column[start + i - 1]!;
}

/** A whole number whose sums and differences with others of its kind are exact; -0 isn't one, its sign would be lost. */
const isExact = (value: number): boolean =>
  Math.trunc(value) === value && Math.abs(value) <= 2 ** 51 && (value !== 0 || 1 / value > 0);

function formOf(column: Float64Array, start: number, count: number): Form {
  const first = column[start] ?? NaN;
  const end = start + count;
  let i = start + 1;
  while (i < end && Object.is(column[i], first)) i++;
  if (i >= end) return CONSTANT;

  if (isExact(first)) {
    let least = Infinity;
    let most = -Infinity;
    let before = first;
    for (i = start + 1; i < end; i++) {
      const value = column[i]!;
      if (!isExact(value)) break;
      const difference = value - before;
      if (difference < least) least = difference;
      if (difference > most) most = difference;
      before = value;
    }
    if (i === end) {
      if (least === most) return STEADY;
      if (least >= -(2 ** 7) && most < 2 ** 7) return DELTA8;
      if (least >= -(2 ** 15) && most < 2 ** 15) return DELTA16;
      if (least >= -(2 ** 31) && most < 2 ** 31) return DELTA32;
    }
  }
  for (i = start; i < end; i++) if (!Object.is(Math.fround(column[i]!), column[i])) return FLOAT64;
  return FLOAT32;
}
