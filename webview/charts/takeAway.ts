/**
 * A chart as a Vega-Lite specification that draws by itself: what the page shows around the canvas (name, legend, best value) is in it,
 * and the data inline. Pictures of the chart are drawn from it, too. Pure.
 */
import type { TopLevelSpec } from 'vega-lite';
import type { ByLine } from './rows.ts';
import { figureSpec, signalsOf, type Band, type DrawnChart, type OddMark, type Point } from './spec.ts';

export interface ChartWords {
  title: string;
  subtitle: string | null;
  /** What each line is called, by its key. */
  labels: ReadonlyMap<string, string>;
}

type Row = Point | Band | OddMark;

export function takeAwaySpec(picture: DrawnChart, { title, subtitle, labels }: ChartWords): TopLevelSpec {
  const { look, shape, rows } = picture;
  const names = uniqueNames(
    shape.strokes.map(({ key }) => key),
    labels,
  );
  const named = shape.strokes.map((stroke) => ({ ...stroke, key: names.get(stroke.key) ?? stroke.key }));
  const datasets: Record<string, Record<string, unknown>[]> = {};
  for (const [name, byLine] of Object.entries<ByLine<Row>>({ ...rows })) {
    const own = [...byLine.values()].flat();
    if (own.length > 0) datasets[name] = own.map((row) => plain({ ...row, line: names.get(row.line) }));
  }
  const { layer, ...spec } = figureSpec({ ...shape, strokes: named }, look, {
    title: null,
    orient: 'top',
    direction: 'horizontal',
    columns: columnsFor([...names.values()], picture.width),
    symbolType: 'stroke',
    symbolSize: 400,
    symbolStrokeWidth: 2,
    labelColor: look.foreground,
    labelFontSize: 11,
    labelLimit: 600,
    offset: 10,
  });
  return {
    ...spec,
    background: look.background,
    padding: 12,
    autosize: 'pad',
    width: Math.round(picture.width),
    height: Math.round(picture.height),
    title: {
      text: title,
      ...(subtitle === null ? {} : { subtitle }),
      anchor: 'start',
      color: look.foreground,
      subtitleColor: look.faint,
      fontSize: 13,
      subtitleFontSize: 11,
      offset: 8,
    },
    params: Object.entries({
      ...signalsOf(picture.x, picture.y),
      spoken: '',
      quiet: picture.quiet,
    }).map(([name, value]) => ({ name, value })),
    datasets,
    layer: layer.filter(({ data }) => Object.hasOwn(datasets, data.name)),
  };
}

/** Lines are known by their names here; where two have the same, a number tells them apart. */
function uniqueNames(keys: readonly string[], labels: ReadonlyMap<string, string>): Map<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const key of keys) {
    const label = labels.get(key) ?? key;
    let name = label;
    for (let i = 2; taken.has(name); i++) name = `${label} (${i})`;
    taken.add(name);
    names.set(key, name);
  }
  return names;
}

/** Vega marks the rows that it has by a symbol, which a copy must not have. */
const plain = (row: object): Record<string, unknown> => Object.fromEntries(Object.entries(row));

/** Of a legend above the plot; letters and swatch in pixels. */
const columnsFor = (names: readonly string[], width: number): number =>
  Math.max(1, Math.floor(width / (6.5 * Math.max(1, ...names.map(({ length }) => length)) + 40)));
