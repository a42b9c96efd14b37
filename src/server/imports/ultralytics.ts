/** How a run of Ultralytics ended, as far as its folder tells. */
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { FoundRun } from './found.ts';

type End = Pick<FoundRun['ended'], 'status' | 'reason'>;

/** It went on to its last epoch, or to an end of its own before that: then it strips its weights. */
export async function endOfUltralytics(
  folder: string,
  args: Readonly<{ [name: string]: string }>,
  lastEpoch: number | null,
): Promise<End> {
  const epochs = Number(args['epochs']);
  if (lastEpoch !== null && lastEpoch >= epochs) return { status: 'Success', reason: null };
  if (await isStripped(path.join(folder, 'weights', 'last.pt')))
    return { status: 'Success', reason: `It ended by itself after ${lastEpoch ?? 0} of ${epochs} epochs.` };
  return { status: 'Terminated', reason: `It ended after ${lastEpoch ?? 0} of ${epochs} epochs.` };
}

/** PyTorch keeps a pickle at the beginning of the file. */
const BEGINNING = 2 ** 14;

/**
 * Whether weights have no epoch any more: stripped ones are of epoch -1. In a pickle that is the text "epoch", a memo of it, and a
 * number of four bytes (opcodes X, q or r, J; https://docs.python.org/3/library/pickletools.html).
 */
async function isStripped(file: string): Promise<boolean> {
  const opened = await open(file, 'r').catch(() => null);
  if (opened === null) return false;
  try {
    const { buffer, bytesRead } = await opened.read(Buffer.alloc(BEGINNING), 0, BEGINNING, 0);
    const beginning = buffer.toString('latin1', 0, bytesRead);
    return /X\x05\0\0\0epoch(q[^]|r[^]{4})?J\xff\xff\xff\xff/.test(beginning);
  } finally {
    await opened.close();
  }
}
