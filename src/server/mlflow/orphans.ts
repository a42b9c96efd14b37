/** Runs that the program of a training made besides its own are ended with it, where it didn't: nobody else could. */
import type { Backend } from '../backend.ts';
import { endOrphans } from '../elsewhere.ts';
import type { MlflowRecords } from './records.ts';

type Parts = Pick<Backend, 'db' | 'events' | 'executions' | 'services'>;

export class Orphans {
  readonly #parts: Parts;
  readonly #records: MlflowRecords;
  readonly #listening: { dispose(): void };
  #seq: number;
  #due: NodeJS.Immediate | null = null;

  constructor(parts: Parts, records: MlflowRecords) {
    this.#parts = parts;
    this.#records = records;
    this.#seq = parts.events.head;
    this.#listening = parts.events.onChange(() => {
      this.#due ??= setImmediate(() => this.#look());
    });
    // Of those that ended while no backend was there.
    for (const maker of records.makers()) this.#end(maker);
  }

  #look(): void {
    this.#due = null;
    const { events } = this.#parts;
    const changes = events.since(this.#seq) ?? [];
    this.#seq = events.head;
    for (const { kind, subject } of changes) if (kind === 'run' || kind === 'removed') this.#end(subject);
  }

  #end(training: string): void {
    const unfinished = this.#records.unfinishedOf(training);
    if (unfinished.length === 0) return;
    endOrphans(this.#parts, this.#parts.executions.get(training), unfinished, new Date());
  }

  end(): void {
    this.#listening.dispose();
    if (this.#due !== null) clearImmediate(this.#due);
  }
}
