/** The rows of *Training Runs*: the store's runs by status. Each change costs the rows that it changes. */
import * as vscode from 'vscode';
import { STATUSES, type Status } from '../../contract/status.ts';
import type { ConnectionState } from '../interfaces.ts';
import type { Projects } from '../projects.ts';
import type { Store } from '../store.ts';
import { COMMANDS, type CommandId } from '../commands/list.ts';
import { changedGroups, groupByStatus, type Group } from './groups.ts';
import { HOVER_COMMANDS, hoverOf } from './hover.ts';
import { runItem, type Icon, type RunItem } from './item.ts';

export type RunNode = { readonly kind: 'run'; readonly executionId: string };
type GroupNode = { readonly kind: 'group'; readonly status: Status };
/** A row that runs a command: what to do where the backend failed. */
type CommandNode = { readonly kind: 'command'; readonly command: CommandId; readonly icon: string };
export type Node = RunNode | GroupNode | CommandNode;

const REMEDIES: readonly CommandNode[] = [
  { kind: 'command', command: 'trainyard.restartBackend', icon: 'debug-restart' },
  { kind: 'command', command: 'trainyard.showLog', icon: 'output' },
];

const READING_MS = 8_000;

export class RunTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #store: Store;
  readonly #projects: Projects;
  readonly #connection: { readonly state: ConnectionState };
  readonly #changed = new vscode.EventEmitter<Node | Node[] | undefined>();
  readonly #disposables: vscode.Disposable[];
  readonly onDidChangeTreeData = this.#changed.event;
  /** VS Code knows a row by its object: there is one for each. */
  readonly #groupNodes: ReadonlyMap<Status, GroupNode> = new Map(
    STATUSES.map((status) => [status, { kind: 'group', status }]),
  );
  readonly #runNodes = new Map<string, RunNode>();
  /** The descriptions as VS Code has them, by execution id. */
  readonly #shown = new Map<string, string>();
  /** Rows whose hover is being read, and whether they changed meanwhile. */
  readonly #read = new Map<string, { timer: ReturnType<typeof setTimeout>; changed: boolean }>();
  #groups: readonly Group[] | null = null;

  constructor(store: Store, projects: Projects, connection: { readonly state: ConnectionState }) {
    this.#store = store;
    this.#projects = projects;
    this.#connection = connection;
    this.#disposables = [
      store.onDidChangeRows(() => this.#regroup()),
      // Another main figure, or runs that belong to this window now.
      projects.onDidChange(() => this.refresh()),
      store.onDidChangeRun((run) => this.#redraw([run.executionId])),
      store.onDidRemoveRun((id) => {
        this.#runNodes.delete(id);
        this.#shown.delete(id);
      }),
      this.#changed,
    ];
  }

  /** Every row anew; VS Code keeps what is expanded and selected, by the rows' ids. */
  refresh(): void {
    this.#groups = null;
    this.#changed.fire(undefined);
  }

  /** Rows came, went or moved: the groups that this changes are drawn anew, and all only where a group came or went. */
  #regroup(): void {
    const before = this.#groups;
    this.#groups = null;
    const changed = before === null ? null : changedGroups(before, this.#grouped());
    if (changed === null) this.#changed.fire(undefined);
    else if (changed.length > 0) {
      this.#changed.fire(changed.flatMap((status) => this.#groupNodes.get(status) ?? []));
    }
  }

  /** The durations of what runs go on: rows that say something else by now are drawn anew. */
  tick(): void {
    const running = this.#grouped().find((group) => group.status === 'In Progress')?.runs ?? [];
    this.#redraw(
      running
        .map((run) => run.executionId)
        .filter((id) => this.#item(id)?.description !== this.#shown.get(id)),
    );
  }

  get anyRunning(): boolean {
    return this.#grouped()[0]?.status === 'In Progress';
  }

  nodeOf(executionId: string): RunNode {
    let node = this.#runNodes.get(executionId);
    if (node === undefined) {
      node = { kind: 'run', executionId };
      this.#runNodes.set(executionId, node);
    }
    return node;
  }

  getChildren(node?: Node): Node[] {
    if (node === undefined) {
      const groups = this.#grouped().flatMap(({ status }) => this.#groupNodes.get(status) ?? []);
      return this.#connection.state.kind === 'failed' ? [...REMEDIES, ...groups] : groups;
    }
    if (node.kind !== 'group') return [];
    const group = this.#grouped().find((one) => one.status === node.status);
    return (group?.runs ?? []).map((run) => this.nodeOf(run.executionId));
  }

  getParent(node: Node): Node | undefined {
    if (node.kind !== 'run') return undefined;
    const run = this.#store.get(node.executionId);
    return run === undefined ? undefined : this.#groupNodes.get(run.status);
  }

  getTreeItem(node: Node): vscode.TreeItem {
    switch (node.kind) {
      case 'group':
        return this.#groupItem(node);
      case 'run':
        return this.#runItem(node);
      case 'command':
        return remedyItem(node);
      default:
        return node satisfies never;
    }
  }

  /** The hover, when the mouse rests on a row. */
  resolveTreeItem(item: vscode.TreeItem, node: Node): vscode.TreeItem {
    if (node.kind !== 'run') return item;
    const held = this.#store.held(node.executionId);
    if (held === undefined) return item;
    this.#letRead(node.executionId);
    const markdown = new vscode.MarkdownString(
      hoverOf(held, Date.now(), {
        hints: this.#projects.hintsFor(held.run.project),
        showProject: new Set(this.#store.shown().map((run) => run.project)).size > 1,
        when: (iso) => new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' }),
      }),
      true,
    );
    markdown.isTrusted = { enabledCommands: HOVER_COMMANDS };
    item.tooltip = markdown;
    return item;
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
      return read === undefined ? (this.#runNodes.get(id) ?? []) : [];
    });
    if (nodes.length > 0) this.#changed.fire(nodes);
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
    const held = this.#store.held(executionId);
    return held === undefined ? null : runItem(held, Date.now(), this.#projects.hintsFor(held.run.project));
  }

  #grouped(): readonly Group[] {
    this.#groups ??= groupByStatus(this.#store.shown());
    return this.#groups;
  }

  #groupItem({ status }: GroupNode): vscode.TreeItem {
    const count = this.#grouped().find((group) => group.status === status)?.runs.length ?? 0;
    const item = new vscode.TreeItem(status, vscode.TreeItemCollapsibleState.Expanded);
    item.id = `group:${status}`;
    item.description = String(count);
    item.contextValue = ';group;';
    item.tooltip = `${status}: ${count}`;
    item.accessibilityInformation = { label: `${status}, ${count} ${count === 1 ? 'run' : 'runs'}` };
    return item;
  }

  #runItem({ executionId }: RunNode): vscode.TreeItem {
    const shown = this.#item(executionId);
    // It went while VS Code was about to ask for it; the next rows don't have it.
    if (shown === null) return new vscode.TreeItem('');
    this.#shown.set(executionId, shown.description);
    const item = new vscode.TreeItem(shown.label, vscode.TreeItemCollapsibleState.None);
    item.id = executionId;
    item.description = shown.description;
    item.iconPath = themeIcon(shown.icon);
    item.contextValue = shown.contextValue;
    item.accessibilityInformation = { label: shown.spoken };
    item.command = {
      command: 'trainyard.exploreMetrics' satisfies CommandId,
      title: COMMANDS['trainyard.exploreMetrics'],
      arguments: [{ kind: 'run', executionId } satisfies RunNode],
    };
    return item;
  }
}

function remedyItem({ command, icon }: CommandNode): vscode.TreeItem {
  const item = new vscode.TreeItem(COMMANDS[command]);
  item.id = command;
  item.iconPath = new vscode.ThemeIcon(icon);
  item.command = { command, title: COMMANDS[command] };
  return item;
}

export const themeIcon = ({ id, color }: Icon): vscode.ThemeIcon =>
  new vscode.ThemeIcon(id, new vscode.ThemeColor(color));
