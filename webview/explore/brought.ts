/** The charts that the runs' projects bring, and the rows that they draw. Pure. */
import type { BroughtChart, ChartWish, ToExplore } from '../../src/contract/pages/explore.ts';
import { axesOf, type Brought, type MetricRow } from '../charts/brought.ts';
import type { Line } from '../charts/lines.ts';
import type { XKind } from '../charts/scales.ts';
import { linesByFigure, nameOf, readingOf, viewOf } from './figures.ts';
import { initialState, next, type State } from './state.ts';

type Axis = ChartWish['axis'];

export class BroughtCharts {
  #charts: readonly BroughtChart[] = [];
  /** The lines by the axes that are told besides. */
  readonly #besides = new Map<Axis, State>();

  get all(): readonly BroughtChart[] {
    return this.#charts;
  }

  hear(message: Extract<ToExplore, { type: 'charts' | 'besides' }>): void {
    if (message.type === 'charts') {
      this.#charts = message.charts;
      return;
    }
    const { axis, lines } = message;
    this.#besides.set(axis, next(this.#besides.get(axis) ?? initialState([]), lines));
  }

  /** The axes of its charts that the lines which are looked at don't have; none as long as nobody knows which those are. */
  wanted(state: State): Axis[] {
    if (!state.begun) return [];
    const axes = this.#charts.flatMap(({ drawn }) =>
      'specification' in drawn ? axesOf(drawn.specification) : [],
    );
    const wanted = [...new Set(axes)].filter((axis) => !has(state, axis)).toSorted();
    for (const axis of this.#besides.keys()) if (!wanted.includes(axis)) this.#besides.delete(axis);
    return wanted;
  }

  /** What a chart draws, without runs that are hidden; null as long as that isn't told. */
  rows(specification: Brought, state: State, hidden: readonly string[]): MetricRow[] | null {
    const removed = new Set([...state.removed, ...hidden]);
    const states = axesOf(specification).map((axis) => (has(state, axis) ? state : this.#besides.get(axis)));
    const told = states.flatMap((one) => (one?.begun === true ? [{ ...one, removed }] : []));
    return told.length < states.length ? null : rowsOf(told);
  }
}

const has = (state: State, axis: Axis): boolean =>
  state.begun && state.axis === axis && state.attempts === 'latest';

/** A row for each place of each line of the first; what the others say of the same places stands beside it. */
export function rowsOf([first, ...others]: readonly State[]): MetricRow[] {
  if (first === undefined) return [];
  const beside = others.map(columnsOf);
  return [...columnsOf(first)].flatMap(([key, own]) => {
    const columns = [
      ...beside.flatMap((lines) => lines.get(key) ?? []).filter((one) => alike(own, one)),
      own,
    ];
    const { line, figure, run } = own;
    return line.y.map((value, i): MetricRow => {
      const row: MetricRow = {
        run,
        execution: line.executionId,
        figure,
        legend: line.legend,
        epoch: null,
        step: null,
        time: null,
        value: Number.isFinite(value) ? value : null,
      };
      for (const { axis, line: one, unit } of columns) {
        const x = one.x[i];
        if (axis !== null && x !== undefined) row[axis] = x * unit;
      }
      return row;
    });
  });
}

/** A line whose x is one of the columns. */
interface ColumnLine {
  run: string;
  figure: string;
  line: Line;
  axis: Axis | null;
  /** What a row's number is to x. */
  unit: number;
}

/** The column that x is. */
const COLUMNS: Readonly<Record<XKind, Axis | null>> = {
  epoch: 'epoch',
  step: 'step',
  sample: null,
  relative: null,
  clock: 'time',
};

/** Where both stand for as many samples place by place, they are the same places. */
const alike = ({ line }: ColumnLine, { line: other }: ColumnLine): boolean =>
  line.count.length === other.count.length && line.count.every((count, i) => count === other.count[i]);

function columnsOf(state: State): Map<string, ColumnLine> {
  const reading = readingOf(state, state.axis === 'time' ? 'clock' : state.axis);
  return new Map(
    [...linesByFigure(state)].flatMap(([figure, lines]) => {
      const view = viewOf(figure, lines, state, reading);
      const axis = COLUMNS[view.axis];
      return view.lines.map(({ line }): [string, ColumnLine] => [
        JSON.stringify([line.executionId, figure, line.legend]),
        {
          run: nameOf(state.runs.get(line.executionId)),
          figure,
          line,
          axis,
          unit: axis === 'time' ? 1000 : 1,
        },
      ]);
    }),
  );
}
