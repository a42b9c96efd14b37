/** *Create Example Project*: copies the example to where the user wants it, and goes there. */
import { cp, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { COMMANDS, type CommandId } from './list.ts';
import type { Handler } from './register.ts';

const NAME = 'trainyard-example';
/** What trying out the example leaves behind in a checkout. */
const LEFT_OUT = new Set(['__pycache__', '.venv', '.ruff_cache']);

export function createExampleProject(extensionPath: string): Handler {
  return async () => {
    const open = vscode.workspace.workspaceFolders?.[0]?.uri;
    const [chosen] =
      (await vscode.window.showOpenDialog({
        title: COMMANDS['trainyard.createExampleProject'],
        openLabel: l10n.t('Create Here'),
        canSelectFiles: false,
        canSelectFolders: true,
        canSelectMany: false,
        ...(open === undefined ? {} : { defaultUri: open }),
      })) ?? [];
    if (chosen === undefined) return;
    const folder = await copyExample(path.join(extensionPath, 'media', 'example'), chosen.fsPath);
    await goTo(vscode.Uri.file(folder));
  };
}

/** Never writes into a folder that is there: the next free name is taken. Resolves with it. */
async function copyExample(from: string, into: string): Promise<string> {
  for (let n = 1; ; n++) {
    const folder = path.join(into, n === 1 ? NAME : `${NAME}-${n}`);
    try {
      await mkdir(folder);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') continue;
      throw error;
    }
    for (const entry of await readdir(from)) {
      if (LEFT_OUT.has(entry)) continue;
      await cp(path.join(from, entry), path.join(folder, entry), { recursive: true, errorOnExist: true });
    }
    return folder;
  }
}

async function goTo(folder: vscode.Uri): Promise<void> {
  if (vscode.workspace.getWorkspaceFolder(folder) !== undefined) {
    await vscode.window.showTextDocument(vscode.Uri.joinPath(folder, 'train.py'));
    const said = l10n.t('The example project is in {0}.', vscode.workspace.asRelativePath(folder));
    const choice = await vscode.window.showInformationMessage(said, COMMANDS['trainyard.trainModel']);
    if (choice !== undefined)
      await vscode.commands.executeCommand('trainyard.trainModel' satisfies CommandId);
    return;
  }
  if ((vscode.workspace.workspaceFolders ?? []).length === 0) {
    // The window loads anew with the folder; its view then offers to train.
    await vscode.commands.executeCommand('vscode.openFolder', folder);
    return;
  }
  const [open, add] = [l10n.t('Open in New Window'), l10n.t('Add to Workspace')];
  const said = l10n.t('The example project is in {0}.', folder.fsPath);
  const choice = await vscode.window.showInformationMessage(said, open, add);
  if (choice === open) {
    await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: true });
  } else if (choice === add) {
    vscode.workspace.updateWorkspaceFolders((vscode.workspace.workspaceFolders ?? []).length, 0, {
      uri: folder,
    });
  }
}
