/** Knows for which waiting runs Set Auto-Scaling would help: what there is to train on is asked for only while some run waits so. */
import * as vscode from 'vscode';
import type { Compute, Run, Service } from '../contract/shapes.ts';
import type { Connection } from './interfaces.ts';
import { couldScale, waitsForReplica } from './runs/room.ts';
import type { Store } from './store.ts';

export class Capacity implements vscode.Disposable {
  readonly #connection: Connection;
  readonly #store: Store;
  readonly #log: vscode.LogOutputChannel;
  readonly #changed = new vscode.EventEmitter<string[]>();
  readonly #disposables: vscode.Disposable[];
  /** Execution ids for which the answer is another now. */
  readonly onDidChange = this.#changed.event;
  #scalable: ReadonlySet<string> = new Set();
  #asking = false;
  #again = false;

  constructor(connection: Connection, store: Store, log: vscode.LogOutputChannel) {
    this.#connection = connection;
    this.#store = store;
    this.#log = log;
    const look = (): void => this.#look();
    this.#disposables = [store.onDidChangeRows(look), store.onDidChangeService(look), this.#changed];
  }

  /** Whether this run could start at once if its service were allowed one replica more. */
  canScale(executionId: string): boolean {
    return this.#scalable.has(executionId);
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** What changes while it asks makes it ask once more. */
  #look(): void {
    this.#again = true;
    if (this.#asking) return;
    this.#asking = true;
    this.#lookUntilSettled()
      .catch((error: unknown) => this.#log.warn(`What is free to train on isn't known: ${String(error)}`))
      .finally(() => (this.#asking = false));
  }

  async #lookUntilSettled(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      const waiting = this.#waiting();
      const needsCompute = waiting.some(({ service }) => service.settings.instance === 'gpu');
      const compute: Compute | null = needsCompute
        ? await (await this.#connection.client()).call('compute', {})
        : null;
      this.#settle(compute);
    }
  }

  #settle(compute: Compute | null): void {
    const before = this.#scalable;
    const able = this.#waiting().filter(({ run, service }) => couldScale(run, service, compute));
    this.#scalable = new Set(able.map(({ run }) => run.executionId));
    const changed = [
      ...[...before].filter((id) => !this.#scalable.has(id)),
      ...[...this.#scalable].filter((id) => !before.has(id)),
    ];
    if (changed.length > 0) this.#changed.fire(changed);
  }

  #waiting(): { run: Run; service: Service }[] {
    return this.#store.shown().flatMap((run) => {
      const service = this.#store.service(run.service.id);
      return waitsForReplica(run, service) ? [{ run, service }] : [];
    });
  }
}
