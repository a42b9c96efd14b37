/** How the latest run of a model stands, in a lens over its train function. Pure. */
import * as l10n from '@vscode/l10n';
import type { FigureHints } from '../../contract/figures.ts';
import type { Run } from '../../contract/shapes.ts';
import { metricText, progressText } from '../runs/item.ts';

/** "latest: Success, mAP50-95 0.878", "latest: In Progress, 58%" */
export function latestText(run: Run, hints: FigureHints): string {
  const percent = run.status === 'In Progress' ? progressText(run).slice(0, 1) : [];
  return l10n.t('latest: {0}', [run.status, ...percent, ...metricText(run, hints)].join(', '));
}
