/** Scripts that can be trained as they are: that of the editor, or one of the workspace that a person picks. */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';

/** Code of others isn't what somebody wants to train. */
const THEIRS = '**/{.git,.venv,venv,env,node_modules,site-packages,__pycache__}/**';
/** More nobody scrolls through; who has more opens the file. */
const MOST_OFFERED = 1000;

export const isScript = (uri: vscode.Uri | undefined): uri is vscode.Uri =>
  uri?.scheme === 'file' && uri.path.endsWith('.py');

/** Throws `CancellationError` where none is picked; where there is none to pick, after saying so. */
export async function chooseScript(title: string): Promise<vscode.Uri> {
  const files = await vscode.workspace.findFiles('**/*.py', THEIRS, MOST_OFFERED);
  if (files.length === 0) {
    void vscode.window.showInformationMessage(l10n.t('Open the Python file that is to be trained.'));
    throw new vscode.CancellationError();
  }
  const items = files
    .map((file) => ({ label: vscode.workspace.asRelativePath(file), file }))
    .toSorted((a, b) => a.label.localeCompare(b.label));
  const picked = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: l10n.t('Choose a Python file to train as it is'),
  });
  if (picked === undefined) throw new vscode.CancellationError();
  return picked.file;
}
