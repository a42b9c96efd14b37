import type { Locator, Page } from 'playwright-core';

/** The themes that VS Code brings, one of each kind, by their labels in the theme picker. */
export const THEMES = {
  dark: { label: 'Dark 2026', older: 'Dark Modern', workbench: 'vs-dark' },
  light: { label: 'Light 2026', older: 'Light Modern', workbench: 'vs' },
  hcDark: { label: 'Dark High Contrast', older: 'Dark High Contrast', workbench: 'hc-black' },
  hcLight: { label: 'Light High Contrast', older: 'Light High Contrast', workbench: 'hc-light' },
} as const;

export type ThemeKind = keyof typeof THEMES;

/** Whether time is no object: `npm run test:long`. */
export const LONG = process.env['TRAINYARD_TEST_LONG'] === '1';

/** The themes that are tried besides the light one in which a window opens: the one that differs most, and every one in the long run. */
export const THEMES_TRIED: readonly ThemeKind[] = LONG ? ['hcDark', 'hcLight', 'dark', 'light'] : ['hcDark'];

/** The colour (as `rgb(...)`) that the theme in force gives to an id such as `charts.green`. */
export async function colorOfTheme(page: Page, id: string): Promise<string> {
  const name = `--vscode-${id.replaceAll('.', '-')}`;
  // The browser itself turns the theme's notation into the one of computed styles.
  const color: unknown = await page.evaluate(`(() => {
    const probe = document.createElement('span');
    probe.style.color = 'var(${name}, transparent)';
    document.querySelector('.monaco-workbench').append(probe);
    const color = getComputedStyle(probe).color;
    probe.remove();
    return color;
  })()`);
  return String(color);
}

/** What is needed here of an element of the page. The DOM's own types would reach all code of the repository. */
interface StyledElement {
  ownerDocument: { defaultView: { getComputedStyle(element: StyledElement): { color: string } } };
}

/** The colour that an element has, as `rgb(...)`. */
export function colorOf(element: Locator): Promise<string> {
  return element.evaluate((it: StyledElement) => it.ownerDocument.defaultView.getComputedStyle(it).color);
}
