/** Opens in the editor what a page of a model names: places in code, files of a training, its folder. */
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { say } from '../commands/said.ts';

/** A column that doesn't cover the page from which something is opened. */
export function besidePage(): vscode.ViewColumn {
  const { viewColumn } = vscode.window.tabGroups.activeTabGroup;
  return viewColumn === vscode.ViewColumn.One ? vscode.ViewColumn.Two : vscode.ViewColumn.One;
}

/** Opens a file at a line, beside the page; a path that isn't absolute is of the project. */
export async function openPlace(project: string, file: string, line: number | null): Promise<void> {
  const place = path.resolve(project, file);
  const at = new vscode.Position(Math.max(0, (line ?? 1) - 1), 0);
  const document = await vscode.workspace.openTextDocument(place).then(undefined, (error: unknown) => {
    throw new Error(l10n.t("{0} can't be opened. It may have been moved since.", place), { cause: error });
  });
  await vscode.window.showTextDocument(document, {
    viewColumn: besidePage(),
    selection: new vscode.Range(at, at),
  });
}

/** What only programs read; the editor would show that it can't. */
const BINARY =
  /\.(pth?|ckpt|safetensors|onnx|bin|np[yz]|pkl|pickle|h5|keras|tflite|engine|joblib|tar|gz|zip)$/i;

/** Opens it where the editor can show it, else shows where it is. */
export async function openFileOf(place: string): Promise<void> {
  const uri = vscode.Uri.file(place);
  if (BINARY.test(place)) return reveal(uri);
  await vscode.commands.executeCommand('vscode.open', uri, { viewColumn: besidePage() });
}

/** Whether files are on the machine whose file manager this window could open. */
export const canReveal = (): boolean =>
  vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop;

/** Shows it in the file manager; where that is on another machine, its path is copied. */
export async function reveal(uri: vscode.Uri): Promise<void> {
  if (canReveal()) {
    await vscode.commands.executeCommand('revealFileInOS', uri);
    return;
  }
  await vscode.env.clipboard.writeText(uri.fsPath);
  say(l10n.t('Copied {0}', uri.fsPath));
}
