/**
 * A click on a row. Its command has no arguments, since VS Code forgets those while it draws the row anew, and a click that came just then
 * would fail; the row is the one that the click has selected.
 */
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';

/** While all rows are drawn anew VS Code doesn't know the selected one, and it doesn't say when it does again: it is asked so often. */
const TRIES = 200;
const TRY_MS = 25;

/** Not in the palette: it is the rows' own. @param view its id */
export const openRow = (view: string, title: string): vscode.Command => ({ command: `${view}.open`, title });

export function openRows<Node>(
  view: vscode.TreeView<Node>,
  id: string,
  open: (node: Node) => Thenable<unknown>,
): vscode.Disposable {
  return vscode.commands.registerCommand(`${id}.open`, async () => {
    const node = await selectedIn(view);
    if (node !== undefined) await open(node);
  });
}

async function selectedIn<Node>(view: vscode.TreeView<Node>): Promise<Node | undefined> {
  for (let tries = 0; tries < TRIES && view.selection.length === 0; tries++) await delay(TRY_MS);
  return view.selection[0];
}
