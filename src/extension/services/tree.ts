/** The rows of *Services*: each service that exists, and under it its queue in order. */
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { COMMANDS, type CommandId } from '../commands/list.ts';
import type { Run, Service } from '../../contract/shapes.ts';
import { Drawn } from '../runs/drawn.ts';
import { openRow } from '../runs/openRows.ts';
import { themeIcon, type RunNode } from '../runs/rows.ts';
import { RunRows, type RunRowsDeps } from '../runs/runRows.ts';
import { SERVICE_HOVER_COMMANDS, serviceHover } from './hover.ts';
import { serviceItem, type ServiceItem } from './item.ts';
import { queuesOf } from './queue.ts';

export type ServiceNode = { readonly kind: 'service'; readonly serviceId: string };
/** The row after those of a long queue; a click shows all on the service's page. */
type RestNode = { readonly kind: 'rest'; readonly serviceId: string };
export type ServiceTreeNode = ServiceNode | RunNode | RestNode;

export const SERVICES_VIEW = 'trainyard.services';

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
  readonly #drawn = new Drawn<ServiceNode>((node) => this.#textOf(node.serviceId));
  /** The services as VS Code has them. */
  #outline = '';
  #queues: Map<string, Run[]> | null = null;

  constructor(deps: RunRowsDeps) {
    this.#deps = deps;
    const { store, projects, capacity } = deps;
    this.#rows = new RunRows(deps, SERVICES_VIEW, (nodes) => this.#changed.fire(nodes));
    this.#disposables = [
      this.#rows,
      store.onDidChangeRows(() => this.#requeue()),
      store.onDidChangeService(() => this.#redraw()),
      // One that waits could start, or could no longer: that is offered on its service, too.
      capacity.onDidChange(() => this.#redraw()),
      // What belongs to this window may be more now, or less.
      projects.onDidChange(() => this.#requeue()),
      this.#changed,
    ];
  }

  /** The durations of what runs go on. */
  tick(): void {
    this.#rows.tick();
  }

  getChildren(node?: ServiceTreeNode): ServiceTreeNode[] {
    if (node === undefined) {
      this.#outline = this.#outlineNow();
      return this.#deps.store.services().map(({ id }) => this.#nodesOf(id).service);
    }
    if (node.kind !== 'service') return [];
    const queue = this.#queue(node.serviceId);
    const rows: ServiceTreeNode[] = queue.slice(0, MOST_ROWS).map((run) => this.#rows.node(run.executionId));
    return queue.length > MOST_ROWS ? [...rows, this.#nodesOf(node.serviceId).rest] : rows;
  }

  getTreeItem(node: ServiceTreeNode): vscode.TreeItem {
    switch (node.kind) {
      case 'service':
        this.#drawn.note(node);
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
    const markdown = new vscode.MarkdownString(this.#hoverOf(service), true);
    markdown.isTrusted = { enabledCommands: SERVICE_HOVER_COMMANDS };
    item.tooltip = markdown;
    return item;
  }

  /** What a click on a row leads to. */
  async open(node: ServiceTreeNode): Promise<void> {
    if (node.kind === 'run') return this.#rows.open(node);
    const leads: CommandId =
      node.kind === 'service' ? 'trainyard.showService' : 'trainyard.showServiceExecutions';
    await vscode.commands.executeCommand(leads, node.serviceId);
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** Runs came, went or moved. */
  #requeue(): void {
    this.#queues = null;
    this.#redraw();
  }

  /** Draws anew what shows something else by now: a service with its queue, or all where a service came or went. */
  #redraw(): void {
    if (this.#outline !== this.#outlineNow()) {
      this.#drawn.clear();
      this.#changed.fire(undefined);
      return;
    }
    const stale = this.#drawn.stale();
    if (stale.length > 0) this.#changed.fire(stale);
  }

  /** VS Code indents the rows by whether one of them can be opened, so that belongs to it. */
  #outlineNow(): string {
    return JSON.stringify(this.#deps.store.services().map(({ id }) => [id, this.#queue(id).length > 0]));
  }

  #queue(serviceId: string): readonly Run[] {
    this.#queues ??= queuesOf(this.#deps.store.shown());
    return this.#queues.get(serviceId) ?? [];
  }

  /** All that a service's row, its hover and the rows under it come from. */
  #textOf(serviceId: string): string {
    const service = this.#deps.store.service(serviceId);
    if (service === undefined) return '';
    const queue = this.#queue(serviceId);
    const rows = queue.slice(0, MOST_ROWS).map(({ executionId }) => executionId);
    return JSON.stringify([this.#shown(service), this.#hoverOf(service), rows, queue.length]);
  }

  #shown(service: Service): ServiceItem {
    const scalable = this.#queue(service.id).some((run) => this.#deps.capacity.canScale(run.executionId));
    return serviceItem(service, scalable, this.#severalProjects ? path.basename(service.project) : null);
  }

  #hoverOf(service: Service): string {
    return serviceHover(service, {
      showProject: this.#severalProjects,
      when: (iso) => new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' }),
    });
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
    const service = this.#deps.store.service(serviceId);
    if (service === undefined) return new vscode.TreeItem('');
    const shown = this.#shown(service);
    const { Expanded, None } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(shown.label, this.#queue(serviceId).length > 0 ? Expanded : None);
    item.id = `service:${serviceId}`;
    item.description = shown.description;
    item.iconPath = themeIcon(shown.icon);
    item.contextValue = shown.contextValue;
    item.accessibilityInformation = { label: shown.spoken };
    item.command = openRow(SERVICES_VIEW, COMMANDS['trainyard.showService']);
    return item;
  }

  #restItem({ serviceId }: RestNode): vscode.TreeItem {
    const hidden = this.#queue(serviceId).length - MOST_ROWS;
    const item = new vscode.TreeItem(l10n.t('{0} More…', hidden.toLocaleString('en')));
    item.id = `rest:${serviceId}`;
    item.iconPath = new vscode.ThemeIcon('ellipsis');
    item.tooltip = l10n.t('The page of the service shows all of them.');
    item.command = openRow(SERVICES_VIEW, COMMANDS['trainyard.showServiceExecutions']);
    return item;
  }
}
