/** The rows of *Training Runs*: the store's runs in groups, page by page. Each change costs the rows that it changes. */
import * as vscode from 'vscode';
import type { Capacity } from '../capacity.ts';
import type { ConnectionState } from '../interfaces.ts';
import type { Projects } from '../projects.ts';
import type { Store } from '../store.ts';
import { matcher } from './filter.ts';
import { changedGroups, groupRuns, type Group } from './groups.ts';
import { RunRows } from './runRows.ts';
import {
  groupItem,
  moreItem,
  PAGE,
  remedyItem,
  RUNS_VIEW,
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

interface Grouped {
  groups: readonly Group[];
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
  readonly #rows: RunRows;
  /** How many rows a group shows, where that is more than a page. */
  readonly #limits = new Map<string, number>();
  #grouped: Grouped | null = null;

  constructor(deps: RunTreeDeps) {
    this.#deps = deps;
    const { store, projects, settings } = deps;
    this.#rows = new RunRows(deps, RUNS_VIEW, (nodes) => this.#changed.fire(nodes));
    this.#disposables = [
      this.#rows,
      store.onDidChangeRows(() => this.#regroup()),
      // Another main figure, or runs that belong to this window now.
      projects.onDidChange(() => this.refresh()),
      settings.onDidChange(() => this.refresh()),
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

  /** The durations of what runs go on. */
  tick(): void {
    this.#rows.tick();
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
      return this.#rows.node(executionId);
    }
    return null;
  }

  /** What a click on a row leads to. A group only opens and closes. */
  async open(node: Node): Promise<void> {
    if (node.kind === 'run') await this.#rows.open(node);
    else if (node.kind === 'more') this.#show(node.key, this.#limitOf(node.key) + PAGE);
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
        return groupItem(node, this.#group(node.key), this.#deps.store.severalProjects);
      case 'more':
        return moreItem(node, (this.#group(node.key)?.runs.length ?? 0) - this.#limitOf(node.key));
      case 'run':
        return this.#rows.item(node);
      case 'command':
        return remedyItem(node);
      default:
        return node satisfies never;
    }
  }

  resolveTreeItem(item: vscode.TreeItem, node: Node): vscode.TreeItem {
    return node.kind === 'run' ? this.#rows.resolve(item, node) : item;
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #now(): Grouped {
    if (this.#grouped === null) {
      const { store, settings } = this.#deps;
      const runs = store.shown().filter(matcher(settings.filter));
      this.#grouped = {
        groups: groupRuns(runs, settings.groupBy),
        matching: runs.length,
      };
    }
    return this.#grouped;
  }

  get #isFlat(): boolean {
    return this.#deps.settings.groupBy === 'none';
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
    const rows: Node[] = runs.slice(0, limit).map((run) => this.#rows.node(run.executionId));
    return runs.length > limit ? [...rows, this.#moreNode(key)] : rows;
  }

  #groupNode(key: string): GroupNode {
    return obtain(this.#groupNodes, key, () => ({ kind: 'group', key }));
  }

  #moreNode(key: string): MoreNode {
    return obtain(this.#moreNodes, key, () => ({ kind: 'more', key }));
  }
}

function obtain<T>(map: Map<string, T>, key: string, make: () => T): T {
  let one = map.get(key);
  if (one === undefined) map.set(key, (one = make()));
  return one;
}
