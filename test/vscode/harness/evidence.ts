import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Page } from 'playwright-core';
import { CACHE } from '../../../src/dev/cache.ts';
import { logFiles } from './logs.ts';
import type { Workbench } from './workbench.ts';

const MAX_LINES = 60;

/** Saves what shows why a story failed; never throws, since it would hide the failure. Resolves with where it is, and with the words on screen. */
export async function saveEvidence(workbench: Workbench, story: string, logs: string): Promise<string> {
  const name = `${workbench.name}-${story}`.replaceAll(/[^\w.-]+/g, '-').slice(0, 100);
  const folder = join(CACHE, 'failures', name);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'console.txt'), workbench.console.text());
    writeFileSync(join(folder, 'output.txt'), workbench.output());
    for (const file of logFiles(logs)) cpSync(file, join(folder, 'logs', basename(file)));
    await workbench.page.screenshot({ path: join(folder, 'screen.png'), timeout: 5000 });
    const words = await wordsOnScreen(workbench.page);
    return `See ${join(folder, 'screen.png')}, and beside it console.txt, output.txt and logs/. On screen was:\n${words}`;
  } catch (error) {
    return `Not everything could be kept in ${folder}: ${String(error)}`;
  }
}

/** The window's text, then that of each page in it: what a log has of a machine whose pictures nobody sees. */
async function wordsOnScreen(page: Page): Promise<string> {
  const pages = page.frames().filter((frame) => frame === page.mainFrame() || frame.name() !== '');
  const parts = await Promise.all(
    pages.map(async (frame) => ({
      name: frame === page.mainFrame() ? 'window' : frame.name(),
      text: await frame.locator('body').innerText({ timeout: 2000 }).catch(String),
    })),
  );
  return parts
    .filter(({ text }) => text.trim() !== '')
    .map(
      ({ name, text }) =>
        `[${name}] ${text
          .split(/\s*\n\s*/)
          .slice(0, MAX_LINES)
          .join(' | ')}`,
    )
    .join('\n');
}
