/** The rows of *Models*: what each `trainyard.json` offers by architecture, its models, and under each its versions. */
import * as vscode from 'vscode';
import type { Run, Service } from '../../contract/shapes.ts';
import type { LoadedProject } from '../../client/project.ts';
import { titleOf, type Project } from '../projects.ts';
import { Drawn } from '../runs/drawn.ts';
import type { RunNode } from '../runs/rows.ts';
import { RunRows, type RunRowsDeps } from '../runs/runRows.ts';
import { modelsOf, modelWords, versionKey, versionsOf } from './catalog.ts';
import { architectureHover, modelHover } from './hover.ts';
import {
  architectureItem,
  brokenItem,
  keyOf,
  modelItem,
  MODELS_VIEW,
  MOST_VERSIONS,
  projectItem,
  restItem,
  type CatalogNode,
  type ModelNode,
  type ModelsNode,
} from './rows.ts';

export class ModelTree implements vscode.TreeDataProvider<ModelsNode>, vscode.Disposable {
  readonly #deps: RunRowsDeps;
  readonly #changed = new vscode.EventEmitter<ModelsNode[] | undefined>();
  readonly #disposables: vscode.Disposable[];
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #rows: RunRows;
  /** VS Code knows a row by its object: there is one for each. */
  readonly #nodes = new Map<string, CatalogNode>();
  readonly #drawn = new Drawn<CatalogNode>((node) => this.#textOf(node));
  #versions: Map<string, Run[]> | null = null;
  /** What the rows beside the versions are made of. */
  #offered = '';

