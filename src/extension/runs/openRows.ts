/**
 * A click on a row. Its command has no arguments, since VS Code forgets those while it draws the row anew, and a click that came just then
 * would fail; the row is the one that the click has selected.
 */
import * as vscode from 'vscode';

/** Not in the palette: it is the rows' own. @param view its id */
export const openRow = (view: string, title: string): vscode.Command => ({ command: `${view}.open`, title });

export function openRows<Node>(
  view: vscode.TreeView<Node>,
  id: string,
  open: (node: Node) => Thenable<unknown>,
): vscode.Disposable {
  return vscode.commands.registerCommand(`${id}.open`, () => {
    const [node] = view.selection;
    return node === undefined ? undefined : open(node);
  });
}
