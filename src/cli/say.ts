/** How the command line says things: errors and tables. Pure. */
import { CallError } from '../client/api.ts';
import { ProjectError } from '../client/project.ts';
import { figureText, mainLine, shortFigure } from '../client/words.ts';
import type { Run } from '../contract/shapes.ts';

/** An error for a person: what happened, and what to do where it is known; a stack only for what nobody foresaw. */
export function explain(error: unknown): string {
  if (error instanceof CallError) return `${error.message}\n${error.hint === null ? '' : `${error.hint}\n`}`;
  if (error instanceof ProjectError) return `${error.message}\n`;
  if (error instanceof Error && ['UsageError', 'HomeError'].includes(error.name)) return `${error.message}\n`;
  return `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
}

/** Columns as wide as their widest cell; the last isn't padded. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === head.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('  ');
  return [head, ...rows].map((row) => line(row).trimEnd()).join('\n') + '\n';
}

/** "7/12 epoch", or "" where nothing was reported. */
export function progressWords(run: Run): string {
  const { progress } = run;
  return progress === null ? '' : `${progress.done}/${progress.total} ${progress.unit}`;
}

/** "mAP50-95 0.878", the best value of the figure that stands for the run, or "". */
export function mainMetric(run: Run): string {
  const line = mainLine(run);
  return line === null ? '' : `${shortFigure(line.figure)} ${figureText(line.best ?? line.last)}`;
}
