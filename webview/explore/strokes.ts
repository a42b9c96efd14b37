/** How lines look: by colour and by dash, so that neither is needed to tell them apart. Pure. */
import { CHART_COLORS } from '../../src/contract/colors.ts';

export interface Style {
  /** Its place in the theme's palette. */
  color: number;
  dash: readonly number[];
}

const DASHES: readonly (readonly number[])[] = [
  [2, 3],
  [8, 3, 2, 3],
  [10, 4],
];

/** What was measured on data that the model doesn't learn from is drawn through; what it learns from is dashed. */
export function styleOfLegend(legend: string, legends: readonly string[]): Style {
  if (legend === 'val') return { color: 0, dash: [] };
  if (legend === 'train') return { color: 1, dash: [5, 3] };
  const strangers = legends.filter((one) => one !== 'val' && one !== 'train');
  const place = strangers.indexOf(legend);
  if (strangers.length === legends.length && place === 0) return { color: 0, dash: [] };
  return { color: 2 + place, dash: DASHES[place % DASHES.length] ?? [] };
}

/** A run's own, where several are compared: once every colour is taken a dash tells its runs apart. */
export function styleOf(slot: number): Style {
  const round = Math.floor(slot / CHART_COLORS.length);
  return {
    color: slot % CHART_COLORS.length,
    dash: round === 0 ? [] : (DASHES[(round - 1) % DASHES.length] ?? []),
  };
}
