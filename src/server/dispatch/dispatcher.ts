/**
 * The loop: what is wanted (the queue) and what is (as the engine sees it) go in, starts and stops come out. It is level-triggered: a
 * pass over an unchanged world does nothing, and after a crash it simply runs again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Gpu } from '../../contract/compute.ts';
import { failureOf } from '../runs.ts';
import type { ExecutionRecord } from '../store/executions.ts';
import { withInstance } from './instances.ts';
import { KnownGpus } from './knownGpus.ts';
import { asksForGpus, plan, type Decision, type QueuedRun, type QueuedService } from './plan.ts';
import { plannedGpu, queueOf } from './queue.ts';
import { Reach } from './reach.ts';
import { StartsUnderWay, type Parts } from './startsUnderWay.ts';
import { applyWhereAllowed, transition } from './transition.ts';

/** Files tell of a change at once; this is how long a lost notice, or a process that vanished without one, may go unseen. */
const LOOK_AGAIN_MS = 1_000;
/** So often an engine that can't be reached is tried again. */
const REACH_AGAIN_MS = 5_000;
/** Who waits for an answer takes no notice of less. */
const NOTICEABLE_MS = 1;
/** Between passes that follow each other requests get the thread: four times as long as a pass took, and 50 ms at most. */
const pauseMs = (passMs: number): number => Math.min(4 * passMs, 50);

export class Dispatcher {
  readonly #parts: Parts;
  readonly #reach: Reach;
  readonly #gpus: KnownGpus;
  readonly #starts: StartsUnderWay;
  #pass: Promise<void> | null = null;
  #again = false;
  /** How long the last pass kept the thread to itself. */
  #busyMs = 0;
  /** Why the last pass broke off, where it did. */
  #broke: string | null = null;
  #timer: NodeJS.Timeout | null = null;
  #ended = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#reach = new Reach(parts.engine);
    this.#gpus = new KnownGpus(this.#reach);
    this.#starts = new StartsUnderWay(parts, {
      reach: this.#reach,
      gpus: this.#gpus,
      onNews: () => this.kick(),
      onChange: () => (this.#again = true),
    });
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
      // Where news comes without end, as many submissions at once, requests get most of the thread: one pass sees all of it as well.
      if (this.#again && this.#busyMs > NOTICEABLE_MS) await delay(pauseMs(this.#busyMs));
      wait = Math.min(
        this.#starts.none ? 60_000 : LOOK_AGAIN_MS,
        wakeAt === null ? Infinity : Math.max(0, wakeAt - Date.now()),
      );
      this.#broke = null;
    } catch (error) {
      // The next pass begins from the state as it is: nothing is lost by a pass that broke off.
      const why = error instanceof Error ? error.message : String(error);
      // Each second brings another; a full disk lasts.
      if (why !== this.#broke) this.#parts.log.error('A pass of the dispatcher broke off', error);
      this.#broke = why;
    }
    if (!this.#ended) this.#timer = setTimeout(() => this.kick(), wait);
  }

  /** One pass. Resolves to when it has to look again, or null. */
  async #look(): Promise<number | null> {
    const { executions } = this.#parts;
    this.#reach.forget();
    await this.#starts.settle(executions.live());
    const now = new Date();
    const before = executions.live();
    const asking = queueOf(before, now);
    const gpus = await this.#gpusWhereAsked(before, asking, now);
    await this.#tellReach();
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
      await this.#starts.begin(execution, decision.gpus);
      // What began may have got somewhere already.
      this.#again = true;
    }
    await this.#tellReach();
    this.#starts.keep(executions.live());
    return typeof this.#reach.why === 'string' ? Date.now() + REACH_AGAIN_MS : planned.wakeAt;
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
            applyWhereAllowed(this.#parts, execution, { kind: 'waiting for room', reason: decision.reason });
            break;
          case 'hold':
            applyWhereAllowed(this.#parts, execution, { kind: 'held', reason: decision.reason });
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
          applyWhereAllowed(this.#parts, execution, { kind: 'held', reason: why });
      }
    });
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
    this.#starts.keep([]);
  }
}
