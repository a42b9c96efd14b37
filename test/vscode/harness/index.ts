/** Drives a real VS Code. Everything that a test needs is here; a test names things as a person reads them. */
export type { ConsoleLine } from './console.ts';
export { LONG, THEMES, THEMES_TRIED, colorOf, colorOfTheme, type ThemeKind } from './look.ts';
export { chooseFromMenu, closeMenu, menuTitles, openMenu } from './menu.ts';
export type { QuickRow } from './quickInput.ts';
export type { RowFacts, Tree, TreeRow } from './tree.ts';
export type { View } from './view.ts';
export { actUntil, DEADLINE_MS, exactly, until } from './wait.ts';
export type { Webview } from './webview.ts';
export { openWorkbench, storiesIn, type Workbench, type WorkbenchOptions } from './workbench.ts';
