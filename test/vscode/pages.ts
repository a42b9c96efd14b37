/** A page of the extension in the editor: what it says, what one presses in it, and whether everybody can read it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Frame, Locator } from 'playwright-core';
import { until, type Workbench } from './harness/index.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export class Page {
  readonly #workbench: Workbench;
  readonly title: string;

  /** @param title of its tab */
  constructor(workbench: Workbench, title: string) {
    this.#workbench = workbench;
    this.title = title;
  }

  frame(): Promise<Frame> {
    return this.#workbench.webview(this.title).frame();
  }

  async find(selector: string): Promise<Locator> {
    return (await this.frame()).locator(selector);
  }

  /** Runs a script in the page; scripts of a test aren't bound by its policy. */
  async run(script: string): Promise<unknown> {
    return (await this.frame()).evaluate(script);
  }

  /** Waits until its text matches, and resolves with all of it. */
  says(pattern: RegExp): Promise<string> {
    return this.#workbench.webview(this.title).text(pattern);
  }

  async press(name: string): Promise<void> {
    const button = await this.find(
      `vscode-button:text-is("${name}"):visible, button:text-is("${name}"):visible`,
    );
    await button.first().click();
  }

  /** Waits until this tab is the one that is shown; the page may begin anew meanwhile, as it does to show pictures. */
  async isAt(tab: string): Promise<void> {
    await until(`${this.title} to show its ${tab}`, async () =>
      (await this.find(`[role=tab][aria-selected=true]:text-is("${tab}")`)).isVisible(),
    );
  }

  async openTab(tab: string): Promise<void> {
    await (await this.find(`[role=tab]:text-is("${tab}")`)).click();
    await this.isAt(tab);
  }

  /** axe-core finds nothing wrong with it as it is shown. */
  async isAccessible(where: string): Promise<void> {
    const frame = await this.frame();
    await frame.evaluate(axe);
    const findings: unknown = await frame.evaluate(
      `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map((node) => id + ' ' + node.target.join(' ') + ' ' + (node.any[0]?.message ?? ''))))`,
    );
    assert.deepEqual(findings, [], where);
  }
}

/** No page broke its policy or threw, and the extension neither. @param told what the window said as an error, and was right to */
export function failedAtNothing(workbench: Workbench, told: RegExp): void {
  assert.deepEqual(workbench.console.violations(), []);
  assert.deepEqual(
    workbench.console.errors().filter(({ text }) => !told.test(text)),
    [],
  );
  const log = workbench.extensionLog('trainyard.trainyard', 'Trainyard');
  assert.doesNotMatch(log, /page (failed|said)|\[error\]/);
}
