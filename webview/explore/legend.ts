/** The row under a chart's name: its lines, each with its value, which is the last one or the one under the pointer. */
import * as l10n from '@vscode/l10n';
import { cssOf, mixed, rgbOf, type Look } from '../charts/look.ts';
import { nearest, type Line } from '../charts/lines.ts';
import { atText, valueText } from '../charts/words.ts';
import { drawing, element } from '../ui/dom.ts';
import type { FigureView, LineView } from './figures.ts';
import { Moving } from './moving.ts';

export const runColor = (color: number, look: Look): string =>
  look.palette[color % look.palette.length] ?? look.foreground;

/** Of an earlier attempt the colour is half of the ground's. */
export function colorOf(line: LineView, look: Look): string {
  const color = runColor(line.color, look);
  if (!line.earlier) return color;
  const [full, ground] = [rgbOf(color), rgbOf(look.background)];
  return full !== null && ground !== null ? cssOf(mixed(ground, full, 0.5)) : color;
}

/** The place of a line at an x, or -1 where the line has nothing near: a line may have values every tenth epoch only. */
export function placeAt(line: Line, x: number): number {
  const place = nearest(line.x, x);
  const found = line.x[place];
  if (found === undefined) return -1;
  const [first = 0] = line.x;
  const apart = ((line.x.at(-1) ?? first) - first) / Math.max(1, line.x.length - 1);
  return Math.abs(found - x) <= Math.max(1e-9, apart / 2) ? place : -1;
}

/** The x that has values and is nearest, over all lines; null without lines. */
export function nearestX(lines: readonly LineView[], x: number): number | null {
  let best: number | null = null;
  for (const { line } of lines) {
    const found = line.x[nearest(line.x, x)];
    if (found !== undefined && (best === null || Math.abs(found - x) < Math.abs(best - x))) best = found;
  }
  return best;
}

/** So many lines a legend names; the table over the charts has all runs. */
const MOST_NAMED = 8;

/** Those that a legend names: of the run that steps forward, else the first ones, what stands for a run before the rest. */
function legible(lines: readonly LineView[], spoken: string | null): readonly LineView[] {
  if (lines.length <= MOST_NAMED) return lines;
  const own = lines.filter(({ executionId }) => executionId === spoken);
  if (own.length > 0) return own;
  return lines.filter(({ marked }) => marked).slice(0, MOST_NAMED);
}

export class Legend {
  readonly element = element('div', { class: 'legend', 'aria-hidden': 'true' });
  /** At which x the values are. */
  readonly #place = new Moving('place');
  readonly place = this.#place.element;
  #values: Moving[] = [];
  #made = '';

  /**
   * @param spoken the run that steps forward
   * @param text of a line at an x that it has; its value, where nothing else is said
   */
  update(
    view: FigureView,
    look: Look,
    cursor: number | null,
    spoken: string | null,
    text?: (line: LineView, x: number) => string,
  ): void {
    const lines = legible(view.lines, spoken);
    this.#make(lines, view.lines.length - lines.length, look);
    let last = -Infinity;
    lines.forEach((drawn, i) => {
      const { line } = drawn;
      const place = cursor === null ? line.x.length - 1 : placeAt(line, cursor);
      const shown = line.y[place];
      const x = line.x[place] ?? -Infinity;
      last = Math.max(last, x);
      this.#values[i]?.say(shown === undefined ? '–' : (text?.(drawn, x) ?? valueText(shown, view.unit)));
    });
    const at = cursor ?? last;
    this.#place.say(Number.isFinite(at) ? atText(at, view.axis) : '');
    this.place.classList.toggle('pointed', cursor !== null);
  }

  #make(lines: readonly LineView[], more: number, look: Look): void {
    const made = JSON.stringify([
      more,
      lines.map((line) => [line.key, line.label, colorOf(line, look), line.dash]),
    ]);
    if (made === this.#made) return;
    this.#made = made;
    this.#values = lines.map(() => new Moving('value'));
    this.element.replaceChildren(
      ...lines.map((line, i) =>
        element(
          'span',
          { class: 'entry' },
          swatch(colorOf(line, look), line.dash),
          element('span', { class: 'label' }, line.label),
          this.#values[i]?.element ?? null,
        ),
      ),
      ...(more === 0 ? [] : [element('span', { class: 'entry faint' }, l10n.t('{0} more lines', more))]),
    );
  }
}

/** A bit of the line itself: colour and dash. */
export const swatch = (color: string, dashes: readonly number[]): SVGSVGElement =>
  drawing(
    [
      [
        'line',
        {
          x1: '0',
          y1: '5',
          x2: '20',
          y2: '5',
          stroke: color,
          'stroke-width': '2',
          ...(dashes.length === 0 ? {} : { 'stroke-dasharray': dashes.join(' ') }),
        },
      ],
    ],
    20,
    10,
  );
