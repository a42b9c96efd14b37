/** `trainyard import`: brings in runs that were made without Trainyard. */
import path from 'node:path';
import type { Client } from '../client/api.ts';
import { importAll, importText } from '../client/imports.ts';
import { isUrl } from '../contract/imports.ts';
import { UsageError } from './words.ts';

/** @param project the folder that they belong to; null: where they lie says it */
export async function importFrom(
  client: Client,
  words: readonly string[],
  project: string | null,
  say: (text: string) => void,
): Promise<number> {
  const [given, ...more] = words;
  if (given === undefined || more.length > 0)
    throw new UsageError('Which runs? Name one folder, file or URL: `trainyard import runs`.');
  const from = isUrl(given) ? given : path.resolve(given);
  const token = process.env['MLFLOW_TRACKING_TOKEN'];
  const sum = await importAll(client, {
    from,
    ...(project === null ? {} : { project }),
    // It opens their server, and none of ours where a folder is read.
    ...(token === undefined || from !== given ? {} : { token }),
  });
  say(`${importText(sum)} from ${from}\n`);
  for (const { what, why } of sum.skipped) say(`  left out: ${what} (${why})\n`);
  return sum.skipped.length === 0 ? 0 : 1;
}
