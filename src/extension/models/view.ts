/** The view *Models*. What it says where it has no rows stands in package.json, chosen by `trainyard.models`. */
import * as vscode from 'vscode';
import { placeIn } from '../../contract/project.ts';
import { openAtProblem } from '../commands/register.ts';
import type { Connection } from '../interfaces.ts';
import { keepTime } from '../runs/clock.ts';
import { NO_FILTER } from '../runs/filter.ts';
import type { RunRowsDeps } from '../runs/runRows.ts';
import type { RunsSettings } from '../runs/settings.ts';
import { openRows } from '../runs/openRows.ts';
import { MODELS_VIEW, type CatalogNode, type ModelsNode } from './rows.ts';
import { ModelTree } from './tree.ts';

export function showModels(
  deps: RunRowsDeps & { connection: Connection; settings: RunsSettings; log: vscode.LogOutputChannel },
): vscode.Disposable {
  const { projects, settings, log } = deps;
  const tree = new ModelTree(deps);
  const view = vscode.window.createTreeView(MODELS_VIEW, { treeDataProvider: tree });
  const tellState = (): void => {
    const state = projects.all === null ? 'looking' : projects.all.length === 0 ? 'none' : 'models';
    vscode.commands
      .executeCommand('setContext', 'trainyard.models', state)
      .then(undefined, (error: unknown) => log.error(String(error)));
  };
  tellState();

  async function open(node: ModelsNode): Promise<void> {
    if (node.kind === 'run') return tree.openRun(node);
    if (node.kind === 'rest') {
      await settings.keepFilter({ ...NO_FILTER, search: node.model });
      await vscode.commands.executeCommand('trainyard.runs.focus');
      return;
    }
    const project = projects.all?.find(({ uri }) => uri.fsPath === node.file);
    if (project?.ok === false) await openAtProblem(project.error);
    else await openInFile(node);
  }

  return vscode.Disposable.from(
    view,
    tree,
    keepTime(view, () => tree.tick(), deps),
    projects.onDidChange(tellState),
    openRows(view, MODELS_VIEW, open),
  );
}

/** Opens the file with the cursor at what the row stands for. */
async function openInFile(node: CatalogNode): Promise<void> {
  const document = await vscode.workspace.openTextDocument(node.file);
  const { offset } = placeIn(document.getText(), pathOf(node));
  const at = document.positionAt(offset);
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(at, at) });
}

function pathOf(node: CatalogNode): string[] {
  switch (node.kind) {
    case 'architecture':
      return ['architectures', node.architecture];
    case 'model':
    case 'rest':
      return ['models', node.model];
    case 'project':
    case 'broken':
      return [];
    default:
      return node satisfies never;
  }
}
