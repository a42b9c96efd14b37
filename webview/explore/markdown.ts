/** Figures as Markdown tables, as a pull request takes them; numbers are written as on screen. Pure. */
import * as l10n from '@vscode/l10n';
import type { Direction } from '../../src/contract/figures.ts';
import type { ColoredRun } from '../charts/brought.ts';
import { atText, valueText } from '../charts/words.ts';
import type { FigureView, LineView } from './figures.ts';

/** A run, and how it is called. */
export type NamedRun = Pick<ColoredRun, 'executionId' | 'name'>;

/** The runs as rows: the last value of each line of one figure, and its best with where that was. */
export function chartMarkdown(view: FigureView, runs: readonly NamedRun[]): string {
  const lines = view.lines.filter(({ earlier }) => !earlier);
  const legends = [...new Set(lines.map(({ legend }) => legend))];
  const several = legends.length > 1;
  const heads = legends.flatMap((legend) => {
    const what = several ? `${legend} ` : '';
    const last = l10n.t('{0}last', what);
    return view.direction === null ? [last] : [last, l10n.t('{0}best', what)];
  });
  const rows = runs.flatMap(({ executionId, name }) => {
    const own = lines.filter((line) => line.executionId === executionId);
    if (own.length === 0) return [];
    const cells = legends.flatMap((legend) => {
      const line = own.find((one) => one.legend === legend);
      return view.direction === null ? [lastText(line, view)] : [lastText(line, view), bestText(line, view)];
    });
    return [[name, ...cells]];
  });
  return `**${escaped(view.figure)}**${arrowOf(view.direction)}\n\n${table([l10n.t('Run'), ...heads], rows)}`;
}

/**
 * The runs as rows, figures as columns: of each the line that stands for it, with its last value and its best. Figures that have no
 * direction are left out where others have one.
 */
export function panelMarkdown(views: readonly FigureView[], runs: readonly NamedRun[]): string {
  const directed = views.filter(({ direction }) => direction !== null);
  const shown = directed.length > 0 ? directed : views;
  const heads = shown.map(({ figure, direction }) => `${figure}${arrowOf(direction)}`);
  const rows = runs.map(({ executionId, name }) => [
    name,
    ...shown.map((view) => {
      const line = view.lines.find((one) => one.executionId === executionId && one.marked);
      const best = line === undefined || line.best === null ? null : bestText(line, view);
      const last = lastText(line, view);
      return best === null ? last : l10n.t('{0}, best {1}', last, best);
    }),
  ]);
  return table([l10n.t('Run'), ...heads], rows);
}

const lastText = (line: LineView | undefined, { unit }: FigureView): string => {
  const last = line?.line.y.at(-1);
  return last === undefined ? '–' : valueText(last, unit);
};

/** "0.8600 (epoch 9)" */
const bestText = (line: LineView | undefined, { axis, unit }: FigureView): string =>
  line === undefined || line.best === null
    ? '–'
    : `${valueText(line.best.value, unit)} (${atText(line.best.x, axis)})`;

const arrowOf = (direction: Direction | null): string =>
  direction === null ? '' : direction === 'higher' ? ' ↑' : ' ↓';

/** The first column stands left, numbers stand right. */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(heads.map(escaped)),
    line(heads.map((_, i) => (i === 0 ? ':--' : '--:'))),
    ...rows.map((cells) => line(cells.map(escaped))),
    '',
  ].join('\n');
}

/** What Markdown would take for its own. */
const escaped = (text: string): string => text.replaceAll(/[\\|*`<]/g, String.raw`\$&`);
