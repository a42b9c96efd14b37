/** The order of charts that a person has given by hand. Pure. */
import { SYSTEM, type Choices } from './choices.ts';
import type { Group } from './groups.ts';

/** Figures as they were put; those that came later stand behind them. */
export function ordered(figures: readonly string[], order: readonly string[]): string[] {
  const place = new Map(order.map((figure, i) => [figure, i]));
  const of = (figure: string): number => place.get(figure) ?? order.length;
  return figures.toSorted((a, b) => of(a) - of(b));
}

/**
 * The choices with a figure in another's place, which makes room on the side that it comes from. Null where that can't be: they stand in
 * different groups, or in one that has its own order.
 */
export function moved(
  groups: readonly Group[],
  choices: Choices,
  figure: string,
  to: string,
): Partial<Choices> | null {
  const group = groups.find(({ figures }) => figures.includes(figure));
  if (group === undefined || figure === to || !group.figures.includes(to) || !isFree(group)) return null;
  const at = group.figures.indexOf(to);
  const without = group.figures.filter((one) => one !== figure);
  const figures = [...without.slice(0, at), figure, ...without.slice(at)];
  if (group.id === 'pinned') return { pinned: ordered(choices.pinned, figures) };
  return { order: [...choices.order.filter((one) => !figures.includes(one)), ...figures] };
}

/** The figures before and behind one in its group, where it can take their places. */
export function neighbours(
  groups: readonly Group[],
  figure: string,
): { before: string | null; behind: string | null } {
  const group = groups.find(({ figures }) => figures.includes(figure));
  if (group === undefined || !isFree(group)) return { before: null, behind: null };
  const at = group.figures.indexOf(figure);
  return { before: group.figures[at - 1] ?? null, behind: group.figures[at + 1] ?? null };
}

const isFree = ({ id }: Group): boolean => id !== 'project' && id !== 'large' && id !== SYSTEM;
