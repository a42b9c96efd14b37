/** How the command line says things: errors and tables. Pure. */
import { CallError } from '../client/api.ts';
import { ProjectError } from '../client/project.ts';
import { figureText, mainLine, shortFigure, wholeDone } from '../client/words.ts';
import { clean } from '../contract/logLines.ts';
import { styleText } from 'node:util';
import type { Run } from '../contract/shapes.ts';
import type { Status } from '../contract/status.ts';

/** An error for a person: what happened, and what to do where it is known; a stack only for what nobody foresaw. */
export function explain(error: unknown): string {
  if (error instanceof CallError) return `${error.message}\n${error.hint === null ? '' : `${error.hint}\n`}`;
  if (error instanceof ProjectError) return `${error.message}\n`;
  if (error instanceof Error && ['UsageError', 'HomeError'].includes(error.name)) return `${error.message}\n`;
  return `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
}

/**
 * Columns as wide as their widest cell; the last isn't padded, and on a terminal cut where the line is full.
 * @param paint a row's finished line, with what a terminal shows of it
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  paint: (line: string, row: number) => string = (line) => line,
  width = process.stdout.isTTY ? process.stdout.columns : Infinity,
): string {
  const widths = head.map((title, i) =>
    rows.reduce((w, row) => Math.max(w, row[i]?.length ?? 0), title.length),
  );
  const line = (cells: readonly string[]): string => {
    const whole = cells.map((cell, i) => (i === head.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)));
    const text = whole.join('  ').trimEnd();
    return text.length > width ? `${text.slice(0, width - 1)}…` : text;
  };
  return [line(head), ...rows.map((row, i) => paint(line(row), i))].join('\n') + '\n';
}

/** What stands before a status: its shape tells it without a colour. */
const MARKS: Readonly<Record<Status, readonly [mark: string, colour: Parameters<typeof styleText>[0]]>> = {
  'In Progress': ['●', 'blue'],
  Pending: ['◔', 'yellow'],
  Created: ['○', 'gray'],
  Rerun: ['↻', 'yellow'],
  Failed: ['✗', 'red'],
  Aborted: ['⊘', 'red'],
  Success: ['✓', 'green'],
  Terminated: ['■', 'gray'],
};

/** "● In Progress", "○ Created (CrashLoop)". */
export const statusWords = ({ status, diagnosis }: Run): string =>
  `${MARKS[status][0]} ${status}${diagnosis === null ? '' : ` (${diagnosis.code})`}`;

/** Colours a run's status in its line of a table, where the output shows colours. */
export const statusPainted = (line: string, run: Run): string =>
  line.replace(statusWords(run), (words) =>
    styleText(run.diagnosis?.severity === 'error' ? 'red' : MARKS[run.status][1], words, {
      stream: process.stdout,
    }),
  );

/** "7/12 epoch", or "" where nothing was reported. */
export function progressWords(run: Run): string {
  const { progress } = run;
  return progress === null ? '' : `${wholeDone(progress)}/${progress.total} ${progress.unit}`;
}

/** "mAP50-95 0.878", the best value of the figure that stands for the run, or "". */
export function mainMetric(run: Run): string {
  const line = mainLine(run);
  return line === null ? '' : `${shortFigure(line.figure)} ${figureText(line.best ?? line.last)}`;
}

/** A log as it is read elsewhere than on a terminal: of a line that was overwritten (a progress bar) its last state, no colours. */
export async function* plainLines(parts: AsyncIterable<unknown>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let open = '';
  for await (const part of parts) {
    open += decoder.decode(part as Uint8Array, { stream: true });
    const end = open.lastIndexOf('\n') + 1;
    if (end > 0) yield clean(open.slice(0, end));
    open = open.slice(end);
  }
  if (open !== '') yield clean(open);
}
