/** Rows of runs in a tree: drawn from the store, going on while they run, with a hover that is made when somebody looks. */
import * as vscode from 'vscode';
import type { Capacity } from '../capacity.ts';
import { COMMANDS } from '../commands/list.ts';
import type { Projects } from '../projects.ts';
import type { Store } from '../store.ts';
import { HOVER_COMMANDS, hoverOf } from './hover.ts';
import { runItem, type RunItem } from './item.ts';
import { runUri } from './colors.ts';
import { openRow } from './openRows.ts';
import { themeIcon, type RunNode } from './rows.ts';

const READING_MS = 8_000;

export interface RunRowsDeps {
  store: Store;
  projects: Projects;
  capacity: Capacity;
}

export class RunRows implements vscode.Disposable {
  readonly #deps: RunRowsDeps;
  readonly #view: string;
  readonly #draw: (nodes: RunNode[]) => void;
  /** VS Code knows a row by its object: there is one for each. */
  readonly #nodes = new Map<string, RunNode>();
  /** The descriptions as VS Code has them, by execution id. */
  readonly #shown = new Map<string, string>();
  /** Rows whose hover is being read, and whether they changed meanwhile. */
  readonly #read = new Map<string, { timer: ReturnType<typeof setTimeout>; changed: boolean }>();
  readonly #disposables: vscode.Disposable[];

  /** @param view the id of the tree's view  @param draw has VS Code draw these rows anew */
  constructor(deps: RunRowsDeps, view: string, draw: (nodes: RunNode[]) => void) {
    this.#deps = deps;
    this.#view = view;
    this.#draw = draw;
    const { store, capacity } = deps;
    this.#disposables = [
      store.onDidChangeRun((run) => this.#redraw([run.executionId])),
      capacity.onDidChange((ids) => this.#redraw(ids)),
      store.onDidRemoveRun((id) => {
        this.#nodes.delete(id);
        this.#shown.delete(id);
      }),
    ];
  }

  node(executionId: string): RunNode {
    let node = this.#nodes.get(executionId);
    if (node === undefined) this.#nodes.set(executionId, (node = { kind: 'run', executionId }));
    return node;
  }

  /** @param label in place of the run's name, where the rows around it say the rest of it */
  item({ executionId }: RunNode, label?: string): vscode.TreeItem {
    const shown = this.#item(executionId);
    // It went while VS Code was about to ask for it; the next rows don't have it.
    if (shown === null) return new vscode.TreeItem('');
    this.#shown.set(executionId, shown.description);
    const item = new vscode.TreeItem(label ?? shown.label, vscode.TreeItemCollapsibleState.None);
    item.id = executionId;
    // What decorates the row knows it by this.
    item.resourceUri = runUri(executionId);
    item.description = shown.description;
    item.iconPath = themeIcon(shown.icon);
    item.contextValue = shown.contextValue;
    item.accessibilityInformation = { label: shown.spoken };
    item.command = openRow(this.#view, COMMANDS[shown.opens]);
    return item;
  }

  /** What a click on the row leads to. */
  async open(node: RunNode): Promise<void> {
    const shown = this.#item(node.executionId);
    if (shown !== null) await vscode.commands.executeCommand(shown.opens, node);
  }

  /** The hover, when the mouse rests on a row. */
  resolve(item: vscode.TreeItem, { executionId }: RunNode): vscode.TreeItem {
    const { store, projects } = this.#deps;
    const held = store.held(executionId);
    if (held === undefined) return item;
    this.#letRead(executionId);
    const markdown = new vscode.MarkdownString(
      hoverOf(held, Date.now(), {
        hints: projects.hintsFor(held.run.project),
        showProject: store.severalProjects,
        when: (iso) => new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' }),
      }),
      true,
    );
    markdown.isTrusted = { enabledCommands: HOVER_COMMANDS };
    item.tooltip = markdown;
    return item;
  }

  /** The durations of what runs go on: rows that say something else by now are drawn anew. */
  tick(): void {
    const { store } = this.#deps;
    const running = [...this.#shown].filter(([id]) => store.get(id)?.status === 'In Progress');
    this.#redraw(running.flatMap(([id, shown]) => (this.#item(id)?.description === shown ? [] : [id])));
  }

  dispose(): void {
    for (const { timer } of this.#read.values()) clearTimeout(timer);
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** Rows that were never asked for aren't drawn, so there is nothing to draw anew. */
  #redraw(executionIds: readonly string[]): void {
    const nodes = executionIds.flatMap((id) => {
      const read = this.#read.get(id);
      if (read !== undefined) read.changed = true;
      return read === undefined ? (this.#nodes.get(id) ?? []) : [];
    });
    if (nodes.length > 0) this.#draw(nodes);
  }

  /** Drawing a row anew closes its hover: what changes in the next seconds waits until the hover was read. */
  #letRead(id: string): void {
    clearTimeout(this.#read.get(id)?.timer);
    const timer = setTimeout(() => {
      const changed = this.#read.get(id)?.changed === true;
      this.#read.delete(id);
      if (changed) this.#redraw([id]);
    }, READING_MS);
    this.#read.set(id, { timer, changed: this.#read.get(id)?.changed ?? false });
  }

  #item(executionId: string): RunItem | null {
    const { store, projects, capacity } = this.#deps;
    const held = store.held(executionId);
    if (held === undefined) return null;
    const hints = projects.hintsFor(held.run.project);
    return runItem(held, Date.now(), hints, capacity.canScale(executionId));
  }
}
