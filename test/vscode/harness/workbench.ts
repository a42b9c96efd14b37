import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Frame, Locator, Page } from 'playwright-core';
import { CACHE } from '../../../src/dev/cache.ts';
import { Console } from './console.ts';
import { launchOnDesktop } from './desktopWindow.ts';
import { launchInBrowser, type EditorWindow, type LaunchOptions } from './launch.ts';
import { saveEvidence } from './evidence.ts';
import { THEMES, type ThemeKind } from './look.ts';
import { Dialog, notification, notificationTexts, TOAST_MS, type Notification } from './messages.ts';
import { newestLog, readLog } from './logs.ts';
import { QuickInput } from './quickInput.ts';
import { Tree, type TreeRow } from './tree.ts';
import { View } from './view.ts';
import { actUntil, DEADLINE_MS, exactly, until } from './wait.ts';
import { Webview } from './webview.ts';

export interface WorkbenchOptions extends Omit<LaunchOptions, 'dataDir'> {
  /** Names the screenshots and logs that are kept of it. */
  name: string;
  /** Default: a folder that goes when the workbench closes. */
  dataDir?: string;
}

const READY_DEADLINE_MS = 60_000;

/**
 * Opens a real VS Code: the server's workbench in a headless browser, or, where TRAINYARD_TEST_DESKTOP names a
 * desktop VS Code, that. Resolves when its window is drawn. `close()` it in an `after`.
 */
export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const { name, ...rest } = options;
  const own = rest.dataDir === undefined;
  const dataDir = rest.dataDir ?? mkdtempSync(join(tmpdir(), 'trainyard-vscode-'));
  const desktop = process.env['TRAINYARD_TEST_DESKTOP'];
  const launch = { ...rest, dataDir };
  const window = await (desktop === undefined ? launchInBrowser(launch) : launchOnDesktop(desktop, launch));
  const workbench = new Workbench(name, window, () => {
    if (own) rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });
  try {
    await workbench.ready();
    return workbench;
  } catch (error) {
    const where = await workbench.keepEvidence('opening');
    await workbench.close();
    throw new Error(`VS Code didn't get ready. ${where}`, { cause: error });
  }
}

/** The window as a whole: what belongs to no single view. */
export class Workbench {
  readonly name: string;
  readonly page: Page;
  readonly console: Console;
  readonly quickInput: QuickInput;
  readonly dialog: Dialog;
  readonly #window: EditorWindow;
  readonly #cleanUp: () => void;

  constructor(name: string, window: EditorWindow, cleanUp: () => void) {
    this.name = name;
    this.page = window.page;
    this.page.setDefaultTimeout(DEADLINE_MS);
    this.#window = window;
    this.#cleanUp = cleanUp;
    this.console = new Console(this.page);
    this.quickInput = new QuickInput(this.page);
    this.dialog = new Dialog(this.page);
  }

  /** Waits until the window is drawn; the extension host may still be at its start. */
  async ready(): Promise<void> {
    const drawn = this.page.locator('.monaco-workbench .part.activitybar .action-item');
    await drawn.first().waitFor({ timeout: READY_DEADLINE_MS });
  }

  async close(): Promise<void> {
    await this.#window.close();
    this.#cleanUp();
  }

  /** Runs a command by its title as the palette shows it (`Trainyard: Train...`), once the palette has it. */
  async runCommand(title: string): Promise<void> {
    await this.#pickFromPalette(`>${title}`, title);
  }

  /** Opens a file of the workspace by its name. */
  async openFile(name: string): Promise<void> {
    await this.#pickFromPalette(name, name);
    await this.tab(name).waitFor({ timeout: DEADLINE_MS });
  }

  /** The titles that the palette offers for this text, in its order. */
  async commandsLike(text: string): Promise<string[]> {
    await this.#openPalette();
    await this.quickInput.type(`>${text}`);
    const rows = await until(`commands like "${text}"`, async () => {
      const found = await this.quickInput.rows();
      return found.length > 0 && found;
    });
    await this.quickInput.cancel();
    return rows.map((row) => row.label);
  }

