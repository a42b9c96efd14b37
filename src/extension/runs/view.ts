/** The view *Training Runs*: its tree, what it says where there are no rows, and the clock of what runs. */
import * as vscode from 'vscode';
import type { BackendConnection } from '../backend.ts';
import type { Projects } from '../projects.ts';
import type { Store } from '../store.ts';
import { RunTree, type Node } from './tree.ts';
import { viewState } from './viewState.ts';

const TICK_MS = 1000;

export class RunsView implements vscode.Disposable {
  readonly #connection: BackendConnection;
  readonly #projects: Projects;
  readonly #store: Store;
  readonly #log: vscode.LogOutputChannel;
  readonly #tree: RunTree;
  readonly #view: vscode.TreeView<Node>;
  readonly #disposables: vscode.Disposable[];
  #clock: ReturnType<typeof setInterval> | null = null;
  #key = '';

  constructor(connection: BackendConnection, projects: Projects, store: Store, log: vscode.LogOutputChannel) {
    this.#connection = connection;
    this.#projects = projects;
    this.#store = store;
    this.#log = log;
    this.#tree = new RunTree(store, projects, connection);
    this.#view = vscode.window.createTreeView('trainyard.runs', { treeDataProvider: this.#tree });
    const update = (): void => this.#update();
    this.#disposables = [
      this.#view,
      this.#tree,
      connection.onDidChangeState(() => {
        this.#tree.refresh();
        update();
      }),
      store.onDidChangeRows(update),
      projects.onDidChange(update),
      this.#view.onDidChangeVisibility(() => this.#setClock()),
    ];
    this.#update();
  }

  get visible(): boolean {
    return this.#view.visible;
  }

  /** Selects a run's row; the focus stays where it is. */
  async reveal(executionId: string): Promise<void> {
    await this.#view.reveal(this.#tree.nodeOf(executionId), { select: true, focus: false });
  }

  dispose(): void {
    if (this.#clock !== null) clearInterval(this.#clock);
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #update(): void {
    const projects = this.#projects.all;
    const { key, message } = viewState({
      connection: this.#connection.state,
      listed: this.#store.listed,
      runs: this.#store.shown().length,
      hasProject: projects === null ? null : projects.length > 0,
      hasFolder: (vscode.workspace.workspaceFolders ?? []).length > 0,
    });
    this.#view.message = message ?? '';
    if (key !== this.#key) {
      this.#key = key;
      vscode.commands
        .executeCommand('setContext', 'trainyard.view', key)
        .then(undefined, (error: unknown) => {
          this.#log.error(`The view's state isn't known to VS Code: ${String(error)}`);
        });
    }
    this.#setClock();
  }

  /** Ticks while somebody looks and something runs; without a connection nobody knows whether it still does. */
  #setClock(): void {
    const wanted = this.#view.visible && this.#connection.state.kind === 'connected' && this.#tree.anyRunning;
    if (wanted && this.#clock === null) {
      this.#tree.tick();
      this.#clock = setInterval(() => this.#tree.tick(), TICK_MS);
    } else if (!wanted && this.#clock !== null) {
      clearInterval(this.#clock);
      this.#clock = null;
    }
  }
}
