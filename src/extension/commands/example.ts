/** *Create Example Project*: copies an example to where the user wants it, and goes there. */
import { cp, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { COMMANDS, type CommandId } from './list.ts';
import type { Handler } from './register.ts';

/** What can be copied out. The first is what a newcomer gets; `folder` is its name below media, `name` that of the copy. */
const EXAMPLES = [
  {
    id: 'shapes',
    folder: 'example',
    name: 'trainyard-example',
    opens: 'train.py',
    label: l10n.t('A detector in NumPy'),
    detail: l10n.t('Learns to find drawn shapes, in half a minute on any machine'),
  },
  {
    id: 'ultralytics',
    folder: 'example-ultralytics',
    name: 'trainyard-ultralytics',
    opens: 'trainyard.json',
    label: l10n.t('Ultralytics YOLO'),
    detail: l10n.t('“yolo train” on the drawn shapes; installs PyTorch first'),
  },
  {
    id: 'mlflow',
    folder: 'example-mlflow',
    name: 'trainyard-mlflow',
    opens: 'train.py',
    label: l10n.t('A script that logs through MLflow'),
    detail: l10n.t('As it is: nothing in it knows of Trainyard'),
  },
] as const;
type Example = (typeof EXAMPLES)[number];

/** What trying out the example leaves behind in a checkout. */
const LEFT_OUT = new Set(['__pycache__', '.venv', '.ruff_cache']);

export function createExampleProject(extensionPath: string): Handler {
  return async (argument) => {
    const example = EXAMPLES.find(({ id }) => id === argument) ?? (await chooseExample());
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
    const folder = await copyExample(
      path.join(extensionPath, 'media', example.folder),
      chosen.fsPath,
      example.name,
    );
    await goTo(vscode.Uri.file(folder), example);
  };
}

/** Throws `CancellationError` where none is chosen. */
async function chooseExample(): Promise<Example> {
  const chosen = await vscode.window.showQuickPick(EXAMPLES, {
    title: COMMANDS['trainyard.createExampleProject'],
    placeHolder: l10n.t('Choose an example'),
    matchOnDetail: true,
  });
  if (chosen === undefined) throw new vscode.CancellationError();
  return chosen;
}

/** Never writes into a folder that is there: the next free name is taken. Resolves with it. */
async function copyExample(from: string, into: string, name: string): Promise<string> {
  for (let n = 1; ; n++) {
    const folder = path.join(into, n === 1 ? name : `${name}-${n}`);
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

async function goTo(folder: vscode.Uri, { opens }: Example): Promise<void> {
  if (vscode.workspace.getWorkspaceFolder(folder) !== undefined) {
    await vscode.window.showTextDocument(vscode.Uri.joinPath(folder, opens));
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
