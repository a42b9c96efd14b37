/** Brings runs in that were made without Trainyard: asked as often as it takes, since one answer has a limit of time. */
import type { Import, Imported } from '../contract/imports.ts';
import type { Client } from './api.ts';

/** What came of all calls together. */
export type ImportSum = Pick<Imported, 'added' | 'changed' | 'known' | 'skipped'>;

/** @param onPart told after each call what came so far */
export async function importAll(
  client: Client,
  asked: Import,
  onPart: (sofar: ImportSum) => void = () => undefined,
): Promise<ImportSum> {
  const sum = { added: 0, changed: 0 };
  for (;;) {
    const told = await client.call('importRuns', { body: asked });
    sum.added += told.added;
    sum.changed += told.changed;
    // What earlier calls brought is known to the last.
    const known = Math.max(0, told.known + told.added + told.changed - sum.added - sum.changed);
    const sofar = { ...sum, known, skipped: told.skipped };
    onPart(sofar);
    if (told.complete) return sofar;
  }
}

/** "3 runs imported, 1 brought up to date, 2 here already" */
export function importText({ added, changed, known }: ImportSum): string {
  const runs = added === 1 ? '1 run' : `${added} runs`;
  const changes = changed === 0 ? '' : `, ${changed} brought up to date`;
  const before = known === 0 ? '' : `, ${known} here already`;
  return `${runs} imported${changes}${before}`;
}
