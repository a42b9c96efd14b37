/** The view *Training Runs*: what it shows, and what one does in it. */
import { STATUSES, type Status } from '../../src/contract/status.ts';
import { until, type RowFacts, type TreeRow, type Workbench } from './harness/index.ts';

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

/** The hover says so; one of the row beside it may come first, where the rows move while the mouse does. */
export async function hovered(row: TreeRow, pattern: RegExp): Promise<void> {
  let seen = '';
  await until('the hover', async () => {
    seen = await row.hover();
    return pattern.test(seen);
  }).catch((error: unknown) => {
    throw new Error(`The hover was: ${seen}`, { cause: error });
  });
}

/** The number at the icon in the activity bar; empty where there is none. */
export const badge = async (workbench: Workbench): Promise<string> =>
  (
    await workbench.page
      .locator('.activitybar .action-item', { has: workbench.page.locator('[aria-label^="Trainyard"]') })
      .locator('.badge-content')
      .allInnerTexts()
  ).join('');

/** What stands over the rows. */
export const message = (workbench: Workbench): Promise<string> => workbench.view(RUNS).message();

export async function filterBy(workbench: Workbench, statuses: readonly Status[]): Promise<void> {
  await workbench.runCommand('Trainyard: Filter by Status…');
  await workbench.quickInput.opened('Show only runs with these statuses');
  for (const status of STATUSES) await workbench.quickInput.check(status, statuses.includes(status));
  await workbench.quickInput.accept();
  await workbench.quickInput.closed();
}

/** Through the menu behind the dots: what is chosen now is marked there. A menu that closes meanwhile is opened again. */
export async function groupBy(workbench: Workbench, title: string): Promise<void> {
  const { page } = workbench;
  const soon = { timeout: 2000 };
  const entry = page.locator('.monaco-menu .action-item', { hasText: 'Group By' });
  const wanted = page.locator('.monaco-submenu .action-label', { hasText: new RegExp(`^(✓ )?${title}$`) });
  await until('the grouping in focus', async () => {
    if (!(await entry.first().isVisible())) await workbench.view(RUNS).openMenu();
    if (!(await wanted.isVisible())) {
      await entry.first().hover(soon);
      await page.keyboard.press('ArrowRight');
      await wanted.waitFor(soon);
    }
    await wanted.hover(soon);
    return page.locator('.monaco-submenu .action-item.focused', { hasText: title }).isVisible();
  });
  await page.keyboard.press('Enter');
}
