/**
 * A test double of an engine: it has GPUs that aren't there and replicas that are entries of a map. A test says what becomes of them; it
 * notes every rule of an engine's that its caller breaks.
 */
import assert from 'node:assert/strict';
import type { Compute } from '../../src/contract/shapes.ts';
import {
  EngineUnreachable,
  type End,
  type Engine,
  type Observation,
  type Start,
  type StartKey,
} from '../../src/server/engines/engine.ts';

export interface Replica {
  start: Start;
  seen: Observation;
  stopAsked: boolean;
}

const AT = '2025-05-01T12:00:00.000Z';
const keyOf = (key: StartKey): string => `${key.executionId}/${key.attempt}/${key.start}`;

export class SimulatedEngine implements Engine {
  readonly id = 'local';
  readonly gpus: string[];
  readonly replicas = new Map<string, Replica>();
  /** Calls that did something. */
  acts = 0;
  /** Told of each new replica, before it counts as there. */
  onStart: (start: Start) => void = () => undefined;
  /** The next submission is lost: the backend died after it wrote it down. */
  loseNext = false;
  /** Why it doesn't answer, or null. What it is asked meanwhile doesn't happen. */
  unreachable: string | null = null;

  constructor(gpus: number) {
    this.gpus = Array.from({ length: gpus }, (_, i) => `GPU-${i}`);
  }

  /** Replicas that hold a place and perhaps GPUs. */
  living(): Replica[] {
    return [...this.replicas.values()].filter(
      ({ seen }) => seen.state === 'starting' || seen.state === 'running',
    );
  }

  #answer(): void {
    if (this.unreachable !== null) throw new EngineUnreachable(this.unreachable);
  }

  /** It has no processes. */
  async usage(starts: readonly unknown[]): Promise<null[]> {
    this.#answer();
    return starts.map(() => null);
  }

  async capacity(): Promise<Compute['engines'][number]> {
    this.#answer();
    return {
      id: this.id,
      cpus: 2,
      gpus: this.gpus.map((id, index) => ({
        id,
        vendor: 'nvidia',
        index,
        name: 'Simulated',
        memoryBytes: null,
        usedBytes: null,
        utilization: null,
        temperature: null,
        heldBy: null,
        foreign: null,
      })),
    };
  }

  async submit(start: Start): Promise<void> {
    this.#answer();
    if (this.replicas.has(keyOf(start))) return;
    this.acts++;
    if (this.loseNext) {
      this.loseNext = false;
      return;
    }
    for (const other of this.living()) {
      assert.notEqual(other.start.executionId, start.executionId, 'two starts of one execution at once');
      for (const gpu of start.gpus) assert.ok(!other.start.gpus.includes(gpu), `two executions on ${gpu}`);
    }
    this.onStart(start);
    this.replicas.set(keyOf(start), {
      start,
      seen: { state: 'starting', doing: 'simulating' },
      stopAsked: false,
    });
  }

  async observe(key: StartKey): Promise<Observation> {
    this.#answer();
    return this.replicas.get(keyOf(key))?.seen ?? { state: 'absent' };
  }

  async stop(key: StartKey): Promise<void> {
    this.#answer();
    const replica = this.replicas.get(keyOf(key));
    if (replica !== undefined && !replica.stopAsked) {
      this.acts++;
      replica.stopAsked = true;
      if (replica.seen.state === 'running') replica.seen = { ...replica.seen, stopping: true };
    }
  }

  /** The replica is ready. */
  makeReady(replica: Replica): void {
    if (replica.seen.state === 'starting')
      replica.seen = { state: 'running', readyAt: AT, stopping: replica.stopAsked };
  }

  /** The replica ends, as told; what isn't told is a good end. */
  finish(replica: Replica, change: Partial<End> = {}): void {
    if (replica.seen.state !== 'starting' && replica.seen.state !== 'running') return;
    const ready = replica.seen.state === 'running';
    const end: End = {
      ready,
      exit: { code: 0 },
      outcome: ready ? { kind: 'returned' } : null,
      startFailure: null,
      outOfMemory: null,
      stopped: replica.stopAsked,
      startedAt: ready ? AT : null,
      endedAt: AT,
      ...change,
    };
    replica.seen = { state: 'ended', end };
  }

  /** The replica is gone; `evidence` tells what took its place from under it, null where nothing did. */
  lose(replica: Replica, evidence: string | null): void {
    if (replica.seen.state !== 'starting' && replica.seen.state !== 'running') return;
    const ready = replica.seen.state === 'running';
    replica.seen = {
      state: 'gone',
      ready,
      reset: evidence !== null,
      evidence: evidence ?? 'its simulated process is gone',
    };
  }

  watch(_key: StartKey, _onChange: () => void): { dispose(): void } {
    return { dispose: () => undefined };
  }
  logFile(): string {
    return '/nowhere';
  }
  outputDir(): string {
    return '/nowhere';
  }
  spoolDir(): string {
    return '/nowhere';
  }
  forget(): Promise<void> {
    return Promise.resolve();
  }
  dispose(): Promise<void> {
    return Promise.resolve();
  }
}
