/** The projects of the workspace: every `trainyard.json` in it, and which runs belong to this window. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { loadProject, ProjectError, type LoadedProject } from '../client/project.ts';
import type { FigureHints } from '../contract/figures.ts';
import { PROJECT_FILE } from '../contract/project.ts';
import { isInside } from './inside.ts';

/** Installed packages may carry examples of their own. */
const EXCLUDED = '**/{node_modules,site-packages,.git,.venv,venv,.trainyard}/**';
const MOST_PROJECTS = 200;

/** A project as it can be trained, or why it can't be read. */
export type Project =
  { ok: true; uri: vscode.Uri; loaded: LoadedProject } | { ok: false; uri: vscode.Uri; error: ProjectError };

export class Projects implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #log: vscode.LogOutputChannel;
  readonly #disposables: vscode.Disposable[];
  #projects: readonly Project[] | null = null;
  /** Real paths of the workspace's folders. */
  #folders: readonly string[] = [];
  /** Answers of `includes`, which is asked of every run. */
  readonly #included = new Map<string, boolean>();
  #finding: Promise<void> | null = null;
  #again = false;

  /** Projects came, went or were rewritten, or the workspace's folders changed. */
  readonly onDidChange = this.#changed.event;

  constructor(log: vscode.LogOutputChannel) {
    this.#log = log;
    const watcher = vscode.workspace.createFileSystemWatcher(`**/${PROJECT_FILE}`);
    const refresh = (): void => this.refresh();
    this.#disposables = [
      watcher,
      watcher.onDidCreate(refresh),
      watcher.onDidChange(refresh),
      watcher.onDidDelete(refresh),
      vscode.workspace.onDidChangeWorkspaceFolders(refresh),
      this.#changed,
    ];
  }

  /** Null until they were looked for. */
  get all(): readonly Project[] | null {
    return this.#projects;
  }

  /** Looks for them anew. Returns at once. */
  refresh(): void {
    this.#again = true;
    this.#finding ??= this.#find()
      .catch((error: unknown) => this.#log.error(`Projects can't be looked for: ${String(error)}`))
      .finally(() => (this.#finding = null));
  }

  /** As they are on disk now. */
  async load(): Promise<readonly Project[]> {
    this.refresh();
    while (this.#finding !== null) await this.#finding;
    return this.#projects ?? [];
  }

  /** Whether runs of this project belong to this window. A window without a folder shows all of them. */
  includes(project: string): boolean {
    const known = this.#included.get(project);
    if (known !== undefined) return known;
    const included = this.#includes(project);
    this.#included.set(project, included);
    return included;
  }

  #includes(project: string): boolean {
    if ((vscode.workspace.workspaceFolders ?? []).length === 0) return true;
    // What was logged or imported from elsewhere may belong to no folder of this machine, and so to every window.
    if (!path.isAbsolute(project)) return true;
    return (
      this.#folders.some((folder) => isInside(project, folder)) ||
      (this.#projects ?? []).some((one) => one.ok && one.loaded.folder === project)
    );
  }

  /** Directions and the main figure, as the run's project gives them. */
  hintsFor(project: string): FigureHints {
    const found = this.#projects?.find((one) => one.ok && one.loaded.folder === project);
    return (found?.ok === true ? found.loaded.project.figures : undefined) ?? {};
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** What changes while it looks makes it look once more. */
  async #find(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      const folders = (vscode.workspace.workspaceFolders ?? []).filter((one) => one.uri.scheme === 'file');
      this.#folders = await Promise.all(
        folders.map(({ uri }) => realpath(uri.fsPath).catch(() => uri.fsPath)),
      );
      const uris = await vscode.workspace.findFiles(`**/${PROJECT_FILE}`, EXCLUDED, MOST_PROJECTS);
      const byPath = uris
        .filter((uri) => uri.scheme === 'file')
        .toSorted((a, b) => (path.dirname(a.fsPath) < path.dirname(b.fsPath) ? -1 : 1));
      this.#projects = await Promise.all(byPath.map(read));
      this.#included.clear();
      this.#log.debug(`${this.#projects.length} project(s) in the workspace`);
      this.#changed.fire();
    }
  }
}

/** The folder of a project's file, as one sees it in the explorer. */
export function titleOf(file: vscode.Uri): string {
  const folder = vscode.Uri.joinPath(file, '..');
  const root = vscode.workspace.getWorkspaceFolder(folder);
  return root?.uri.fsPath === folder.fsPath ? root.name : vscode.workspace.asRelativePath(folder);
}

async function read(uri: vscode.Uri): Promise<Project> {
  try {
    return { ok: true, uri, loaded: await loadProject(path.dirname(uri.fsPath)) };
  } catch (error) {
    if (error instanceof ProjectError) return { ok: false, uri, error };
    return { ok: false, uri, error: new ProjectError(String(error), uri.fsPath) };
  }
}
