/** How much a training's dataset is: files and bytes, counted within a deadline. */
import { opendir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { RanDataset } from '../../contract/ran.ts';

const DEADLINE_MS = 10_000;

/**
 * Links to files count as the files; links to folders are not followed, so that the walk ends. One look at a time: the backend and
 * the training use the same disk. Never rejects.
 * @param dataset as it was submitted, relative to `project`
 */
export async function datasetOf(
  project: string,
  dataset: string,
  signal?: AbortSignal,
  deadlineMs = DEADLINE_MS,
): Promise<RanDataset> {
  const place = path.resolve(project, dataset);
  const root = await stat(place).catch(() => null);
  if (root === null) return { path: dataset, files: null, bytes: null, cut: false };
  if (!root.isDirectory()) return { path: dataset, files: 1, bytes: root.size, cut: false };
  const until = performance.now() + deadlineMs;
  const late = (): boolean => signal?.aborted === true || performance.now() >= until;
  const folders = [place];
  let [files, bytes, unread] = [0, 0, false];
  while (folders.length > 0) {
    if (late()) {
      unread = true;
      break;
    }
    try {
      const folder = folders.pop() ?? place;
      for await (const entry of await opendir(folder, { bufferSize: 256 })) {
        const name = path.join(folder, entry.name);
        if (entry.isDirectory()) folders.push(name);
        else {
          const found = await stat(name).catch(() => null);
          if (found?.isFile() === true) {
            files++;
            bytes += found.size;
          }
        }
        if (late()) {
          unread = true;
          break;
        }
      }
    } catch {
      // A folder that can't be read, or that is being changed.
      unread = true;
    }
  }
  return { path: dataset, files, bytes, cut: unread };
}
