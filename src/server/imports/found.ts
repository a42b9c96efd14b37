/** What a reader finds: a run as it is where it was made. */
import type { ImportSource } from '../../contract/imports.ts';
import type { Place as Line } from '../../contract/loggedKeys.ts';

export interface FoundRun {
  /** The same for the same run, wherever it is found again. */
  identity: string;
  /** Another where the run changed. */
  digest: string;
  name: string;
  /** An absolute path, or the URL of a server, without what opens it. */
  lies: string;
  /** What its likes have in common: an experiment's name, a folder's. */
  family: string;
  beganAt: Date;
  ended: { status: 'Success' | 'Failed' | 'Terminated' | 'Aborted'; at: Date; reason: string | null };
  params: Readonly<Record<string, string>>;
  tags: Readonly<Record<string, string>>;
  /** What it logged, a name at a time; asked for where it is to be kept. */
  series(): AsyncIterable<LoggedSeries>;
  /** Absolute paths of what it logged to on this machine: whoever trained it here has read them. */
  logs: readonly string[];
  /** Absolute paths of the files that it left on this machine. */
  files(): AsyncIterable<string>;
}

/** What was logged under one name ("val_loss"), or a part of it: which chart and line that is, the importer finds out. */
export interface LoggedSeries {
  key: string;
  /** Where more than its name tells that. */
  place?: Line;
  points: readonly { epoch?: number; step?: number; time: number; y: number }[];
}

/** What can't be read, of one run or of all. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

export interface Place {
  /** An absolute path, or a URL. */
  from: string;
  token: string | null;
}

export interface Reader {
  source: ImportSource;
  /** Whether there is something of its kind. */
  recognizes(place: Place): Promise<boolean>;
  /** Every run that is there; one that can't be read is told as such. Rejects with `Unreadable` where none can. */
  runs(place: Place): AsyncIterable<FoundRun | { what: string; why: string }>;
}
