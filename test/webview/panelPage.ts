/**
 * A built page in a browser, under the policy that its host gives it, with a stand-in for VS Code's side: what the page posts is
 * collected, what a host would send is sent.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { ToExplore } from '../../src/contract/pages/explore.ts';
import type { ToModel } from '../../src/contract/pages/model.ts';
import type { FromPage, Outcome, Trouble } from '../../src/contract/pages/page.ts';
import type { ToService } from '../../src/contract/pages/service.ts';
import type { ToTable } from '../../src/contract/pages/table.ts';
import { obtainBrowser } from '../../src/dev/chromium.ts';
import { THEMES, type ThemeName } from './themes.ts';

const built = path.resolve(
  process.env['TRAINYARD_WEBVIEW'] ?? path.join(import.meta.dirname, '../../dist/webview'),
);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const NONCE = 'bm9uY2U';
const STYLE_NONCE = 'c3R5bGU';

/** Stands in for what VS Code puts into a webview: its function, its variables, its own style sheet. */
const standIn = `
  window.said = []; window.violations = []; window.outcomes = JSON.parse(sessionStorage.getItem('outcomes') ?? '{}');
  document.addEventListener('securitypolicyviolation', (e) => violations.push(e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sourceFile + ':' + e.lineNumber));
  window.acquireVsCodeApi = () => ({
    postMessage: (m) => {
      said.push(m);
      if (m.type === 'call') postMessage({ type: 'answer', id: m.id, outcome: outcomes[m.name] ?? { ok: null } }, '*');
    },
    getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? undefined,
    setState: (s) => sessionStorage.setItem('state', JSON.stringify(s)),
  });
  window.setTheme = ({ kind, variables }) => {
    document.documentElement.removeAttribute('style');
    for (const [name, value] of Object.entries(variables)) document.documentElement.style.setProperty('--vscode-' + name, value);
    document.documentElement.style.setProperty('--vscode-font-family', '"DejaVu Sans", system-ui, sans-serif');
    document.documentElement.style.setProperty('--vscode-font-size', '13px');
    document.body.className = kind === 'vscode-high-contrast-light' ? kind + ' vscode-high-contrast' : kind; document.body.dataset.vscodeThemeKind = kind;
  };`;

const html = (
  kind: string,
  subject: unknown,
  theme: ThemeName,
  pictures: boolean,
  words: object | undefined,
): string => `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-${NONCE}'; style-src 'self' 'nonce-${STYLE_NONCE}'; ${pictures ? "img-src 'self'; " : ''}connect-src 'none'">
<meta property="csp-nonce" content="${STYLE_NONCE}">
<link rel="stylesheet" href="/${kind}.css"><title>${kind}</title></head>
<body data-subject='${JSON.stringify(subject)}' ${words === undefined ? '' : `data-words='${JSON.stringify(words).replaceAll("'", '&#39;')}'`}><script nonce="${NONCE}">${standIn} setTheme(${JSON.stringify(THEMES[theme])});</script>
<script type="module" nonce="${NONCE}" src="/${kind}.js"></script></body></html>`;

export class PanelPage {
  readonly page: Page;
  readonly #server: Server;
  readonly #browser: Browser;

  private constructor(page: Page, server: Server, browser: Browser) {
    this.page = page;
    this.#server = server;
    this.#browser = browser;
  }

  static async open(
    kind: 'explore' | 'table' | 'service' | 'model',
    subject: unknown,
    options: {
      theme?: ThemeName;
      width?: number;
      height?: number;
      scale?: number;
      /** Pictures of a training, by name: the page gets them under `/<name>`. */
      pictures?: Readonly<Record<string, Uint8Array>>;
      /** Of another language, by the English ones. */
      words?: object;
    } = {},
  ): Promise<PanelPage> {
    const { theme = 'dark', width = 700, height = 900, scale = 1, pictures, words } = options;
    const server = createServer((request, response) => {
      const name = path.basename(request.url ?? '/');
      const picture = pictures?.[name];
      if (picture !== undefined) {
        response.writeHead(200, { 'content-type': 'image/png' }).end(picture);
        return;
      }
      const type = name.endsWith('.js')
        ? 'text/javascript'
        : name.endsWith('.css')
          ? 'text/css'
          : 'text/html';
      const body =
        name === ''
          ? Promise.resolve(html(kind, subject, theme, pictures !== undefined, words))
          : readFile(path.join(built, name));
      body.then(
        (content) => response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(content),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const executablePath = await obtainBrowser({ log: (line) => process.stdout.write(`${line}\n`) });
    const browser = await chromium.launch({
      executablePath,
      args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-dev-shm-usage'],
      chromiumSandbox: process.getuid?.() !== 0,
    });
    const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: scale });
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    await page.goto(`http://127.0.0.1:${address.port}/`);
    return new PanelPage(page, server, browser);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async send(...messages: readonly (ToExplore | ToTable | ToService | ToModel | Trouble)[]): Promise<void> {
    for (const message of messages) await this.run(`postMessage(${JSON.stringify(message)}, '*')`);
  }

  /** Runs a script in the page; scripts of a test aren't bound by its policy. */
  async run<T>(script: string): Promise<T> {
    return (await this.page.evaluate(script)) as T;
  }

  /** Waits until a script's value is true. Asks from outside: what would wait within is bound by the policy. */
  async until(script: string): Promise<void> {
    const deadline = Date.now() + 30_000;
    while (!(await this.run<unknown>(script))) {
      if (Date.now() > deadline) throw new Error(`It never came: ${script}`);
      await sleep(20);
    }
  }

  said(): Promise<FromPage[]> {
    return this.run('said');
  }

  /** The calls of the page, in their order. */
  async asked(): Promise<{ name: string; ask: unknown }[]> {
    const said = await this.said();
    return said.flatMap((one) => (one.type === 'call' ? [{ name: one.name, ask: one.ask }] : []));
  }

  /** How calls of this name end from now on, over reloads; else with `{ ok: null }`. */
  async answers(name: string, outcome: Outcome): Promise<void> {
    await this.run(
      `outcomes[${JSON.stringify(name)}] = ${JSON.stringify(outcome)}; sessionStorage.setItem('outcomes', JSON.stringify(outcomes))`,
    );
  }

  /** What axe-core finds against accessibility, in a line each. */
  async findings(): Promise<string[]> {
    await this.run(axe);
    return this.run(
      `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
        violations.flatMap(({ id, help, nodes }) => nodes.map((node) => id + ': ' + help + ': ' + node.target.join(' ') + ' ' + (node.any[0]?.message ?? ''))))`,
    );
  }

  violations(): Promise<string[]> {
    return this.run('violations');
  }

  async setTheme(theme: ThemeName): Promise<void> {
    await this.run(`setTheme(${JSON.stringify(THEMES[theme])})`);
  }

  /** Waits until all charts in sight show so many points, over all their lines. */
  async drawn(charts: number, points: number): Promise<void> {
    await this.until(
      `[...document.querySelectorAll('.card')].filter((c) => c.dataset.points === '${points}').length === ${charts}`,
    );
  }

  /** What a chart tells about itself: data-views, data-points, data-x, data-y. */
  async facts(figure: string): Promise<{ views: number; points: number; x: number[]; y: number[] }> {
    const data = await this.run<Record<string, string>>(
      `({ ...document.querySelector('[data-figure="${figure}"]').dataset })`,
    );
    const numbers = (text: string | undefined): number[] => (text ?? '').split(' ').map(Number);
    return {
      views: Number(data['views']),
      points: Number(data['points']),
      x: numbers(data['x']),
      y: numbers(data['y']),
    };
  }
}
