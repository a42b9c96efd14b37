/** One item in the status bar: what runs, what is queued, what fails; hidden while nothing does. A click leads to the view. */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Store } from '../store.ts';
import { activityOf, activityText } from './attention.ts';

export function showActivity(store: Store): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('trainyard.activity', vscode.StatusBarAlignment.Left, 0);
  item.name = l10n.t('Training Runs');
  item.command = 'trainyard.runs.focus';
  const update = (): void => {
    const activity = activityOf(store.shown(), store.services());
    const words = activityText(activity);
    const icon = activity.failing > 0 ? 'error' : activity.running > 0 ? 'sync' : 'clock';
    item.text = `$(${icon}) ${words}`;
    item.tooltip = l10n.t('Trainings: {0}', words);
    item.accessibilityInformation = { label: item.tooltip, role: 'button' };
    if (words === '') item.hide();
    else item.show();
  };
  update();
  return vscode.Disposable.from(item, store.onDidChangeRows(update), store.onDidChangeService(update));
}
