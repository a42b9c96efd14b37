/** Which run a command is meant for: the one it was given, or the one that the user picks. */
import * as vscode from 'vscode';
import type { Run } from '../../contract/shapes.ts';
import { groupByStatus } from '../runs/groups.ts';
import { runItem } from '../runs/item.ts';
import { themeIcon } from '../runs/tree.ts';
import type { Store } from '../store.ts';

/**
 * @param applies to which runs the command can be applied; only those are offered
 * @param none what to say where there is no such run
 */
export async function runFor(
  argument: unknown,
  store: Store,
  title: string,
  applies: (run: Run) => boolean,
  none: string,
): Promise<Run> {
  const id = executionIdOf(argument);
  if (id !== null) {
    const [run] = await store.ensure([id]);
    if (run !== undefined) return run;
    void vscode.window.showInformationMessage('This run is gone: it was removed from the list.');
    throw new vscode.CancellationError();
  }
  const groups = groupByStatus(store.shown().filter(applies));
  if (groups.length === 0) {
    void vscode.window.showInformationMessage(none);
    throw new vscode.CancellationError();
  }
  const now = Date.now();
  const items = groups.flatMap(({ status, runs }) => [
    { label: status, kind: vscode.QuickPickItemKind.Separator, run: null },
    ...runs.map((run) => {
      const { label, description, icon } = runItem(
        store.held(run.executionId) ?? { run, receivedAt: now },
        now,
      );
      return { label, description, iconPath: themeIcon(icon), run };
    }),
  ]);
  const chosen = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: 'Choose a run',
    matchOnDescription: true,
  });
  if (chosen === undefined || chosen.run === null) throw new vscode.CancellationError();
  // While the list was open the run went on.
  return store.get(chosen.run.executionId) ?? chosen.run;
}

/** Of a row, or of a link or a panel, which hand over the id itself. */
function executionIdOf(argument: unknown): string | null {
  if (typeof argument === 'string') return argument;
  if (typeof argument !== 'object' || argument === null || !('executionId' in argument)) return null;
  return typeof argument.executionId === 'string' ? argument.executionId : null;
}
