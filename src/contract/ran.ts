/** What an execution ran: all that is kept of it so that it can be run again. Shown, never needed by anything that runs. */
import * as z from 'zod';

const time = z.iso.datetime().meta({ description: 'ISO 8601, UTC' });

/** The state of the project's git repository. */
export const RanCode = z.object({
  /** The repository's top folder; paths below are relative to it. */
  root: z.string(),
  /** Null where there is no commit yet. */
  commit: z.string().nullable(),
  /** Null where no branch is checked out. */
  branch: z.string().nullable(),
  /** Where the repository came from, without what opens it. */
  remote: z.string().nullable(),
  /** The uncommitted difference of tracked files, as `git apply` takes it; null in lists, and where git couldn't tell. */
  patch: z.string().nullable(),
  /** UTF-8 bytes of `patch`, in lists too. */
  patchBytes: z.int(),
  patchCut: z.boolean(),
  /** Files of code that git doesn't track nor ignore; null where git couldn't tell. Their content isn't kept. */
  untracked: z.array(z.string()).nullable(),
  untrackedCut: z.boolean(),
});
export type RanCode = z.output<typeof RanCode>;

/** The interpreter that the training used, and what was installed for it. */
export const RanPython = z.object({
  executable: z.string(),
  implementation: z.string(),
  version: z.string(),
  /** Versions by the names of the distributions. */
  packages: z.record(z.string(), z.string()),
});
export type RanPython = z.output<typeof RanPython>;

export const RanDataset = z.object({
  /** As the training got it. */
  path: z.string(),
  /** Null where there is no such file or folder on this machine. */
  files: z.int().nullable(),
  bytes: z.number().nullable(),
  /** There are more than were counted. */
  cut: z.boolean(),
});
export type RanDataset = z.output<typeof RanDataset>;

export const RanMachine = z.object({
  host: z.string(),
  /** "Debian GNU/Linux 12 (bookworm), Linux 6.1.0 x64" */
  os: z.string(),
  cpu: z.string(),
  cores: z.int(),
  memoryBytes: z.number(),
  /** The GPUs that it was given. */
  gpus: z.array(z.object({ id: z.string(), name: z.string() })),
});
export type RanMachine = z.output<typeof RanMachine>;

export const Ran = z.object({
  /** The attempt that this is of: code runs in place, so that another may have run other code. */
  attempt: z.int(),
  /** When it was looked at. */
  at: time,
  /** Null where the project isn't in a git repository. */
  code: RanCode.nullable(),
  /** Null until the training is ready and its interpreter was asked. */
  python: RanPython.nullable(),
  config: z.record(z.string(), z.json()),
  dataset: RanDataset.nullable(),
  machine: RanMachine,
  /** What isn't whole, in words for a person. */
  notes: z.array(z.string()),
});
export type Ran = z.output<typeof Ran>;
