/** Wires the parts together and returns at once: whatever takes time goes on behind it, and the views say where they stand. */
import * as vscode from 'vscode';
import { BackendConnection } from './backend.ts';
import { createExampleProject } from './commands/example.ts';
import type { CommandId } from './commands/list.ts';
import { registerCommands } from './commands/register.ts';
import { runCommands } from './commands/runCommands.ts';
import { trainModel } from './commands/train.ts';
import { markProjectFiles } from './diagnostics.ts';
import { LogDocuments } from './logs/documents.ts';
import { ExplorePanels } from './panels/explore.ts';
import { Projects } from './projects.ts';
import { showActivity } from './runs/statusBar.ts';
import { RunsView } from './runs/view.ts';
import { Store } from './store.ts';
import { tellFailures } from './tellFailures.ts';

export function activate(context: vscode.ExtensionContext): void {
  const began = performance.now();
  const log = vscode.window.createOutputChannel('Trainyard', { log: true });
  const connection = new BackendConnection(context.extensionPath, log);
  const projects = new Projects(log);
  const store = new Store(connection, projects, log);
  const view = new RunsView(connection, projects, store, log);
  const logs = new LogDocuments(connection, store, log);
  const explore = new ExplorePanels({
    extensionUri: context.extensionUri,
    connection,
    store,
    runCommand: (id, executionId) => {
      vscode.commands
        .executeCommand(id, executionId)
        .then(undefined, (error: unknown) => log.error(String(error)));
    },
    log,
  });

  const commands = registerCommands(
    {
      ...runCommands({ store, connection, explore, logs }),
      'trainyard.trainModel': trainModel({
        projects,
        connection,
        store,
        log,
        onSubmitted: async (run) => {
          explore.show([run.executionId]);
          await view.reveal(run.executionId);
        },
      }),
      'trainyard.createExampleProject': createExampleProject(context.extensionPath),
      'trainyard.showLog': () => log.show(),
      'trainyard.restartBackend': () => connection.restart(),
    } satisfies Record<CommandId, unknown>,
    log,
  );

  context.subscriptions.push(
    log,
    connection,
    projects,
    store,
    view,
    logs,
    explore,
    commands,
    markProjectFiles(projects),
    showActivity(store),
    tellFailures(connection, view, log),
  );
  projects.refresh();
  connection.start();
  log.info(`Activated in ${(performance.now() - began).toFixed(1)} ms`);
}
