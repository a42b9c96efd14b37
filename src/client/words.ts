/** How sizes, figures and runs are said, wherever they are said in text. Pure. */
import type { Run, SummaryLine } from '../contract/shapes.ts';
import { mainFigure, type FigureHints } from '../contract/figures.ts';

export { bytesText, duration, figureText, timeLeft, wholeDone } from '../contract/words.ts';

/** "shapes-small v2" */
export const nameOf = (run: { model: Run['model'] }): string => `${run.model.name} v${run.model.version}`;

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
