/**
 * The loop: what is wanted (the queue) and what is (as the engine sees it) go in, starts and stops come out. It is level-triggered: a
 * pass over an unchanged world does nothing, and after a crash it simply runs again.
 */
import type { Gpu } from '../../contract/compute.ts';
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
import { withInstance } from './instances.ts';
import { judgeEnd, serviceAfter } from './judge.ts';
import { KnownGpus } from './knownGpus.ts';
import { startOf } from './start.ts';
import { asksForGpus, plan, type QueuedService } from './plan.ts';
import { plannedGpu, queueOf } from './queue.ts';
import { Reach } from './reach.ts';
import { transition, TransitionRefused, type Cause } from './transition.ts';
import { Watches } from './watches.ts';

/** Files tell of a change at once; this is how long a lost notice, or a process that vanished without one, may go unseen. */
const LOOK_AGAIN_MS = 1_000;
/** So often an engine that can't be reached is tried again. */
const REACH_AGAIN_MS = 5_000;

export interface Parts {
  db: Database;
  events: EventLog;
  executions: ExecutionStore;
  services: ServiceStore;
  engine: Engine;
  metrics: Metrics;
  /** The batches that a finished process left undelivered, in order. */
  leftBehind: (executionId: string, attempt: number) => AsyncIterable<SampleBatch>;
  log: Log;
}

