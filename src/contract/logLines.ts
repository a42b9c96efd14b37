/** How a log is read by people: what a terminal would show of a line, the places in code that it names, how bad it is. Pure. */

// An escape sequence for a terminal: colours, cursor movements, titles.
// oxlint-disable-next-line no-control-regex
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

/** What a terminal would show: no colours, and of a line that was overwritten (a progress bar) its last state. */
export function clean(text: string): string {
  const plain = text.replace(ESCAPES, '');
  if (!plain.includes('\r')) return plain;
  const overwritten = (line: string): string => {
    const shown = line.replace(/\r+$/, '');
    return shown.slice(shown.lastIndexOf('\r') + 1);
  };
  return plain.split('\n').map(overwritten).join('\n');
}

export interface FoundLink {
  /** In UTF-16 units, from the text's start. */
  start: number;
  length: number;
  file: string;
  /** Counted from 1. */
  line: number;
}

/**
 * `File "/a/b.py", line 12`, as Python's tracebacks say it; and `train.py:12`, as everybody else does: of files of code alone, since
 * hosts and ports look alike.
 */
const PLACES =
  /File "([^"\n]+)", line (\d+)|(?<![\w./\\-])((?:[A-Za-z]:)?[\w./\\@+-]+\.(?:pyx?|pyi|ipynb|cu|cuh|cc?|cpp|hh?|hpp|rs|go|js|ts|json|ya?ml|toml|cfg|ini|sh)):(\d+)\b/g;

/** At most `most` of them, the last ones first to be kept: a traceback that matters stands at the end. */
export function linksIn(text: string, most = 1000): FoundLink[] {
  const found: FoundLink[] = [];
  for (const match of text.matchAll(PLACES)) {
    const [whole, quoted, quotedLine, plain, plainLine] = match;
    const file = quoted ?? plain;
    // "<string>", "<frozen importlib>": no files.
    if (file === undefined || file.startsWith('<')) continue;
    found.push({ start: match.index, length: whole.length, file, line: Number(quotedLine ?? plainLine) });
  }
  return found.slice(-most);
}

export type Level = 'error' | 'warning' | null;

const ERROR =
  /\b(?:ERROR|CRITICAL|FATAL)\b|^\s*(?:[\w.]+\.)?[A-Z]\w*(?:Error|Exception)\b(?=:|$)|^(?:error|fatal|panic):/;
const WARNING = /\b(?:WARNING|WARN)\b|\b[A-Z]\w*Warning\b(?=:|$)|^[Ww]arning:/;
const TRACEBACK = /Traceback \(most recent call last\)/;

/** Tells levels of lines in their order: a traceback is an error from its head to the exception that ends it. */
export class LevelReader {
  #inTraceback = false;

  next(line: string): Level {
    if (TRACEBACK.test(line)) this.#inTraceback = true;
    else if (this.#inTraceback) this.#inTraceback = /^[\s|+]/.test(line);
    else if (!ERROR.test(line)) return WARNING.test(line) ? 'warning' : null;
    return 'error';
  }
}
