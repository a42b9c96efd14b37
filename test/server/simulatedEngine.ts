/**
 * A test double of an engine: it has GPUs that aren't there and replicas that are entries of a map. A test says what becomes of them; it
 * notes every rule of an engine's that its caller breaks.
 */
import assert from 'node:assert/strict';
import type { Compute } from '../../src/contract/shapes.ts';
import type { End, Engine, Observation, Start, StartKey } from '../../src/server/engines/engine.ts';

interface Replica {
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

  constructor(gpus: number) {
    this.gpus = Array.from({ length: gpus }, (_, i) => `GPU-${i}`);
  }

  /** Replicas that hold a place and perhaps GPUs. */
  living(): Replica[] {
    return [...this.replicas.values()].filter(
      ({ seen }) => seen.state === 'starting' || seen.state === 'running',
    );
  }

  capacity(): Promise<Compute['engines'][number]> {
    return Promise.resolve({
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
    });
  }

  submit(start: Start): Promise<void> {
    if (this.replicas.has(keyOf(start))) return Promise.resolve();
    this.acts++;
    if (this.loseNext) {
      this.loseNext = false;
      return Promise.resolve();
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
    return Promise.resolve();
  }

  observe(key: StartKey): Promise<Observation> {
    return Promise.resolve(this.replicas.get(keyOf(key))?.seen ?? { state: 'absent' });
  }

  stop(key: StartKey): Promise<void> {
    const replica = this.replicas.get(keyOf(key));
    if (replica !== undefined && !replica.stopAsked) {
      this.acts++;
      replica.stopAsked = true;
    }
    return Promise.resolve();
  }

  /** The replica is ready. */
  makeReady(replica: Replica): void {
    if (replica.seen.state === 'starting') replica.seen = { state: 'running', readyAt: AT, stopping: false };
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

  /** The replica is gone, with its machine or without. */
  lose(replica: Replica, machineRestarted: boolean): void {
    if (replica.seen.state !== 'starting' && replica.seen.state !== 'running') return;
    const ready = replica.seen.state === 'running';
    replica.seen = { state: 'gone', ready, machineRestarted, evidence: 'the simulated machine restarted' };
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
