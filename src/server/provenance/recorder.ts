/**
 * Keeps what each attempt ran. It listens to the log of changes like any view does, so that neither a submission nor a start waits for
 * it, and nothing that goes wrong here reaches a training. The code is looked at when an attempt begins, not when it is submitted:
 * code runs in place, and what waits runs what is there by then.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Ran, RanDataset, RanPython } from '../../contract/ran.ts';
import { isOver } from '../../contract/status.ts';
import type { Engine, StartKey } from '../engines/engine.ts';
import type { Log } from '../log.ts';
import type { EventLog } from '../store/events.ts';
import type { ExecutionRecord, ExecutionStore } from '../store/executions.ts';
import type { ProvenanceStore } from '../store/provenance.ts';
import type { ServiceStore } from '../store/services.ts';
import { datasetOf } from './dataset.ts';
import { codeOf } from './git.ts';
import { machineOf } from './machine.ts';
import { decisive, type Interpreters } from './packages.ts';

/** The start itself goes first: its process is begun by then, and hasn't imported the code yet. */
const HEAD_START_MS = 20;

export interface Parts {
  events: EventLog;
  executions: ExecutionStore;
  services: ServiceStore;
  provenance: ProvenanceStore;
  engine: Pick<Engine, 'capacity'>;
  interpreters: Interpreters;
  /** The interpreter of the environment that was made for a start; null where the submission's own is used. */
  environmentOf(key: StartKey): string | null;
  log: Log;
}

interface Attempt {
  record: ExecutionRecord;
  /** What decides which packages its interpreter finds; the whole environment is forgotten once it is over. */
  environment: Record<string, string>;
  /** Resolves to whether it got ready. */
  ready: PromiseWithResolvers<boolean>;
  done: boolean;
}

export class Recorder {
  readonly #parts: Parts;
  readonly #code = new Shared<Awaited<ReturnType<typeof codeOf>>>();
  readonly #datasets = new Shared<RanDataset>();
  readonly #attempts = new Map<string, Attempt>();
  readonly #work = new Set<Promise<void>>();
  readonly #ending = new AbortController();
  readonly #listening: { dispose(): void };
  #seq: number;
  #due: NodeJS.Immediate | null = null;