export class Dispatcher {
  readonly #parts: Parts;
  readonly #reach: Reach;
  readonly #watches: Watches;
  readonly #gpus: KnownGpus;
  /** Stops already handed to the engine in this life of the backend. */
  readonly #stopsAsked = new Set<string>();
  /** What was said last of those of which nothing is known. */
  readonly #doubts = new Map<string, string>();
  #pass: Promise<void> | null = null;
  #again = false;
  #timer: NodeJS.Timeout | null = null;
  #ended = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#reach = new Reach(parts.engine);
    this.#gpus = new KnownGpus(this.#reach);
    this.#watches = new Watches(parts.engine, () => this.kick());
  }

  /** Looks at everything soon; calls while a pass is under way lead to one more. */
  kick(): void {
    if (this.#ended) return;
    if (this.#pass !== null) {
      this.#again = true;
      return;
    }
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#pass = this.#run().finally(() => {
      this.#pass = null;
      if (this.#again) {
        this.#again = false;
        this.kick();
      }
    });
  }

  /** Resolves once no pass is under way and none is due. */
  async settled(): Promise<void> {
    while (this.#pass !== null) await this.#pass;
  }

  async #run(): Promise<void> {
    let wait = LOOK_AGAIN_MS;
    try {
      const wakeAt = await this.#look();
      wait = Math.min(
        this.#watches.none ? 60_000 : LOOK_AGAIN_MS,
        wakeAt === null ? Infinity : Math.max(0, wakeAt - Date.now()),
      );
    } catch (error) {
      // The next pass begins from the state as it is: nothing is lost by a pass that broke off.
      this.#parts.log.error('A pass of the dispatcher broke off', error);
    }
    if (!this.#ended) this.#timer = setTimeout(() => this.kick(), wait);
  }

  /** One pass. Resolves to when it has to look again, or null. */
  async #look(): Promise<number | null> {
    const { executions } = this.#parts;
    this.#reach.forget();
    await Promise.all(
      executions
        .live()
        .filter((execution) => execution.active)
        .map((execution) => this.#alone(execution, () => this.#settle(execution))),
    );
    const now = new Date();
    const gpus = await this.#gpusWhereAsked(now);
    await this.#tellReach();
    const live = executions.live();
    const services = this.#servicesOf(live, gpus);
    const planned = plan(
      queueOf(live, now),
      services,
      (gpus ?? []).map((gpu) => plannedGpu(gpu, now)),
      now.getTime(),
    );
    for (const decision of planned.decisions) {
      const execution = executions.get(decision.id);
      // An abort or a removal may have come while the engine was being asked.
      if (execution === null || execution.active || execution.status === 'Terminated') continue;
      switch (decision.kind) {
        case 'wait':
          this.#apply(execution, { kind: 'waiting for room', reason: decision.reason });
          break;
        case 'hold':
          this.#apply(execution, { kind: 'held', reason: decision.reason });
          break;
        case 'start':
          await this.#alone(execution, () => this.#start(execution, decision.gpus));
          // What began may have got somewhere already.
          this.#again = true;
          break;
        default:
          decision satisfies never;
      }
    }
    await this.#tellReach();
    this.#watches.keep(new Set(executions.live().flatMap(({ id, active }) => (active ? [id] : []))));
    return typeof this.#reach.why === 'string' ? Date.now() + REACH_AGAIN_MS : planned.wakeAt;
  }

  /** The GPUs as they are now, or null where nobody waits for one: whom to ask takes a while. */
  async #gpusWhereAsked(now: Date): Promise<readonly Gpu[] | null> {
    const live = this.#parts.executions.live();
    if (!asksForGpus(queueOf(live, now), this.#servicesOf(live, null), now.getTime())) return null;
    return this.#gpus.now(new Set(live.flatMap((execution) => execution.gpus)));
  }

  /** What the services are for this pass; an instance that can't exist here is found out, and cleared, here. */
  #servicesOf(live: readonly ExecutionRecord[], gpus: readonly Gpu[] | null): Map<string, QueuedService> {
    const { services } = this.#parts;
    const found = new Map<string, QueuedService>();
    for (const id of new Set(live.map((execution) => execution.service))) {
      const before = services.get(id);
      if (before === null) continue;
      const service = withInstance(before, gpus, new Date());
      if (service !== before) services.update(service);
      found.set(id, {
        id,
        name: service.name,
        settings: service.settings,
        paused: service.pausedAt !== null,
        failing: failureOf(service),
        retryAt: service.unreachable === null ? service.retryAt : null,
      });
    }
    return found;
  }

  /** What goes wrong with one execution keeps no other from going on; the next pass tries again. */
  async #alone(execution: ExecutionRecord, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#doubt(execution, error instanceof Error ? error.message : String(error));
    }
  }

  /** Has the services of an engine that can't be reached say so, and what waits for it wait on. */
  async #tellReach(): Promise<void> {
    const { db, engine, executions, services } = this.#parts;
    const troubled = services.unreachable(engine.id);
    // What runs nothing and waits for no GPU asks for nothing by itself.
    if (this.#reach.why === undefined && troubled)
      await this.#reach.ask((asked) => asked.capacity(performance.now()));
    const { why } = this.#reach;
    if (why === undefined) return;
    db.transaction(() => {
      // What was seen before it was known is to be looked at again in its light.
      if (services.noteReach(engine.id, why)) this.#again = true;
      if (why === null) return;
      for (const execution of executions.live()) {
        if (execution.active && execution.status === 'Pending' && !execution.stopping)
          this.#apply(execution, { kind: 'held', reason: why });
      }
    });
  }

  /** Hands a start to the engine. It is written down first: after a crash in between, the same start is handed over again. */
  async #start(execution: ExecutionRecord, gpus: string[]): Promise<void> {
    const { db, executions } = this.#parts;
    db.transaction(() => {
      executions.beginStart(execution.id, gpus);
      const failing = this.#isFailing(execution);
      const begun = executions.get(execution.id);
      // A failing service's next try shows in its health; the run stays where it is until it is ready.
      if (begun !== null && !failing)
        this.#apply(begun, { kind: 'replica starting', reason: 'Its replica is starting.' });
    });
    const begun = executions.get(execution.id);
    if (begun === null) return;
    this.#watches.watch(keyOf(begun));
    await this.#submit(begun);
  }

  async #submit(execution: ExecutionRecord): Promise<void> {
    const start = await startOf(this.#parts, execution);
    await this.#reach.ask((engine) => engine.submit(start));
  }

  #isFailing(execution: ExecutionRecord): boolean {
    const service = this.#parts.services.get(execution.service);
    return service !== null && failureOf(service) !== null;
  }

  /** Brings one execution with a start under way up to what the engine sees of it. */
  async #settle(before: ExecutionRecord): Promise<void> {
    const { executions, services } = this.#parts;
    this.#watches.watch(keyOf(before));
    const seen = await this.#reach.ask((engine) => engine.observe(keyOf(before)));
    if (seen === null) return;
    const execution = executions.get(before.id);
    if (execution === null || !execution.active || execution.start !== before.start) return;
    const paused = typeof services.get(execution.service)?.pausedAt === 'string';
    if (execution.stopping) await this.#askStop(execution);
    if (seen.state !== 'unknown') this.#doubts.delete(execution.id);
    switch (seen.state) {
      case 'absent':
        // Written down, then the backend died before it was handed over.
        if (execution.stopping) this.#apply(execution, { kind: 'stopped', at: new Date().toISOString() });
        else if (paused) this.#apply(execution, { kind: 'start lost', reason: 'Its service was paused.' });
        else await this.#submit(execution);
        this.#again = true;
        return;
      case 'starting':
        if (execution.stopping) return;
        if (paused) await this.#callOff(execution);
        else if (this.#isFailing(execution))
          this.#apply(execution, { kind: 'held', reason: `The next try is under way: ${seen.doing}.` });
        else
          this.#apply(execution, {
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
    this.#apply(execution, {
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
      this.#apply(execution, { kind: 'ready', at });
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
    db.transaction(() => {
      let ending = now;
      // It was ready and over before anybody looked: it ran all the same.
      if (wasReady && !now.stopping && now.status !== 'In Progress' && verdict.cause.kind !== 'start lost') {
        const startedAt = seen.state === 'ended' ? seen.end.startedAt : null;
        this.#goodStart(now, startedAt ?? new Date().toISOString());
        ending = executions.get(now.id) ?? now;
      }
      this.#apply(ending, verdict.cause);
      const current = services.get(service.id);
      if (verdict.service !== null && current !== null) {
        services.update(serviceAfter(current, verdict.service, new Date()));
      }
    });
    this.#stopsAsked.delete(execution.id);
    this.#doubts.delete(execution.id);
    if (now.gpus.length > 0) this.#gpus.freed();
    log.info(`${execution.id} attempt ${execution.attempt} start ${execution.start}: ${verdict.cause.kind}`);
    this.#again = true;
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

  /** The user asks that a run be stopped. Throws `TransitionRefused` where it is over or being stopped. */
  abort(execution: ExecutionRecord): void {
    transition(this.#parts.db, this.#parts.events, execution, { kind: 'abort asked' });
    this.kick();
  }

  /**
   * The user asks for another attempt. Throws `TransitionRefused` where the run isn't over.
   * @param environment who asks; null: the backend's own
   */
  rerun(execution: ExecutionRecord, environment: Record<string, string> | null): void {
    const { db, events, executions } = this.#parts;
    db.transaction(() => {
      transition(db, events, execution, { kind: 'rerun asked' });
      executions.setEnvironment(execution.id, environment);
    });
    this.kick();
  }

  async #askStop(execution: ExecutionRecord): Promise<void> {
    if (this.#stopsAsked.has(execution.id)) return;
    const grace = this.#parts.services.get(execution.service)?.settings.stopGraceSeconds ?? 10;
    const asked = await this.#reach.ask(async (engine) => {
      await engine.stop(keyOf(execution), grace);
      return true;
    });
    if (asked !== null) this.#stopsAsked.add(execution.id);
  }

  #apply(execution: ExecutionRecord, cause: Cause): void {
    try {
      transition(this.#parts.db, this.#parts.events, execution, cause);
    } catch (error) {
      if (!(error instanceof TransitionRefused)) throw error;
      this.#parts.log.warn(`${execution.id}: ${error.message}`);
    }
  }

  /** Nothing waits and nothing runs. */
  get idle(): boolean {
    return this.#parts.executions.live().length === 0;
  }

  /** Ends the loop after the pass under way. Trainings go on. */
  async end(): Promise<void> {
    this.#ended = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#pass;
    // A pass under way has opened some until its end; one that is left would keep the process alive.
    this.#watches.keep(new Set());
  }
}

const keyOf = ({ id, attempt, start }: ExecutionRecord): StartKey => ({ executionId: id, attempt, start });
