/** The rows of *Training Runs*: the store's runs in groups, page by page. Each change costs the rows that it changes. */
import * as vscode from 'vscode';
import type { Capacity } from '../capacity.ts';
import type { Run } from '../../contract/shapes.ts';
import type { ConnectionState } from '../interfaces.ts';
import type { Projects } from '../projects.ts';
import type { Store } from '../store.ts';
import { COMMANDS, type CommandId } from '../commands/list.ts';
import { matcher } from './filter.ts';
import { changedGroups, groupRuns, type Group } from './groups.ts';
import { HOVER_COMMANDS, hoverOf } from './hover.ts';
import { runItem, type RunItem } from './item.ts';
import {
  groupItem,
  moreItem,
  PAGE,
  remedyItem,
  themeIcon,
  type CommandNode,
  type GroupNode,
  type MoreNode,
  type Node,
  type RunNode,
} from './rows.ts';
import type { RunsSettings } from './settings.ts';

const REMEDIES: readonly CommandNode[] = [
  { kind: 'command', command: 'trainyard.restartBackend', icon: 'debug-restart' },
  { kind: 'command', command: 'trainyard.showLog', icon: 'output' },
];

const READING_MS = 8_000;

interface Grouped {
  groups: readonly Group[];
  /** Of those that pass the filter; these tick. */
  running: readonly Run[];
  matching: number;
}

export interface RunTreeDeps {
  store: Store;
  projects: Projects;
  capacity: Capacity;
  settings: RunsSettings;
  connection: { readonly state: ConnectionState };
}

