/**
 * The starts under way: each is handed to the engine, brought up to what the engine sees of it, and settled once it is over. What may
 * begin is decided elsewhere (`plan.ts`), and what an end means (`judge.ts`).
 */
import type { SampleBatch } from '../../contract/shapes.ts';
import type { FigureHints } from '../../contract/figures.ts';
import type { Engine, Observation, StartKey } from '../engines/engine.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { failureOf } from '../runs.ts';
import type { Database } from '../store/database.ts';
import type { EventLog } from '../store/events.ts';
import type { ExecutionRecord, ExecutionStore } from '../store/executions.ts';
import type { ServiceStore } from '../store/services.ts';
import { judgeEnd, serviceAfter } from './judge.ts';
import type { KnownGpus } from './knownGpus.ts';
import type { Reach } from './reach.ts';
import { startOf } from './start.ts';
import { applyWhereAllowed } from './transition.ts';
import { Watches } from './watches.ts';

export interface Parts {
  db: Database;
  events: EventLog;
  executions: ExecutionStore;
  services: ServiceStore;
  engine: Engine;
  metrics: Metrics;
  /** Where MLflow's client finds the backend; null where it doesn't. */
  mlflowUri: () => string | null;
  /** The batches that a finished process left undelivered, in order. */
  leftBehind: (executionId: string, attempt: number) => AsyncIterable<SampleBatch>;
  log: Log;
}

/** What the loop gives, and hears. */
interface Loop {
  reach: Reach;
  gpus: KnownGpus;
  /** A watched start may have got somewhere: it is worth a pass. */
  onNews: () => void;
  /** What was done changes what others may do: the pass under way isn't the last. */
  onChange: () => void;
}

export class StartsUnderWay {
  readonly #parts: Parts;
  readonly #loop: Loop;
  readonly #watches: Watches;
  /** Stops already handed to the engine in this life of the backend. */
  readonly #stopsAsked = new Set<string>();
  /** What was said last of those of which nothing is known. */
  readonly #doubts = new Map<string, string>();

  constructor(parts: Parts, loop: Loop) {
    this.#parts = parts;
    this.#loop = loop;
    this.#watches = new Watches(parts.engine, loop.onNews);
  }

  get none(): boolean {
    return this.#watches.none;
  }

