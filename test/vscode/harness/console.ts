import type { Page } from 'playwright-core';

export interface ConsoleLine {
  type: string;
  text: string;
  /** Where the browser says that it came from. */
  url: string;
}

/** What VS Code itself says without internet and without its proprietary parts. None of it can come from an extension. */
const NOISE: readonly RegExp[] = [
  /vsda/,
  /localhost:\d+\/(_static|update\/check)/,
  /A bad HTTP response code \(404\) was received when fetching the script/,
  /vscode-cdn\.net|open-vsx\.org|marketplace|gallery/i,
  /ERR_NAME_NOT_RESOLVED|ERR_INTERNET_DISCONNECTED/,
  /\[lifecycle\] Long running operations during shutdown are unsupported in the web/,
  /WebGL|GPU stall|Automatic fallback to software/i,
  /allow-scripts and allow-same-origin/,
];

/** Listens to a page's console, its frames included, from its beginning to its end, reloads included. */
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

  /** Errors, less those that VS Code makes by itself. */
  errors(): ConsoleLine[] {
    return this.lines.filter(
      (line) => line.type === 'error' && !NOISE.some((noise) => noise.test(`${line.text} ${line.url}`)),
    );
  }

  /** What a content security policy refused. */
  violations(): string[] {
    return this.lines.map((line) => line.text).filter((text) => /Content[ -]Security[ -]Policy/i.test(text));
  }

  text(): string {
    return this.lines.map((line) => `[${line.type}] ${line.text}  ${line.url}`).join('\n');
  }
}
