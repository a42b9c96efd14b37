/** What can be done with one run. */
import * as vscode from 'vscode';
import { actionsFor } from '../../contract/status.ts';
import type { Run } from '../../contract/shapes.ts';
import { duration, nameOf } from '../../client/words.ts';
import type { Connection } from '../interfaces.ts';
import type { LogDocuments } from '../logs/documents.ts';
import { durationAt } from '../runs/item.ts';
import type { Store } from '../store.ts';
import { COMMANDS, type CommandId } from './list.ts';
import { runFor } from './pickRun.ts';
import type { Handler } from './register.ts';

const SAID_MS = 3000;

type RunCommand = Exclude<
  CommandId,
  'trainyard.trainModel' | 'trainyard.createExampleProject' | 'trainyard.showLog' | 'trainyard.restartBackend'
>;

export function runCommands(deps: {
  store: Store;
  connection: Connection;
  explore: { show(executionIds: string[]): void };
  logs: LogDocuments;
}): Record<RunCommand, Handler> {
  const { store, connection, explore, logs } = deps;

  const chosen = (
    id: RunCommand,
    argument: unknown,
    applies: (run: Run) => boolean,
    none: string,
  ): Promise<Run> => runFor(argument, store, COMMANDS[id], applies, none);

  async function copy(what: string, text: string): Promise<void> {
    await vscode.env.clipboard.writeText(text);
    vscode.window.setStatusBarMessage(`$(check) Copied ${what} ${text}`, SAID_MS);
  }

  return {
    async 'trainyard.abortTraining'(argument) {
      const run = await chosen(
        'trainyard.abortTraining',
        argument,
        (one) => actionsFor(one).abort,
        'Nothing to abort: no training runs or waits.',
      );
      if (!(await confirmAbort(run))) return;
      const client = await connection.client();
      store.put(await client.call('abort', { params: { id: run.executionId } }));
    },

    async 'trainyard.rerunTraining'(argument) {
      const run = await chosen(
        'trainyard.rerunTraining',
        argument,
        (one) => actionsFor(one).rerun,
        'Nothing to run again: no training has ended yet.',
      );
      const client = await connection.client();
      store.put(await client.call('rerun', { params: { id: run.executionId } }));
    },

    async 'trainyard.removeTraining'(argument) {
      const run = await chosen(
        'trainyard.removeTraining',
        argument,
        (one) => actionsFor(one).remove,
        'Nothing to remove: no training has ended yet.',
      );
      const client = await connection.client();
      const { outputDir } = await client.call('getRun', { params: { id: run.executionId } });
      const both = 'Remove and Delete Files';
      const answer = await vscode.window.showWarningMessage(
        `Remove ${nameOf(run)} from the list?`,
        {
          modal: true,
          detail: `Its metrics are deleted for good. Its logs and checkpoints can stay; the latest are in ${outputDir}.`,
        },
        'Remove, Keep Files',
        both,
      );
      if (answer === undefined) return;
      await client.call('remove', {
        params: { id: run.executionId },
        query: { files: answer === both ? 'delete' : 'keep' },
      });
    },

    async 'trainyard.exploreMetrics'(argument) {
      const run = await chosen(
        'trainyard.exploreMetrics',
        argument,
        () => true,
        'Nothing to explore yet: train a model first.',
      );
      explore.show([run.executionId]);
    },

    async 'trainyard.showLogs'(argument) {
      const run = await chosen(
        'trainyard.showLogs',
        argument,
        () => true,
        'No logs yet: train a model first.',
      );
      await logs.show(run);
    },

    async 'trainyard.copyModelId'(argument) {
      const run = await chosen(
        'trainyard.copyModelId',
        argument,
        () => true,
        'No runs yet: train a model first.',
      );
      await copy('model ID', run.model.id);
    },

    async 'trainyard.copyExecutionId'(argument) {
      const run = await chosen(
        'trainyard.copyExecutionId',
        argument,
        () => true,
        'No runs yet: train a model first.',
      );
      await copy('execution ID', run.executionId);
    },
  };

  /** What runs can't be taken up again where it was; what only waits loses nothing and is aborted at once. */
  async function confirmAbort(run: Run): Promise<boolean> {
    if (run.status !== 'In Progress') return true;
    const held = store.held(run.executionId);
    const took = held === undefined ? null : durationAt(held, Date.now());
    const answer = await vscode.window.showWarningMessage(
      `Abort ${nameOf(run)}?`,
      {
        modal: true,
        detail:
          (took === null ? '' : `It has run for ${duration(took)}. `) +
          'Its metrics and checkpoints stay, and it can be run again.',
      },
      'Abort Training',
    );
    return answer !== undefined;
  }
}
