/** What the panel knows, and how a message of the host changes it. Pure. */
import type { FigureHints } from '../../src/contract/figures.ts';
import type { ChartWish, Stretch, ToExplore } from '../../src/contract/pages/explore.ts';
import type { Trouble } from '../../src/contract/pages/page.ts';
import type { Run, Series } from '../../src/contract/shapes.ts';
import { extended, keyOf, lineOf, type Line } from '../charts/lines.ts';

export interface Detail extends Stretch {
  /** By their keys. */
  lines: ReadonlyMap<string, Line>;
}

export interface State {
  executionIds: readonly string[];
  runs: ReadonlyMap<string, Run>;
  removed: ReadonlySet<string>;
  hints: FigureHints;
  /** What x counts in the lines. */
  axis: ChartWish['axis'];
  /** Whether there is a line for each attempt. */
  attempts: ChartWish['attempts'];
  /** Stretches of lines that are known more finely. */
  details: readonly Detail[];
  /** The user's setting. */
  smoothing: number;
  /** Of each compared run the colour that is its own. */
  slots: Readonly<Record<string, number>>;
  lines: ReadonlyMap<string, Line>;
  /** Why nothing new comes, and what can be done. */
  trouble: Trouble | null;
  /** Whether the host has said what there is to show. */
  begun: boolean;
}

export const initialState = (executionIds: readonly string[]): State => ({
  executionIds,
  runs: new Map(),
  removed: new Set(),
  hints: {},
  axis: 'epoch',
  attempts: 'latest',
  details: [],
  smoothing: 0,
  slots: {},
  lines: new Map(),
  trouble: null,
  begun: false,
});

export function next(state: State, message: ToExplore | Trouble): State {
  switch (message.type) {
    case 'show':
      return {
        executionIds: message.executionIds,
        runs: new Map(message.runs.map((run) => [run.executionId, run])),
        removed: new Set(),
        hints: message.hints,
        axis: message.axis,
        attempts: message.attempts,
        smoothing: message.smoothing,
        slots: message.slots,
        lines: linesOf(message.series, message.attempts),
        // Of the same axis they stay till they are told anew.
        details: message.axis === state.axis && message.attempts === state.attempts ? state.details : [],
        trouble: null,
        begun: true,
      };
    case 'run':
      return { ...state, runs: new Map(state.runs).set(message.run.executionId, message.run) };
    case 'removed':
      return { ...state, removed: new Set(state.removed).add(message.executionId) };
    case 'append': {
      const lines = new Map(state.lines);
      for (const tail of message.series.map(lineOf)) {
        const key = keyOf(tail, state.attempts);
        lines.set(key, extended(lines.get(key), tail, message.from));
      }
      return { ...state, lines, trouble: null };
    }
    case 'details': {
      const details = message.details.map(({ series, ...stretch }) => ({
        ...stretch,
        lines: linesOf(series, state.attempts),
      }));
      return { ...state, details, trouble: null };
    }
    // Of charts that a project brings `brought.ts` keeps what is told.
    case 'charts':
    case 'besides':
      return state;
    case 'trouble':
      return { ...state, trouble: message.message === null ? null : message };
  }
}

const linesOf = (series: readonly Series[], attempts: ChartWish['attempts']): Map<string, Line> =>
  new Map(series.map(lineOf).map((line) => [keyOf(line, attempts), line]));