  /** Begins to listen; attempts that are under way already are looked at now, where they weren't before. */
  constructor(parts: Parts) {
    this.#parts = parts;
    this.#seq = parts.events.head;
    this.#listening = parts.events.onChange(() => {
      this.#due ??= setImmediate(() => this.#look());
    });
    for (const record of parts.executions.live()) this.#see(record, true);
  }

  #look(): void {
    this.#due = null;
    const { events, executions } = this.#parts;
    const changes = events.since(this.#seq) ?? [];
    this.#seq = events.head;
    for (const { kind, subject } of changes) {
      const record = kind === 'run' ? executions.get(subject) : null;
      if (record !== null) this.#see(record);
      else if (kind === 'removed') this.#leave(subject, false);
    }
  }

  /** @param adopts a backend before this one may have looked at its code; that was nearer to what it ran */
  #see(record: ExecutionRecord, adopts = false): void {
    // Of what ran elsewhere nothing can be seen here.
    if (record.origin !== 'trained') return;
    const began = record.active || record.startedAt !== null;
    const known = this.#attempts.get(record.id);
    const same = known?.record.attempt === record.attempt && known.record.start === record.start;
    if (known !== undefined && !same) this.#leave(record.id, false);
    if (began && !same && !this.#isKept(record)) this.#begin(record, adopts);
    if (record.startedAt !== null || isOver(record.status)) this.#leave(record.id, record.startedAt !== null);
  }

  #isKept({ id, attempt, status }: ExecutionRecord): boolean {
    const kept = this.#parts.provenance.get(id, true);
    return kept?.attempt === attempt && (kept.python !== null || isOver(status));
  }

  #begin(record: ExecutionRecord, adopts: boolean): void {
    const { executions, services, log } = this.#parts;
    const own = executions.secrets(record.id).environment;
    const environment = decisive({ ...own, ...services.get(record.service)?.settings.env });
    const attempt = { record, environment, ready: Promise.withResolvers<boolean>(), done: false };
    this.#attempts.set(record.id, attempt);
    const work = this.#record(attempt, adopts)
      .catch((error: unknown) => {
        if (!this.#ending.signal.aborted)
          log.warn(
            `${record.id}: what it ran isn't kept (${error instanceof Error ? error.message : String(error)})`,
          );
      })
      .finally(() => {
        this.#work.delete(work);
        attempt.done = true;
        if (this.#attempts.get(record.id) === attempt) this.#forgetIfOver(record.id);
      });
    this.#work.add(work);
  }

  /** Nothing more is to be seen of an attempt but, where it got ready, its interpreter. */
  #leave(id: string, ready: boolean): void {
    const attempt = this.#attempts.get(id);
    attempt?.ready.resolve(ready);
    if (attempt?.done === true) this.#forgetIfOver(id);
  }

  /** While it lives it is remembered, so that what couldn't be told of it isn't asked for again and again. */
  #forgetIfOver(id: string): void {
    const record = this.#parts.executions.get(id);
    if (record === null || isOver(record.status)) this.#attempts.delete(id);
  }

  async #record({ record, environment, ready }: Attempt, adopts: boolean): Promise<void> {
    const { executions, provenance } = this.#parts;
    const { signal } = this.#ending;
    const submission = executions.submission(record.id);
    await delay(HEAD_START_MS, undefined, { signal });
    const kept = adopts ? provenance.get(record.id) : null;
    const ran = kept?.attempt === record.attempt ? kept : await this.#lookAt(record);
    signal.throwIfAborted();
    provenance.put(record.id, ran);
    if (!(await ready.promise)) return;
    const key = { executionId: record.id, attempt: record.attempt, start: record.start };
    const python = this.#parts.environmentOf(key) ?? submission.architecture.python;
    const told: RanPython | string = await this.#parts.interpreters
      .ask(python, environment, signal)
      .catch((error: unknown) =>
        error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
      );
    signal.throwIfAborted();
    const notes = typeof told === 'string' ? [`${python} couldn't tell its packages: ${told}.`] : [];
    provenance.put(record.id, {
      ...ran,
      python: typeof told === 'string' ? null : told,
      notes: [...ran.notes, ...notes],
    });
  }

  async #lookAt(record: ExecutionRecord): Promise<Ran> {
    const { signal } = this.#ending;
    const { dataset = null, config } = this.#parts.executions.submission(record.id).model;
    const at = new Date().toISOString();
    const { project } = record;
    const [{ code, notes }, counted, { gpus }] = await Promise.all([
      this.#code.ask(project, () => codeOf(project, signal)),
      dataset === null
        ? null
        : this.#datasets.ask(`${project}\n${dataset}`, () => datasetOf(project, dataset, signal)),
      // The tools that tell of GPUs are slow: a training without one doesn't wait for them.
      record.gpus.length === 0 ? { gpus: [] } : this.#parts.engine.capacity(),
    ]);
    return {
      attempt: record.attempt,
      at,
      code,
      python: null,
      config,
      dataset: counted,
      machine: await machineOf(record.gpus, gpus),
      notes: counted?.cut === true ? [...notes, 'The dataset is larger than was counted.'] : notes,
    };
  }

  /** Resolves once nothing is being looked at any more; what was under way is left. */
  async end(): Promise<void> {
    this.#listening.dispose();
    if (this.#due !== null) clearImmediate(this.#due);
    this.#ending.abort();
    for (const attempt of this.#attempts.values()) attempt.ready.resolve(false);
    await Promise.all(this.#work);
  }
}

/** Work of one key at a time. Who asks while it is under way shares the next with all who do: each sees what is there from then on. */
class Shared<V> {
  readonly #underWay = new Map<string, Promise<V>>();
  readonly #next = new Map<string, Promise<V>>();

  ask(key: string, work: () => Promise<V>): Promise<V> {
    const waiting = this.#next.get(key);
    if (waiting !== undefined) return waiting;
    const running = this.#underWay.get(key);
    if (running === undefined) return this.#run(key, work);
    const again = (): Promise<V> => {
      this.#next.delete(key);
      return this.#run(key, work);
    };
    const next = running.then(again, again);
    this.#next.set(key, next);
    return next;
  }

  #run(key: string, work: () => Promise<V>): Promise<V> {
    const running = work().finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, running);
    return running;
  }
}
