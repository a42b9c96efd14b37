/**
 * Figure -> Vega-Lite specification. Pure. A specification has what changes rarely: the lines and their looks. Points go in and out
 * of its data sets by changesets; how far the axes reach is told by signals. Neither needs a new specification.
 */
import type { Config, TopLevelSpec } from 'vega-lite';
import type { ExprRef } from 'vega';
import type { Legend as AnyLegend } from 'vega-lite/types_unstable/legend.js';
import type { Look } from './look.ts';
import type { ByLine } from './rows.ts';
import type { Axis } from './scales.ts';

/** How one line is drawn. Colour and dash each tell lines apart, so that neither is needed. */
export interface Stroke {
  key: string;
  color: string;
  dash: readonly number[];
}

/** All that a specification depends on beside the look: charts of the same shape share one. */
export interface FigureShape {
  /** What x counts: "epoch". */
  axis: string;
  /** Whether the scale of y is logarithmic. */
  log: boolean;
  /** What y is, where that has to be said. */
  path: string | null;
  strokes: readonly Stroke[];
}

export interface Point {
  line: string;
  x: number;
  /** null makes a gap. */
  y: number | null;
}

export interface Band {
  line: string;
  x: number;
  low: number | null;
  high: number | null;
}

/** Where a value was no number: a mark at the edge to which it ran, NaN at the lower one. */
export interface OddMark {
  line: string;
  x: number;
  edge: 'top' | 'bottom';
}

/** The data sets of a specification, by their names in it: of each line the rows in the order in which they are joined. */
export interface Rows {
  points: ByLine<Point>;
  /** The lines as they were logged, where they are drawn smoothed. */
  raw: ByLine<Point>;
  /** Extremes, where places stand for several samples. */
  bands: ByLine<Band>;
  /** Points without a neighbour, which no line would show. */
  lone: ByLine<Point>;
  bests: ByLine<Point>;
  odds: ByLine<OddMark>;
}

/** Space around the plot, in pixels: the same in every chart, so that charts below each other align. */
export const MARGIN = { left: 46, right: 14, top: 8, bottom: 24 } as const;

/** The signals that say how far an axis reaches. */
export const signalsOf = (x: Axis, y: Axis): Record<string, unknown> => ({
  xDomain: [...x.domain],
  xTicks: [...x.ticks],
  xFormat: x.format,
  xLabels: x.labels,
  yDomain: [...y.domain],
  yTicks: [...y.ticks],
  yFormat: y.format,
  yLabels: y.labels,
});

type Legend = AnyLegend<ExprRef>;

// Rows come as they have to be: nothing is parsed or guessed.
const data = (name: keyof Rows) => ({ name, format: { parse: null } });

/** Rows come in their order: to sort them again would take as long as to draw them. Where there is no value, there is a gap. */
const JOINED = { order: false, invalid: 'break-paths-show-domains' } as const;

/** What is left of a line's opacity where it steps back. */
const QUIET = 0.2;

const CROSS = 'M-1,-1L1,1M-1,1L1,-1';

/** A chart as it is drawn, less what is about the screen. */
export interface DrawnChart {
  shape: FigureShape;
  rows: Rows;
  x: Axis;
  y: Axis;
  /** Of the plot, in pixels. */
  width: number;
  height: number;
  look: Look;
  /** So many lines that they step back by themselves. */
  quiet: boolean;
}

