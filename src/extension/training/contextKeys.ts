/** Tells VS Code which files have train functions and which folders are projects, for the `when` clauses of menus. */
import * as vscode from 'vscode';
import path from 'node:path';
import type { Projects } from '../projects.ts';
import { trainFunctions } from './targets.ts';

export function tellTrainables(projects: Projects, log: vscode.LogOutputChannel): vscode.Disposable {
  const tell = (): void => {
    const all = projects.all ?? [];
    const files = all.flatMap((one) => (one.ok ? trainFunctions(one.loaded).map(({ file }) => file) : []));
    const folders = all.map(({ uri }) => path.dirname(uri.fsPath));
    for (const [key, value] of [
      ['trainyard.trainFiles', files],
      ['trainyard.projectFolders', folders],
    ] as const) {
      vscode.commands
        .executeCommand('setContext', key, value)
        .then(undefined, (error: unknown) => log.error(String(error)));
    }
  };
  tell();
  return projects.onDidChange(tell);
}
