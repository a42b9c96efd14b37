/**
 * TensorBoard's event files, of which scalars are taken: records of TensorFlow (`tensorflow/core/lib/io/record_writer.h`), in each an
 * `Event` of protocol buffers (`tensorboard/compat/proto/event.proto`, `summary.proto`, `tensor.proto`).
 */
import type { Reader, Record } from './logged.ts';

/** A record: its length (8 bytes), a check of that (4), the data, a check of the data (4). */
const HEAD = 12;
const CHECK = 4;
/** Pictures and graphs are in there as well: what is longer has no scalars, and isn't kept until it is whole. */
const LONG = 2 ** 18;
/** What says that it is longer is no such file. */
const LONGEST = 2 ** 40;

export class EventReader implements Reader {
  #rest: Uint8Array = new Uint8Array();
  #end = 0;
  /** How much is still to come of a long record. */
  #skipped = 0;
  isLog: boolean | null = null;

  read(bytes: Uint8Array): Record[] {
    if (this.isLog === false) return [];
    const skipped = Math.min(this.#skipped, bytes.length);
    this.#skipped -= skipped;
    const all = new Uint8Array(this.#rest.length + bytes.length - skipped);
    all.set(this.#rest);
    all.set(bytes.subarray(skipped), this.#rest.length);
    const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
    const records: Record[] = [];
    let at = 0;
    while (all.length - at >= HEAD) {
      const length = Number(view.getBigUint64(at, true));
      const isHead = view.getUint32(at + 8, true) === maskedCheck(all.subarray(at, at + 8));
      if (!isHead || length > LONGEST) {
        // Not such a file, or damaged: what comes behind can't be told apart.
        this.isLog = false;
        break;
      }
      this.isLog = true;
      const end = at + HEAD + length + CHECK;
      if (end > all.length && length <= LONG) break;
      this.#end += end - at;
      if (length > LONG) {
        this.#skipped = Math.max(0, end - all.length);
        at = Math.min(end, all.length);
        continue;
      }
      const data = all.subarray(at + HEAD, at + HEAD + length);
      // One that is damaged is left out; the next one begins where it should.
      if (view.getUint32(end - CHECK, true) === maskedCheck(data)) {
        const record = eventOf(data, this.#end);
        if (record !== null) records.push(record);
      }
      at = end;
    }
    this.#rest = all.slice(at);
    return records;
  }
}

function eventOf(data: Uint8Array, end: number): Record | null {
  const record: Record = { end, step: 0, values: [] };
  try {
    for (const { field, value } of fieldsOf(data)) {
      if (field === 1 && value instanceof Uint8Array) record.time = doubleOf(value) * 1000;
      else if (field === 2 && typeof value === 'bigint') record.step = Number(BigInt.asIntN(64, value));
      else if (field === 5 && value instanceof Uint8Array) record.values.push(...scalarsOf(value));
    }
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
  return record.values.length > 0 ? record : null;
}

/** Of a `Summary`: each value that is one number. */
function scalarsOf(summary: Uint8Array): [name: string, value: number][] {
  const scalars: [string, number][] = [];
  for (const { field, value } of fieldsOf(summary)) {
    if (field !== 1 || !(value instanceof Uint8Array)) continue;
    let tag = '';
    let number: number | null = null;
    for (const part of fieldsOf(value)) {
      if (!(part.value instanceof Uint8Array)) continue;
      if (part.field === 1) tag = new TextDecoder().decode(part.value);
      else if (part.field === 2) number = floatOf(part.value);
      else if (part.field === 8) number = tensorOf(part.value);
    }
    if (tag !== '' && number !== null) scalars.push([tag, number]);
  }
  return scalars;
}

const FLOAT = 1n;
const DOUBLE = 2n;

/** A `TensorProto` of one number, else null: TensorFlow 2 writes scalars so, and histograms and texts as larger ones. */
function tensorOf(tensor: Uint8Array): number | null {
  let type = 0n;
  const content: Uint8Array[] = [];
  for (const { field, value } of fieldsOf(tensor)) {
    if (field === 1 && typeof value === 'bigint') type = value;
    // Its bytes, or its numbers one after the other.
    else if ((field === 4 || field === 5 || field === 6) && value instanceof Uint8Array) content.push(value);
  }
  const [bytes] = content;
  if (bytes === undefined || content.length > 1) return null;
  if (type === FLOAT && bytes.length === 4) return floatOf(bytes);
  return type === DOUBLE && bytes.length === 8 ? doubleOf(bytes) : null;
}

interface Field {
  field: number;
  /** A whole number, or bytes: of a text, a message, or of a number of 4 or 8. */
  value: bigint | Uint8Array;
}

/** The fields of a message. Throws `RangeError` where it ends in the middle of one. */
function* fieldsOf(message: Uint8Array): Iterable<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number without an end');
  };
  const bytes = (count: number): Uint8Array => {
    if (at + count > message.length) throw new RangeError('a field without an end');
    at += count;
    return message.subarray(at - count, at);
  };
  while (at < message.length) {
    const key = Number(varint());
    const field = key >>> 3;
    switch (key & 7) {
      case 0:
        yield { field, value: varint() };
        break;
      case 1:
        yield { field, value: bytes(8) };
        break;
      case 2:
        yield { field, value: bytes(Number(varint())) };
        break;
      case 5:
        yield { field, value: bytes(4) };
        break;
      default:
        throw new RangeError('a field of no known kind');
    }
  }
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const floatOf = (bytes: Uint8Array): number => viewOf(bytes).getFloat32(0, true);
const doubleOf = (bytes: Uint8Array): number => viewOf(bytes).getFloat64(0, true);

/** CRC-32C (Castagnoli), by bytes. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** As the writer stores it: so that a check over data which holds checks isn't one of itself. */
export function maskedCheck(data: Uint8Array): number {
  let check = 0xffffffff;
  for (const byte of data) check = (check >>> 8) ^ (TABLE[(check ^ byte) & 0xff] ?? 0);
  check = ~check >>> 0;
  return (((check >>> 15) | (check << 17)) + 0xa282ead8) >>> 0;
}
