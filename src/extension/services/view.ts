/** The view *Services*. What it says where it has no rows stands in package.json, chosen by `trainyard.view`. */
import * as vscode from 'vscode';
import type { Connection } from '../interfaces.ts';
import { keepTime } from '../runs/clock.ts';
import { openRows } from '../runs/openRows.ts';
import type { RunRowsDeps } from '../runs/runRows.ts';
import { SERVICES_VIEW, ServiceTree } from './tree.ts';

export function showServices(deps: RunRowsDeps & { connection: Connection }): vscode.Disposable {
  const tree = new ServiceTree(deps);
  const view = vscode.window.createTreeView(SERVICES_VIEW, { treeDataProvider: tree });
  return vscode.Disposable.from(
    view,
    tree,
    openRows(view, SERVICES_VIEW, (node) => tree.open(node)),
    keepTime(view, () => tree.tick(), deps),
  );
}
