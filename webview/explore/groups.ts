/** Which charts stand together, in which order, and which of them are shown. Pure. */
import * as l10n from '@vscode/l10n';
import { SYSTEM, type Choices } from './choices.ts';
import { ordered } from './order.ts';

export interface Group {
  id: string;
  /** null: what is in it needs no heading. */
  title: string | null;
  folded: boolean;
  figures: readonly string[];
}

const FAMILIES: readonly (readonly [id: string, title: () => string, name: RegExp])[] = [
  ['loss', () => l10n.t('Loss'), /loss/i],
  ['mAP', () => l10n.t('mAP'), /mAP/],
  ['precision', () => l10n.t('Precision and Recall'), /precision|recall/i],
];

/**
 * The charts that the project brings first, then pinned figures, as they were pinned; then losses, mAP, precision and recall; then those of a common prefix ("gpu/…"); then
 * the rest. Within a group figures stand as the user has put them, else in the order in which they are given. Of those that a search finds, or the one that is shown
 * large, no other is in any group.
 */
export function groupsOf(
  figures: readonly string[],
  choices: Choices,
  brought: readonly { id: string; title: string }[] = [],
): Group[] {
  const { pinned, folded, search, large } = choices;
  if (large !== null && (figures.includes(large) || brought.some(({ id }) => id === large))) {
    return [{ id: 'large', title: null, folded: false, figures: [large] }];
  }
  const found = figures.filter((figure) => matches(figure, search));
  const order = new Map([
    [
      'project',
      titled(
        l10n.t('Charts of this project'),
        brought.filter(({ title }) => matches(title, search)).map(({ id }) => id),
      ),
    ],
    [
      'pinned',
      titled(
        l10n.t('Pinned'),
        pinned.filter((figure) => found.includes(figure)),
      ),
    ],
  ]);
  for (const [id, title] of FAMILIES) order.set(id, titled(title()));
  const last = new Map([
    ['rest', titled(l10n.t('Other'))],
    [SYSTEM, titled(l10n.t('System'))],
  ]);
  for (const figure of ordered(found, choices.order)) {
    if (pinned.includes(figure)) continue;
    const id = homeOf(figure);
    const group = order.get(id) ?? last.get(id);
    if (group === undefined) order.set(id, titled(id.slice(0, -1), [figure]));
    else group.figures.push(figure);
  }
  return [...order, ...last].flatMap(([id, group]) =>
    group.figures.length === 0
      ? []
      : // What was looked for is never hidden.
        [{ ...group, id, folded: search.trim() === '' && folded.includes(id) }],
  );
}

const titled = (title: string, figures: string[] = []): { title: string; figures: string[] } => ({
  title,
  figures,
});

/** "gpu/" for what has a prefix, else a family. */
function homeOf(figure: string): string {
  const slash = figure.indexOf('/');
  if (slash > 0) return figure.slice(0, slash + 1);
  return FAMILIES.find(([, , name]) => name.test(figure))?.[0] ?? 'rest';
}

/** Whether a name has every word that is looked for, whatever their case. */
export function matches(figure: string, search: string): boolean {
  const name = figure.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => name.includes(word));
}
