/** What can be done with runs: with one, or with several rows at once. */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { actionsFor } from '../../contract/status.ts';
import { environmentToSend } from '../../contract/environment.ts';
import type { Run } from '../../contract/shapes.ts';
import type { Connection, ModelPages } from '../interfaces.ts';
import type { LogDocuments } from '../logs/documents.ts';
import { durationAt } from '../runs/item.ts';
import type { Store } from '../store.ts';
import { abortQuestion, rerunQuestion, type Question } from './confirm.ts';
import { showDiagnosis } from './diagnosis.ts';
import { eachOf } from './each.ts';
import { exportMetrics } from './export.ts';
import { COMMANDS } from './list.ts';
import { runFor, runsFor, severalRunsFor, type RunChoice } from './pickRun.ts';
import type { Handler } from './register.ts';
import { removeRuns } from './remove.ts';
import { say } from './said.ts';

const NONE_YET = l10n.t('No runs yet: train a model first.');
const any = (): boolean => true;

export function runCommands(deps: {
  store: Store;
  connection: Connection;
  explore: { show(executionIds: string[]): void };
  models: ModelPages;
  logs: LogDocuments;
}) {
  const { store, connection, explore, models, logs } = deps;

  async function copy(
    texts: readonly string[],
    said: (first: string, count: number) => string,
  ): Promise<void> {
    await vscode.env.clipboard.writeText(texts.join('\n'));
    say(said(texts[0] ?? '', texts.length));
  }

  const tookMs = (run: Run): number | null =>
    durationAt(store.held(run.executionId) ?? { run, receivedAt: Date.now() }, Date.now());

  return {
    async 'trainyard.abortTraining'(argument, chosen) {
      const runs = await runsFor(store, {
        argument,
        chosen,
        title: COMMANDS['trainyard.abortTraining'],
        applies: (run) => actionsFor(run).abort,
        none: l10n.t('Nothing to abort: no training runs or waits.'),
      });
      if (!(await isConfirmed(abortQuestion(runs, tookMs), COMMANDS['trainyard.abortTraining']))) return;
      const client = await connection.client();
      await eachOf(runs, async ({ executionId }) =>
        store.put(await client.call('abort', { params: { id: executionId } })),
      );
    },

    async 'trainyard.rerunTraining'(argument, chosen) {
      const runs = await runsFor(store, {
        argument,
        chosen,
        title: COMMANDS['trainyard.rerunTraining'],
        applies: (run) => actionsFor(run).rerun,
        none: l10n.t('Nothing to run again: no training has ended yet.'),
      });
      if (!(await isConfirmed(rerunQuestion(runs), COMMANDS['trainyard.rerunTraining']))) return;
      const client = await connection.client();
      await eachOf(runs, async ({ executionId }) =>
        store.put(
          await client.call('rerun', {
            params: { id: executionId },
            body: { environment: environmentToSend(process.env) },
          }),
        ),
      );
    },

    async 'trainyard.removeTraining'(argument, chosen) {
      const title = COMMANDS['trainyard.removeTraining'];
      const runs = await runsFor(store, {
        argument,
        chosen,
        title,
        applies: any,
        none: l10n.t('Nothing to remove: there are no runs.'),
      });
      await removeRuns(runs, connection, store);
    },

    async 'trainyard.exploreMetrics'(argument, chosen) {
      const none = l10n.t('Nothing to explore yet: train a model first.');
      const title = COMMANDS['trainyard.exploreMetrics'];
      const runs = await runsFor(store, { argument, chosen, title, applies: any, none });
      explore.show(runs.map((run) => run.executionId));
    },

    async 'trainyard.compareRuns'(argument, chosen) {
      const none = l10n.t('Nothing to compare yet: train a model first.');
      const title = COMMANDS['trainyard.compareRuns'];
      const runs = await severalRunsFor(store, { argument, chosen, title, applies: any, none });
      explore.show(runs.map((run) => run.executionId));
    },

    async 'trainyard.exportMetrics'(argument, chosen) {
      const none = l10n.t('Nothing to export yet: train a model first.');
      const title = COMMANDS['trainyard.exportMetrics'];
      await exportMetrics(await runsFor(store, { argument, chosen, title, applies: any, none }), connection);
    },

    async 'trainyard.showLogs'(argument) {
      const none = l10n.t('No logs yet: train a model first.');
      const title = COMMANDS['trainyard.showLogs'];
      await logs.show(await runFor(store, { argument, title, applies: any, none }));
    },

    async 'trainyard.showModel'(argument) {
      const title = COMMANDS['trainyard.showModel'];
      const run = await runFor(store, { argument, title, applies: any, none: NONE_YET });
      models.show(run.executionId);
    },

    async 'trainyard.showDiagnosis'(argument) {
      const run = await runFor(store, {
        argument,
        title: COMMANDS['trainyard.showDiagnosis'],
        applies: ({ diagnosis }) => diagnosis !== null,
        none: l10n.t('Nothing to diagnose: no run is kept by a service that fails or is paused.'),
      });
      await showDiagnosis(run, { connection, store });
    },

    async 'trainyard.copyModelId'(argument, chosen) {
      const runs = await runsFor(store, toCopy('trainyard.copyModelId', argument, chosen));
      await copy(
        runs.map((run) => run.model.id),
        (id, n) => (n === 1 ? l10n.t('Copied model ID {0}', id) : l10n.t('Copied {0} model IDs', n)),
      );
    },

    async 'trainyard.copyExecutionId'(argument, chosen) {
      const runs = await runsFor(store, toCopy('trainyard.copyExecutionId', argument, chosen));
      await copy(
        runs.map((run) => run.executionId),
        (id, n) => (n === 1 ? l10n.t('Copied execution ID {0}', id) : l10n.t('Copied {0} execution IDs', n)),
      );
    },
  } satisfies Partial<Record<keyof typeof COMMANDS, Handler>>;
}

const toCopy = (id: keyof typeof COMMANDS, argument: unknown, chosen: unknown): RunChoice => ({
  argument,
  chosen,
  title: COMMANDS[id],
  applies: any,
  none: NONE_YET,
});

/** Where there is nothing to ask the answer is yes. */
async function isConfirmed(question: Question | null, yes: string): Promise<boolean> {
  if (question === null) return true;
  const { message, detail } = question;
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, yes)) !== undefined;
}
