import type { Frame, Locator, Page } from 'playwright-core';
import { DEADLINE_MS, until } from './wait.ts';

/** A webview takes its service worker first, for which a browser that has just begun lets it wait, up to a minute. */
const FRAME_DEADLINE_MS = 90_000;

/** The content of a webview, by the title of its panel or view. Looks anew each time, since a hidden panel loses its frame. */
export class Webview {
  readonly #page: Page;
  readonly title: string;

  constructor(page: Page, title: string) {
    this.#page = page;
    this.title = title;
  }

  /** The frame that holds the extension's document. In it scripts of a test run, whatever its policy says. */
  async frame(deadlineMs = FRAME_DEADLINE_MS): Promise<Frame> {
    return until(
      `the webview "${this.title}"`,
      async () => {
        // VS Code puts two frames around the document; the inner one is named for its panel.
        for (const outer of await this.#page.locator('iframe.webview').elementHandles()) {
          const inner = await (await outer.contentFrame())?.$('iframe#active-frame');
          if (inner === null || inner === undefined) continue;
          if ((await inner.getAttribute('title')) !== this.title) continue;
          if (!(await outer.isVisible())) continue;
          return inner.contentFrame();
        }
        return null;
      },
      deadlineMs,
    );
  }

  async locator(selector: string): Promise<Locator> {
    return (await this.frame()).locator(selector);
  }

  /** Waits until the document's text matches, and resolves with all of it. */
  async text(pattern: RegExp = /\S/, deadlineMs = DEADLINE_MS): Promise<string> {
    return until(
      `${pattern} in the webview "${this.title}"`,
      async () => {
        const text = await (await this.frame()).locator('body').innerText();
        return pattern.test(text) && text;
      },
      deadlineMs,
    );
  }

  /** `vscode-dark`, `vscode-light`, `vscode-high-contrast` or `vscode-high-contrast-light`. */
  async themeKind(): Promise<string> {
    return (await (await this.locator('body')).getAttribute('data-vscode-theme-kind')) ?? '';
  }
}
