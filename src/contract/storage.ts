/** What takes room in the home and can be freed. */
import * as z from 'zod';

export const STORAGE_KINDS = ['environments', 'logs', 'checkpoints'] as const;
export type StorageKind = (typeof STORAGE_KINDS)[number];

const Amount = z.object({ count: z.int(), bytes: z.number() });
export type Amount = z.output<typeof Amount>;

/**
 * One kind: `count` environments, logs of attempts, or files that trainings wrote into their output folders (copies of checkpoints
 * included); `bytes` on the disk.
 * `free` is the part that a prune would free now.
 */
export const StorageUse = Amount.extend({ kind: z.enum(STORAGE_KINDS), free: Amount });
export type StorageUse = z.output<typeof StorageUse>;

/** Seconds since a run ended, or an environment was last used. */
export const Age = z.number().min(0).max(1e10);

/** `complete` is false where there was too much to look at in one call: the amounts are of what was seen. */
export const Storage = z.object({ home: z.string(), uses: z.array(StorageUse), complete: z.boolean() });
export type Storage = z.output<typeof Storage>;

export const Prune = z.strictObject({
  kinds: z.array(z.enum(STORAGE_KINDS)).min(1).max(STORAGE_KINDS.length),
  olderThanSeconds: Age.default(0),
});

/** `complete` is false where there is more to free: the same call again goes on. */
export const Pruned = z.object({
  freed: z.array(Amount.extend({ kind: z.enum(STORAGE_KINDS) })),
  complete: z.boolean(),
});
export type Pruned = z.output<typeof Pruned>;
