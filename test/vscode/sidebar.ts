/** The views *Services* and *Models*: what stands under one of their outermost rows. */
import type { RowFacts, Workbench } from './harness/index.ts';

export const SERVICES = 'Services';
export const MODELS = 'Models';
export type SideView = typeof SERVICES | typeof MODELS;

/** An outermost row with all rows under it. */
function branch(rows: RowFacts[], name: string): RowFacts[] {
  const at = rows.findIndex((row) => row.level === 1 && row.name === name);
  if (at < 0) return [];
  const end = rows.findIndex((row, i) => i > at && row.level === 1);
  return rows.slice(at, end < 0 ? undefined : end);
}

/** A row a line: indented by its level, what stands beside the name after a colon. */
const lineOf = ({ level, name, description }: RowFacts): string =>
  `${'  '.repeat(level - 1)}${name}: ${description}`;

/** Waits until an outermost row and those under it read like this, and no row more. */
export async function branchIs(
  workbench: Workbench,
  view: SideView,
  name: string,
  ...lines: readonly RegExp[]
): Promise<RowFacts[]> {
  const isSo = (rows: RowFacts[]): boolean => {
    const seen = branch(rows, name);
    return seen.length === lines.length && seen.every((row, i) => lines[i]?.test(lineOf(row)) === true);
  };
  return branch(await workbench.tree(view).settled(`${name}:\n${lines.join('\n')}\n`, isSo), name);
}

/** One of the views alone, as tall as the side bar. */
export async function showAlone(workbench: Workbench, view: SideView): Promise<void> {
  await workbench.openContainer('Trainyard');
  for (const other of ['Training Runs', SERVICES, MODELS]) await workbench.view(other).expand(other === view);
}