  async #pickFromPalette(text: string, label: string): Promise<void> {
    const row = this.quickInput.row(label);
    let typed = 0;
    await this.#openPalette();
    await until(`"${label}" in the palette`, async () => {
      // What takes the focus late (a page that has loaded, a dialog that gives it back) closes the palette.
      if (!(await this.quickInput.root.isVisible())) {
        await this.#openPalette();
        typed = 0;
      }
      if (await row.isVisible()) {
        await row.click({ timeout: 5000 });
        return true;
      }
      // The list doesn't grow by itself when an extension's commands arrive late: the text is typed again.
      if (Date.now() - typed > 1000) {
        await this.quickInput.type('>');
        await this.quickInput.type(text);
        typed = Date.now();
      }
      return false;
    });
  }

  async #openPalette(): Promise<void> {
    let pressed = 0;
    await until('the command palette', async () => {
      if ((await this.quickInput.root.isVisible()) && (await this.quickInput.value()).startsWith('>'))
        return true;
      if (Date.now() - pressed > 2000) {
        await this.page.keyboard.press('F1');
        pressed = Date.now();
      }
      return false;
    });
  }

  /** Opens a view container by its name in the activity bar. */
  async openContainer(name: string): Promise<void> {
    await View.openContainer(this.page, name);
  }

  view(title: string): View {
    return new View(this.page, title);
  }

  tree(viewTitle: string): Tree {
    return new Tree(this.page, viewTitle);
  }

  /** Clicks on a row until the tab that it opens is there: a row that is drawn anew under the mouse takes no click. */
  async openFrom(row: TreeRow, title: string): Promise<void> {
    await actUntil(
      `"${title}" to open`,
      () => row.click(),
      () => this.tab(title).isVisible(),
    );
  }

  webview(title: string): Webview {
    return new Webview(this.page, title);
  }

  /** A tab of the editor area. */
  tab(title: string): Locator {
    // A file's ending stands in an element of its own.
    const label = this.page.locator('.tab-label .monaco-icon-label-container', { hasText: exactly(title) });
    return this.page.locator('.part.editor .tab').filter({ has: label });
  }

  /** The lenses over the lines of the open file, once there are some. */
  async codeLenses(): Promise<string[]> {
    const lenses = this.page.locator('.codelens-decoration a');
    await lenses.first().waitFor({ timeout: DEADLINE_MS });
    return (await lenses.allInnerTexts()).map((text) => text.trim());
  }

  async pressCodeLens(title: string): Promise<void> {
    await this.page
      .locator('.codelens-decoration a', { hasText: exactly(title) })
      .click({ timeout: DEADLINE_MS });
  }

  /** Waits for a notification; see `messages.ts`. */
  async notification(text: string | RegExp, deadlineMs = DEADLINE_MS): Promise<Notification> {
    return notification(this.page, text, this.#window.toasts ? TOAST_MS : 0, deadlineMs);
  }

  async notificationTexts(): Promise<string[]> {
    return notificationTexts(this.page);
  }

  /** A status bar item by `<publisher.name>.<item's id>`. Icons are words in its `aria-label`. */
  statusItem(id: string): Locator {
    return this.page.locator(`[id="${id}"]`);
  }

  /** Changes the theme as a person would, and waits until the window has it. */
  async setTheme(kind: ThemeKind): Promise<void> {
    const { label, older, workbench } = THEMES[kind];
    await this.runCommand('Preferences: Color Theme');
    await this.quickInput.opened('Select Color Theme');
    const chosen = await until(`the theme "${label}"`, async () => {
      for (const name of [label, older]) {
        await this.quickInput.type(name);
        if (await this.quickInput.row(name).isVisible()) return name;
      }
      return null;
    });
    await this.quickInput.pick(chosen);
    await this.quickInput.closed();
    await this.page.locator(`.monaco-workbench.${workbench}`).waitFor({ timeout: DEADLINE_MS });
  }

  /** What has been copied. */
  async clipboard(): Promise<string> {
    return String(await this.page.evaluate('navigator.clipboard.readText()'));
  }

  /** Loads the window anew, as `Developer: Reload Window` does. */
  async reload(): Promise<void> {
    const main: Frame = this.page.mainFrame();
    const loaded = this.page.waitForEvent('framenavigated', {
      predicate: (frame) => frame === main,
      timeout: READY_DEADLINE_MS,
    });
    await this.runCommand('Developer: Reload Window');
    await loaded;
    await this.ready();
  }

  /** Saves `.cache/screenshots/<name of the workbench>-<name>.png` and resolves with its path. */
  async screenshot(name: string): Promise<string> {
    const folder = join(CACHE, 'screenshots');
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${this.name}-${name}.png`.replaceAll(/[^\w.-]+/g, '-'));
    await this.page.screenshot({ path });
    return path;
  }

  /** The log of the newest extension host: which extensions it activated and why, what they threw. */
  extensionHostLog(): string {
    return newestLog(this.#window.logs, /exthost\d*[\\/](remote)?exthost\.log$/);
  }

  /** The newest log of an extension's log output channel. */
  extensionLog(extensionId: string, channel: string): string {
    return readLog(this.#window.logs, extensionId, channel);
  }

  /** What VS Code's server (or the desktop program) has printed. */
  output(): string {
    return this.#window.output();
  }

  /** Saves a screenshot and all logs; resolves with a line that says where. */
  async keepEvidence(name: string): Promise<string> {
    return saveEvidence(this, name, this.#window.logs);
  }
}

/**
 * `test` of node:test for stories in a workbench: a failing one keeps a screenshot and the logs, and says where.
 * `workbench` is asked when the story runs, so it may be opened in a `before`.
 */
export function storiesIn(
  workbench: () => Workbench,
): (name: string, story: (t: TestContext) => Promise<void>) => void {
  return (name, story) => {
    void test(name, async (t) => {
      try {
        await story(t);
      } catch (error) {
        throw new Error(`${String(error)}\n${await workbench().keepEvidence(name)}`, { cause: error });
      }
    });
  };
}
