/** Wires the parts together and returns at once: whatever takes time goes on behind it, and the views say where they stand. */
// First of all: it says in which language words are made.
// oxlint-disable-next-line import/no-unassigned-import
import './translation.ts';
import * as vscode from 'vscode';
import { BackendConnection } from './backend.ts';
import { Capacity } from './capacity.ts';
import { connectToBackend } from './commands/connect.ts';
import { createExampleProject } from './commands/example.ts';
import { importRuns } from './commands/import.ts';
import type { CommandId } from './commands/list.ts';
import { registerCommands } from './commands/register.ts';
import { runCommands } from './commands/runCommands.ts';
import { serviceCommands } from './commands/serviceCommands.ts';
import { trainCommands } from './commands/train.ts';
import { registerGroupBy, viewCommands } from './commands/viewCommands.ts';
import { markProjectFiles } from './diagnostics.ts';
import { LogDocuments } from './logs/documents.ts';
import { tellNotices } from './notices/tell.ts';
import { ExplorePanels } from './panels/explore.ts';
import { ModelPanels } from './panels/model.ts';
import { ServicePanels } from './panels/service.ts';
import { TrainingTable } from './panels/table.ts';
import { showModels } from './models/view.ts';
import { Projects } from './projects.ts';
import { RunColors } from './runs/colors.ts';
import { RunsSettings } from './runs/settings.ts';
import { showActivity } from './runs/statusBar.ts';
import { RunsView } from './runs/view.ts';
import { showServices } from './services/view.ts';
import { Store } from './store.ts';
import { tellFailures } from './tellFailures.ts';
import { tellTrainables } from './training/contextKeys.ts';
import { Debugger } from './training/debug.ts';
import { showLenses } from './training/lenses.ts';
import { Submitter } from './training/submit.ts';

export function activate(context: vscode.ExtensionContext): void {
  const began = performance.now();
  const log = vscode.window.createOutputChannel('Trainyard', { log: true });
  const connection = new BackendConnection(context.extensionPath, context.secrets, log);
  const projects = new Projects(log);
  const store = new Store(connection, projects, log);
  const capacity = new Capacity(connection, store, log);
  const settings = new RunsSettings(context.workspaceState);
  const kept = context.workspaceState;
  const view = new RunsView({ connection, projects, store, capacity, settings, kept, log });
  const logs = new LogDocuments(connection, store, log);
  const { extensionUri } = context;
  const colors = new RunColors(kept, store);
  const explore = new ExplorePanels({
    extensionUri,
    connection,
    store,
    colors,
    runCommand: (id, executionId) => {
      vscode.commands
        .executeCommand(id, executionId)
        .then(undefined, (error: unknown) => log.error(String(error)));
    },
    log,
  });

  const tables = { extensionUri, connection, store, projects, colors, memory: kept, log };
  const services = new ServicePanels(tables);
  const table = new TrainingTable({ ...tables, services });
  const models = new ModelPanels({ extensionUri, connection, store, services, log });

  const submitter = new Submitter({
    projects,
    connection,
    store,
    pages: services,
    log,
    onSubmitted: async (run) => {
      explore.show([run.executionId]);
      // Whoever looks at another view, at the explorer above all, keeps it.
      if (view.visible) await view.reveal(run.executionId);
    },
  });
  const debug = new Debugger({ extensionPath: context.extensionPath, connection, store, log });

  const commands = registerCommands(
    {
      ...runCommands({ store, connection, explore, models, logs }),
      ...serviceCommands({ store, connection, pages: services }),
      ...viewCommands({ store, settings }),
      ...trainCommands({ projects, submitter, debugger: debug }),
      'trainyard.showTrainingTable': () => table.show(),
      'trainyard.createExampleProject': createExampleProject(context.extensionPath),
      'trainyard.importRuns': () => importRuns(connection, log),
      'trainyard.showLog': () => log.show(),
      'trainyard.connectToBackend': () => connectToBackend(connection),
      'trainyard.restartBackend': () => connection.restart(),
      'trainyard.stopBackend': () => connection.end(),
    } satisfies Record<CommandId, unknown>,
    log,
  );

  context.subscriptions.push(
    log,
    connection,
    projects,
    store,
    capacity,
    settings,
    view,
    logs,
    colors,
    explore,
    models,
    services,
    table,
    commands,
    registerGroupBy(settings),
    markProjectFiles(projects, log),
    showServices({ store, projects, capacity, connection }),
    showModels({ store, projects, capacity, connection, settings, log }),
    showLenses(store, projects),
    tellTrainables(projects, log),
    showActivity(store),
    tellFailures(connection, view, log),
    tellNotices({ connection, store, projects, log }),
  );
  projects.refresh();
  connection.start();
  log.info(`Activated in ${(performance.now() - began).toFixed(1)} ms`);
}
