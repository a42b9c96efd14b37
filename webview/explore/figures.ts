/** From what the panel knows to what each chart shows: which figures, which lines, how they look, which point is marked. Pure. */
import * as l10n from '@vscode/l10n';
import {
  DETECTOR_FIGURES,
  directionOf,
  isSystemFigure,
  meaningOf,
  unitOf,
  type Direction,
  type Unit,
} from '../../src/contract/figures.ts';
import type { Run, SummaryLine } from '../../src/contract/shapes.ts';
import { isOver } from '../../src/contract/status.ts';
import { bestOf, type Best } from '../charts/best.ts';
import { oddsOf, type Line, type Odd } from '../charts/lines.ts';
import type { XKind } from '../charts/scales.ts';
import type { By } from './choices.ts';
import { detailed } from './details.ts';
import type { State } from './state.ts';
import { styleOf, styleOfLegend } from './strokes.ts';

export interface LineView {
  /** Within its chart. Charts of the same lines have the same keys, and so share a specification. */
  key: string;
  executionId: string;
  legend: string;
  /** What the line is called in its chart. */
  label: string;
  line: Line;
  /** As it is known without details. */
  whole: Line;
  /** Of an attempt before the latest: it steps back. */
  earlier: boolean;
  /** Its place in the theme's palette. */
  color: number;
  dash: readonly number[];
  best: Best | null;
  /** Whether its best stands for its run in this chart. */
  marked: boolean;
  odds: readonly Odd[];
}

export interface FigureView {
  figure: string;
  direction: Direction | null;
  meaning: string;
  unit: Unit | null;
  /** What x counts. */
  axis: XKind;
  lines: readonly LineView[];
}

/**
 * The lines of each figure, in the order of their charts: a detector's seven first, then others as they came.
 * @param hidden runs that were switched off
 */
export function linesByFigure(state: State, hidden: readonly string[] = []): Map<string, Line[]> {
  const byFigure = new Map<string, Line[]>();
  for (const figure of DETECTOR_FIGURES) byFigure.set(figure, []);
  for (const line of state.lines.values()) {
    if (line.x.length === 0 || state.removed.has(line.executionId) || hidden.includes(line.executionId))
      continue;
    const group = byFigure.get(line.figure);
    if (group === undefined) byFigure.set(line.figure, [line]);
    else group.push(line);
  }
  for (const [figure, lines] of byFigure) if (lines.length === 0) byFigure.delete(figure);
  return byFigure;
}

/** How x is read: what it is to count, and when each run began, in milliseconds, where that is time. */
export interface Reading {
  by: By;
  begins: ReadonlyMap<string, number>;
}

/** A run begins with its first point; with its own start where all points are of the attempt that started then. */
export function readingOf(state: State, by: By): Reading {
  const begins = new Map<string, number>();
  const take = (executionId: string, at: number): void => {
    begins.set(executionId, Math.min(at, begins.get(executionId) ?? Infinity));
  };
  for (const { executionId, axis, x } of state.lines.values()) {
    if (axis === 'time') take(executionId, x[0] ?? Infinity);
  }
  for (const run of state.runs.values()) {
    if (run.startedAt !== null && run.attempt === 1) take(run.executionId, Date.parse(run.startedAt));
  }
  return { by, begins };
}

/** Time in seconds, since the beginning or by the clock. */
function inUnit(line: Line, { by, begins }: Reading): Line {
  if (line.axis !== 'time') return line;
  const begin = by === 'clock' ? 0 : (begins.get(line.executionId) ?? 0);
  return { ...line, x: line.x.map((at) => (at - begin) / 1000) };
}

/** What was wished, where any line has it. */
function kindOf(lines: readonly Line[], wished: State['axis'], by: By): XKind {
  const axis = lines.find((line) => line.axis === wished)?.axis ?? lines[0]?.axis ?? wished;
  if (axis !== 'time' && axis !== 'relative') return axis;
  return by === 'clock' ? 'clock' : 'relative';
}

