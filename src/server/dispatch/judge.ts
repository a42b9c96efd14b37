/** What an engine saw, judged: how an attempt ended, and what that says of its service. Pure. */
import type { Diagnosis, Settings } from '../../contract/shapes.ts';
import type { End, Observation } from '../engines/engine.ts';
import type { ServiceRecord } from '../store/services.ts';
import type { Cause } from './transition.ts';

export const MAX_BACK_OFF_MS = 300_000;

/** Waits between tries to start a failing service: 1, 2, 4 ... 300 s. */
export const backOffMs = (failures: number): number =>
  Math.min(MAX_BACK_OFF_MS, 2 ** Math.max(0, failures - 1) * 1000);

/** What became of a start. `service` is what it says of the service, null where it says nothing. */
export interface Judgement {
  cause: Cause;
  service:
    | { kind: 'good start' }
    | { kind: 'failed start'; failure: Failure }
    | { kind: 'out of memory'; failure: Failure }
    | null;
}

export interface Failure {
  code: Diagnosis['code'];
  message: string;
  hint: string;
}

export interface Judged {
  stopping: boolean;
  /** It never got beyond its start: it isn't In Progress. */
  waiting: boolean;
  /** Its service is paused. */
  paused: boolean;
  attempt: number;
  askedAttempt: number;
  /** The submission runs a train function, not a command. */
  trainFunction: boolean;
  settings: Pick<Settings, 'onReset' | 'maxAttempts'>;
  now: string;
}

/** Judges a start that is over: it ended, or is gone. */
export function judgeEnd(run: Judged, seen: Extract<Observation, { state: 'ended' | 'gone' }>): Judgement {
  if (run.stopping)
    return {
      cause: { kind: 'stopped', at: seen.state === 'ended' ? seen.end.endedAt : run.now },
      service: null,
    };
  if (run.waiting && calledOff(run, seen)) {
    const reason = 'Its start was called off, since the service was paused.';
    return { cause: { kind: 'start lost', reason }, service: null };
  }
  if (seen.state === 'gone') return judgeGone(run, seen);
  const { end } = seen;
  return end.ready ? judgeTraining(run, end) : judgeStart(end);
}

/** Whether a pause ended the start. A stop that came as it got ready is one as well: its user saw nothing of it run. */
function calledOff(run: Judged, seen: Extract<Observation, { state: 'ended' | 'gone' }>): boolean {
  if (seen.state === 'gone') return run.paused && !seen.ready;
  return seen.end.stopped || (run.paused && !seen.end.ready);
}

function judgeGone(run: Judged, seen: Extract<Observation, { state: 'gone' }>): Judgement {
  if (!seen.ready) {
    if (seen.reset) return { cause: { kind: 'start lost', reason: seen.evidence }, service: null };
    return startFailed({
      code: 'StartFailed',
      message: `It was gone before it was ready: ${seen.evidence}.`,
      hint: 'Look at its log; if the machine ended it, try again.',
    });
  }
  if (seen.reset)
    return reset(run, run.now, `${sentence(seen.evidence)} Attempt ${run.attempt} was lost.`, 'aborted');
  return { cause: { kind: 'aborted', at: run.now, reason: seen.evidence }, service: null };
}

function judgeStart(end: End): Judgement {
  if (end.outOfMemory !== null) {
    const message = `It was killed for memory before it was ready (${memory(end.outOfMemory)}).`;
    const failure: Failure = {
      code: 'OOM',
      message,
      hint: "Raise the service's memory, or make what it imports smaller.",
    };
    return { cause: { kind: 'start failed', reason: message }, service: { kind: 'failed start', failure } };
  }
  if (end.startFailure !== null) return startFailed(end.startFailure);
  return startFailed({
    code: 'StartFailed',
    message: `It ended before it was ready: ${exitWords(end)}.`,
    hint: 'Its log tells what it did last.',
  });
}

