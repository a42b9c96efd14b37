import type { Locator, Page } from 'playwright-core';
import { Tree } from './tree.ts';
import { DEADLINE_MS, exactly, until } from './wait.ts';

/** A view in the side bar: its header, its welcome text, its tree. */
export class View {
  readonly pane: Locator;
  readonly #header: Locator;
  readonly tree: Tree;
  readonly title: string;

  constructor(page: Page, title: string) {
    this.title = title;
    this.tree = new Tree(page, title);
    this.pane = page
      .locator('.pane')
      .filter({ has: page.locator('.pane-header h3.title', { hasText: exactly(title) }) });
    this.#header = this.pane.locator('.pane-header');
  }

  /** Opens the view's body where it is closed, or closes it. */
  async expand(wanted = true): Promise<this> {
    await this.pane.waitFor({ timeout: DEADLINE_MS });
    const isOpen = async (): Promise<boolean> =>
      (await this.#header.getAttribute('aria-expanded')) === 'true';
    if ((await isOpen()) !== wanted) await this.#header.locator('h3.title').click();
    await until(
      `the view "${this.title}" to be ${wanted ? 'open' : 'closed'}`,
      async () => (await isOpen()) === wanted,
    );
    return this;
  }

  /** What stands beside the title. */
  async description(): Promise<string> {
    return (await this.#header.locator('.description').allInnerTexts()).join(' ').trim();
  }

  /** The text over the tree (`TreeView.message`). */
  async message(): Promise<string> {
    return (await this.pane.locator('.message').allInnerTexts()).join('\n').trim();
  }

  /** What the view says while it has no rows, its buttons included; empty where it has rows. */
  async welcome(): Promise<string> {
    const welcome = this.pane.locator('.welcome-view-content');
    return (await welcome.isVisible()) ? (await welcome.innerText()).trim() : '';
  }

  async pressInWelcome(title: string): Promise<void> {
    await this.pane.locator('.welcome-view-content .monaco-button', { hasText: exactly(title) }).click();
  }

  /** The titles of the actions in the header; those behind "..." are not among them. */
  async actions(): Promise<string[]> {
    await this.#header.hover({ timeout: DEADLINE_MS });
    const labels = await this.#header.locator('.action-label').all();
    return Promise.all(labels.map(async (label) => (await label.getAttribute('aria-label')) ?? ''));
  }

  async act(title: string): Promise<void> {
    await this.#header.hover({ timeout: DEADLINE_MS });
    await this.#header.locator(`.action-label[aria-label="${title}"]`).click({ timeout: DEADLINE_MS });
  }

  /** Opens what stands behind "..." in the header. */
  async openMenu(): Promise<void> {
    await this.#header.hover({ timeout: DEADLINE_MS });
    await this.#header.locator('.action-label.codicon-toolbar-more').click({ timeout: DEADLINE_MS });
  }

  /** Opens a view container by its name in the activity bar. */
  static async openContainer(page: Page, name: string): Promise<void> {
    const tab = page.locator('.activitybar').getByRole('tab', { name, exact: false }).first();
    await tab.waitFor({ timeout: DEADLINE_MS });
    let clicked = 0;
    await until(`"${name}" to be open`, async () => {
      if ((await tab.getAttribute('aria-selected')) === 'true') return true;
      // A click on what a window is just about to restore closes it again: then one more is needed.
      if (Date.now() - clicked > 1000) {
        await tab.click({ timeout: 1000 });
        clicked = Date.now();
      }
      return false;
    });
  }
}