/** What the chart of a figure shows; `lines` are the figure's own. */
export function viewOf(figure: string, lines: readonly Line[], state: State, reading: Reading): FigureView {
  const direction = directionOf(figure, state.hints);
  const legends = legendsOf(lines);
  const spoken =
    legends.find((legend) => legend === 'val') ?? legends.find((legend) => legend !== 'train') ?? legends[0];
  const several = state.executionIds.length > 1;
  const ordered = lines.toSorted(
    (a, b) =>
      state.executionIds.indexOf(a.executionId) - state.executionIds.indexOf(b.executionId) ||
      legends.indexOf(a.legend) - legends.indexOf(b.legend) ||
      a.attempt - b.attempt,
  );
  const summaries = ordered.map((line) => summaryOf(state, line));
  const latest = new Map<string, number>();
  for (const { executionId, attempt, figure: other } of state.lines.values()) {
    // What is measured of an attempt comes before its first figure.
    if (isSystemFigure(other) !== isSystemFigure(figure)) continue;
    latest.set(executionId, Math.max(attempt, latest.get(executionId) ?? 0));
  }
  const axis = kindOf(lines, state.axis, reading.by);
  return {
    figure,
    direction,
    meaning: meaningOf(figure, state.hints),
    unit: unitOf(figure),
    axis,
    lines: ordered.map((raw, i) => {
      const line = inUnit(detailed(raw, state), reading);
      const earlier = state.attempts === 'all' && raw.attempt < (latest.get(raw.executionId) ?? 0);
      const summary = summaries[i];
      const known =
        axis === 'epoch' && summary !== undefined && summary.best !== null && summary.bestEpoch !== null
          ? { x: summary.bestEpoch, value: summary.best }
          : null;
      const legend = line.legend === '' ? figure : line.legend;
      const ofLegend = styleOfLegend(line.legend, legends);
      const ofRun = styleOf(state.slots[line.executionId] ?? 0);
      // A line that is alone needs no dash to be told apart, and a dense one is better off without.
      return {
        key: `${line.executionId} ${line.legend}${earlier ? ` ${line.attempt}` : ''}`,
        executionId: line.executionId,
        legend: line.legend,
        label: `${several ? `${nameOf(state.runs.get(line.executionId))} ` : ''}${legend}${earlier ? ` ${l10n.t('(attempt {0})', line.attempt)}` : ''}`,
        line,
        whole: inUnit(raw, reading),
        earlier,
        // Where runs are compared a colour is a run's; in one run it is a legend's.
        color: several ? ofRun.color : ofLegend.color,
        dash: [...(several ? ofRun.dash : []), ...(legends.length > 1 ? ofLegend.dash : [])],
        best: bestOf(line, direction, known),
        marked: line.legend === spoken && !earlier,
        odds: oddsOf(line),
      };
    }),
  };
}

/** train and val first, as everybody writes them, then the others as they came. */
function legendsOf(lines: readonly Line[]): string[] {
  const legends = [...new Set(lines.map((line) => line.legend))];
  const usual = ['train', 'val'].filter((legend) => legends.includes(legend));
  return [...usual, ...legends.filter((legend) => !usual.includes(legend))];
}

/** What the backend says of a line, where that is about the same attempt. */
function summaryOf(state: State, line: Line): SummaryLine | undefined {
  const run = state.runs.get(line.executionId);
  if (run === undefined || run.attempt !== line.attempt) return undefined;
  return run.summary.find((one) => one.figure === line.figure && one.legend === line.legend);
}

export const nameOf = (run: Run | undefined): string =>
  run === undefined ? 'run' : `${run.model.name} v${run.model.version}`;

/** How far x reaches over all lines, whether more points may come, and where the training ends as far as it is known. */
export function spanOf(
  view: FigureView,
  state: State,
): { first: number; last: number; live: boolean; end: number | null } {
  let first = Infinity;
  let last = -Infinity;
  for (const { line } of view.lines) {
    first = Math.min(first, line.x[0] ?? Infinity);
    last = Math.max(last, line.x.at(-1) ?? -Infinity);
  }
  const runs = view.lines.flatMap(({ executionId }) => state.runs.get(executionId) ?? []);
  const ends = runs.flatMap(({ progress }) =>
    view.axis === 'epoch' && progress !== null && /^(epochs?)?$/i.test(progress.unit) ? [progress.total] : [],
  );
  return {
    first,
    last,
    live: runs.some((run) => !isOver(run.status)),
    end: ends.length === 0 ? null : Math.max(...ends),
  };
}
