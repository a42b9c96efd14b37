/** Which runs lie in folders: each file is of one run at most, and each run of one kind. */
import path from 'node:path';
import type { ImportSource } from '../../contract/imports.ts';
import { placeOf } from '../../contract/loggedKeys.ts';
import { looksLogged } from '../logged/file.ts';

export interface Lying {
  source: Exclude<ImportSource, 'mlflow'>;
  folder: string;
  /** Paths of what it logged to. */
  logs: string[];
}

/**
 * An Ultralytics run has all that lies below its folder. Folders of event files that one program writes for one run are one; a table
 * beside event files repeats them.
 * @param firstName the first name that an event file logs, or null; asked where a folder's own name doesn't tell
 */
export async function lyingIn(
  folders: ReadonlyMap<string, readonly string[]>,
  firstName: (file: string) => Promise<string | null>,
): Promise<Lying[]> {
  const ultralytics = new Map<string, Lying>();
  const events = new Map<string, string[]>();
  const tables: Lying[] = [];
  const insideOne = (folder: string): boolean => {
    for (let at = folder; path.dirname(at) !== at; at = path.dirname(at))
      if (ultralytics.has(at)) return true;
    return false;
  };
  for (const [folder, names] of folders) {
    if (names.includes('args.yaml') && names.includes('results.csv') && !insideOne(folder))
      ultralytics.set(folder, { source: 'ultralytics', folder, logs: [path.join(folder, 'results.csv')] });
  }
  for (const [folder, names] of folders) {
    const own = names.filter(isEvents).map((name) => path.join(folder, name));
    if (own.length > 0 && !insideOne(folder)) events.set(folder, own);
  }

  const boards = new Map<string, Lying>();
  for (const [folder, logs] of events) {
    const owner = await ownerOf(folder, logs, folders, events, firstName);
    const board = boards.get(owner) ?? { source: 'tensorboard', folder: owner, logs: [] };
    board.logs.push(...logs);
    boards.set(owner, board);
  }
  for (const [folder, names] of folders) {
    if (insideOne(folder) || boards.has(folder)) continue;
    for (const name of names)
      if (looksLogged(name) && !isEvents(name))
        tables.push({ source: 'csv', folder, logs: [path.join(folder, name)] });
  }
  return [...ultralytics.values(), ...boards.values(), ...tables];
}

/** The folder of the run that these event files are of: their own, or the one that it lies in. */
async function ownerOf(
  folder: string,
  logs: readonly string[],
  folders: ReadonlyMap<string, readonly string[]>,
  events: ReadonlyMap<string, readonly string[]>,
  firstName: (file: string) => Promise<string | null>,
): Promise<string> {
  const name = path.basename(folder);
  const around = path.dirname(folder);
  const isBelow = [...folders.keys()][0] !== folder;
  // Keras writes "train" and "validation" into a run's folder.
  if (isBelow && placeOf(`${name}/x`).legend !== '') return around;
  if (!events.has(around)) return folder;
  // PyTorch's add_hparams writes to a folder that is called by the time; its add_scalars to one for each line of a chart.
  if (/^\d{9,}(\.\d+)?$/.test(name)) return around;
  const [file] = logs;
  const logged = file === undefined ? null : await firstName(file);
  return logged !== null && name.startsWith(`${logged.replaceAll('/', '_')}_`) ? around : folder;
}

const isEvents = (name: string): boolean => name.includes('tfevents');
