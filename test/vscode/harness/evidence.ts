import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CACHE } from '../../../src/dev/cache.ts';
import { logFiles } from './logs.ts';
import type { Workbench } from './workbench.ts';

/** Saves what shows why a story failed; never throws, since it would hide the failure. Resolves with where it is. */
export async function saveEvidence(workbench: Workbench, story: string, logs: string): Promise<string> {
  const name = `${workbench.name}-${story}`.replaceAll(/[^\w.-]+/g, '-').slice(0, 100);
  const folder = join(CACHE, 'failures', name);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'console.txt'), workbench.console.text());
    writeFileSync(join(folder, 'output.txt'), workbench.output());
    for (const file of logFiles(logs)) cpSync(file, join(folder, 'logs', basename(file)));
    await workbench.page.screenshot({ path: join(folder, 'screen.png'), timeout: 5000 });
    return `See ${join(folder, 'screen.png')}, and beside it console.txt, output.txt and logs/.`;
  } catch (error) {
    return `Not everything could be kept in ${folder}: ${String(error)}`;
  }
}
