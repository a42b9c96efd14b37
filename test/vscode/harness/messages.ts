import type { Locator, Page } from 'playwright-core';
import { DEADLINE_MS, exactly, until } from './wait.ts';

/** A notification, wherever it shows: as a toast, or in the list behind the bell. */
export class Notification {
  readonly root: Locator;

  constructor(root: Locator) {
    this.root = root;
  }

  async text(): Promise<string> {
    return (await this.root.locator('.notification-list-item-message').innerText()).trim();
  }

  async buttons(): Promise<string[]> {
    const titles = await this.root
      .locator('.notification-list-item-buttons-container .monaco-button')
      .allInnerTexts();
    return titles.map((title) => title.trim());
  }

  async press(title: string): Promise<void> {
    await this.root.hover({ timeout: DEADLINE_MS });
    await this.root.locator('.monaco-button', { hasText: exactly(title) }).click({ timeout: DEADLINE_MS });
  }

  async dismiss(): Promise<void> {
    await this.root.hover({ timeout: DEADLINE_MS });
    await this.root
      .locator('.action-label[aria-label^="Clear Notification"]')
      .click({ timeout: DEADLINE_MS });
  }
}

/** How long a toast may take to come before it is looked for behind the bell, in milliseconds. */
export const TOAST_MS = 4000;

/**
 * Waits for a notification whose text matches: for its toast during `toastMs`, then also in the list behind the bell,
 * which is opened and stays open.
 */
export async function notification(
  page: Page,
  text: string | RegExp,
  toastMs: number,
  deadlineMs = DEADLINE_MS,
): Promise<Notification> {
  const item = page
    .locator('.notifications-center .notification-list-item, .notifications-toasts .notification-list-item')
    .filter({ has: page.locator('.notification-list-item-message', { hasText: text }) })
    .first();
  const bell = page.locator('[id="status.notifications"]');
  const started = Date.now();
  return until(
    `a notification ${String(text)}`,
    async () => {
      if (await item.isVisible()) return new Notification(item);
      if (Date.now() - started < toastMs) return null;
      const opened = await page.locator('.notifications-center').isVisible();
      if (!opened && (await bell.isVisible())) await bell.click({ timeout: 1000 });
      return null;
    },
    deadlineMs,
  );
}

/** The texts of all notifications that there are, newest first. Opens the list behind the bell, and closes it again. */
export async function notificationTexts(page: Page): Promise<string[]> {
  const center = page.locator('.notifications-center');
  const bell = page.locator('[id="status.notifications"]');
  if (!(await center.isVisible())) await bell.click();
  await center.waitFor({ timeout: DEADLINE_MS });
  const texts = await center.locator('.notification-list-item-message').allInnerTexts();
  await bell.click();
  await center.waitFor({ state: 'hidden', timeout: DEADLINE_MS });
  return texts.map((text) => text.trim());
}

/** A modal dialog. */
export class Dialog {
  readonly #page: Page;
  readonly root: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.root = page.locator('.monaco-dialog-box');
  }

  async opened(): Promise<this> {
    await this.root.waitFor({ timeout: DEADLINE_MS });
    await this.#uncover();
    return this;
  }

  /** The hover of a row that was under the mouse may still come, even late, and lies over the buttons then. */
  async #uncover(): Promise<void> {
    await this.#page.mouse.move(5, 5);
    await this.#page.mouse.move(0, 0);
  }

  async message(): Promise<string> {
    return (await this.root.locator('.dialog-message-text').innerText()).trim();
  }

  async detail(): Promise<string> {
    return (await this.root.locator('.dialog-message-detail').allInnerTexts()).join('').trim();
  }

  async buttons(): Promise<string[]> {
    const titles = await this.root.locator('.dialog-buttons .monaco-button').allInnerTexts();
    return titles.map((title) => title.trim());
  }

  async press(title: string): Promise<void> {
    await until(`the dialog's "${title}" to be pressed`, async () => {
      await this.#uncover();
      await this.root.locator('.monaco-button', { hasText: exactly(title) }).click({ timeout: 2000 });
      return true;
    });
    await this.root.waitFor({ state: 'hidden', timeout: DEADLINE_MS });
  }
}
