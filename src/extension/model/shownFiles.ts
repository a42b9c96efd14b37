/** What the tab Files shows of what a run left: its output folder has it, or a library has put it where it puts such things. Pure. */
import path from 'node:path';
import type { AttemptFiles, OutputFile } from '../../contract/shapes.ts';
import { isInside } from '../inside.ts';

const PICTURE = /\.(png|jpe?g|gif|webp|svg|bmp)$/i;
/** Pictures are served out of no more folders than these beside the output folders. */
const MOST_FOLDERS = 20;

export const isPicture = (file: Pick<OutputFile, 'path'>): boolean => PICTURE.test(file.path);

/** What a file is called: below the output folder or the project as it is found from there, else by its whole path. */
export function nameOf(file: Pick<OutputFile, 'path'>, project: string): string {
  const isBelow = path.isAbsolute(file.path) && isInside(file.path, project);
  return isBelow ? path.relative(project, file.path) : file.path;
}

/** The folders that the page may show pictures from: those of all attempts, since it begins anew where they change. */
export function pictureFolders(
  files: readonly Pick<OutputFile, 'path'>[],
  attempts: readonly Pick<AttemptFiles, 'outputDir'>[],
): string[] {
  const elsewhere = files
    .filter((file) => isPicture(file) && path.isAbsolute(file.path))
    .map((file) => path.dirname(file.path))
    // All of a disk would be more than anybody meant.
    .filter((folder) => path.dirname(folder) !== folder);
  return [
    ...attempts.map(({ outputDir }) => outputDir),
    ...[...new Set(elsewhere)].toSorted().slice(0, MOST_FOLDERS),
  ];
}
