/** What a vendor's tool tells of a GPU, before it is judged whose the processes on it are. */
import type { Gpu } from '../../../../contract/compute.ts';

/** A compute process; a desktop's graphics never stand here. */
export interface Listed {
  pid: number;
  /** The program's name without its folder. */
  name: string;
  memoryBytes: number | null;
}

export interface Found extends Omit<Gpu, 'heldBy' | 'foreign'> {
  /** The compute processes on it, or that they can't be seen. */
  processes: Listed[] | 'unseen';
}

/** The GPUs of a vendor; null where its tool is there and doesn't tell: a driver that hangs makes no GPU disappear. */
export type Seen = Found[] | null;

/** In use above this, with no process to be seen, somebody must be there. An idle GPU has some hundred megabytes at most. */
export const IDLE_BYTES = 1e9;
