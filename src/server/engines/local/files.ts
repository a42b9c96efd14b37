/** The supervisor's files, as `runner/trainyard/_files.py` writes them: read whole, and checked. */
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { End } from '../engine.ts';

export const Claim = z.object({
  pid: z.int(),
  startTime: z.number().nullable(),
  bootId: z.string().nullable(),
});
/** The training's own process, and the control group that limits its memory. */
export const Child = z.object({
  pid: z.int(),
  startTime: z.number().nullable(),
  group: z.string().nullable(),
});
export const Ready = z.object({ readyAt: z.string() });
export const Environment = z.object({ python: z.string() });
/** Who makes an environment, beside it for as long as it is made: `<environment>.maker`, by `runner/trainyard/_making.py`. */
export const Maker = Claim.pick({ pid: true, startTime: true });
export const Phase = z.object({ doing: z.string() });
export const EndFile: z.ZodType<End> = z.object({
  ready: z.boolean(),
  exit: z.union([z.object({ code: z.int() }), z.object({ signal: z.string() })]).nullable(),
  outcome: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('returned') }),
      z.object({
        kind: z.literal('raised'),
        type: z.string(),
        message: z.string(),
        file: z.string().nullable(),
        line: z.int().nullable(),
      }),
    ])
    .nullable(),
  startFailure: z
    .object({ code: z.enum(['StartFailed', 'EnvironmentFailed']), message: z.string(), hint: z.string() })
    .nullable(),
  outOfMemory: z.object({ usedBytes: z.number().nullable(), allowedBytes: z.number().nullable() }).nullable(),
  stopped: z.boolean(),
  startedAt: z.string().nullable(),
  endedAt: z.string(),
});

/**
 * The value of a file, or null where it isn't there. Throws where it isn't what it should be. They are small, and looked at again and
 * again: to wait for a thread of the pool takes many times as long as to read one.
 */
export function read<T>(folder: string, name: string, schema: z.ZodType<T>): T | null {
  let text: string;
  try {
    text = readFileSync(path.join(folder, name), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return schema.parse(JSON.parse(text));
}

export function isThere(folder: string, name: string): boolean {
  return statSync(path.join(folder, name), { throwIfNoEntry: false }) !== undefined;
}

/** Writes a file for its owner alone. Whoever reads it sees all of it; after a loss of power there may be less. */
export function write(folder: string, name: string, value: unknown): void {
  const half = path.join(folder, `${name}.${randomUUID()}.half`);
  try {
    writeFileSync(half, JSON.stringify(value), { mode: 0o600 });
    renameSync(half, path.join(folder, name));
  } catch (error) {
    // A full disk, above all. It is tried again, under yet another name.
    rmSync(half, { force: true });
    throw error;
  }
}

/** Writes a file that is whole or not there after a loss of power, too. */
export async function writeDurably(folder: string, name: string, value: unknown): Promise<void> {
  const half = path.join(folder, `${name}.${randomUUID()}.half`);
  const file = await open(half, 'w', 0o600);
  try {
    try {
      await file.writeFile(JSON.stringify(value));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(half, path.join(folder, name));
  } catch (error) {
    await rm(half, { force: true });
    throw error;
  }
}
