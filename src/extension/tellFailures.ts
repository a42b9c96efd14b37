/** Says that there is no backend, to those who don't see the view that says it. */
import * as vscode from 'vscode';
import { COMMANDS, type CommandId } from './commands/list.ts';
import type { Connection } from './interfaces.ts';

const RESTART = COMMANDS['trainyard.restartBackend'];
const LOG = COMMANDS['trainyard.showLog'];

export function tellFailures(
  connection: Connection,
  view: { readonly visible: boolean },
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  return connection.onDidChangeState((state) => {
    if (state.kind !== 'failed' || view.visible) return;
    vscode.window.showErrorMessage(`Trainyard: ${state.message} ${state.hint}`, RESTART, LOG).then(
      (choice) => {
        if (choice === LOG) log.show();
        if (choice !== RESTART) return undefined;
        return vscode.commands.executeCommand('trainyard.restartBackend' satisfies CommandId);
      },
      (error: unknown) => log.error(String(error)),
    );
  });
}
