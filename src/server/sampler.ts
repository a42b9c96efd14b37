/** Measures what runs takes of its machine, every few seconds, and keeps it beside the training's own figures. */
import { MEASURED_EVERY_MS, type SystemFigure } from '../contract/figures.ts';
import type { Engine, StartKey, Usage } from './engines/engine.ts';
import type { Log } from './log.ts';
import type { Measured, Metrics } from './metrics/metrics.ts';
import { Rounds } from './rounds.ts';
import type { ExecutionRecord, ExecutionStore } from './store/executions.ts';

/** When the counters of a start stood so (`performance.now()`). */
interface Reading {
  at: number;
  usage: Usage;
}

interface Parts {
  executions: ExecutionStore;
  engine: Pick<Engine, 'usage'>;
  metrics: Pick<Metrics, 'measure'>;
  log: Log;
}

export class Sampler {
  readonly #parts: Parts;
  /** By start. */
  #readings = new Map<string, Reading>();
  readonly #rounds: Rounds;
  /** What went wrong last: each round brings it anew. */
  #trouble: string | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#rounds = new Rounds(() => this.#sample(), MEASURED_EVERY_MS);
  }

  async #sample(): Promise<void> {
    const { executions, engine, metrics, log } = this.#parts;
    const running = executions.running();
    const readings = new Map<string, Reading>();
    try {
      const asked = running.map((record) => ({ key: keyOf(record), gpus: record.gpus }));
      const usages = running.length === 0 ? [] : await engine.usage(asked);
      const now: Omit<Reading, 'usage'> = { at: performance.now() };
      for (const [i, record] of running.entries()) {
        const usage = usages[i] ?? null;
        // It may be over by now, or gone from the list.
        if (usage === null || executions.get(record.id)?.active !== true) continue;
        const name = nameOf(record);
        readings.set(name, { ...now, usage });
        const values = measured(usage, this.#readings.get(name) ?? null, now.at);
        if (values.length > 0) await metrics.measure(record.id, record.attempt, Date.now(), values);
      }
      this.#trouble = null;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (why !== this.#trouble) log.warn(`What trainings take of the machine can't be kept: ${why}`);
      this.#trouble = why;
    }
    this.#readings = readings;
  }

  /** Resolves once nothing more is measured. */
  async end(): Promise<void> {
    await this.#rounds.end();
  }
}

/**
 * What is kept of a reading. Rates are of the time since the one before: without one there are none. Pure.
 * @param at when it was read, by the same clock as `before`
 */
export function measured(usage: Usage, before: Reading | null, at: number): Measured[] {
  const values: Measured[] = [];
  const add = (figure: SystemFigure, y: number | null, legend = ''): void => {
    if (y !== null) values.push({ figure, legend, y });
  };
  const seconds = before === null ? 0 : (at - before.at) / 1000;
  const rate = (counter: 'cpuMs' | 'writtenBytes'): number | null => {
    const now = usage[counter];
    const then = before?.usage[counter] ?? null;
    // A process that somebody else waited for takes its count with it.
    return now === null || then === null || seconds <= 0 ? null : Math.max(0, now - then) / seconds;
  };
  const cpu = rate('cpuMs');
  add('system/cpu', cpu === null ? null : Math.round(cpu) / 10);
  add('system/memory', usage.memoryBytes);
  const written = rate('writtenBytes');
  add('system/disk written', written === null ? null : Math.round(written));
  for (const { index, utilization, usedBytes, temperature } of usage.gpus) {
    const legend = `GPU ${index}`;
    add('system/gpu', utilization, legend);
    add('system/gpu memory', usedBytes, legend);
    add('system/gpu temperature', temperature, legend);
  }
  return values;
}

const keyOf = ({ id, attempt, start }: ExecutionRecord): StartKey => ({ executionId: id, attempt, start });
const nameOf = ({ id, attempt, start }: ExecutionRecord): string => `${id}/${attempt}/${start}`;
