/** The supervisor's files, as `runner/trainyard/_files.py` writes them: read whole, and checked. */
import { randomUUID } from 'node:crypto';
import { access, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { End } from '../engine.ts';

/** Asked only whether it is there. */
export const Anything = z.unknown();
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

/** The value of a file, or null where it isn't there. Rejects where it isn't what it should be. */
export async function read<T>(folder: string, name: string, schema: z.ZodType<T>): Promise<T | null> {
  let text: string;
  try {
    text = await readFile(path.join(folder, name), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return schema.parse(JSON.parse(text));
}

export async function isThere(folder: string, name: string): Promise<boolean> {
  try {
    await access(path.join(folder, name));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Writes a file whole or not at all, for its owner alone. */
export async function write(folder: string, name: string, value: unknown): Promise<void> {
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
    // A full disk, above all. It is tried again, under yet another name.
    await rm(half, { force: true });
    throw error;
  }
}
