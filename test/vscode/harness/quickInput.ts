import type { Locator, Page } from 'playwright-core';
import { DEADLINE_MS, exactly, until } from './wait.ts';

/** A row of a quick pick, as a person reads it. */
export interface QuickRow {
  label: string;
  description: string;
  detail: string;
}

/** The one widget of the command palette, of quick picks and of input boxes, in all of their steps. */
export class QuickInput {
  readonly #page: Page;
  readonly root: Locator;
  readonly input: Locator;
  readonly #rows: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.root = page.locator('.quick-input-widget');
    this.input = this.root.locator('.quick-input-box input');
    this.#rows = this.root.locator('.quick-input-list .monaco-list-row');
  }

  /** Waits until a step with this title (or this placeholder, or this prompt) is open. */
  async opened(text: string): Promise<void> {
    await until(`a quick input "${text}"`, async () => {
      if (!(await this.root.isVisible())) return false;
      const said = [await this.title(), await this.placeholder(), await this.message()];
      return said.some((each) => each.includes(text));
    });
  }

  async closed(): Promise<void> {
    await this.root.waitFor({ state: 'hidden', timeout: DEADLINE_MS });
  }

  async title(): Promise<string> {
    return (await this.root.locator('.quick-input-title').allInnerTexts()).join('').trim();
  }

  async placeholder(): Promise<string> {
    return (await this.input.getAttribute('placeholder')) ?? '';
  }

  /** The prompt, or the reason why the value isn't taken. */
  async message(): Promise<string> {
    return (await this.root.locator('.quick-input-message').allInnerTexts()).join('').trim();
  }

  /** Whether the value is refused; `message()` says why. */
  async refused(): Promise<boolean> {
    return this.root.locator('.quick-input-box .monaco-inputbox.error').isVisible();
  }

  async value(): Promise<string> {
    return this.input.inputValue();
  }

  async type(text: string): Promise<void> {
    await this.input.fill(text);
  }

  /** Enter: takes the value, or the row in focus. */
  async accept(): Promise<void> {
    await this.input.press('Enter');
  }

  async cancel(): Promise<void> {
    await this.#page.keyboard.press('Escape');
    await this.closed();
  }

  async rows(): Promise<QuickRow[]> {
    const rows = await this.#rows.all();
    return Promise.all(
      rows.map(async (row) => ({
        // Below stands the detail; where a row has none, it has a hidden one of a row that was drawn before.
        label: await textOf(row, '.quick-input-list-row:first-child .label-name'),
        description: await textOf(row, '.quick-input-list-row:first-child .label-description'),
        detail: await textOf(row, '.quick-input-list-label-meta'),
      })),
    );
  }

  /** The row with exactly this label. */
  row(label: string): Locator {
    const name = this.#page.locator('.label-name', { hasText: exactly(label) });
    return this.#rows.filter({ has: name }).first();
  }

  /** Chooses the row with exactly this label. */
  async pick(label: string): Promise<void> {
    await this.row(label).click({ timeout: DEADLINE_MS });
  }

  /** In a pick of several: checks or unchecks the row with this label. `accept()` ends the step. */
  async check(label: string, checked = true): Promise<void> {
    await this.row(label).locator('input[type=checkbox], [role=checkbox]').first().setChecked(checked);
  }

  /** A button in the title of the widget, by its tooltip. */
  async button(title: string): Promise<void> {
    await this.root.getByRole('button', { name: title }).click({ timeout: DEADLINE_MS });
  }
}

async function textOf(row: Locator, selector: string): Promise<string> {
  return (await row.locator(selector).allInnerTexts()).join(' ').trim();
}
