import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';

/** All log files under a folder, oldest first. */
export function logFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.log'))
    .map((file) => join(folder, file))
    .toSorted((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs);
}

/** The text of the newest log whose path matches; empty where there is none yet. */
export function newestLog(folder: string, path: RegExp): string {
  const file = logFiles(folder).findLast((each) => path.test(each));
  return file === undefined ? '' : readFileSync(file, 'utf8');
}

/** The newest log of an extension's channel; empty where there is none yet. */
export function readLog(folder: string, extensionId: string, channel: string): string {
  const end = `${sep}${extensionId}${sep}${channel}.log`;
  const file = logFiles(folder).findLast((each) => each.endsWith(end));
  return file === undefined ? '' : readFileSync(file, 'utf8');
}
