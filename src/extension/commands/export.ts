/** *Export Metrics…*: the samples of runs, into a file that the user chooses. */
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { exportInto, formatOf } from '../../client/export.ts';
import { bytesText, nameOf } from '../../client/words.ts';
import type { Run } from '../../contract/shapes.ts';
import type { Connection } from '../interfaces.ts';

/** @param figures of null are all */
export async function exportMetrics(
  runs: readonly Run[],
  connection: Connection,
  figures: readonly string[] | null = null,
): Promise<void> {
  const [first] = runs;
  if (first === undefined) return;
  const what = runs.length === 1 ? nameOf(first) : l10n.t('{0} runs', runs.length);
  const chosen = await vscode.window.showSaveDialog({
    title: l10n.t('Export Metrics of {0}', what),
    saveLabel: l10n.t('Export'),
    filters: { CSV: ['csv'], JSON: ['json'] },
    defaultUri: vscode.Uri.file(path.join(first.project, suggestedName(runs))),
  });
  if (chosen === undefined) return;
  if (chosen.scheme !== 'file')
    throw new Error(l10n.t('Choose a folder of this machine, not {0}.', chosen.toString(true)));
  const file = chosen.fsPath;
  const bytes = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: l10n.t('Exporting metrics of {0}', what),
      cancellable: true,
    },
    async (progress, cancelled) => {
      const abort = new AbortController();
      cancelled.onCancellationRequested(() => abort.abort());
      let told = '';
      const onBytes = (written: number): void => {
        const message = bytesText(written);
        if (message !== told) progress.report({ message });
        told = message;
      };
      const asked = {
        executionIds: runs.map((run) => run.executionId),
        figures: figures ?? undefined,
        format: formatOf(file) ?? 'csv',
      } as const;
      try {
        return await exportInto(file, await connection.client(), asked, { signal: abort.signal, onBytes });
      } catch (error) {
        if (abort.signal.aborted) throw new vscode.CancellationError();
        throw error;
      }
    },
  );
  const place = vscode.workspace.asRelativePath(chosen);
  const said = l10n.t('The metrics of {0} are in {1} ({2}).', what, place, bytesText(bytes));
  const choice = await vscode.window.showInformationMessage(said, l10n.t('Open'));
  if (choice !== undefined) await vscode.commands.executeCommand('vscode.open', chosen);
}

/** "shapes-small v2" -> "shapes-small-v2-metrics.csv", without what no file name may have. */
const suggestedName = (runs: readonly Run[]): string => {
  const names =
    runs.length === 1 ? runs.map((run) => `${nameOf(run)}-`.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')) : [];
  return `${names.join('')}metrics.csv`;
};
