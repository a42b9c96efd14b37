/** `trainyard import`: brings runs in, as often as it takes. */
import path from 'node:path';
import type { Client } from '../client/api.ts';
import type { Imported } from '../contract/imports.ts';
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
    throw new UsageError('Which runs? Name one folder, database or URL: `trainyard import mlruns`.');
  const from = /^https?:\/\//i.test(given) ? given : path.resolve(given);
  const token = process.env['MLFLOW_TRACKING_TOKEN'];
  const sum = { added: 0, changed: 0 };
  let told: Imported;
  do {
    told = await client.call('importRuns', {
      body: {
        from,
        ...(project === null ? {} : { project }),
        // It opens their server, and none of ours where a folder is read.
        ...(token === undefined || from !== given ? {} : { token }),
      },
    });
    sum.added += told.added;
    sum.changed += told.changed;
  } while (!told.complete);
  // What earlier calls brought is known to the last.
  const known = Math.max(0, told.known + told.added + told.changed - sum.added - sum.changed);
  say(`${summary(sum, known)} from ${from}\n`);
  for (const { what, why } of told.skipped) say(`  left out: ${what} (${why})\n`);
  return told.skipped.length === 0 ? 0 : 1;
}

function summary({ added, changed }: { added: number; changed: number }, known: number): string {
  const runs = (count: number): string => (count === 1 ? '1 run' : `${count} runs`);
  const changes = changed === 0 ? '' : `, ${changed} brought up to date`;
  const before = known === 0 ? '' : `, ${known} here already`;
  return `${runs(added)} imported${changes}${before}`;
}
