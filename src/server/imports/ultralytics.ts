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
/** In a pickle (https://docs.python.org/3/library/pickletools.html): the text "epoch", and -1 as a number of four bytes. */
const EPOCH = Buffer.from('X\x05\0\0\0epoch');
const NONE = Buffer.from([0x4a, 0xff, 0xff, 0xff, 0xff]);
/** Between them is a memo of the text, of two bytes or five, or none. */
const MEMOS = [0, 2, 5];

/** Whether weights have no epoch any more: that of stripped ones is -1. */
async function isStripped(file: string): Promise<boolean> {
  const opened = await open(file, 'r').catch(() => null);
  if (opened === null) return false;
  try {
    const { buffer, bytesRead } = await opened.read(Buffer.alloc(BEGINNING), 0, BEGINNING, 0);
    const beginning = buffer.subarray(0, bytesRead);
    const at = beginning.indexOf(EPOCH) + EPOCH.length;
    return (
      at >= EPOCH.length &&
      MEMOS.some((memo) => beginning.subarray(at + memo, at + memo + NONE.length).equals(NONE))
    );
  } finally {
    await opened.close();
  }
}
