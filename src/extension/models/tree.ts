/** The rows of *Models*: what each `trainyard.json` offers by architecture, its models, and under each its versions. */
import * as vscode from 'vscode';
import type { Run, Service } from '../../contract/shapes.ts';
import type { LoadedProject } from '../../client/project.ts';
import { titleOf, type Project } from '../projects.ts';
import type { RunNode } from '../runs/rows.ts';
import { RunRows, type RunRowsDeps } from '../runs/runRows.ts';
import { modelsOf, modelWords, versionKey, versionsOf } from './catalog.ts';
import { architectureHover, modelHover } from './hover.ts';
import {
  architectureItem,
  brokenItem,
  keyOf,
  modelItem,
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
  /** The models whose rows VS Code has, with what stood beside them. */
  readonly #shown = new Map<ModelNode, string>();
  #versions: Map<string, Run[]> | null = null;
  /** What the rows beside the versions are made of. */
  #offered = '';

  constructor(deps: RunRowsDeps) {
    this.#deps = deps;
    const { store, projects } = deps;
    this.#rows = new RunRows(deps, (nodes) => this.#changed.fire(nodes));
    this.#disposables = [
      this.#rows,
      projects.onDidChange(() => this.#reread()),
      store.onDidChangeRows(() => {
        this.#versions = null;
        this.#redraw();
      }),
      store.onDidChangeRun((run) => {
        this.#take(run);
        this.#redraw(run);
      }),
      store.onDidChangeService((service) => this.#redrawArchitecture(service)),
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
      case 'model': {
        const versions = this.#versionsOf(loaded.folder, node.model);
        const hints = loaded.project.figures ?? {};
        this.#shown.set(node, modelWords(versions, hints));
        return modelItem(node, versions, hints);
      }
      case 'rest':
        return restItem(node, this.#versionsOf(loaded.folder, node.model).length);
      default:
        return node satisfies never;
    }
  }

  resolveTreeItem(item: vscode.TreeItem, node: ModelsNode): vscode.TreeItem {
    if (node.kind === 'run') return this.#rows.resolve(item, node);
    const project = this.#project(node.file);
    if (project?.ok !== true) return item;
    if (node.kind === 'model')
      item.tooltip = new vscode.MarkdownString(modelHover(project.loaded.project, node.model));
    if (node.kind === 'architecture')
      item.tooltip = new vscode.MarkdownString(architectureHover(project.loaded.project, node.architecture));
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
    this.#shown.clear();
    this.#changed.fire(undefined);
  }

  /** A run that is listed already is exchanged; one that isn't comes with the next rows. */
  #take(run: Run): void {
    const versions = this.#versions?.get(versionKey(run.project, run.model.name)) ?? [];
    const at = versions.findIndex(({ executionId }) => executionId === run.executionId);
    if (at >= 0) versions[at] = run;
  }

  /** Draws the models anew that say something else by now, or have a version more or less. */
  #redraw(run?: Run): void {
    const changed = [...this.#shown.keys()].filter((node) => {
      const project = this.#project(node.file);
      if (project?.ok !== true || (run !== undefined && run.model.name !== node.model)) return false;
      const { folder, project: file } = project.loaded;
      return modelWords(this.#versionsOf(folder, node.model), file.figures ?? {}) !== this.#shown.get(node);
    });
    if (changed.length > 0) this.#changed.fire(changed);
  }

  /** Its service is there now. */
  #redrawArchitecture({ project, architecture }: Service): void {
    const nodes = [...this.#nodes.values()].filter((node) => {
      if (node.kind !== 'architecture' || node.architecture !== architecture.id) return false;
      const found = this.#project(node.file);
      return found?.ok === true && found.loaded.folder === project;
    });
    if (nodes.length > 0) this.#changed.fire(nodes);
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

  #running(): string[] {
    const runs = [...(this.#versions ?? new Map<string, Run[]>()).values()].flat();
    return runs.filter(({ status }) => status === 'In Progress').map((run) => run.executionId);
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
