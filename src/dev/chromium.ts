import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { installDebianPackages } from './debian.ts';
import { find, run, type Log } from './run.ts';

/**
 * The path of a Chromium (or Chrome, or Edge) that starts here: `$TRAINYARD_BROWSER`, one that is installed, else
 * Debian's, installed now. Rejects with what to do where there is none and none can be had.
 */
export async function obtainBrowser(options: { log: Log }): Promise<string> {
  const { log } = options;
  const chosen = process.env['TRAINYARD_BROWSER'];
  if (chosen !== undefined && chosen !== '') {
    if (await starts(chosen)) return chosen;
    throw new Error(`TRAINYARD_BROWSER is ${chosen}, which doesn't start.`);
  }
  const found = await firstThatStarts();
  if (found !== null) return found;

  if (process.platform === 'linux') {
    // Without a font a page has no letters; containers often have none.
    await installDebianPackages(['chromium', 'fonts-dejavu-core'], log);
    const installed = await firstThatStarts();
    if (installed !== null) return installed;
  }
  throw new Error(
    'The tests need Chromium, Chrome or Edge. Install one, or set TRAINYARD_BROWSER to its path.',
  );
}

async function firstThatStarts(): Promise<string | null> {
  const names = ['chromium', 'google-chrome', 'google-chrome-stable', 'chromium-browser', 'microsoft-edge'];
  const usual = [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
    chromium.executablePath(),
  ].filter((file) => existsSync(file));
  for (const file of [...names.map((name) => find(name)), ...usual]) {
    if (file !== null && (await starts(file))) return file;
  }
  return null;
}

/** Ubuntu's `chromium-browser` may be a script that only says to install a snap: asking the version tells. */
function starts(file: string): Promise<boolean> {
  // On Windows Chrome answers no `--version`: it opens a window.
  if (process.platform === 'win32') return Promise.resolve(existsSync(file));
  return run(file, ['--version'], { deadlineMs: 20_000 }).then(
    (version) => /\d+\.\d+/.test(version),
    () => false,
  );
}
