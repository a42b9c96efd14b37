/** The backend's runs and services as this window knows them, fed by its lists and its events. Views are functions of it. */
import * as vscode from 'vscode';
import { CallError, type Client } from '../client/api.ts';
import type { Event as BackendEvent } from '../contract/events.ts';
import { Run, type Service } from '../contract/shapes.ts';
import type { Connection, RunStore, ServiceStore } from './interfaces.ts';
import type { Projects } from './projects.ts';
import { RunCollection, type Effect } from './runs/collection.ts';
import type { Held } from './runs/item.ts';

/** The newest are there at once; the others follow in as few requests as the backend allows. */
const FIRST_PAGE = 40;
const PAGE = 1000;

export class Store implements RunStore, ServiceStore, vscode.Disposable {
  readonly #connection: Connection;
  readonly #projects: Projects;
  readonly #log: vscode.LogOutputChannel;
  readonly #runs = new RunCollection();
  readonly #services = new Map<string, Service>();
  readonly #changedRun = new vscode.EventEmitter<Run>();
  readonly #removedRun = new vscode.EventEmitter<string>();
  readonly #changedRows = new vscode.EventEmitter<void>();
  readonly #changedService = new vscode.EventEmitter<Service>();
  readonly #disposables: vscode.Disposable[];
  readonly onDidChangeRun = this.#changedRun.event;
  readonly onDidRemoveRun = this.#removedRun.event;
  readonly onDidChangeService = this.#changedService.event;
  /** Runs came, went or moved to another group, or the first list is complete. What events bring together is told once. */
  readonly onDidChangeRows = this.#changedRows.event;
  #rowsToTell: NodeJS.Immediate | null = null;
  #listed = false;

  constructor(connection: Connection, projects: Projects, log: vscode.LogOutputChannel) {
    this.#connection = connection;
    this.#projects = projects;
    this.#log = log;
    this.#disposables = [
      connection.onDidConnect(({ resumed }) => {
        if (!resumed || !this.#listed) this.#list();
      }),
      connection.onEvent((event) => this.#hear(event)),
      // What belongs to this window may be more now, or less.
      projects.onDidChange(() => {
        if (this.#listed) this.#changedRows.fire();
      }),
      this.#changedRun,
      this.#removedRun,
      this.#changedRows,
      this.#changedService,
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

  /** Whether one that belongs to this window runs. */
  get anyRunning(): boolean {
    for (const run of this.#runs.runs()) {
      if (run.status === 'In Progress' && this.#projects.includes(run.project)) return true;
    }
    return false;
  }

  /** Whether what is shown belongs to more projects than one: each then stands beside its name. */
  get severalProjects(): boolean {
    let first: string | null = null;
    for (const run of this.#runs.runs()) {
      if (run.project === first || !this.#projects.includes(run.project)) continue;
      if (first !== null) return true;
      first = run.project;
    }
    return false;
  }

  /** The version of the same model that was trained before this one and is still kept. */
  versionBefore({ project, model }: Run): Run | undefined {
    let before: Run | undefined;
    for (const run of this.#runs.runs()) {
      if (run.project !== project || run.model.name !== model.name) continue;
      if (run.model.version >= model.version) continue;
      if (before === undefined || run.model.version > before.model.version) before = run;
    }
    return before;
  }

  service(id: string): Service | undefined {
    return this.#services.get(id);
  }

  services(): Service[] {
    return [...this.#services.values()].filter((service) => this.#projects.includes(service.project));
  }

  /** Takes what the backend answered, and tells of it at once: the event with the same comes later, and changes nothing more. */
  put(run: Run): void {
    if (this.#take(run)) this.#changedRows.fire();
  }

  putService(service: Service): void {
    this.#services.set(service.id, service);
    this.#changedService.fire(service);
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
    if (this.#rowsToTell !== null) clearImmediate(this.#rowsToTell);
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

  #hear(event: BackendEvent): void {
    switch (event.event) {
      case 'run':
        if (this.#take(event.data)) this.#tellRows();
        return;
      case 'removed':
        if (!this.#runs.remove(event.data.executionId)) return;
        this.#removedRun.fire(event.data.executionId);
        return this.#tellRows();
      case 'service':
        return this.putService(event.data);
      case 'ready':
      case 'reset':
        return;
      default:
        event satisfies never;
    }
  }

  /** @returns whether rows came or moved */
  #take(run: Run): boolean {
    const effect: Effect = this.#runs.put(run, Date.now());
    if (effect !== 'none') this.#changedRun.fire(run);
    return effect === 'rows';
  }

  #tellRows(): void {
    this.#rowsToTell ??= setImmediate(() => {
      this.#rowsToTell = null;
      this.#changedRows.fire();
    });
  }

  #list(): void {
    this.#listAll().catch((error: unknown) => {
      // The connection says for itself that it broke, and lists again when it stands.
      this.#log.warn(`The lists broke off: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  async #listAll(): Promise<void> {
    const client = await this.#connection.client();
    await Promise.all([this.#listServices(client), this.#listRuns(client)]);
  }

  async #listServices(client: Client): Promise<void> {
    const { services } = await client.call('listServices', {});
    for (const service of services) this.putService(service);
  }

  /** Page by page, newest first: the first page shows while the others are on their way. */
  async #listRuns(client: Client): Promise<void> {
    const began = performance.now();
    const listing = this.#runs.list();
    let cursor: string | undefined;
    do {
      const limit = cursor === undefined ? FIRST_PAGE : PAGE;
      const page = await client.call('listRuns', { query: { limit, cursor } });
      const changed = listing.page(page.runs, Date.now());
      for (const { run } of changed) this.#changedRun.fire(run);
      if (changed.some(({ effect }) => effect === 'rows')) this.#changedRows.fire();
      if (cursor === undefined)
        this.#log.info(`First runs after ${Math.round(performance.now() - began)} ms`);
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    const gone = listing.end();
    for (const id of gone) this.#removedRun.fire(id);
    this.#listed = true;
    this.#changedRows.fire();
    this.#log.info(`${this.#runs.size} run(s) known after ${Math.round(performance.now() - began)} ms`);
  }
}