function startFailed(failure: Failure): Judgement {
  return {
    cause: { kind: 'start failed', reason: failure.message },
    service: { kind: 'failed start', failure },
  };
}

function judgeTraining(run: Judged, end: End): Judgement {
  const at = end.endedAt;
  if (end.outOfMemory !== null) {
    const message = `It was killed for memory (${memory(end.outOfMemory)}).`;
    return {
      ...reset(run, at, message, 'failed'),
      service: {
        kind: 'out of memory',
        failure: { code: 'OOM', message, hint: "Raise the service's memory, or train with smaller batches." },
      },
    };
  }
  if (end.outcome?.kind === 'raised') {
    const { type, message, file, line } = end.outcome;
    const where = file === null ? '' : ` (${file}${line === null ? '' : `:${line}`})`;
    const what = message === '' ? type : `${type}: ${message}`;
    const hint = /CUDA out of memory|OutOfMemoryError/.test(what)
      ? " The GPU's memory was full: train with smaller batches."
      : '';
    return { cause: { kind: 'failed', at, reason: what + where + hint }, service: null };
  }
  if (end.exit !== null && 'signal' in end.exit) {
    return {
      cause: { kind: 'aborted', at, reason: `ended by ${end.exit.signal}, which Trainyard didn't send` },
      service: null,
    };
  }
  if (end.outcome?.kind === 'returned' || (!run.trainFunction && end.exit?.code === 0)) {
    return { cause: { kind: 'succeeded', at }, service: null };
  }
  if (end.exit !== null && end.exit.code !== 0) {
    return { cause: { kind: 'failed', at, reason: `ended with exit code ${end.exit.code}` }, service: null };
  }
  return {
    cause: { kind: 'aborted', at, reason: 'its process ended without saying how its train function did' },
    service: null,
  };
}

/** The replica was reset under a training: again, where the service says so and attempts are left. */
function reset(run: Judged, at: string, reason: string, otherwise: 'failed' | 'aborted'): Judgement {
  const used = run.attempt - run.askedAttempt + 1;
  if (run.settings.onReset === 'rerun' && used < run.settings.maxAttempts) {
    return {
      cause: {
        kind: 'reset',
        at,
        reason: `${reason} Attempt ${used + 1} of ${run.settings.maxAttempts} follows.`,
      },
      service: null,
    };
  }
  return { cause: { kind: otherwise, at, reason }, service: null };
}

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`;

function exitWords(end: End): string {
  if (end.exit === null) return 'it never ran';
  return 'signal' in end.exit ? `ended by ${end.exit.signal}` : `exit code ${end.exit.code}`;
}

function memory({
  usedBytes,
  allowedBytes,
}: {
  usedBytes: number | null;
  allowedBytes: number | null;
}): string {
  const gigabytes = (bytes: number | null): string =>
    bytes === null ? 'unknown' : `${(bytes / 1e9).toFixed(2)} GB`;
  return `used ${gigabytes(usedBytes)}, allowed ${gigabytes(allowedBytes)}`;
}

/** The service after what a start said of it. */
export function serviceAfter(
  service: ServiceRecord,
  verdict: NonNullable<Judgement['service']>,
  now: Date,
): ServiceRecord {
  if (verdict.kind === 'good start') {
    return { ...service, health: 'healthy', failures: 0, diagnosis: null, retryAt: null };
  }
  const failures = service.failures + 1;
  const { code, message, hint } = verdict.failure;
  // A second plain failure in a row is a loop; the more exact codes say more than that.
  const shown = code === 'StartFailed' && failures > 1 ? 'CrashLoop' : code;
  const again = shown === 'CrashLoop' ? ` It has failed to start ${failures} times in a row.` : '';
  const since = service.diagnosis?.code === shown ? service.diagnosis.since : now.toISOString();
  return {
    ...service,
    health: 'failing',
    failures,
    diagnosis: { severity: 'error', code: shown, message: message + again, hint, since },
    retryAt: now.getTime() + backOffMs(failures),
  };
}
