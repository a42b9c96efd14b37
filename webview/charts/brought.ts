/** A specification that a project brings: what is wrong with it, by what its x counts, and how it is made to look like ours. Pure. */
import * as l10n from '@vscode/l10n';
import { mergeConfig } from 'vega';
import type { Config, TopLevelSpec } from 'vega-lite';
import type { BroughtChart, ChartWish } from '../../src/contract/pages/explore.ts';
import type { Look } from './look.ts';

export type Brought = Extract<BroughtChart['drawn'], { specification: unknown }>['specification'];
type Axis = ChartWish['axis'];

/** The name by which it has the metrics. */
export const METRICS = 'metrics';

/** A value of a line. What isn't known, and what is no number, is null. */
export interface MetricRow {
  run: string;
  execution: string;
  figure: string;
  legend: string;
  epoch: number | null;
  step: number | null;
  /** In milliseconds since 1970. */
  time: number | null;
  value: number | null;
}

const MARKS = new Set(
  'arc area bar boxplot circle errorband errorbar geoshape image line point rect rule square text tick trail'.split(
    ' ',
  ),
);

/** In a sentence what keeps it from being drawn, as far as that can be said without a compiler. */
export function problemOf(spec: Brought): string | null {
  const schema = spec['$schema'];
  if (typeof schema === 'string' && !schema.includes('vega-lite'))
    return l10n.t('This is no Vega-Lite specification: its $schema is {0}.', schema);
  const known = new Set([METRICS, ...Object.keys(recordOf(spec['datasets']))]);
  const used: string[] = [];
  for (const [key, value] of entriesIn(spec)) {
    const { url, name, values, sequence } = recordOf(value);
    if (key === 'data' && typeof url === 'string') {
      return l10n.t(
        'It would load {0}, and a chart here loads nothing. Name its data "metrics", or write the values into it.',
        url,
      );
    }
    if (key === 'data' && typeof name === 'string') {
      if (values === undefined && sequence === undefined) used.push(name);
      else known.add(name);
    }
    const mark = key === 'mark' ? (recordOf(value)['type'] ?? value) : null;
    if (typeof mark === 'string' && !MARKS.has(mark))
      return l10n.t('There is no mark "{0}". Marks are {1}.', mark, [...MARKS].join(', '));
  }
  const unknown = used.find((name) => !known.has(name));
  return unknown === undefined
    ? null
    : l10n.t('There is no data named "{0}". The metrics of the runs are named "metrics".', unknown);
}

/** By which axes it draws: the first is the one by which the lines are reduced, where they have too many points. */
export function axesOf(spec: Brought): [Axis, ...Axis[]] {
  const words = new Set<unknown>();
  for (const [key, value] of entriesIn(spec)) {
    if (key === 'field') words.add(value);
    // In expressions, as `datum.epoch` and `datum['epoch']`.
    else if (typeof value === 'string')
      for (const [, word] of value.matchAll(/datum(?:\.|\[["'])(\w+)/g)) words.add(word);
  }
  const [first = 'epoch', ...others] = (['epoch', 'step', 'time'] as const).filter((axis) => words.has(axis));
  return [first, ...others];
}

/** The fields that it names, in their order. */
export const fieldsOf = (spec: Brought): string[] => [
  ...new Set(
    [...entriesIn(spec)].flatMap(([key, value]) =>
      key === 'field' && typeof value === 'string' ? [value] : [],
    ),
  ),
];

/** What it says of itself beside its title. */
export const descriptionOf = ({ description }: Brought): string | null =>
  typeof description === 'string' && description.trim() !== '' ? description : null;

/** A run and the colour that is its own everywhere. */
export interface ColoredRun {
  executionId: string;
  name: string;
  color: string;
}

export interface Made {
  /** With our look, where it has none of its own. */
  spec: TopLevelSpec;
  /** Whether it takes the size of its card; else it has one of its own. */
  fits: boolean;
}

/**
 * @param runs whose colours it has where it tells runs apart by colour and doesn't say by which
 * @param titled whether its title is to be drawn, too
 */
export function made(
  brought: Brought,
  runs: readonly ColoredRun[],
  look: Look,
  size: { width: number; height: number },
  titled: boolean,
): Made {
  const { usermeta: _, title, ...own } = brought;
  const single = 'mark' in own || 'layer' in own;
  const fits = single && own['width'] === undefined && own['height'] === undefined;
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    data: { name: METRICS },
    ...recordOf(colored(own, runs)),
    ...(fits ? { ...size, autosize: { type: 'fit', contains: 'padding' } } : {}),
    ...(titled && title !== undefined ? { title } : {}),
    config: mergeConfig(configOf(look), recordOf(own['config'])),
  };
  // Whatever a user wrote: the compiler says what of it isn't right.
  return { spec: spec as unknown as TopLevelSpec, fits };
}

/** The specification with its data, as it draws by itself. */
export const withRows = (
  spec: TopLevelSpec,
  rows: readonly MetricRow[],
  background: string,
): TopLevelSpec => ({
  ...spec,
  background,
  datasets: {
    ...spec.datasets,
    // Vega marks the rows that it has by a symbol, which a copy must not have.
    [METRICS]: rows.map((row) => Object.fromEntries(Object.entries(row))),
  },
});

function configOf(look: Look): Config {
  const letters = { labelColor: look.faint, labelFontSize: 11, titleColor: look.faint, titleFontSize: 11 };
  const [first = look.foreground] = look.palette;
  return {
    background: 'transparent',
    font: look.font,
    aria: false,
    view: { stroke: null },
    range: { category: [...look.palette] },
    mark: { color: first, tooltip: true },
    text: { color: look.foreground },
    rule: { color: look.axis },
    line: { strokeWidth: look.contrast ? 2.25 : 1.75 },
    title: { color: look.foreground, subtitleColor: look.faint, anchor: 'start', fontSize: 13 },
    header: letters,
    axis: {
      ...letters,
      titleFontWeight: 'normal',
      gridColor: look.grid,
      domainColor: look.axis,
      tickColor: look.axis,
    },
    legend: { ...letters, labelColor: look.foreground, orient: 'top', title: null },
  };
}

/** The field by which a specification tells runs apart, and what it is of a run. */
const RUN_FIELDS: Readonly<Record<string, (run: ColoredRun) => string>> = {
  run: ({ name }) => name,
  execution: ({ executionId }) => executionId,
};

function colored(value: unknown, runs: readonly ColoredRun[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => colored(one, runs));
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      if (key === 'datasets' || key === 'values') return [key, one];
      const { field, scale } = recordOf(one);
      const of =
        ['color', 'fill', 'stroke'].includes(key) && scale === undefined
          ? RUN_FIELDS[String(field)]
          : undefined;
      if (of === undefined) return [key, colored(one, runs)];
      const own = { domain: runs.map(of), range: runs.map(({ color }) => color) };
      return [key, { ...recordOf(one), scale: own }];
    }),
  );
}

/** All keys and values in it, but for data that is written into it. */
function* entriesIn(value: unknown): Generator<[key: string, value: unknown]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, one] of Object.entries(value)) {
    if (key === 'datasets' || key === 'values') continue;
    yield [key, one];
    yield* entriesIn(one);
  }
}

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
