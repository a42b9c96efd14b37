/** What a project offers to train, and what was trained of it. Pure. */
import * as l10n from '@vscode/l10n';
import { directionOf, type FigureHints } from '../../contract/figures.ts';
import type { ProjectFile } from '../../contract/project.ts';
import type { Run } from '../../contract/shapes.ts';
import { figureText, mainLine, shortFigure } from '../../client/words.ts';

/** The models of an architecture, in the order of their file. */
export const modelsOf = ({ models }: ProjectFile, architecture: string): string[] =>
  Object.keys(models).filter((name) => models[name]?.architecture === architecture);

export const versionKey = (project: string, model: string): string => `${project}\n${model}`;

/** The runs of each model, the newest version first, by `versionKey`. */
export function versionsOf(runs: Iterable<Run>): Map<string, Run[]> {
  const versions = new Map<string, Run[]>();
  for (const run of runs) {
    const key = versionKey(run.project, run.model.name);
    const own = versions.get(key);
    if (own === undefined) versions.set(key, [run]);
    else own.push(run);
  }
  for (const own of versions.values()) own.sort((a, b) => b.model.version - a.model.version);
  return versions;
}

/** "best mAP50-95 0.878 (v2)": the version with the best value of the figure that stands for the newest that has one; null before. */
export function bestText(versions: readonly Run[], hints: FigureHints): string | null {
  let best: { value: number; figure: string; legend: string; version: number } | null = null;
  for (const { summary, model } of versions) {
    const line = mainLine({ summary }, hints);
    if (line === null || line.best === null) continue;
    const { figure, legend, best: value } = line;
    const better = directionOf(figure, hints) === 'lower' ? -1 : 1;
    if (best === null) best = { value, figure, legend, version: model.version };
    else if (best.figure === figure && best.legend === legend && (value - best.value) * better > 0)
      best = { value, figure, legend, version: model.version };
  }
  return best === null
    ? null
    : l10n.t('best {0} {1} (v{2})', shortFigure(best.figure), figureText(best.value), best.version);
}

/** What stands beside a model's name. */
export function modelWords(versions: readonly Run[], hints: FigureHints): string {
  const count = versions.length;
  if (count === 0) return l10n.t('not trained yet');
  const best = bestText(versions, hints);
  const versionCount = count === 1 ? l10n.t('1 version') : l10n.t('{0} versions', count);
  return [...(best === null ? [] : [best]), versionCount].join(' · ');
}
