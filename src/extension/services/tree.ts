/** The rows of *Services*: each service that exists, and under it its queue in order. */
import path from 'node:path';
import * as vscode from 'vscode';
import { COMMANDS, type CommandId } from '../commands/list.ts';
import type { Run, Service } from '../../contract/shapes.ts';
import { themeIcon, type RunNode } from '../runs/rows.ts';
import { RunRows, type RunRowsDeps } from '../runs/runRows.ts';
import { SERVICE_HOVER_COMMANDS, serviceHover } from './hover.ts';
import { serviceItem } from './item.ts';
import { queuesOf } from './queue.ts';

export type ServiceNode = { readonly kind: 'service'; readonly serviceId: string };
/** The row after those of a long queue; a click shows all on the service's page. */
type RestNode = { readonly kind: 'rest'; readonly serviceId: string };
export type ServiceTreeNode = ServiceNode | RunNode | RestNode;

/** Rows of a queue that are shown. */
const MOST_ROWS = 100;

export class ServiceTree implements vscode.TreeDataProvider<ServiceTreeNode>, vscode.Disposable {
  readonly #deps: RunRowsDeps;
  readonly #changed = new vscode.EventEmitter<ServiceTreeNode[] | undefined>();
  readonly #disposables: vscode.Disposable[];
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #rows: RunRows;
  /** VS Code knows a row by its object: there is one for each. */
  readonly #nodes = new Map<string, { service: ServiceNode; rest: RestNode }>();
  #queues: Map<string, Run[]> | null = null;

  constructor(deps: RunRowsDeps) {
    this.#deps = deps;
    const { store, projects, capacity } = deps;
    this.#rows = new RunRows(deps, (nodes) => this.#changed.fire(nodes));
    this.#disposables = [
      this.#rows,
      store.onDidChangeRows(() => this.#requeue()),
      store.onDidChangeService(({ id }) => {
        const node = this.#nodes.get(id)?.service;
        this.#changed.fire(node === undefined ? undefined : [node]);
      }),
      // One that waits could start, or could no longer: that is offered on its service, too.
      capacity.onDidChange(() => this.#changed.fire([...this.#nodes.values()].map(({ service }) => service))),
      // What belongs to this window may be more now, or less.
      projects.onDidChange(() => {
        this.#queues = null;
        this.#changed.fire(undefined);
      }),
      this.#changed,
    ];
  }

  /** The durations of what runs go on. */
  tick(): void {
    this.#rows.tick(this.#running());
  }

  get anyRunning(): boolean {
    return this.#running().length > 0;
  }

  getChildren(node?: ServiceTreeNode): ServiceTreeNode[] {
    if (node === undefined) return this.#deps.store.services().map(({ id }) => this.#nodesOf(id).service);
    if (node.kind !== 'service') return [];
    const queue = this.#queue(node.serviceId);
    const rows: ServiceTreeNode[] = queue.slice(0, MOST_ROWS).map((run) => this.#rows.node(run.executionId));
    return queue.length > MOST_ROWS ? [...rows, this.#nodesOf(node.serviceId).rest] : rows;
  }

  getTreeItem(node: ServiceTreeNode): vscode.TreeItem {
    switch (node.kind) {
      case 'service':
        return this.#serviceItem(node);
      case 'run':
        return this.#rows.item(node);
      case 'rest':
        return this.#restItem(node);
      default:
        return node satisfies never;
    }
  }

  resolveTreeItem(item: vscode.TreeItem, node: ServiceTreeNode): vscode.TreeItem {
    if (node.kind === 'run') return this.#rows.resolve(item, node);
    const service = node.kind === 'service' ? this.#deps.store.service(node.serviceId) : undefined;
    if (service === undefined) return item;
    const markdown = new vscode.MarkdownString(
      serviceHover(service, {
        showProject: this.#severalProjects,
        when: (iso) => new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' }),
      }),
      true,
    );
    markdown.isTrusted = { enabledCommands: SERVICE_HOVER_COMMANDS };
    item.tooltip = markdown;
    return item;
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** Runs came, went or moved: the queues that this changes are drawn anew. */
  #requeue(): void {
    const before = this.#queues ?? new Map<string, Run[]>();
    this.#queues = null;
    const changed = [...this.#nodes].filter(([id]) => !isSame(before.get(id) ?? [], this.#queue(id)));
    // VS Code indents the rows by whether one of them can be opened.
    if (changed.some(([id]) => before.has(id) !== this.#all.has(id))) this.#changed.fire(undefined);
    else if (changed.length > 0) this.#changed.fire(changed.map(([, { service }]) => service));
  }

  get #all(): ReadonlyMap<string, readonly Run[]> {
    return (this.#queues ??= queuesOf(this.#deps.store.shown()));
  }

  #queue(serviceId: string): readonly Run[] {
    return this.#all.get(serviceId) ?? [];
  }

  #running(): string[] {
    const runs = [...this.#all.values()].flat();
    return runs.filter(({ status }) => status === 'In Progress').map((run) => run.executionId);
  }

  get #severalProjects(): boolean {
    const services = this.#deps.store.services();
    return services.some(({ project }) => project !== services[0]?.project);
  }

  #nodesOf(serviceId: string): { service: ServiceNode; rest: RestNode } {
    let nodes = this.#nodes.get(serviceId);
    if (nodes === undefined) {
      nodes = { service: { kind: 'service', serviceId }, rest: { kind: 'rest', serviceId } };
      this.#nodes.set(serviceId, nodes);
    }
    return nodes;
  }

  #serviceItem({ serviceId }: ServiceNode): vscode.TreeItem {
    const service: Service | undefined = this.#deps.store.service(serviceId);
    if (service === undefined) return new vscode.TreeItem('');
    const queue = this.#queue(serviceId);
    const scalable = queue.some((run) => this.#deps.capacity.canScale(run.executionId));
    const project = this.#severalProjects ? path.basename(service.project) : null;
    const shown = serviceItem(service, scalable, project);
    const { Expanded, None } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(shown.label, queue.length > 0 ? Expanded : None);
    item.id = `service:${serviceId}`;
    item.description = shown.description;
    item.iconPath = themeIcon(shown.icon);
    item.contextValue = shown.contextValue;
    item.accessibilityInformation = { label: shown.spoken };
    item.command = commandOn('trainyard.showService', serviceId);
    return item;
  }

  #restItem({ serviceId }: RestNode): vscode.TreeItem {
    const hidden = this.#queue(serviceId).length - MOST_ROWS;
    const item = new vscode.TreeItem(`${hidden.toLocaleString('en')} More…`);
    item.id = `rest:${serviceId}`;
    item.iconPath = new vscode.ThemeIcon('ellipsis');
    item.tooltip = 'The page of the service shows all of them.';
    item.command = commandOn('trainyard.showServiceExecutions', serviceId);
    return item;
  }
}

const commandOn = (command: CommandId, id: string): vscode.Command => ({
  command,
  title: COMMANDS[command],
  arguments: [id],
});

/** Whether the same rows show, in the same order. */
function isSame(before: readonly Run[], after: readonly Run[]): boolean {
  if (before.length !== after.length) return false;
  return after.slice(0, MOST_ROWS).every((run, i) => run.executionId === before[i]?.executionId);
}
