/** Runs that were made without Trainyard, brought in from where they lie. */
import * as z from 'zod';

/** What can be read: "csv" is any log of lines, a table or a JSON object a line. */
export const IMPORT_SOURCES = ['mlflow', 'ultralytics', 'tensorboard', 'csv'] as const;
export type ImportSource = (typeof IMPORT_SOURCES)[number];

export const Import = z.strictObject({
  /** An absolute path on this machine, or the URL of a server. */
  from: z.string().min(1).max(4096),
  /** Left out, all that is there is read. */
  source: z.enum(IMPORT_SOURCES).optional(),
  /** The folder that the runs belong to; left out, the project that `from` lies in, else each run's experiment. */
  project: z.string().min(1).max(4096).optional(),
  /** What opens the server, as a bearer token. */
  token: z.string().max(8192).optional(),
});
export type Import = z.output<typeof Import>;

/** The same call again imports nothing twice; where `complete` is false it goes on. */
export const Imported = z.object({
  /** What was found there. */
  sources: z.array(z.enum(IMPORT_SOURCES)),
  /** Runs that are new here, that were here and have changed since, and that were here as they are. */
  added: z.int(),
  changed: z.int(),
  known: z.int(),
  /** What couldn't be read, and why, in words for a person. */
  skipped: z.array(z.object({ what: z.string(), why: z.string() })),
  complete: z.boolean(),
});
export type Imported = z.output<typeof Imported>;

/** Whether runs are to come from a server; else from this machine's disk. */
export const isUrl = (from: string): boolean => /^https?:\/\//i.test(from);
