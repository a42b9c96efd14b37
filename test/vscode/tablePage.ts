/** A table of runs in a page: its rows, its cells and its titles. */
import type { Locator } from 'playwright-core';
import * as z from 'zod';
import { until } from './harness/index.ts';
import { Page } from './pages.ts';

const RowFacts = z.object({
  name: z.string(),
  status: z.string(),
  /** What the icon of a diagnosis is called; empty without one. */
  icon: z.string(),
  chosen: z.boolean(),
});
export type RowFacts = z.output<typeof RowFacts>;

export class TablePage extends Page {
  /** The rows in sight, from top to bottom, as of one moment. */
  async rows(): Promise<RowFacts[]> {
    return z.array(RowFacts).parse(
      await this.run(`[...document.querySelectorAll('tbody .row')]
        .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
        .map((row) => ({
          name: row.querySelector('.of-name .link').innerText,
          status: row.querySelector('.of-status .status').innerText,
          icon: row.querySelector('.diagnosis:not([hidden])')?.getAttribute('aria-label') ?? '',
          chosen: row.getAttribute('aria-selected') === 'true',
        }))`),
    );
  }

  /** Waits until it shows these rows and no others, in this order. */
  async shows(...names: string[]): Promise<void> {
    let seen: string[] = [];
    await until('the rows', async () => {
      seen = (await this.rows()).map(({ name }) => name);
      return seen.join() === names.join();
    }).catch((error: unknown) => {
      throw new Error(`Wanted ${names.join()}; there was ${seen.join()}`, { cause: error });
    });
  }

  /** The cell of a run in a column, by the column's kind (`metric` for `metric:box_loss`). */
  async cell(name: string, column: string): Promise<Locator> {
    const frame = await this.frame();
    const named = frame.locator('.of-name .link', { hasText: new RegExp(`^${name}$`) });
    return frame.locator('tbody .row', { has: named }).locator(`.of-${column}`);
  }

  /** The title of a column. */
  heading(name: string): Promise<Locator> {
    return this.find(`th:has(.title-text:text-is("${name}"))`);
  }

  /** In pixels. */
  async widthOf(name: string): Promise<number> {
    return Math.round((await (await this.heading(name)).boundingBox())?.width ?? 0);
  }
}
