/** *Remove Training*: of what isn't over after an abort, once nothing of it is left. */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Client } from '../../client/api.ts';
import { nameOf } from '../../client/words.ts';
import type { Run } from '../../contract/shapes.ts';
import { isOver } from '../../contract/status.ts';
import type { Connection } from '../interfaces.ts';
import type { Store } from '../store.ts';
import { removeQuestion } from './confirm.ts';
import { eachOf } from './each.ts';

/** Beyond the grace that the service gives: for the kill that follows it, and for telling. */
const AFTER_GRACE_MS = 30_000;

export async function removeRuns(runs: readonly Run[], connection: Connection, store: Store): Promise<void> {
  const client = await connection.client();
  const [only] = runs;
  const detail =
    runs.length === 1 && only !== undefined
      ? await client.call('getRun', { params: { id: only.executionId } })
      : null;
  const question = removeQuestion(runs, detail?.outputDir ?? null);
  const over = runs.every(({ status }) => isOver(status));
  const keep = over ? l10n.t('Remove, Keep Files') : l10n.t('Abort and Remove, Keep Files');
  const withFiles = over ? l10n.t('Remove and Delete Files') : l10n.t('Abort and Remove and Delete Files');
  const answer = await vscode.window.showWarningMessage(
    question.message,
    { modal: true, detail: question.detail },
    keep,
    withFiles,
  );
  if (answer === undefined) return;
  const files = answer === withFiles ? 'delete' : 'keep';
  await vscode.window.withProgress({ location: { viewId: 'trainyard.runs' } }, () =>
    eachOf(runs, async (run) => {
      await ended(run, client, store);
      await client.call('remove', { params: { id: run.executionId }, query: { files } });
    }),
  );
}

/** Aborts it where it isn't over, and resolves once it is. */
async function ended(asked: Run, client: Client, store: Store): Promise<void> {
  const { executionId } = asked;
  const run = store.get(executionId) ?? asked;
  if (isOver(run.status)) return;
  if (!run.stopping) store.put(await client.call('abort', { params: { id: executionId } }));
  const graceMs = (store.service(run.service.id)?.settings.stopGraceSeconds ?? 0) * 1000;
  await new Promise<void>((resolve, reject) => {
    const settle = (): void => {
      const now = store.get(executionId);
      if (now !== undefined && isOver(now.status)) finish(resolve);
    };
    const listening = store.onDidChangeRun(settle);
    const deadline = setTimeout(
      () =>
        finish(() =>
          reject(new Error(l10n.t('{0} is still stopping. Remove it once it is over.', nameOf(run)))),
        ),
      graceMs + AFTER_GRACE_MS,
    );
    function finish(end: () => void): void {
      clearTimeout(deadline);
      listening.dispose();
      end();
    }
    settle();
  });
}
