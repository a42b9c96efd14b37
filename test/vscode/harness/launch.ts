import { chromium, type Browser, type Page } from 'playwright-core';
import {
  openEditorServer,
  type EditorServerOptions,
  type ExtensionSource,
} from '../../../src/dev/browserEditor.ts';
import { obtainBrowser } from '../../../src/dev/chromium.ts';
import { obtainEditor } from '../../../src/dev/editor.ts';

export interface LaunchOptions extends Pick<
  EditorServerOptions,
  'folder' | 'extensionsDir' | 'userSettings' | 'env'
> {
  extension?: ExtensionSource;
  dataDir: string;
  /** Of code-server; see `src/dev/editor.ts`. Default: `$TRAINYARD_EDITOR_VERSION`, else the current one. */
  version?: string;
  /** CSS pixels. Default: 1280 x 800. */
  size?: { width: number; height: number };
  /** The display language, set as its language pack would set it, for extensions alone. Default: English. In the browser only. */
  language?: string;
}

/** A window of VS Code, in whatever it runs. */
export interface EditorWindow {
  page: Page;
  /** Whether notifications pop up. Under the server's test driver they wait behind the bell. */
  toasts: boolean;
  /** Under it are the logs of all hosts. */
  logs: string;
  /** What the program around the window has printed. */
  output(): string;
  close(): Promise<void>;
}

export const SIZE = { width: 1280, height: 800 };

const FLAGS = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
const MORE_FLAGS = ['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];

/** VS Code's own server, and its workbench as a page of a headless Chromium. */
export async function launchInBrowser(options: LaunchOptions): Promise<EditorWindow> {
  const { version = process.env['TRAINYARD_EDITOR_VERSION'], size = SIZE, language, ...server } = options;
  const log = (line: string): void => void process.stdout.write(`${line}\n`);
  const editor = await obtainEditor({ log, ...(version === undefined ? {} : { version }) });
  const userSettings = { 'workbench.reduceMotion': 'on', ...options.userSettings };
  const running = await openEditorServer({ ...server, userSettings, editor, log });
  try {
    const browser = await holdBrowser(log);
    const context = await browser.newContext({ viewport: size, locale: 'en-US' });
    const permissions = ['clipboard-read', 'clipboard-write'];
    await context.grantPermissions(permissions, { origin: `http://localhost:${running.port}` });
    if (language !== undefined)
      await context.addInitScript(`globalThis._VSCODE_NLS_LANGUAGE = ${JSON.stringify(language)}`);
    const page = await context.newPage();
    const close = async (): Promise<void> => {
      await Promise.all([context.close().then(releaseBrowser), running.close()]);
    };
    await page.goto(running.url, { waitUntil: 'commit' });
    const toasts = options.extension?.kind !== 'development';
    return { page, toasts, logs: running.logs, output: () => running.output(), close };
  } catch (error) {
    await running.close();
    throw error;
  }
}

let shared: Promise<Browser> | null = null;
let holders = 0;

/** One browser serves all windows of a test process; each has a context of its own. The last one closes it. */
async function holdBrowser(log: (line: string) => void): Promise<Browser> {
  holders++;
  shared ??= obtainBrowser({ log }).then(async (executablePath) => {
    const browser = await chromium.launch({
      executablePath,
      args: [...FLAGS, ...MORE_FLAGS],
      // As root Chromium's own sandbox can't be set up.
      chromiumSandbox: process.getuid?.() !== 0,
    });
    // Chromium's background tasks begin once one page is idle, at the latest after a minute; VS Code's never is, and its webviews wait.
    await (await browser.newPage()).setContent('<p>Idle</p>');
    return browser;
  });
  return shared;
}

async function releaseBrowser(): Promise<void> {
  if (--holders > 0) return;
  const browser = shared;
  shared = null;
  await (await browser)?.close();
}
