/** Places in code that a log names. Pure. */

export interface FoundLink {
  /** In UTF-16 units, from the text's start. */
  start: number;
  length: number;
  file: string;
  /** Counted from 1. */
  line: number;
}

/** `File "/a/b.py", line 12`, as Python's tracebacks say it. */
const TRACEBACK = /File "([^"\n]+)", line (\d+)/g;

/** At most `most` of them, the last ones first to be kept: a traceback that matters stands at the end. */
export function linksIn(text: string, most = 1000): FoundLink[] {
  const found: FoundLink[] = [];
  for (const match of text.matchAll(TRACEBACK)) {
    const [whole, file, line] = match;
    // "<string>", "<frozen importlib>": no files.
    if (file === undefined || file.startsWith('<')) continue;
    found.push({ start: match.index, length: whole.length, file, line: Number(line) });
  }
  return found.slice(-most);
}
