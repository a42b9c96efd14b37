/** Logs of lines: tables with a head (CSV, of which Keras, Lightning and Ultralytics write one), and a JSON object a line. */
import { areOfLog, recordOf, type Reader, type Record } from './logged.ts';

const NEWLINE = 0x0a;
/** Nobody logs longer lines. */
const LONGEST = 2 ** 20;

/** Cuts bytes into whole lines, and says where each ends. */
class Lines {
  readonly #decoder = new TextDecoder();
  #rest = new Uint8Array();
  #end = 0;

  /** Null where a line is too long for a log. */
  cut(bytes: Uint8Array): { text: string; end: number }[] | null {
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    const lines = [];
    let from = 0;
    for (let to; (to = all.indexOf(NEWLINE, from)) !== -1; from = to + 1) {
      this.#end += to + 1 - from;
      lines.push({ text: this.#decoder.decode(all.subarray(from, to)).replace(/\r$/, ''), end: this.#end });
    }
    this.#rest = all.slice(from);
    return this.#rest.length > LONGEST ? null : lines;
  }
}

/** A log whose lines are records. */
abstract class LinesReader implements Reader {
  readonly #lines = new Lines();
  isLog: boolean | null = null;

  read(bytes: Uint8Array): Record[] {
    if (this.isLog === false) return [];
    const lines = this.#lines.cut(bytes);
    if (lines === null) this.isLog = false;
    const records: Record[] = [];
    for (const { text, end } of lines ?? []) {
      const record = this.recordIn(text, end);
      if (this.isLog === false) return [];
      if (record !== null) records.push(record);
    }
    return records;
  }

  /** What a line says; null where that is nothing. Tells whether this is a log as soon as that can be told. */
  protected abstract recordIn(text: string, end: number): Record | null;
}

/** A table whose first line names the columns. */
export class TableReader extends LinesReader {
  #names: string[] = [];
  #comma = ',';

  protected recordIn(text: string, end: number): Record | null {
    if (text.trim() === '') return null;
    if (this.isLog === null) {
      this.#head(text);
      return null;
    }
    const cells = cellsOf(text, this.#comma);
    return recordOf(
      this.#names.map((name, i) => [name, cells[i] ?? '']),
      end,
    );
  }

  #head(text: string): void {
    const plain = text.replace(/^\uFEFF/, '');
    this.#comma = [',', '\t', ';'].find((one) => plain.includes(one)) ?? ',';
    // Ultralytics used to pad them.
    this.#names = cellsOf(plain, this.#comma).map((name) => name.trim());
    this.isLog = areOfLog(this.#names);
  }
}

/** The cells of a line (RFC 4180; a line break within a cell isn't looked for). */
function cellsOf(line: string, comma: string): string[] {
  if (!line.includes('"')) return line.split(comma);
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const letter = line[i];
    if (letter === '"' && quoted && line[i + 1] === '"') cell += line[++i];
    else if (letter === '"') quoted = !quoted;
    else if (letter === comma && !quoted) {
      cells.push(cell);
      cell = '';
    } else cell += letter;
  }
  return [...cells, cell];
}

/** A JSON object a line; what lies in objects is named by its path: "val/loss". */
export class JsonLinesReader extends LinesReader {
  protected recordIn(text: string, end: number): Record | null {
    const fields = fieldsOf(text);
    if (fields === null) return null;
    this.isLog ??= areOfLog(fields.map(([name]) => name));
    return recordOf(fields, end);
  }
}

function fieldsOf(text: string): [name: string, value: unknown][] | null {
  try {
    // Python writes these words, which JSON doesn't have.
    const plain = /NaN|Infinity/.test(text)
      ? text.replaceAll(/(?<=[:,[\s])(-?Infinity|NaN)(?=\s*[,}\]])/g, '"$1"')
      : text;
    const parsed: unknown = JSON.parse(plain);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null;
    return flat(parsed, '', 0);
  } catch {
    return null;
  }
}

function flat(value: object, before: string, depth: number): [name: string, value: unknown][] {
  return Object.entries(value).flatMap(([name, inside]: [string, unknown]): [string, unknown][] => {
    const isObject = typeof inside === 'object' && inside !== null && !Array.isArray(inside);
    if (isObject) return depth < 4 ? flat(inside, `${before}${name}/`, depth + 1) : [];
    return [[before + name, inside]];
  });
}
