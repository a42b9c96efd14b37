/** How the command line says things: errors, tables, durations. Pure. */
import { CallError } from '../client/api.ts';
import { ProjectError } from '../client/project.ts';
import { mainFigure } from '../contract/figures.ts';
import type { Run } from '../contract/shapes.ts';

/** An error for a person: what happened, and what to do where it is known; a stack only for what nobody foresaw. */
export function explain(error: unknown): string {
  if (error instanceof CallError) return `${error.message}\n${error.hint === null ? '' : `${error.hint}\n`}`;
  if (error instanceof ProjectError) return `${error.message}\n`;
  if (error instanceof Error && ['UsageError', 'HomeError'].includes(error.name)) return `${error.message}\n`;
  return `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
}

/** "1h 04m", "2m 09s", "7s". */
export function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h ${two(Math.floor((seconds % 3600) / 60))}m`;
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

/** "mAP50-95(B) 0.878", the best value of the figure that stands for the run, or "". */
export function mainMetric(run: Run): string {
  const figure = mainFigure(run.summary.map((line) => line.figure));
  const line = run.summary.find((one) => one.figure === figure);
  if (line === undefined) return '';
  return `${line.figure} ${number(line.best ?? line.last)}`;
}

/** Four significant digits, as people compare metrics by. */
export const number = (value: number | string): string =>
  typeof value === 'string' ? value : String(Number(value.toPrecision(4)));

export const nameOf = (run: Run): string => `${run.model.name} v${run.model.version}`;