  /** Brings all that are under way up to what the engine sees of them. */
  async settle(live: readonly ExecutionRecord[]): Promise<void> {
    await Promise.all(
      live
        .filter((execution) => execution.active)
        .map((execution) => this.#alone(execution, () => this.#settle(execution))),
    );
  }

  /** Hands a start to the engine. */
  async begin(execution: ExecutionRecord, gpus: string[]): Promise<void> {
    await this.#alone(execution, () => this.#begin(execution, gpus));
  }

  /** Watches these alone. */
  keep(live: readonly ExecutionRecord[]): void {
    this.#watches.keep(new Set(live.flatMap(({ id, active }) => (active ? [id] : []))));
  }

  /** What goes wrong with one execution keeps no other from going on; the next pass tries again. */
  async #alone(execution: ExecutionRecord, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#doubt(execution, error instanceof Error ? error.message : String(error));
    }
  }

  /** Hands a start to the engine. It is written down first: after a crash in between, the same start is handed over again. */
  async #begin(execution: ExecutionRecord, gpus: string[]): Promise<void> {
    const { db, executions } = this.#parts;
    db.transaction(() => {
      executions.beginStart(execution.id, gpus);
      const failing = this.#isFailing(execution);
      const begun = executions.get(execution.id);
      // A failing service's next try shows in its health; the run stays where it is until it is ready.
      if (begun !== null && !failing)
        applyWhereAllowed(this.#parts, begun, {
          kind: 'replica starting',
          reason: 'Its replica is starting.',
        });
    });
    const begun = executions.get(execution.id);
    if (begun === null) return;
    this.#watches.watch(keyOf(begun));
    await this.#submit(begun);
  }

  async #submit(execution: ExecutionRecord): Promise<void> {
    const start = await startOf(this.#parts, execution);
    await this.#loop.reach.ask((engine) => engine.submit(start));
  }

  #isFailing(execution: ExecutionRecord): boolean {
    const service = this.#parts.services.get(execution.service);
    return service !== null && failureOf(service) !== null;
  }

  /** Brings one execution with a start under way up to what the engine sees of it. */
  async #settle(before: ExecutionRecord): Promise<void> {
    const { executions, services } = this.#parts;
    this.#watches.watch(keyOf(before));
    const seen = await this.#loop.reach.ask((engine) => engine.observe(keyOf(before)));
    if (seen === null) return;
    const execution = executions.get(before.id);
    if (execution === null || !execution.active || execution.start !== before.start) return;
    const paused = typeof services.get(execution.service)?.pausedAt === 'string';
    if (execution.stopping) await this.#askStop(execution);
    if (seen.state !== 'unknown') this.#doubts.delete(execution.id);
    switch (seen.state) {
      case 'absent':
        // Written down, then the backend died before it was handed over.
        if (execution.stopping)
          applyWhereAllowed(this.#parts, execution, { kind: 'stopped', at: new Date().toISOString() });
        else if (paused)
          applyWhereAllowed(this.#parts, execution, {
            kind: 'start lost',
            reason: 'Its service was paused.',
          });
        else await this.#submit(execution);
        this.#loop.onChange();
        return;
      case 'starting':
        if (execution.stopping) return;
        if (paused) await this.#callOff(execution);
        else if (this.#isFailing(execution))
          applyWhereAllowed(this.#parts, execution, {
            kind: 'held',
            reason: `The next try is under way: ${seen.doing}.`,
          });
        else
          applyWhereAllowed(this.#parts, execution, {
            kind: 'replica starting',
            reason: `Its replica is starting: ${seen.doing}.`,
          });
        return;
      case 'running':
        if (execution.stopping || execution.status === 'In Progress') return;
        // One that was called off as it got ready is as good as never begun.
        if (seen.stopping) await this.#callOff(execution);
        else this.#goodStart(execution, seen.readyAt);
        return;
      case 'unknown':
        this.#doubt(execution, seen.why);
        return;
      case 'ended':
      case 'gone':
        await this.#end(execution, seen);
        return;
      default:
        seen satisfies never;
    }
  }

  /** A pause ends what has only begun to start. */
  async #callOff(execution: ExecutionRecord): Promise<void> {
    applyWhereAllowed(this.#parts, execution, {
      kind: 'held',
      reason: 'Its start is being called off, since the service was paused.',
    });
    await this.#askStop(execution);
  }

  #doubt(execution: ExecutionRecord, why: string): void {
    if (this.#doubts.get(execution.id) === why) return;
    this.#doubts.set(execution.id, why);
    this.#parts.log.warn(`${execution.id}: what became of it isn't known (${why})`);
  }

  #goodStart(execution: ExecutionRecord, at: string): void {
    const { db, services } = this.#parts;
    db.transaction(() => {
      applyWhereAllowed(this.#parts, execution, { kind: 'ready', at });
      const service = services.get(execution.service);
      if (service !== null && service.health !== 'healthy') {
        services.update(serviceAfter(service, { kind: 'good start' }, new Date()));
      }
    });
  }

  async #end(
    execution: ExecutionRecord,
    seen: Extract<Observation, { state: 'ended' | 'gone' }>,
  ): Promise<void> {
    const { db, executions, services, metrics, log } = this.#parts;
    const wasReady = seen.state === 'ended' ? seen.end.ready : seen.ready;
    if (wasReady) {
      // Its figures first: who sees that it is over sees all of them.
      await this.#deliver(execution);
      const reported = await metrics.summary(execution.id, execution.attempt);
      executions.noteProgress([{ ...reported, id: execution.id }]);
    }
    const service = services.get(execution.service);
    const now = executions.get(execution.id);
    if (service === null || now === null) return;
    const verdict = judgeEnd(
      {
        stopping: now.stopping,
        waiting: now.status !== 'In Progress',
        paused: service.pausedAt !== null,
        attempt: now.attempt,
        askedAttempt: now.askedAttempt,
        trainFunction: executions.submission(now.id).architecture.train !== undefined,
        settings: service.settings,
        now: new Date().toISOString(),
      },
      seen,
    );
    const startedAt = seen.state === 'ended' ? seen.end.startedAt : null;
    db.transaction(() => {
      let ending = now;
      // It was ready and over before anybody looked: it ran all the same.
      if (wasReady && !now.stopping && now.status !== 'In Progress' && verdict.cause.kind !== 'start lost') {
        this.#goodStart(now, startedAt ?? new Date().toISOString());
        ending = executions.get(now.id) ?? now;
      }
      // By the clock as it was at its end: how long it ran is true where the clock was set meanwhile, too.
      if (ending.startedAt !== null && startedAt !== null) ending = { ...ending, startedAt };
      applyWhereAllowed(this.#parts, ending, verdict.cause);
      const current = services.get(service.id);
      if (verdict.service !== null && current !== null) {
        services.update(serviceAfter(current, verdict.service, new Date()));
      }
    });
    this.#stopsAsked.delete(execution.id);
    this.#doubts.delete(execution.id);
    if (now.gpus.length > 0) this.#loop.gpus.freed();
    log.info(`${execution.id} attempt ${execution.attempt} start ${execution.start}: ${verdict.cause.kind}`);
    this.#loop.onChange();
  }

  /** Hands the store what the process wrote but could no longer send. */
  async #deliver(execution: ExecutionRecord): Promise<void> {
    const { executions, metrics, leftBehind, log } = this.#parts;
    const hints: FigureHints = executions.submission(execution.id).figures ?? {};
    let batches = 0;
    for await (const batch of leftBehind(execution.id, execution.attempt)) {
      const { repeated } = await metrics.report(execution.id, batch, hints);
      if (!repeated) batches++;
    }
    if (batches > 0) log.info(`${execution.id}: ${batches} batches delivered from its spool`);
  }

  async #askStop(execution: ExecutionRecord): Promise<void> {
    if (this.#stopsAsked.has(execution.id)) return;
    const grace = this.#parts.services.get(execution.service)?.settings.stopGraceSeconds ?? 10;
    const asked = await this.#loop.reach.ask(async (engine) => {
      await engine.stop(keyOf(execution), grace);
      return true;
    });
    if (asked !== null) this.#stopsAsked.add(execution.id);
  }
}

const keyOf = ({ id, attempt, start }: ExecutionRecord): StartKey => ({ executionId: id, attempt, start });
