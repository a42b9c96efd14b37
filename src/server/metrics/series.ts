/** Answers as columns that cross threads, and as what the contract says. */
import type { Figure, Series } from '../../contract/shapes.ts';
import type { Columns } from './calls.ts';
import { figureOf } from './line.ts';
import type { Answer } from './store.ts';

/** The x of a place is that of its last sample. */
export const columnsOf = ({
  executionId,
  attempt,
  figure,
  legend,
  axis,
  origin,
  places,
}: Answer): Columns => ({
  executionId,
  attempt,
  figure,
  legend,
  axis,
  x: origin === 0 ? places.lastX : places.lastX.map((x) => x - origin),
  y: places.last,
  min: places.min,
  max: places.max,
  count: places.count,
});

export const seriesOf = ({
  executionId,
  attempt,
  figure,
  legend,
  axis,
  x,
  y,
  min,
  max,
  count,
}: Columns): Series => ({
  executionId,
  attempt,
  figure,
  legend,
  axis,
  x: Array.from(x),
  y: figures(y),
  min: figures(min),
  max: figures(max),
  count: Array.from(count),
});

const figures = (values: Float64Array): Figure[] =>
  values.every(Number.isFinite) ? Array.from(values) : Array.from(values, figureOf);

/** The reply to a query, as bytes. */
export const replyOf = (columns: readonly Columns[]): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(JSON.stringify({ series: columns.map(seriesOf) }));
