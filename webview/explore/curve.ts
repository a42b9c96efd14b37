/** Precision against recall, epoch by epoch: which figures make a pair, and the path of each line. Pure. */
import * as l10n from '@vscode/l10n';
import type { Extent } from '../charts/scales.ts';
import type { FigureView, LineView } from './figures.ts';

export interface Pair {
  name: string;
  precision: string;
  recall: string;
}

/** Figures that differ in one being called precision and the other recall. */
export function pairsOf(figures: readonly string[]): Pair[] {
  return figures.flatMap((precision) => {
    const recall = precision.replace('precision', 'recall').replace('Precision', 'Recall');
    if (recall === precision || !figures.includes(recall)) return [];
    return [{ name: l10n.t('{0} over {1}', precision, recall), precision, recall }];
  });
}

/** A place where both are known. */
export interface Place {
  at: number;
  precision: number;
  recall: number;
}

export interface Path {
  line: LineView;
  places: readonly Place[];
}

/** @param window of what x counts in the other charts: what lies outside isn't shown here either */
export function pathsOf(precision: FigureView, recall: FigureView, window: Extent | null): Path[] {
  return precision.lines.flatMap((line) => {
    const other = recall.lines.find(({ key }) => key === line.key)?.line;
    if (other === undefined) return [];
    const recalls = new Map(other.x.map((x, i) => [x, other.y[i] ?? NaN]));
    const places = line.line.x.flatMap((at, i): Place[] => {
      const place = { at, precision: line.line.y[i] ?? NaN, recall: recalls.get(at) ?? NaN };
      const inside = window === null || (at >= window[0] && at <= window[1]);
      return inside && Number.isFinite(place.precision) && Number.isFinite(place.recall) ? [place] : [];
    });
    return [{ line, places }];
  });
}