/** @param legend null where one stands beside the chart */
export function figureSpec(shape: FigureShape, look: Look, legend: Legend | null = null) {
  const keys = shape.strokes.map((stroke) => stroke.key);
  const byLine = <T>(range: T[], own: Legend | null) => ({
    field: 'line',
    type: 'nominal' as const,
    legend: own,
    scale: { domain: keys, range },
  });
  const colors = shape.strokes.map((stroke) => stroke.color);
  const color = byLine(colors, legend);
  const dash = byLine(
    shape.strokes.map((stroke) => [...stroke.dash]),
    legend,
  );
  /** Where one run speaks all others step back; too many step back by themselves. */
  const spoken = (loud: number) => ({
    condition: { test: "spoken === '' ? !quiet : indexof(datum.line, spoken) === 0", value: loud },
    value: loud * QUIET,
  });
  const yScale = {
    type: shape.log ? ('log' as const) : ('linear' as const),
    domain: { expr: 'yDomain' },
    nice: false,
    ...(shape.log ? {} : { zero: false }),
  };
  const yAxis = {
    title: null,
    values: { expr: 'yTicks' },
    labelExpr: "yLabels[datum.value] || (datum.value === 0 ? '0' : format(datum.value, yFormat))",
  };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    autosize: 'none',
    padding: MARGIN,
    width: 300,
    height: 160,
    // Until the first points say better.
    params: Object.entries({
      xDomain: [0, 1],
      xTicks: [],
      xFormat: '~f',
      xLabels: {},
      yDomain: shape.log ? [1, 10] : [0, 1],
      yTicks: [],
      yFormat: '~f',
      yLabels: {},
      spoken: '',
      quiet: false,
    }).map(([name, value]) => ({ name, value })),
    encoding: {
      x: {
        field: 'x',
        type: 'quantitative',
        scale: { domain: { expr: 'xDomain' }, nice: false, zero: false },
        axis: {
          title: shape.axis,
          values: { expr: 'xTicks' },
          labelExpr: 'xLabels[datum.value] || format(datum.value, xFormat)',
        },
      },
    },
    layer: [
      {
        data: data('bands'),
        // The outline shows a spike that is narrower than a pixel.
        mark: {
          type: 'area',
          clip: true,
          ...JOINED,
          fillOpacity: look.contrast ? 0.4 : 0.2,
          strokeOpacity: 0.5,
          strokeWidth: 0.75,
        },
        encoding: {
          y: { field: 'low', type: 'quantitative', scale: yScale, axis: yAxis },
          y2: { field: 'high' },
          fill: byLine(colors, null),
          stroke: byLine(colors, null),
          opacity: spoken(1),
        },
      },
      {
        data: data('raw'),
        mark: {
          type: 'line',
          clip: true,
          ...JOINED,
          strokeWidth: 1,
        },
        encoding: {
          y: { field: 'y', type: 'quantitative', scale: yScale, axis: yAxis },
          color,
          opacity: spoken(look.contrast ? 0.5 : 0.3),
        },
      },
      {
        data: data('points'),
        mark: { type: 'line', clip: true, ...JOINED },
        encoding: {
          y: { field: 'y', type: 'quantitative', scale: yScale, axis: yAxis },
          color,
          strokeDash: dash,
          opacity: spoken(1),
        },
      },
      ...(['bottom', 'top'] as const).map((edge) => ({
        data: data('odds'),
        transform: [{ filter: { field: 'edge', equal: edge } }],
        mark: {
          type: 'point' as const,
          clip: true,
          shape: CROSS,
          size: 60,
          strokeWidth: 2,
          yOffset: edge === 'top' ? 6 : -6,
        },
        encoding: { y: { value: edge === 'top' ? 0 : ('height' as const) }, color: { value: look.error } },
      })),
      {
        data: data('bests'),
        mark: { type: 'point', clip: true, size: 70, strokeWidth: 2, fill: look.background },
        encoding: {
          y: { field: 'y', type: 'quantitative', scale: yScale, axis: yAxis },
          color,
          opacity: spoken(1),
        },
      },
      // Above the rings: a point that stands alone may lie in one.
      {
        data: data('lone'),
        mark: { type: 'point', clip: true, filled: true },
        encoding: {
          y: { field: 'y', type: 'quantitative', scale: yScale, axis: yAxis },
          color,
          opacity: spoken(1),
        },
      },
    ],
    config: configOf(look, widthOf(shape, look)),
  } satisfies TopLevelSpec;
}

/** So many lines are thin: they hide less of each other, and are drawn several times as fast. */
const MANY = 10;

const widthOf = ({ strokes }: FigureShape, { contrast }: Look): number =>
  contrast ? 2.25 : strokes.length > MANY ? 1 : 1.75;

function configOf(look: Look, strokeWidth: number): Config {
  return {
    background: 'transparent',
    font: look.font,
    view: { stroke: null },
    // One text tells the whole chart (`words.ts`); a description of each mark would only cost time.
    aria: false,
    point: { opacity: 1, size: 26 },
    line: { strokeWidth, strokeCap: 'butt', strokeJoin: 'bevel' },
    axis: {
      domain: false,
      ticks: false,
      grid: false,
      labelColor: look.faint,
      labelFontSize: 11,
      labelPadding: 8,
      labelOverlap: false,
      titleColor: look.faint,
      titleFontSize: 11,
      titleFontWeight: 'normal',
    },
    // What x counts stands in the corner under the y axis, where nothing else is.
    axisX: {
      domain: true,
      domainColor: look.axis,
      titleAnchor: 'start',
      titleAlign: 'right',
      titleX: -8,
      titleY: 8,
    },
    axisY: { grid: true, gridColor: look.grid, gridWidth: 1 },
  };
}
