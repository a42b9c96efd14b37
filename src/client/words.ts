/** How sizes, figures and runs are said, wherever they are said in text. Pure. */
import type { Run, SummaryLine } from '../contract/shapes.ts';
import { mainFigure, type FigureHints } from '../contract/figures.ts';

export { duration, figureText } from '../contract/words.ts';

/** "shapes-small v2" */
export const nameOf = (run: { model: Run['model'] }): string => `${run.model.name} v${run.model.version}`;

/** "0 B", "512 B", "3.4 MB", "12 GB": decimal units, as disks are sold. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let [size, unit] = [Math.max(0, Math.round(bytes)), 0];
  // 999.6 is shown as the next unit's 1, not as 1000.
  while (Number(size.toPrecision(3)) >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${size < 10 && unit > 0 ? Number(size.toFixed(1)) : Math.round(size)} ${units[unit]}`;
}

/** "mAP50-95(B)" -> "mAP50-95": detectors say (B) for boxes, and a row has no room for it. */
export const shortFigure = (figure: string): string => figure.replace(/\(B\)$/, '');

/** The line that stands for the run: of its main figure the validation's, else the first. Null where nothing is logged yet. */
export function mainLine(
  run: { summary: readonly SummaryLine[] },
  hints: FigureHints = {},
): SummaryLine | null {
  const figure = mainFigure([...new Set(run.summary.map((line) => line.figure))], hints);
  const lines = run.summary.filter((line) => line.figure === figure);
  return lines.find((line) => line.legend === 'val') ?? lines[0] ?? null;
}
