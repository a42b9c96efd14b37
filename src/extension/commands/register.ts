/** Registers every command, with one way of telling what went wrong. */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { CallError } from '../../client/api.ts';
import { ProjectError } from '../../client/project.ts';
import { COMMANDS, type CommandId } from './list.ts';

/**
 * Gets what VS Code hands over: a row of a tree and all rows that are chosen with it, the id of an execution or a service from a link
 * or a panel, or nothing from the palette.
 */
export type Handler = (argument: unknown, chosen?: unknown) => Promise<void> | void;

export function registerCommands(
  handlers: Readonly<Record<CommandId, Handler>>,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  return vscode.Disposable.from(
    ...(Object.keys(COMMANDS) as CommandId[]).map((id) =>
      vscode.commands.registerCommand(id, async (argument: unknown, chosen: unknown) => {
        log.debug(`Command ${id}`);
        try {
          await handlers[id](argument, chosen);
        } catch (error) {
          await tell(COMMANDS[id], error, log);
        }
      }),
    ),
  );
}

/** Says what happened and offers the next step; the log has the rest. */
export async function tell(title: string, error: unknown, log: vscode.LogOutputChannel): Promise<void> {
  if (error instanceof vscode.CancellationError) return;
  log.error(`${title}:`, error instanceof Error ? error : String(error));
  if (error instanceof ProjectError) {
    await tellProjectError(error);
    return;
  }
  const said =
    error instanceof CallError
      ? [error.message, ...(error.hint === null ? [] : [error.hint])].join(' ')
      : l10n.t('{0} failed: {1}', title, error instanceof Error ? error.message : String(error));
  const restartable = error instanceof CallError && error.unreachable;
  const restart = COMMANDS['trainyard.restartBackend'];
  const showLog = COMMANDS['trainyard.showLog'];
  const choice = await vscode.window.showErrorMessage(said, ...(restartable ? [restart] : []), showLog);
  if (choice === showLog) log.show();
  else if (choice === restart) {
    await vscode.commands.executeCommand('trainyard.restartBackend' satisfies CommandId);
  }
}

/** The message names file and line; the button leads there. */
export async function tellProjectError(error: ProjectError): Promise<void> {
  if (error.file === null) {
    // What has no place in a file is about the interpreter.
    const choice = await vscode.window.showErrorMessage(error.message, l10n.t('Open Settings'));
    if (choice !== undefined) {
      await vscode.commands.executeCommand('workbench.action.openSettings', 'trainyard.python');
    }
    return;
  }
  const choice = await vscode.window.showErrorMessage(error.message, l10n.t('Open trainyard.json'));
  if (choice !== undefined) await openAtProblem(error);
}

/** Opens the file with the cursor at its first problem. */
export async function openAtProblem(error: ProjectError): Promise<void> {
  if (error.file === null) return;
  const [first] = error.problems;
  const at = new vscode.Position(Math.max(0, (first?.line ?? 1) - 1), Math.max(0, (first?.column ?? 1) - 1));
  await vscode.window.showTextDocument(vscode.Uri.file(error.file), { selection: new vscode.Range(at, at) });
}
