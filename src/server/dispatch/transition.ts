/**
 * The one place where a status changes. It takes an execution and a cause, refuses what the state machine refuses, and writes the
 * new status, its reason and one event in one transaction.
 */
import { isOver, TRANSITIONS, type Status } from '../../contract/status.ts';
import type { Database } from '../store/database.ts';
import type { Log } from '../log.ts';
import type { EventLog } from '../store/events.ts';
import { LAST_PLACE, type ExecutionRecord } from '../store/executions.ts';

/** What can happen to an execution. Reasons are sentences for a person. */
export type Cause =
  /** Its service is well but has no room, or its replica is starting. */
  | { kind: 'waiting for room'; reason: string }
  | { kind: 'replica starting'; reason: string }
  /** Its service is failing or paused. */
  | { kind: 'held'; reason: string }
  | { kind: 'start failed'; reason: string }
  /** What began comes to nothing, through no fault of its own: it may begin again. */
  | { kind: 'start lost'; reason: string }
  | { kind: 'ready'; at: string }
  | { kind: 'succeeded'; at: string }
  | { kind: 'failed'; at: string; reason: string }
  | { kind: 'aborted'; at: string; reason: string }
  /** The replica was reset and attempts are left. */
  | { kind: 'reset'; at: string; reason: string }
  | { kind: 'abort asked' }
  | { kind: 'stopped'; at: string }
  | { kind: 'rerun asked' }
  /** What its own program, which runs elsewhere, tells of itself. Going on after its end is no new attempt: it began `since` then. */
  | { kind: 'told: running'; at: string; since?: string }
  | { kind: 'told: going on' }
  | {
      kind: 'told: ended';
      status: 'Success' | 'Failed' | 'Aborted' | 'Terminated';
      at: string;
      reason: string | null;
    };

/** Thrown where the state machine has no such transition. */
export class TransitionRefused extends Error {
  override readonly name = 'TransitionRefused';
}

interface Outcome {
  status: Status;
  reason: string | null;
}

/** Where a cause leads from here. Pure; throws `TransitionRefused` where it leads nowhere. */
export function decide(
  from: Pick<ExecutionRecord, 'status' | 'attempt' | 'active' | 'stopping' | 'origin'>,
  cause: Cause,
): Outcome {
  if ((from.origin === 'trained') === cause.kind.startsWith('told: '))
    throw new TransitionRefused(
      `it was ${from.origin === 'trained' ? '' : 'not '}trained here (${cause.kind})`,
    );
  const outcome = wanted(from, cause);
  const moves = outcome.status !== from.status;
  if (moves && !TRANSITIONS[from.status].includes(outcome.status)) {
    throw new TransitionRefused(`${from.status} can't become ${outcome.status} (${cause.kind})`);
  }
  // An accepted abort ends in Terminated, whatever the process still answers.
  if (from.stopping && cause.kind !== 'stopped' && (moves || cause.kind === 'abort asked')) {
    throw new TransitionRefused(`an abort is under way (${cause.kind})`);
  }
  return outcome;
}

function wanted(from: Pick<ExecutionRecord, 'status' | 'attempt' | 'active'>, cause: Cause): Outcome {
  switch (cause.kind) {
    case 'waiting for room':
    case 'replica starting':
      return waiting(from.status, { status: 'Pending', reason: cause.reason });
    case 'held':
    case 'start failed':
    case 'start lost':
      return waiting(from.status, { status: from.attempt > 1 ? 'Rerun' : 'Created', reason: cause.reason });
    case 'ready':
      return { status: 'In Progress', reason: null };
    case 'succeeded':
      return { status: 'Success', reason: null };
    case 'failed':
      return { status: 'Failed', reason: cause.reason };
    case 'aborted':
      return { status: 'Aborted', reason: cause.reason };
    case 'reset':
      return { status: 'Rerun', reason: cause.reason };
    case 'abort asked':
      if (isOver(from.status)) throw new TransitionRefused(`it is over (${from.status})`);
      return from.active
        ? { status: from.status, reason: 'stopping' }
        : { status: 'Terminated', reason: 'aborted by the user before it started' };
    case 'stopped':
      return { status: 'Terminated', reason: 'aborted by the user' };
    case 'rerun asked':
      if (!isOver(from.status)) throw new TransitionRefused(`it isn't over (${from.status})`);
      return { status: 'Rerun', reason: 'asked for by the user' };
    case 'told: running':
      return { status: 'In Progress', reason: null };
    case 'told: going on':
      return { status: 'Rerun', reason: null };
    case 'told: ended':
      return { status: cause.status, reason: cause.reason };
    default:
      return cause satisfies never;
  }
}

