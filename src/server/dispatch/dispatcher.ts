/**
 * The loop: what is wanted (the queue) and what is (as the engine sees it) go in, starts and stops come out. It is level-triggered: a
 * pass over an unchanged world does nothing, and after a crash it simply runs again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Gpu } from '../../contract/compute.ts';
import type { SampleBatch } from '../../contract/shapes.ts';
import type { FigureHints } from '../../contract/figures.ts';
import type { Engine, Observation } from '../engines/engine.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Database } from '../store/database.ts';
import type { EventLog } from '../store/events.ts';
import type { ExecutionRecord, ExecutionStore } from '../store/executions.ts';
import type { ServiceStore } from '../store/services.ts';
import { withInstance } from './instances.ts';
import { judgeEnd, serviceAfter } from './judge.ts';
import { startOf } from './start.ts';
import { asksForGpus, plan, type Decision, type QueuedRun, type QueuedService } from './plan.ts';
import { plannedGpu, queueOf } from './queue.ts';
import { transition, TransitionRefused, type Cause } from './transition.ts';

/** Files tell of a change at once; this is how long a lost notice, or a process that vanished without one, may go unseen. */
const LOOK_AGAIN_MS = 1_000;
/** So old may be what is known of GPUs when one is given out. */
const GPUS_BELIEVED_MS = 5_000;
/** Who waits for an answer takes no notice of less. */
const NOTICEABLE_MS = 5;

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
  readonly #watches = new Map<string, { start: string; watch: { dispose(): void } }>();
  /** Aborts already handed to the engine in this life of the backend. */
  readonly #stopsAsked = new Set<string>();
  /** As they were told last. */
  #gpus: readonly Gpu[] = [];
  /** When one of ours last left its GPUs (`performance.now()`): what was seen there before may have been it. */
  #gpusFreedAt = 0;
  #pass: Promise<void> | null = null;
  #again = false;
  /** How long the last pass kept the thread to itself. */
  #busyMs = 0;
  #timer: NodeJS.Timeout | null = null;
  #ended = false;

  constructor(parts: Parts) {
    this.#parts = parts;
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
      // Over a long queue a pass takes a while; where news comes without end, requests get as much of the thread in between.
      if (this.#again && this.#busyMs > NOTICEABLE_MS) await delay(this.#busyMs);
      const idle = this.#watches.size === 0;
      wait = Math.min(
        idle ? 60_000 : LOOK_AGAIN_MS,
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
    await Promise.all(
      executions
        .live()
        .filter((execution) => execution.active)
        .map((execution) => this.#settle(execution)),
    );
    const now = new Date();
    const before = executions.live();
    const asking = queueOf(before, now);
    const gpus = await this.#gpusWhereAsked(before, asking, now);
    const live = executions.live();
    const queue = live === before ? asking : queueOf(live, now);
    const began = performance.now();
    const services = this.#servicesOf(live, gpus);
    const planned = plan(
      queue,
      services,
      (gpus ?? []).map((gpu) => plannedGpu(gpu, now)),
      now.getTime(),
    );
    this.#tell(planned.decisions, live);
    this.#busyMs = performance.now() - began;
    for (const decision of planned.decisions) {
      if (decision.kind !== 'start') continue;
      const execution = executions.get(decision.id);
      // An abort or a removal may have come while the engine was being asked.
      if (execution === null || execution.active || execution.status === 'Terminated') continue;
      await this.#start(execution, decision.gpus);
      // What began may have got somewhere already.
      this.#again = true;
    }
    this.#unwatchOthers();
    return planned.wakeAt;
  }

  /** Tells those that wait why, in one transaction: many may move up at once. */
  #tell(decisions: readonly Decision[], live: readonly ExecutionRecord[]): void {
    const before = new Map(live.map((execution) => [execution.id, execution]));
    this.#parts.db.transaction(() => {
      for (const decision of decisions) {
        const execution = before.get(decision.id);
        if (execution === undefined) continue;
        switch (decision.kind) {
          case 'wait':
            this.#apply(execution, { kind: 'waiting for room', reason: decision.reason });
            break;
          case 'hold':
            this.#apply(execution, { kind: 'held', reason: decision.reason });
            break;
          case 'start':
            break;
          default:
            decision satisfies never;
        }
      }
    });
  }

  /** The GPUs as they are now, or null where nobody waits for one: whom to ask takes a while. */
  async #gpusWhereAsked(
    live: readonly ExecutionRecord[],
    queue: readonly QueuedRun[],
    now: Date,
  ): Promise<readonly Gpu[] | null> {
    if (!asksForGpus(queue, this.#servicesOf(live, null), now.getTime())) return null;
    const held = new Set(live.flatMap((execution) => execution.gpus));
    // While our own have all of them, nothing that could be seen there frees one.
    if (this.#gpus.length > 0 && this.#gpus.every((gpu) => held.has(gpu.id))) return this.#gpus;
    const since = Math.max(performance.now() - GPUS_BELIEVED_MS, this.#gpusFreedAt);
    this.#gpus = (await this.#parts.engine.capacity(since)).gpus;
    return this.#gpus;
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
        failing: service.health === 'failing' ? service.diagnosis : null,
        retryAt: service.retryAt,
      });
    }
    return found;
  }

  /** Hands a start to the engine. It is written down first: after a crash in between, the same start is handed over again. */
  async #start(execution: ExecutionRecord, gpus: string[]): Promise<void> {
    const { db, executions, services, engine } = this.#parts;
    db.transaction(() => {
      executions.beginStart(execution.id, gpus);
      const failing = services.get(execution.service)?.health === 'failing';
      const begun = executions.get(execution.id);
      // A failing service's next try shows in its health; the run stays where it is until it is ready.
      if (begun !== null && !failing)
        this.#apply(begun, { kind: 'replica starting', reason: 'Its replica is starting.' });
    });
    const begun = executions.get(execution.id);
    if (begun === null) return;
    this.#watch(begun);
    await engine.submit(await startOf(this.#parts, begun));
  }

  /** Brings one execution with a start under way up to what the engine sees of it. */
  async #settle(before: ExecutionRecord): Promise<void> {
    const { engine, executions, log } = this.#parts;
    const key = { executionId: before.id, attempt: before.attempt, start: before.start };
    this.#watch(before);
    const seen = await engine.observe(key);
    const execution = executions.get(before.id);
    if (execution === null || !execution.active || execution.start !== before.start) return;
    if (execution.stopping) await this.#askStop(execution);
    switch (seen.state) {
      case 'absent':
        // Written down, then the backend died before it was handed over.
        if (execution.stopping) this.#apply(execution, { kind: 'stopped', at: new Date().toISOString() });
        else await engine.submit(await startOf(this.#parts, execution));
        this.#again = true;
        return;
      case 'starting':
        if (!execution.stopping && execution.status === 'Pending') {
          this.#apply(execution, {
            kind: 'replica starting',
            reason: `Its replica is starting: ${seen.doing}.`,
          });
        }
        return;
      case 'running':
        if (!execution.stopping && execution.status !== 'In Progress')
          this.#goodStart(execution, seen.readyAt);
        return;
      case 'unknown':
        log.warn(`${execution.id}: what became of it isn't known (${seen.why})`);
        return;
      case 'ended':
      case 'gone':
        await this.#end(execution, seen);
        return;
      default:
        seen satisfies never;
    }
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
      if (wasReady && !now.stopping && now.status !== 'In Progress') {
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
    if (now.gpus.length > 0) this.#gpusFreedAt = performance.now();
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

  /** The user asks for another attempt. Throws `TransitionRefused` where the run isn't over. */
  rerun(execution: ExecutionRecord): void {
    transition(this.#parts.db, this.#parts.events, execution, { kind: 'rerun asked' });
    this.kick();
  }

  async #askStop(execution: ExecutionRecord): Promise<void> {
    if (this.#stopsAsked.has(execution.id)) return;
    const grace = this.#parts.services.get(execution.service)?.settings.stopGraceSeconds ?? 10;
    const key = { executionId: execution.id, attempt: execution.attempt, start: execution.start };
    await this.#parts.engine.stop(key, grace);
    this.#stopsAsked.add(execution.id);
  }

  #apply(execution: ExecutionRecord, cause: Cause): void {
    try {
      transition(this.#parts.db, this.#parts.events, execution, cause);
    } catch (error) {
      if (!(error instanceof TransitionRefused)) throw error;
      this.#parts.log.warn(`${execution.id}: ${error.message}`);
    }
  }

  #watch(execution: ExecutionRecord): void {
    const start = `${execution.attempt}.${execution.start}`;
    const watched = this.#watches.get(execution.id);
    if (watched?.start === start) return;
    watched?.watch.dispose();
    const key = { executionId: execution.id, attempt: execution.attempt, start: execution.start };
    this.#watches.set(execution.id, { start, watch: this.#parts.engine.watch(key, () => this.kick()) });
  }

  #unwatchOthers(): void {
    const active = new Set(
      this.#parts.executions
        .live()
        .filter((e) => e.active)
        .map((e) => e.id),
    );
    for (const [id, { watch }] of this.#watches) {
      if (active.has(id)) continue;
      watch.dispose();
      this.#watches.delete(id);
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
    for (const { watch } of this.#watches.values()) watch.dispose();
    this.#watches.clear();
    await this.#pass;
  }
}
