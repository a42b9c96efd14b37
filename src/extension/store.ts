/** The backend's runs as this window knows them, fed by its list and its events. Views are functions of it. */
import * as vscode from 'vscode';
import { CallError, type Client } from '../client/api.ts';
import { Run } from '../contract/shapes.ts';
import type { Connection, RunStore } from './interfaces.ts';
import type { Projects } from './projects.ts';
import { RunCollection, type Effect } from './runs/collection.ts';
import type { Held } from './runs/item.ts';

const PAGE = 1000;

export class Store implements RunStore, vscode.Disposable {
  readonly #connection: Connection;
  readonly #projects: Projects;
  readonly #log: vscode.LogOutputChannel;
  readonly #runs = new RunCollection();
  readonly #changedRun = new vscode.EventEmitter<Run>();
  readonly #removedRun = new vscode.EventEmitter<string>();
  readonly #changedRows = new vscode.EventEmitter<void>();
  readonly #disposables: vscode.Disposable[];
  readonly onDidChangeRun = this.#changedRun.event;
  readonly onDidRemoveRun = this.#removedRun.event;
  /** A run came, went or moved to another group, or the first list is complete. */
  readonly onDidChangeRows = this.#changedRows.event;
  #listed = false;

  constructor(connection: Connection, projects: Projects, log: vscode.LogOutputChannel) {
    this.#connection = connection;
    this.#projects = projects;
    this.#log = log;
    this.#disposables = [
      connection.onDidConnect(({ resumed }) => {
        if (!resumed || !this.#listed) this.#list();
      }),
      connection.onEvent((event) => {
        if (event.event === 'run') this.put(event.data);
        else if (event.event === 'removed') this.#drop(event.data.executionId);
      }),
      // What belongs to this window may be more now, or less.
      projects.onDidChange(() => {
        if (this.#listed) this.#changedRows.fire();
      }),
      this.#changedRun,
      this.#removedRun,
      this.#changedRows,
    ];
  }

  /** Whether a list of all runs was complete once: an empty store then means that there are none. */
  get listed(): boolean {
    return this.#listed;
  }

  get(executionId: string): Run | undefined {
    return this.#runs.get(executionId)?.run;
  }

  held(executionId: string): Held | undefined {
    return this.#runs.get(executionId);
  }

  /** The runs that belong to this window. */
  shown(): Run[] {
    return [...this.#runs.runs()].filter((run) => this.#projects.includes(run.project));
  }

  /** Takes what the backend answered: the event with the same comes later, and changes nothing more. */
  put(run: Run): void {
    this.#tell(run, this.#runs.put(run, Date.now()));
  }

  async ensure(executionIds: readonly string[]): Promise<Run[]> {
    const missing = executionIds.filter((id) => this.get(id) === undefined);
    if (missing.length > 0) {
      const client = await this.#connection.client();
      await Promise.all(missing.map((id) => this.#load(client, id)));
    }
    return executionIds.flatMap((id) => this.get(id) ?? []);
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  async #load(client: Client, id: string): Promise<void> {
    try {
      // A detail is a run and more; the more isn't kept.
      this.put(Run.parse(await client.call('getRun', { params: { id } })));
    } catch (error) {
      if (!(error instanceof CallError && error.status === 404)) throw error;
    }
  }

  #tell(run: Run, effect: Effect): void {
    if (effect === 'none') return;
    this.#changedRun.fire(run);
    if (effect === 'rows') this.#changedRows.fire();
  }

  #drop(executionId: string): void {
    if (!this.#runs.remove(executionId)) return;
    this.#removedRun.fire(executionId);
    this.#changedRows.fire();
  }

  #list(): void {
    this.#listAll().catch((error: unknown) => {
      // The connection says for itself that it broke, and lists again when it stands.
      this.#log.warn(`The list of runs broke off: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  /** Page by page, newest first: the first page shows while the others are on their way. */
  async #listAll(): Promise<void> {
    const client = await this.#connection.client();
    const listing = this.#runs.list();
    let cursor: string | undefined;
    do {
      const page = await client.call('listRuns', { query: { limit: PAGE, cursor } });
      const changed = listing.page(page.runs, Date.now());
      for (const { run } of changed) this.#changedRun.fire(run);
      if (changed.some(({ effect }) => effect === 'rows')) this.#changedRows.fire();
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    const gone = listing.end();
    for (const id of gone) this.#removedRun.fire(id);
    this.#listed = true;
    this.#changedRows.fire();
    this.#log.info(`${this.#runs.size} run(s) known`);
  }
}
