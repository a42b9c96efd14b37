/** One item in the status bar: what runs and what waits; hidden while nothing does. A click leads to the view. */
import * as vscode from 'vscode';
import type { Store } from '../store.ts';
import { activity } from './groups.ts';

export function showActivity(store: Store): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('trainyard.activity', vscode.StatusBarAlignment.Left, 0);
  item.name = 'Training Runs';
  item.command = 'trainyard.runs.focus';
  const update = (): void => {
    const { running, waiting } = activity(store.shown());
    const words = [
      ...(running > 0 ? [`${running} running`] : []),
      ...(waiting > 0 ? [`${waiting} waiting`] : []),
    ].join(', ');
    item.text = `$(${running > 0 ? 'sync' : 'clock'}) ${words}`;
    item.tooltip = `Trainings: ${words}`;
    item.accessibilityInformation = { label: `Trainings: ${words}`, role: 'button' };
    if (words === '') item.hide();
    else item.show();
  };
  update();
  return vscode.Disposable.from(item, store.onDidChangeRows(update));
}
