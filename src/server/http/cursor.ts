/** Where a page of runs ended: opaque to clients, and only good for the sort that it came from. */
import * as z from 'zod';
import { Refusal } from '../refusal.ts';
import type { ExecutionRecord, RunPage } from '../store/executions.ts';

const Cursor = z.tuple([z.string(), z.string(), z.int()]);

export function encodeCursor(last: ExecutionRecord, sort: RunPage['sort']): string {
  const key = sort.endsWith('name')
    ? last.model.name
    : sort.endsWith('status')
      ? last.status
      : last.createdAt;
  return Buffer.from(JSON.stringify([sort, key, last.rowid])).toString('base64url');
}

/** Throws `Refusal` (400) where it isn't a cursor of this sort. */
export function decodeCursor(text: string, sort: RunPage['sort']): { key: string; rowid: number } {
  try {
    const [of, key, rowid] = Cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    if (of === sort) return { key, rowid };
  } catch {
    // Told below, as the same thing: not ours.
  }
  throw new Refusal(
    400,
    'malformed',
    'query.cursor: not a cursor of this list.',
    'Pass "next" of the page before, with the same sort.',
  );
}
