import type { Page } from 'playwright-core';

export interface ConsoleLine {
  type: string;
  text: string;
  /** Where the browser says that it came from. */
  url: string;
}

/** What VS Code's page says without internet and without its proprietary parts. None of it can come from an extension. */
const NOISE: readonly RegExp[] = [
  /vsda/,
  /vscode-cdn\.net|open-vsx\.org|marketplace/,
  /localhost:\d+\/(_static|update\/check)/,
  /A bad HTTP response code \(404\) was received when fetching the script/,
  /WebGL|GPU stall|Automatic fallback to software/,
  // Of the Node of older versions.
  /DEP0040/,
];

/** VS Code's own log lines are marked so. They tell of its own troubles, but for those that speak of extensions. */
const OWN_LOG = /^%c/;
const OF_EXTENSIONS = /\[Extension Host\]|activating extension|extension host/i;

/** Listens to a page's console, its frames included, across reloads. */
export class Console {
  readonly lines: ConsoleLine[] = [];

  constructor(page: Page) {
    page.on('console', (message) => {
      this.lines.push({ type: message.type(), text: message.text(), url: message.location().url });
    });
    page.on('pageerror', (error) => {
      this.lines.push({ type: 'error', text: error.stack ?? error.message, url: '' });
    });
  }

  /** Errors that an extension or a webview may have made: thrown ones, refused ones, failed loads, `console.error`. */
  errors(): ConsoleLine[] {
    return this.lines.filter(({ type, text, url }) => {
      if (type !== 'error' || NOISE.some((noise) => noise.test(`${text} ${url}`))) return false;
      return !OWN_LOG.test(text) || OF_EXTENSIONS.test(text);
    });
  }

  /** What a content security policy refused. */
  violations(): string[] {
    return this.lines.map((line) => line.text).filter((text) => /Content[ -]Security[ -]Policy/i.test(text));
  }

  text(): string {
    return this.lines.map((line) => `[${line.type}] ${line.text}  ${line.url}`).join('\n');
  }
}
