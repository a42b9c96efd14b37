/**
 * What the dispatcher asks of a place where trainings run. An engine does what it is told and reports what it sees; it never
 * decides a status. Whatever it reports is read anew from the world on each call, so a restarted backend sees the same.
 */
import type { Compute, Gpu } from '../../contract/compute.ts';

/** One start of one attempt of one execution. An attempt has several where a start died before it was ready. */
export interface StartKey {
  executionId: string;
  attempt: number;
  start: number;
}

/** Everything that a start needs. It is written to a file (mode 0600), since the process outlives the backend. */
export interface Start extends StartKey {
  project: string;
  /** "file.py:function" or "file.py:Class.method"; exactly one of `train` and `command` is set. */
  train: string | null;
  command: string[] | null;
  /** An absolute path. */
  python: string;
  /** The requirements file: its name, for people, and its text. Null where the interpreter is used as it is. */
  requirements: { name: string; text: string } | null;
  model: { id: string; name: string; version: number };
  dataset: string | null;
  config: Record<string, unknown>;
  resumeFrom: string | null;
  /** The submitter's environment, then the service's, already merged. */
  environment: Record<string, string>;
  /** Ids of the GPUs assigned, as `capacity` named them; empty for a CPU instance. */
  gpus: string[];
  /** How many threads a CPU instance computes with unless the environment says; left out, as many as there are cores. */
  threads?: number;
  memoryBytes: number | null;
  stopGraceSeconds: number;
  /** Where samples go: the execution's own token. The address is looked up in `<home>/server.json` at each connect. */
  token: string;
}

export type Exit = { code: number } | { signal: string };

/** How a start ended, with the evidence that a status is judged by. */
export interface End {
  /** It had imported its train function, or its command was running. */
  ready: boolean;
  /** What the user's process did; null where it was never started (no interpreter, no environment). */
  exit: Exit | null;
  /** What the train function itself said, null where it ended without a word (and always null for a command). */
  outcome:
    | { kind: 'returned' }
    | { kind: 'raised'; type: string; message: string; file: string | null; line: number | null }
    | null;
  /** Set where it failed before it was ready. `message` is for a person and names the thing; `hint` says what to do. */
  startFailure: {
    code: 'StartFailed' | 'EnvironmentFailed' | 'ImagePullBackOff';
    message: string;
    hint: string;
  } | null;
  /** Set where there is evidence that it was killed for memory. */
  outOfMemory: { usedBytes: number | null; allowedBytes: number | null } | null;
  /** Our own `stop` was what ended it. */
  stopped: boolean;
  /** When it got ready, by the clock as it was at the end: from here to `endedAt` is how long it ran, whoever set the clock meanwhile. */
  startedAt: string | null;
  endedAt: string;
}

export type Observation =
  /** `doing` is for people: "making the environment", "importing train.py". */
  | { state: 'starting'; doing: string }
  | { state: 'running'; readyAt: string; stopping: boolean }
  | { state: 'ended'; end: End }
  /**
   * Positive evidence that nothing of it is left and that it didn't write how it ended. `reset`: its place was taken from under it, since
   * the machine restarted, the node was lost or the job was preempted.
   */
  | { state: 'gone'; ready: boolean; evidence: string; reset: boolean }
  /** It was never started: the same start may be submitted again. */
  | { state: 'absent' }
  | { state: 'unknown'; why: string };

/** What the processes of a start take, now. What can't be told is null. */
export interface Usage {
  /** Of all so far, those that ended included: milliseconds of CPU time, and bytes written to disk. They mean something beside an earlier reading. */
  cpuMs: number | null;
  writtenBytes: number | null;
  memoryBytes: number | null;
  /** Of the GPUs that it was given, those that are told of. */
  gpus: Pick<Gpu, 'index' | 'utilization' | 'usedBytes' | 'temperature'>[];
}

/** Thrown by any question to an engine that doesn't answer: whether what was asked for happens isn't known. The message says why. */
export class EngineUnreachable extends Error {
  override readonly name = 'EngineUnreachable';
}

export interface Engine {
  readonly id: string;
  /**
   * What there is to train on, and who that isn't ours is at it.
   * @param since the world is looked at then or later (`performance.now()`); left out, what is known will do where it isn't too old
   */
  capacity(since?: number): Promise<Compute['engines'][number]>;
  /** Begins a start. The same key again does nothing; a failure to begin shows in `observe` as an end, not as a throw. */
  submit(start: Start): Promise<void>;
  observe(key: StartKey): Promise<Observation>;
  /** What these take, with the GPUs that each was given, in their order; null where nothing of it is to be seen. However many: it costs about as much as one. */
  usage(starts: readonly { key: StartKey; gpus: readonly string[] }[]): Promise<(Usage | null)[]>;
  /** Asks the process tree to stop, ends it by force after the grace; again is harmless. `observe` tells when nothing is left. */
  stop(key: StartKey, graceSeconds: number): Promise<void>;
  /** Called, perhaps too often, when `observe` of this key may say something new. */
  watch(key: StartKey, onChange: () => void): { dispose(): void };
  /** The file in which everything that the attempt printed stands (it may not exist yet). */
  logFile(executionId: string, attempt: number): string;
  /** Where the attempt keeps its checkpoints and artifacts. */
  outputDir(executionId: string, attempt: number): string;
  /** Where the runner wrote the batches that it reported, one file a writer; read when the process is over. */
  spoolDir(executionId: string, attempt: number): string;
  /** Deletes what is kept of an execution that is over. */
  forget(executionId: string): Promise<void>;
  dispose(): Promise<void>;
}
