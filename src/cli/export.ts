/** `trainyard export`: every sample of runs, to where one wants it. */
import { pipeline } from 'node:stream/promises';
import type { Client } from '../client/api.ts';
import { exportInto, formatOf, openExport } from '../client/export.ts';
import { bytesText } from '../client/words.ts';
import { EXPORT_FORMATS, type ExportFormat, type Run } from '../contract/shapes.ts';
import { UsageError } from './words.ts';

/** ["a", "v2", "e-1"] -> ["a v2", "e-1"]: a run may be named by two words. */
export function runWords(words: readonly string[]): string[] {
  const names: string[] = [];
  for (const word of words) {
    const before = names.at(-1);
    if (before !== undefined && /^v\d+$/.test(word) && !/ v\d+$/.test(before))
      names.splice(-1, 1, `${before} ${word}`);
    else names.push(word);
  }
  return names;
}

export interface Wanted {
  figures: readonly string[];
  attempt?: string | undefined;
  format?: string | undefined;
  output?: string | undefined;
}

export async function exportRuns(client: Client, runs: readonly Run[], wanted: Wanted): Promise<void> {
  const { attempt, output } = wanted;
  const format = formatNamed(wanted.format, output);
  const figures = wanted.figures.length === 0 ? undefined : wanted.figures;
  const asked = { executionIds: runs.map((run) => run.executionId), figures, attempt, format };
  if (output === undefined) {
    await pipeline(await openExport(client, asked), process.stdout, { end: false });
    return;
  }
  const bytes = await exportInto(output, client, asked);
  process.stdout.write(`Wrote ${bytesText(bytes)} to ${output}.\n`);
}

/** What is asked for, else what the file's name says, else CSV. */
function formatNamed(word: string | undefined, output: string | undefined): ExportFormat {
  if (word === undefined) return (output === undefined ? null : formatOf(output)) ?? 'csv';
  const found = EXPORT_FORMATS.find((format) => format === word);
  if (found === undefined)
    throw new UsageError(`There is no format "${word}"; there are ${EXPORT_FORMATS.join(', ')}.`);
  return found;
}
