/** What can be done with a chart: the entries of its menu. */
import * as l10n from '@vscode/l10n';
import type { TopLevelSpec } from 'vega-lite';
import type { MenuItem, MenuItems } from '../ui/menu.ts';
import type { Problem } from './problem.ts';
import type { TakeAway } from './takeAway.ts';

/** A chart as its menu sees it. */
export interface Takeable {
  /** What a file of it is called. */
  readonly name: string;
  /** Whose values it draws; null where it draws of all. */
  readonly figures: readonly string[] | null;
  /** What it shows now, drawing by itself; null as long as it shows nothing. */
  specification(): TopLevelSpec | null;
  /** Its values as a Markdown table; null where it has no such. */
  markdown(): string | null;
  /** Whether its values are shown instead of the drawing. */
  readonly table: { shown: boolean; toggle(): void };
  /** Says what went wrong, beside the chart. */
  readonly problem: Problem;
}

export function chartItems(chart: Takeable, take: TakeAway): MenuItems {
  const item = (label: string, act: () => Promise<void>): MenuItem => ({
    label,
    run: () => chart.problem.of(act),
  });
  const { table } = chart;
  const spec = chart.specification();
  const markdown = chart.markdown();
  const ofSpec = (label: string, act: (one: TopLevelSpec) => Promise<void>): MenuItem[] =>
    spec === null ? [] : [item(label, () => act(spec))];
  const groups: MenuItem[][] = [
    [{ label: l10n.t('Show as Table'), checked: table.shown, run: () => table.toggle() }],
    [
      ...(take.copiesPictures ? ofSpec(l10n.t('Copy as PNG'), (one) => take.copyPicture(one)) : []),
      ...(markdown === null ? [] : [item(l10n.t('Copy as Markdown Table'), () => take.copyTable(markdown))]),
    ],
    [
      ...ofSpec(l10n.t('Save as PNG…'), (one) => take.savePicture(chart.name, 'png', one)),
      ...ofSpec(l10n.t('Save as SVG…'), (one) => take.savePicture(chart.name, 'svg', one)),
      item(l10n.t('Export Data…'), () => take.exportData(chart.figures)),
    ],
    ofSpec(l10n.t('Open Vega-Lite Specification'), (one) => take.openSpecification(one)),
  ].filter((group) => group.length > 0);
  return groups.flatMap((group, i) => (i === 0 ? group : [null, ...group]));
}
