/** What the tree *Training Runs* shows, as an outline. */
import { until, type RowFacts, type Workbench } from './harness/index.ts';

export const RUNS = 'Training Runs';

/** `group count`, and under it `  run`. */
const outline = (rows: RowFacts[]): string[] =>
  rows.map((row) => (row.level === 1 ? `${row.name} ${row.description}` : `  ${row.name}`));

/** Waits until the tree shows this outline, and no row more. */
export async function settled(workbench: Workbench, ...wanted: string[]): Promise<RowFacts[]> {
  let seen: string[] = [];
  try {
    return await until(
      'the tree',
      async () => {
        const rows = await workbench.tree(RUNS).rows();
        seen = outline(rows);
        return seen.join() === wanted.join() && rows;
      },
      30_000,
    );
  } catch (error) {
    throw new Error(`Wanted:\n${wanted.join('\n')}\nThere was:\n${seen.join('\n')}`, { cause: error });
  }
}

/** Waits until the run is described so, and resolves with its whole description. */
export async function described(workbench: Workbench, name: string, pattern: RegExp): Promise<string> {
  let seen = '';
  try {
    return await until('the row', async () => {
      const rows = await workbench.tree(RUNS).rows();
      seen = rows.find((row) => row.name === name)?.description ?? seen;
      return pattern.test(seen) && seen;
    });
  } catch (error) {
    throw new Error(`Wanted ${name} as ${pattern}, and it was: ${seen}`, { cause: error });
  }
}
