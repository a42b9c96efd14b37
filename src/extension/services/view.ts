/** The view *Services*. What it says where it has no rows stands in package.json, chosen by `trainyard.view`. */
import * as vscode from 'vscode';
import type { Connection } from '../interfaces.ts';
import { Clock } from '../runs/clock.ts';
import type { RunRowsDeps } from '../runs/runRows.ts';
import { ServiceTree } from './tree.ts';

export function showServices(deps: RunRowsDeps & { connection: Connection }): vscode.Disposable {
  const { store, connection } = deps;
  const tree = new ServiceTree(deps);
  const view = vscode.window.createTreeView('trainyard.services', { treeDataProvider: tree });
  const clock = new Clock(() => tree.tick());
  // Without a connection nobody knows whether it still runs.
  const update = (): void =>
    clock.set(view.visible && connection.state.kind === 'connected' && tree.anyRunning);
  update();
  return vscode.Disposable.from(
    view,
    tree,
    clock,
    view.onDidChangeVisibility(update),
    connection.onDidChangeState(update),
    store.onDidChangeRows(update),
  );
}
