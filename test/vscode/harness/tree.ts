import type { Locator, Page } from 'playwright-core';
import * as z from 'zod';
import { colorOf, colorOfTheme } from './look.ts';
import { chooseFromMenu, openMenu } from './menu.ts';
import { DEADLINE_MS, exactly, until } from './wait.ts';

/** A row of a tree, as a person sees it. */
export interface RowFacts {
  name: string;
  description: string;
  /** 1 for the outermost. */
  level: number;
  /** null where there is nothing to expand. */
  expanded: boolean | null;
  /** The codicon's id (`check`), or null without one. */
  icon: string | null;
  /** What a screen reader says. */
  label: string;
}

const Rows = z.array(
  z.object({
    name: z.string(),
    description: z.string(),
    level: z.number(),
    expanded: z.boolean().nullable(),
    icon: z.string().nullable(),
    label: z.string(),
  }),
);

/** What `TreeRow.facts` tells of one row, of all at once: a function of a tree, for the page. */
const READ_ROWS = String.raw`(tree) => {
  const text = (row, of) => [...row.querySelectorAll(of)].map((each) => each.innerText).join(' ').trim();
  const icon = (row) => {
    const classes = row.querySelector('.custom-view-tree-node-item-icon')?.className ?? '';
    return /\bcodicon-(?!modifier)([\w-]+)/.exec(classes)?.[1] ?? null;
  };
  const rows = [...(tree?.querySelectorAll('.monaco-list-row') ?? [])];
  rows.sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top);
  return rows.map((row) => ({
    name: text(row, '.label-name'),
    description: text(row, '.label-description'),
    level: Number(row.getAttribute('aria-level')),
    expanded: row.hasAttribute('aria-expanded') ? row.getAttribute('aria-expanded') === 'true' : null,
    icon: icon(row),
    label: row.getAttribute('aria-label') ?? '',
  }));
}`;

/** Notes in `drawnRows` which rows of a tree change: a function of the tree, for the page. */
const WATCH_ROWS = `(tree) => {
  const drawn = (globalThis.drawnRows = new Set());
  new MutationObserver((all) => {
    for (const { type, target, attributeName, oldValue } of all) {
      if (type === 'attributes' && target.getAttribute(attributeName) === oldValue) continue;
      const element = target.nodeType === 1 ? target : target.parentElement;
      const row = element?.closest('.monaco-list-row');
      const what = type === 'attributes' ? attributeName : type;
      if (row) drawn.add((row.querySelector('.label-name')?.innerText ?? '') + ': ' + what);
    }
  }).observe(tree.querySelector('.monaco-list-rows'), {
    subtree: true, childList: true, characterData: true, attributes: true, attributeOldValue: true,
  });
}`;

/** A tree in the side bar or the panel, by the name of its view. */
export class Tree {
  readonly #page: Page;
  readonly #selector: string;
  readonly root: Locator;
  readonly name: string;