export class RunTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #deps: RunTreeDeps;
  readonly #changed = new vscode.EventEmitter<Node | Node[] | undefined>();
  readonly #disposables: vscode.Disposable[];
  readonly onDidChangeTreeData = this.#changed.event;
  /** VS Code knows a row by its object: there is one for each. */
  readonly #groupNodes = new Map<string, GroupNode>();
  readonly #moreNodes = new Map<string, MoreNode>();
  readonly #runNodes = new Map<string, RunNode>();
  /** The descriptions as VS Code has them, by execution id. */
  readonly #shown = new Map<string, string>();
  /** How many rows a group shows, where that is more than a page. */
  readonly #limits = new Map<string, number>();
  /** Rows whose hover is being read, and whether they changed meanwhile. */
  readonly #read = new Map<string, { timer: ReturnType<typeof setTimeout>; changed: boolean }>();
  #grouped: Grouped | null = null;

  constructor(deps: RunTreeDeps) {
    this.#deps = deps;
    const { store, projects, capacity, settings } = deps;
    this.#disposables = [
      store.onDidChangeRows(() => this.#regroup()),
      // Another main figure, or runs that belong to this window now.
      projects.onDidChange(() => this.refresh()),
      settings.onDidChange(() => this.refresh()),
      store.onDidChangeRun((run) => this.#redraw([run.executionId])),
      capacity.onDidChange((ids) => this.#redraw(ids)),
      store.onDidRemoveRun((id) => {
        this.#runNodes.delete(id);
        this.#shown.delete(id);
      }),
      this.#changed,
    ];
  }

  /** Every row anew; VS Code keeps what is expanded and selected, by the rows' ids. */
  refresh(): void {
    this.#grouped = null;
    this.#changed.fire(undefined);
  }

  /** Rows came, went or moved: the groups that this changes are drawn anew, and all only where a group came or went. */
  #regroup(): void {
    const before = this.#grouped;
    this.#grouped = null;
    const changed =
      before === null ? null : changedGroups(before.groups, this.#now().groups, (key) => this.#limitOf(key));
    // Without groups the rows are the root's own.
    if (changed === null || (changed.length > 0 && this.#isFlat)) this.#changed.fire(undefined);
    else if (changed.length > 0) this.#changed.fire(changed.map((key) => this.#groupNode(key)));
  }

  /** The durations of what runs go on: rows that say something else by now are drawn anew. */
  tick(): void {
    this.#redraw(
      this.#now()
        .running.map((run) => run.executionId)
        .filter((id) => this.#shown.has(id) && this.#item(id)?.description !== this.#shown.get(id)),
    );
  }

  get anyRunning(): boolean {
    return this.#now().running.length > 0;
  }

  /** How many runs pass the filter. */
  get matching(): number {
    return this.#now().matching;
  }

  /** The node of a run that is shown, on a page that is shown; null where the filter hides it. */
  find(executionId: string): RunNode | null {
    // VS Code has to know of the group in which it is now.
    this.#regroup();
    for (const { key, runs } of this.#now().groups) {
      const at = runs.findIndex((run) => run.executionId === executionId);
      if (at < 0) continue;
      if (at >= this.#limitOf(key)) this.#show(key, at + 1);
      return this.#runNode(executionId);
    }
    return null;
  }

  showMore({ key }: MoreNode): void {
    this.#show(key, this.#limitOf(key) + PAGE);
  }

  getChildren(node?: Node): Node[] {
    if (node === undefined) {
      const { groups } = this.#now();
      const rows = this.#isFlat
        ? groups.flatMap((group) => this.#rowsOf(group))
        : groups.map(({ key }) => this.#groupNode(key));
      return this.#deps.connection.state.kind === 'failed' ? [...REMEDIES, ...rows] : rows;
    }
    const group = node.kind === 'group' ? this.#group(node.key) : undefined;
    return group === undefined ? [] : this.#rowsOf(group);
  }

  getParent(node: Node): Node | undefined {
    if (node.kind !== 'run' || this.#isFlat) return undefined;
    const group = this.#now().groups.find(({ runs }) =>
      runs.some((run) => run.executionId === node.executionId),
    );
    return group === undefined ? undefined : this.#groupNode(group.key);
  }

  getTreeItem(node: Node): vscode.TreeItem {
    switch (node.kind) {
      case 'group':
        return groupItem(node, this.#group(node.key), this.#severalProjects);
      case 'more':
        return moreItem(node, (this.#group(node.key)?.runs.length ?? 0) - this.#limitOf(node.key));
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
    const held = this.#deps.store.held(node.executionId);
    if (held === undefined) return item;
    this.#letRead(node.executionId);
    const markdown = new vscode.MarkdownString(
      hoverOf(held, Date.now(), {
        hints: this.#deps.projects.hintsFor(held.run.project),
        showProject: this.#severalProjects,
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
    const { store, projects, capacity } = this.#deps;
    const held = store.held(executionId);
    if (held === undefined) return null;
    const hints = projects.hintsFor(held.run.project);
    return runItem(held, Date.now(), hints, capacity.canScale(executionId));
  }

  #now(): Grouped {
    if (this.#grouped === null) {
      const { store, settings } = this.#deps;
      const runs = store.shown().filter(matcher(settings.filter));
      this.#grouped = {
        groups: groupRuns(runs, settings.groupBy),
        running: runs.filter((run) => run.status === 'In Progress'),
        matching: runs.length,
      };
    }
    return this.#grouped;
  }

  get #isFlat(): boolean {
    return this.#deps.settings.groupBy === 'none';
  }

  get #severalProjects(): boolean {
    const runs = this.#deps.store.shown();
    return runs.some((run) => run.project !== runs[0]?.project);
  }

  #group(key: string): Group | undefined {
    return this.#now().groups.find((group) => group.key === key);
  }

  #limitOf(key: string): number {
    return this.#limits.get(key) ?? PAGE;
  }

  #show(key: string, limit: number): void {
    this.#limits.set(key, limit);
    this.#changed.fire(this.#isFlat ? undefined : this.#groupNode(key));
  }

  #rowsOf({ key, runs }: Group): Node[] {
    const limit = this.#limitOf(key);
    const rows: Node[] = runs.slice(0, limit).map((run) => this.#runNode(run.executionId));
    return runs.length > limit ? [...rows, this.#moreNode(key)] : rows;
  }

  #runNode(executionId: string): RunNode {
    return obtain(this.#runNodes, executionId, () => ({ kind: 'run', executionId }));
  }

  #groupNode(key: string): GroupNode {
    return obtain(this.#groupNodes, key, () => ({ kind: 'group', key }));
  }

  #moreNode(key: string): MoreNode {
    return obtain(this.#moreNodes, key, () => ({ kind: 'more', key }));
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
      command: shown.opens satisfies CommandId,
      title: COMMANDS[shown.opens],
      arguments: [{ kind: 'run', executionId } satisfies RunNode],
    };
    return item;
  }
}

function obtain<T>(map: Map<string, T>, key: string, make: () => T): T {
  let one = map.get(key);
  if (one === undefined) map.set(key, (one = make()));
  return one;
}