/** A cause that speaks of waiting says nothing to what runs or is over. */
function waiting(from: Status, outcome: Outcome): Outcome {
  if (from === 'In Progress' || isOver(from)) throw new TransitionRefused(`${from} isn't waiting`);
  return outcome;
}

/** Writes what `decide` decides. True where anything changed. */
export function transition(
  db: Database,
  events: EventLog,
  execution: ExecutionRecord,
  cause: Cause,
): boolean {
  const outcome = decide(execution, cause);
  const moves = outcome.status !== execution.status;
  const asks = cause.kind === 'abort asked';
  // These end a start, even where the status stays what it was.
  const settles = cause.kind === 'start failed' || cause.kind === 'start lost';
  if (!moves && !asks && !settles && outcome.reason === execution.reason) return false;
  db.transaction(() => {
    const now = new Date().toISOString();
    const begun =
      cause.kind === 'ready'
        ? cause.at
        : cause.kind === 'told: running'
          ? (cause.since ?? cause.at)
          : execution.startedAt;
    const ends = isOver(outcome.status);
    const leavesReplica = ends || settles || cause.kind === 'reset';
    const nextAttempt = cause.kind === 'rerun asked' || cause.kind === 'reset';
    const attempt = execution.attempt + (nextAttempt ? 1 : 0);
    db.run(
      `UPDATE executions SET status = ?, reason = ?, stopping = ?, attempt = ?, asked_attempt = ?, start = ?, active = ?,
         gpus = ?, started_at = ?, ended_at = ?, queued_at = CASE WHEN ? THEN ${LAST_PLACE} ELSE queued_at END, progress = CASE WHEN ? THEN NULL ELSE progress END
       WHERE id = ?`,
      outcome.status,
      outcome.reason,
      asks && execution.active ? 1 : ends ? 0 : Number(execution.stopping),
      attempt,
      cause.kind === 'rerun asked' ? attempt : execution.askedAttempt,
      nextAttempt ? 0 : execution.start,
      leavesReplica ? 0 : Number(execution.active),
      leavesReplica ? '[]' : JSON.stringify(execution.gpus),
      nextAttempt ? null : begun,
      nextAttempt || cause.kind === 'told: going on'
        ? null
        : ends
          ? 'at' in cause
            ? cause.at
            : now
          : execution.endedAt,
      Number(cause.kind === 'rerun asked'),
      Date.now(),
      Number(nextAttempt),
      execution.id,
    );
    if (moves || asks) {
      db.run(
        'INSERT INTO history (execution, at, attempt, status, cause, reason) VALUES (?, ?, ?, ?, ?, ?)',
        execution.id,
        // When it was, which may be long before it was heard of.
        'at' in cause ? cause.at : now,
        attempt,
        outcome.status,
        cause.kind,
        outcome.reason,
      );
    }
    if (ends) db.run('UPDATE executions SET environment = NULL WHERE id = ?', execution.id);
    events.append('run', execution.id);
    // A service shows how many wait and how many are at work.
    if (moves || settles) events.append('service', execution.service);
  });
  return true;
}

/** The same, where an engine or a service is the cause: what the state machine refuses is only logged. */
export function applyWhereAllowed(
  parts: { db: Database; events: EventLog; log: Log },
  execution: ExecutionRecord,
  cause: Cause,
): void {
  try {
    transition(parts.db, parts.events, execution, cause);
  } catch (error) {
    if (!(error instanceof TransitionRefused)) throw error;
    parts.log.warn(`${execution.id}: ${error.message}`);
  }
}
