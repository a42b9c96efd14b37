import type { Locator, Page } from 'playwright-core';
import { DEADLINE_MS, exactly, until } from './wait.ts';

const menuOf = (page: Page): Locator => page.locator('.monaco-menu').last();

/** Right-clicks and resolves with the titles in the menu, separators left out. */
export async function openMenu(page: Page, on: Locator): Promise<string[]> {
  let clicked = 0;
  await until('the context menu', async () => {
    if (await menuOf(page).isVisible()) return true;
    // A row that is drawn anew under the mouse takes no click: then one more is needed.
    if (Date.now() - clicked > 3000) {
      await on.click({ button: 'right', timeout: 3000 });
      clicked = Date.now();
    }
    return false;
  });
  return menuTitles(page);
}

/** The titles in the menu that is open or about to open. */
export async function menuTitles(page: Page): Promise<string[]> {
  const menu = menuOf(page);
  await menu.waitFor({ timeout: DEADLINE_MS });
  const titles = await menu
    .locator('.action-item:not(.disabled) .action-label:not(.separator)')
    .allInnerTexts();
  return titles.map((title) => title.trim());
}

/** Chooses an entry of the open menu. */
export async function chooseFromMenu(page: Page, title: string): Promise<void> {
  const entry = menuOf(page)
    .locator('.action-item')
    .filter({ has: page.locator('.action-label', { hasText: exactly(title) }) });
  // For its first 100 ms a menu ignores the mouse: the entry is brought into focus, then taken by the keyboard.
  await entry.waitFor({ timeout: DEADLINE_MS });
  await until(`"${title}" to be in focus`, async () => {
    await entry.hover();
    return ((await entry.getAttribute('class')) ?? '').includes('focused');
  });
  await page.keyboard.press('Enter');
  await menuOf(page).waitFor({ state: 'hidden', timeout: DEADLINE_MS });
}

/** Closes the open menu without choosing. */
export async function closeMenu(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await menuOf(page).waitFor({ state: 'hidden', timeout: DEADLINE_MS });
}
