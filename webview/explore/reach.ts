/** How far the y axis of one chart reaches as somebody looks at it. */
import * as l10n from '@vscode/l10n';
import type { Unit } from '../../src/contract/figures.ts';
import { extremes, type Line } from '../charts/lines.ts';
import {
  axisOfLogY,
  axisOfY,
  labelled,
  reachOfLogY,
  reachOfY,
  ticksFor,
  type Axis,
  type Extent,
} from '../charts/scales.ts';
import { fencesOf } from '../charts/smooth.ts';
import { tickText, valueText } from '../charts/words.ts';
import type { Choices } from './choices.ts';

export interface Looked {
  /** What is shown of x. */
  x: Extent;
  /** There is one place only. */
  single: boolean;
  /** Of the plot, in pixels. */
  height: number;
  choices: Pick<Choices, 'log' | 'outliers'>;
  unit: Unit | null;
  /** The window on y that the user chose. */
  own: Extent | null;
}

export class Reach {
  /** It stays as long as values fit it. */
  #reach: Extent | null = null;
  /** How it was chosen: another way starts anew. */
  #chosenBy = '';

  /** The axis, and in sentences what it leaves out. */
  axisFor(lines: readonly Line[], looked: Looked): { axis: Axis; asides: string[] } {
    const { unit } = looked;
    const { axis, asides } = this.#plain(lines, looked);
    return { axis: unit === null ? axis : labelled(axis, (tick) => tickText(tick, unit)), asides };
  }

  #plain(
    lines: readonly Line[],
    { x, single, height, choices, unit, own }: Looked,
  ): { axis: Axis; asides: string[] } {
    const { log, outliers } = choices;
    const values = extremes(lines, ...x, log ? Number.MIN_VALUE : -Infinity);
    const fences = outliers ? null : fencesOf(valuesIn(lines, x), log);
    const kept: Extent | null =
      values === null || fences === null
        ? values
        : [Math.max(values[0], fences[0]), Math.min(values[1], fences[1])];
    const asides = [];
    if (log && lines.some(({ min }) => min.some((value) => value <= 0)))
      asides.push(l10n.t('Zero and what is below have no place on a logarithmic scale.'));
    if (values !== null && kept !== null && (kept[0] > values[0] || kept[1] < values[1]))
      asides.push(
        l10n.t('Values reach from {0} to {1}.', valueText(values[0], unit), valueText(values[1], unit)),
      );
    const chosenBy = `${log} ${outliers}`;
    const before = chosenBy === this.#chosenBy ? this.#reach : null;
    this.#chosenBy = chosenBy;
    if (log) {
      const reach = reachOfLogY(kept ?? before ?? [1, 10], before);
      this.#reach = reach;
      return { axis: axisOfLogY(above(own, reach), height), asides };
    }
    // One place says nothing of how far values will go: they are seen from zero.
    const seen: Extent | null = kept !== null && single && kept[0] > 0 ? [0, kept[1]] : kept;
    this.#reach = reachOfY(seen ?? before ?? [0, 1], before, ticksFor(height));
    return { axis: axisOfY(own ?? this.#reach, height), asides };
  }
}

/** A window that was chosen on another scale may reach below a logarithmic one. */
function above(own: Extent | null, reach: Extent): Extent {
  if (own === null || own[1] <= 0) return reach;
  return own[0] > 0 ? own : [Math.min(reach[0], own[1] / 10), own[1]];
}

const valuesIn = (lines: readonly Line[], [from, to]: Extent): number[] =>
  lines.flatMap(({ x, y }) => y.filter((_, i) => (x[i] ?? NaN) >= from && (x[i] ?? NaN) <= to));