  constructor(page: Page, name: string) {
    this.#page = page;
    this.name = name;
    this.#selector = `[role="tree"][aria-label="${name}"]`;
    this.root = page.locator(this.#selector);
  }

  /** The row with exactly this name; the first of several. Rows out of sight are found by `reveal` alone. */
  row(name: string): TreeRow {
    const exact = this.#page.locator('.label-name', { hasText: exactly(name) });
    return new TreeRow(
      this.#page,
      this.root.locator('.monaco-list-row').filter({ has: exact }).first(),
      name,
    );
  }

  /** The row whose name matches; for names that hold a time or a number. */
  rowLike(pattern: RegExp): TreeRow {
    const like = this.#page.locator('.label-name', { hasText: pattern });
    const row = this.root.locator('.monaco-list-row').filter({ has: like }).first();
    return new TreeRow(this.#page, row, String(pattern));
  }

  /** The rows in sight, from top to bottom. Read in one go, so that they are of one moment. */
  async rows(): Promise<RowFacts[]> {
    const tree = `document.querySelector(${JSON.stringify(this.#selector)})`;
    return Rows.parse(await this.#page.evaluate(`(${READ_ROWS})(${tree})`));
  }

  /** Waits until the rows in sight are as `wanted` says; the error tells what was there instead. */
  async settled(
    what: string,
    wanted: (rows: RowFacts[]) => boolean,
    deadlineMs = DEADLINE_MS,
  ): Promise<RowFacts[]> {
    let seen: RowFacts[] = [];
    try {
      return await until(
        `${what} in "${this.name}"`,
        async () => {
          seen = await this.rows();
          return wanted(seen) ? seen : null;
        },
        deadlineMs,
      );
    } catch (error) {
      const there = seen.map((row) => `${'  '.repeat(row.level)}${row.name}  ${row.description}`).join('\n');
      throw new Error(`${what} never came in "${this.name}". There was:\n${there}`, { cause: error });
    }
  }

  /**
   * Has the page note which rows are drawn anew from now on. Asked, it resolves with them, as `name: what changed`. What only
   * gets the attributes that it has isn't among them: a row that is measured anew is no row that is drawn anew.
   */
  async watch(): Promise<() => Promise<string[]>> {
    const tree = `document.querySelector(${JSON.stringify(this.#selector)})`;
    await this.#page.evaluate(`(${WATCH_ROWS})(${tree})`);
    return async () => z.array(z.string()).parse(await this.#page.evaluate('[...globalThis.drawnRows]'));
  }

  /** Scrolls until the row with this name is in sight. */
  async reveal(name: string): Promise<TreeRow> {
    const row = this.row(name);
    await until(`"${name}" in "${this.name}"`, async () => {
      if (await row.root.isVisible()) return true;
      const atEnd = await this.root.locator('.monaco-list-row[data-last-element="true"]').isVisible();
      await this.root.hover();
      // Less than a view's height, so that no row is jumped over.
      const step = ((await this.root.boundingBox())?.height ?? 0) * 0.7;
      await this.#page.mouse.wheel(0, atEnd ? -100_000 : step);
      return false;
    });
    return row;
  }
}

/** One row. Every method looks anew, so a row may be held while the tree is drawn again. */
export class TreeRow {
  readonly #page: Page;
  readonly root: Locator;
  readonly #what: string;

  constructor(page: Page, root: Locator, what: string) {
    this.#page = page;
    this.root = root;
    this.#what = what;
  }

  async waitFor(deadlineMs = DEADLINE_MS): Promise<this> {
    await this.root.waitFor({ timeout: deadlineMs });
    return this;
  }

  async gone(deadlineMs = DEADLINE_MS): Promise<void> {
    await this.root.waitFor({ state: 'detached', timeout: deadlineMs });
  }

  async facts(): Promise<RowFacts> {
    const expanded = await this.root.getAttribute('aria-expanded');
    return {
      name: await this.#text('.label-name'),
      description: await this.#text('.label-description'),
      level: Number(await this.root.getAttribute('aria-level')),
      expanded: expanded === null ? null : expanded === 'true',
      icon: await this.icon(),
      label: (await this.root.getAttribute('aria-label')) ?? '',
    };
  }

  async description(): Promise<string> {
    return this.#text('.label-description');
  }

  /** The codicon's id, or null. */
  async icon(): Promise<string | null> {
    const icon = this.root.locator('.custom-view-tree-node-item-icon');
    if ((await icon.count()) === 0) return null;
    const classes = (await icon.first().getAttribute('class')) ?? '';
    return /\bcodicon-(?!modifier)([\w-]+)/.exec(classes)?.[1] ?? null;
  }

  /** Whether the icon has the theme's colour of this id: `charts.green`. */
  async iconHasColor(id: string): Promise<boolean> {
    const icon = this.root.locator('.custom-view-tree-node-item-icon').first();
    return (await colorOfTheme(this.#page, id)) === (await colorOf(icon));
  }

  /** Opens or closes the row, and waits until it is. */
  async expand(wanted = true): Promise<void> {
    await this.waitFor();
    if ((await this.root.getAttribute('aria-expanded')) !== String(wanted)) {
      await this.root.locator('.monaco-tl-twistie').click();
    }
    await until(`"${this.#what}" to be ${wanted ? 'open' : 'closed'}`, async () => {
      return (await this.root.getAttribute('aria-expanded')) === String(wanted);
    });
  }

  /** A click on the name: selects the row, and runs its command if it has one. */
  async click(modifiers: ('Control' | 'Shift' | 'Meta')[] = []): Promise<void> {
    await this.root.locator('.label-name').click({ modifiers, timeout: DEADLINE_MS });
  }

  /** The titles of the actions that show on the row under the mouse. */
  async actions(): Promise<string[]> {
    await this.root.hover({ timeout: DEADLINE_MS });
    const shown = await this.root.locator('.actions .action-label').all();
    return Promise.all(shown.map(async (action) => (await action.getAttribute('aria-label')) ?? ''));
  }

  /** Presses an inline action, by its title. */
  async act(title: string): Promise<void> {
    await this.root.hover({ timeout: DEADLINE_MS });
    await this.root.locator(`.actions .action-label[aria-label="${title}"]`).click({ timeout: DEADLINE_MS });
  }

  /** Opens the context menu and resolves with what it offers, separators left out. */
  async menu(): Promise<string[]> {
    return openMenu(this.#page, this.root);
  }

  /** Opens the context menu and chooses an entry. */
  async choose(title: string): Promise<void> {
    await openMenu(this.#page, this.root);
    await chooseFromMenu(this.#page, title);
  }

  /** What shows when the mouse rests on the row. */
  async hover(): Promise<string> {
    const hover = this.#page.locator('.workbench-hover');
    let rested = 0;
    return until(`the hover of "${this.#what}"`, async () => {
      if (Date.now() - rested > 2000) {
        await this.#page.mouse.move(0, 0);
        await hover.first().waitFor({ state: 'hidden', timeout: DEADLINE_MS });
        await this.root.locator('.label-name').hover({ timeout: DEADLINE_MS });
        rested = Date.now();
      }
      // A hover that was due elsewhere may still come, and then stays: it is told by its place, and the mouse moves again.
      if (!(await hover.first().isVisible()) || !(await isBeside(hover.first(), this.root))) return null;
      const text = (await hover.allInnerTexts()).join('\n').trim();
      // A tooltip that is made on demand says so first.
      return text !== '' && !text.startsWith('Loading') && text;
    });
  }

  async #text(selector: string): Promise<string> {
    return (await this.root.locator(selector).allInnerTexts()).join(' ').trim();
  }
}

/** Whether two elements stand at about the same height of the window. */
async function isBeside(one: Locator, other: Locator): Promise<boolean> {
  const [a, b] = await Promise.all([one.boundingBox(), other.boundingBox()]);
  if (a === null || b === null) return false;
  const reach = b.height * 1.5;
  return a.y < b.y + b.height + reach && b.y < a.y + a.height + reach;
}