  constructor(deps: RunRowsDeps) {
    this.#deps = deps;
    const { store, projects } = deps;
    this.#rows = new RunRows(deps, MODELS_VIEW, (nodes) => this.#changed.fire(nodes));
    this.#disposables = [
      this.#rows,
      projects.onDidChange(() => this.#reread()),
      store.onDidChangeRows(() => {
        this.#versions = null;
        this.#redraw();
      }),
      store.onDidChangeRun((run) => {
        this.#take(run);
        this.#redraw((node) => node.kind === 'model' && node.model === run.model.name);
      }),
      store.onDidChangeService(() => this.#redraw(({ kind }) => kind === 'architecture')),
      this.#changed,
    ];
  }

  /** What a click on a version leads to. */
  openRun(node: RunNode): Promise<void> {
    return this.#rows.open(node);
  }

  /** The durations of what runs go on. */
  tick(): void {
    this.#rows.tick();
  }

  getChildren(node?: ModelsNode): ModelsNode[] {
    if (node === undefined) {
      const all = this.#deps.projects.all ?? [];
      const [only] = all;
      if (all.length === 1 && only?.ok === true) return this.#architectures(only);
      return all.map((one) => this.#node({ kind: one.ok ? 'project' : 'broken', file: one.uri.fsPath }));
    }
    if (node.kind === 'run') return [];
    const project = this.#project(node.file);
    if (project?.ok !== true) return [];
    switch (node.kind) {
      case 'project':
        return this.#architectures(project);
      case 'architecture':
        return modelsOf(project.loaded.project, node.architecture).map((model) =>
          this.#node({ kind: 'model', file: node.file, model }),
        );
      case 'model':
        return this.#versionRows(node, project.loaded);
      case 'broken':
      case 'rest':
        return [];
      default:
        return node satisfies never;
    }
  }

  getTreeItem(node: ModelsNode): vscode.TreeItem {
    if (node.kind === 'run') {
      const version = this.#deps.store.get(node.executionId)?.model.version ?? 0;
      return this.#rows.item(node, `v${version}`);
    }
    this.#drawn.note(node);
    const project = this.#project(node.file);
    // It went while VS Code was about to ask for it; the next rows don't have it.
    if (project === undefined) return new vscode.TreeItem('');
    const title = titleOf(project.uri);
    if (!project.ok)
      return brokenItem({ kind: 'broken', file: node.file }, brokenTitle(project.uri), project.error);
    const { loaded } = project;
    switch (node.kind) {
      case 'project':
        return projectItem(node, title);
      case 'broken':
        return projectItem({ kind: 'project', file: node.file }, title);
      case 'architecture':
        return architectureItem(node, loaded, this.#service(loaded.folder, node.architecture));
      case 'model':
        return modelItem(node, this.#versionsOf(loaded.folder, node.model), loaded.project.figures ?? {});
      case 'rest':
        return restItem(node, this.#versionsOf(loaded.folder, node.model).length);
      default:
        return node satisfies never;
    }
  }

  resolveTreeItem(item: vscode.TreeItem, node: ModelsNode): vscode.TreeItem {
    if (node.kind === 'run') return this.#rows.resolve(item, node);
    const hover = this.#hoverOf(node);
    if (hover !== null) item.tooltip = new vscode.MarkdownString(hover);
    return item;
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** The files were read anew: the rows come anew only where others are there, so that none goes from under a click. */
  #reread(): void {
    const before = this.#offered;
    this.#offered = offerOf(this.#deps.projects.all ?? []);
    if (before === this.#offered) return this.#redraw();
    // Which runs belong to this window may have changed as well.
    this.#versions = null;
    this.#drawn.clear();
    this.#changed.fire(undefined);
  }

  /** A run that is listed already is exchanged; one that isn't comes with the next rows. */
  #take(run: Run): void {
    const versions = this.#versions?.get(versionKey(run.project, run.model.name)) ?? [];
    const at = versions.findIndex(({ executionId }) => executionId === run.executionId);
    if (at >= 0) versions[at] = run;
  }

  /** Draws the rows anew that say something else by now, or have a version more or less under them. */
  #redraw(among?: (node: CatalogNode) => boolean): void {
    const stale = this.#drawn.stale(among);
    if (stale.length > 0) this.#changed.fire(stale);
  }

  /** All that a row, its hover and the versions under it come from, as far as that can change while the same rows are offered. */
  #textOf(node: CatalogNode): string {
    const project = this.#project(node.file);
    if (project?.ok !== true) return '';
    const { folder, project: file } = project.loaded;
    const hover = this.#hoverOf(node) ?? '';
    if (node.kind === 'architecture')
      return `${this.#service(folder, node.architecture)?.name ?? ''}\n${hover}`;
    if (node.kind !== 'model') return '';
    const versions = this.#versionsOf(folder, node.model);
    const ids = versions.slice(0, MOST_VERSIONS).map(({ executionId }) => executionId);
    return [modelWords(versions, file.figures ?? {}), hover, ...ids].join('\n');
  }

  #hoverOf(node: CatalogNode): string | null {
    const project = this.#project(node.file);
    if (project?.ok !== true) return null;
    const { project: file } = project.loaded;
    if (node.kind === 'model') return modelHover(file, node.model);
    return node.kind === 'architecture' ? architectureHover(file, node.architecture) : null;
  }

  #architectures({ uri, loaded }: Project & { ok: true }): ModelsNode[] {
    return Object.keys(loaded.project.architectures).map((architecture) =>
      this.#node({ kind: 'architecture', file: uri.fsPath, architecture }),
    );
  }

  #versionRows({ file, model }: ModelNode, { folder }: LoadedProject): ModelsNode[] {
    const versions = this.#versionsOf(folder, model);
    const rows: ModelsNode[] = versions
      .slice(0, MOST_VERSIONS)
      .map((run): RunNode => this.#rows.node(run.executionId));
    return versions.length > MOST_VERSIONS ? [...rows, this.#node({ kind: 'rest', file, model })] : rows;
  }

  #versionsOf(project: string, model: string): readonly Run[] {
    this.#versions ??= versionsOf(this.#deps.store.shown());
    return this.#versions.get(versionKey(project, model)) ?? [];
  }

  #service(project: string, architecture: string): Service | undefined {
    return this.#deps.store
      .services()
      .find((one) => one.project === project && one.architecture.id === architecture);
  }

  #project(file: string): Project | undefined {
    return this.#deps.projects.all?.find(({ uri }) => uri.fsPath === file);
  }

  #node(node: CatalogNode): CatalogNode {
    const key = keyOf(node);
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    this.#nodes.set(key, node);
    return node;
  }
}

const brokenTitle = (uri: vscode.Uri): string => vscode.workspace.asRelativePath(uri);

function offerOf(projects: readonly Project[]): string {
  return JSON.stringify(
    projects.map((one) => {
      if (!one.ok) return [one.uri.fsPath, one.error.message];
      const { architectures, models } = one.loaded.project;
      const own = Object.entries(models).map(([name, { architecture }]) => [name, architecture]);
      return [one.uri.fsPath, Object.keys(architectures), own];
    }),
  );
}
