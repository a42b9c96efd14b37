/** The view *Training Runs*: its tree, its title and badge, what it says where there are no rows, and the clock of what runs. */
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { activityOf, badgeOf, newestBroken } from './attention.ts';
import { keepTime } from './clock.ts';
import { filterText, isFiltering } from './filter.ts';
import { openRows } from './openRows.ts';
import { RUNS_VIEW, type Node } from './rows.ts';
import { RunTree, type RunTreeDeps } from './tree.ts';
import { viewState } from './viewState.ts';
import type { BackendConnection } from '../backend.ts';

const REVEAL_TRIES = 10;
const REVEAL_AGAIN_MS = 50;
const SEEN = 'trainyard.runs.seenUntil';

export interface RunsViewDeps extends RunTreeDeps {
  connection: BackendConnection;
  /** The workspace's. */
  kept: vscode.Memento;
  log: vscode.LogOutputChannel;
}

export class RunsView implements vscode.Disposable {
  readonly #deps: RunsViewDeps;
  readonly #tree: RunTree;
  readonly #view: vscode.TreeView<Node>;
  readonly #disposables: vscode.Disposable[];
  readonly #contexts = new Map<string, unknown>();
  /** What had broken until then was in sight once (ISO 8601), or was long ago when this workspace first had the view. */
  #seenUntil: string;

  constructor(deps: RunsViewDeps) {
    this.#deps = deps;
    const { connection, projects, store, settings, kept } = deps;
    this.#seenUntil = kept.get<string>(SEEN) ?? '';
    if (this.#seenUntil === '') this.#see(new Date().toISOString());
    this.#tree = new RunTree(deps);
    this.#view = vscode.window.createTreeView(RUNS_VIEW, {
      treeDataProvider: this.#tree,
      canSelectMany: true,
      showCollapseAll: true,
    });
    const update = (): void => this.#update();
    this.#disposables = [
      this.#view,
      this.#tree,
      keepTime(this.#view, () => this.#tree.tick(), deps),
      connection.onDidChangeState(() => {
        this.#tree.refresh();
        update();
      }),
      store.onDidChangeRows(update),
      store.onDidChangeService(() => this.#setBadge()),
      projects.onDidChange(update),
      settings.onDidChange(update),
      this.#view.onDidChangeVisibility(update),
      vscode.window.onDidChangeWindowState(() => this.#setBadge()),
      openRows(this.#view, RUNS_VIEW, (node) => this.#tree.open(node)),
    ];
    this.#update();
  }

  get visible(): boolean {
    return this.#view.visible;
  }

  /**
   * Selects a run's row, unless the filter hides it; the focus stays where it is. Never rejects: where the row can't be found while rows
   * move, what happened to the run has happened all the same.
   */
  async reveal(executionId: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      const node = this.#tree.find(executionId);
      if (node === null) return;
      try {
        await this.#view.reveal(node, { select: true, focus: false });
        return;
      } catch (error) {
        // It moved to another group while VS Code looked for it in the one before, or all rows are just being drawn anew.
        if (tries === REVEAL_TRIES) {
          this.#deps.log.warn(`The row of ${executionId} can't be shown: ${String(error)}`);
          return;
        }
        await delay(REVEAL_AGAIN_MS);
      }
    }
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #update(): void {
    const { connection, store, settings } = this.#deps;
    const projects = this.#deps.projects.all;
    const filtering = isFiltering(settings.filter);
    const text = filterText(settings.filter);
    const { key, message } = viewState({
      connection: connection.state,
      listed: store.listed,
      runs: store.shown().length,
      filter: filtering ? { text, matching: this.#tree.matching } : null,
      hasProject: projects === null ? null : projects.length > 0,
      hasFolder: (vscode.workspace.workspaceFolders ?? []).length > 0,
    });
    this.#view.message = message ?? '';
    this.#view.description = text;
    this.#setContext('trainyard.view', key);
    this.#setContext('trainyard.filtered', filtering);
    this.#setBadge();
  }

  /** Whoever has the view before their eyes has seen what is in it. */
  #setBadge(): void {
    const { store } = this.#deps;
    const runs = store.shown();
    if (this.#view.visible && vscode.window.state.focused) this.#see(newestBroken(runs, this.#seenUntil));
    const badge = badgeOf(runs, activityOf(runs, store.services()), this.#seenUntil);
    const before = this.#view.badge;
    if (before?.value === badge?.value && before?.tooltip === badge?.tooltip) return;
    this.#view.badge = badge ?? undefined;
  }

  #see(until: string): void {
    if (until === this.#seenUntil) return;
    this.#seenUntil = until;
    const { kept, log } = this.#deps;
    kept.update(SEEN, until).then(undefined, (error: unknown) => log.error(String(error)));
  }

  #setContext(name: string, value: unknown): void {
    if (this.#contexts.get(name) === value) return;
    this.#contexts.set(name, value);
    vscode.commands.executeCommand('setContext', name, value).then(undefined, (error: unknown) => {
      this.#deps.log.error(`The view's state isn't known to VS Code: ${String(error)}`);
    });
  }
}
