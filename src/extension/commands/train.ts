/** *Train Model…*: from the models of the workspace's projects to a submitted run. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import * as vscode from 'vscode';
import { withInstanceThatExists } from '../../client/firstService.ts';
import { ProjectError, submissionFor, type LoadedProject } from '../../client/project.ts';
import { PROJECT_FILE } from '../../contract/project.ts';
import type { Run } from '../../contract/shapes.ts';
import type { Connection } from '../interfaces.ts';
import { pythonFor } from '../python.ts';
import { isInside, type Projects } from '../projects.ts';
import type { Store } from '../store.ts';
import { COMMANDS, type CommandId } from './list.ts';
import { openAtProblem, tellProjectError, type Handler } from './register.ts';

interface Choice extends vscode.QuickPickItem {
  picked?: boolean;
  model: { loaded: LoadedProject; name: string } | null;
  broken: ProjectError | null;
}

export function trainModel(deps: {
  projects: Projects;
  connection: Connection;
  store: Store;
  log: vscode.LogOutputChannel;
  /** Shows the new run where the user looks next. */
  onSubmitted: (run: Run) => Promise<void>;
}): Handler {
  const { projects, connection, store, log, onSubmitted } = deps;

  return async () => {
    await save((document) => path.basename(document.uri.fsPath) === PROJECT_FILE);
    const found = await projects.load();
    if (found.length === 0) {
      await offerExample();
      return;
    }
    const [only] = found;
    if (found.length === 1 && only?.ok === false) {
      await tellProjectError(only.error);
      return;
    }
    const choice = await vscode.window.showQuickPick(choicesOf(found), {
      title: COMMANDS['trainyard.trainModel'],
      placeHolder: 'Choose a model to train',
      matchOnDescription: true,
    });
    if (choice === undefined) return;
    if (choice.broken !== null) await openAtProblem(choice.broken);
    if (choice.model === null) return;
    const { loaded, name } = choice.model;
    const run = await vscode.window.withProgress({ location: { viewId: 'trainyard.runs' } }, () =>
      submit(loaded, name),
    );
    await onSubmitted(run);
  };

  async function submit(loaded: LoadedProject, name: string): Promise<Run> {
    const folder = path.dirname(loaded.file);
    await save((document) => isInside(document.uri.fsPath, folder));
    const python = await pythonFor(vscode.Uri.file(loaded.folder), log);
    const wanted = await submissionFor(loaded, name, { python });
    const client = await connection.client();
    const { submission, said } = withInstanceThatExists(wanted, await client.call('compute', {}));
    const run = await client.call('submit', {
      headers: { 'idempotency-key': randomUUID() },
      body: submission,
    });
    log.info(
      `Submitted ${run.executionId} (${run.model.name} v${run.model.version}) with ${submission.architecture.python}`,
    );
    store.put(run);
    if (said !== null) void vscode.window.showInformationMessage(said);
    return run;
  }
}

/** The models by project, in the order of their files; a project that can't be read says where it is broken. */
function choicesOf(found: Awaited<ReturnType<Projects['load']>>): Choice[] {
  return found.flatMap((project): Choice[] => {
    const heading: Choice[] =
      found.length > 1
        ? [
            {
              label: titleOf(project.uri),
              kind: vscode.QuickPickItemKind.Separator,
              model: null,
              broken: null,
            },
          ]
        : [];
    if (!project.ok) {
      const { error } = project;
      const detail = error.problems.map((one) => `Line ${one.line}: ${one.message}`)[0] ?? error.message;
      const file = vscode.workspace.asRelativePath(project.uri);
      return [
        ...heading,
        { label: `$(error) ${file} can't be read`, detail, alwaysShow: true, model: null, broken: error },
      ];
    }
    const { loaded } = project;
    return [
      ...heading,
      ...Object.entries(loaded.project.models).map(([name, { architecture, dataset }]) => ({
        label: name,
        description: [architecture, ...(dataset === undefined ? [] : [dataset])].join(' · '),
        model: { loaded, name },
        broken: null,
      })),
    ];
  });
}

/** A project's folder, as one sees it in the explorer. */
function titleOf(file: vscode.Uri): string {
  const folder = vscode.Uri.joinPath(file, '..');
  const root = vscode.workspace.getWorkspaceFolder(folder);
  return root?.uri.fsPath === folder.fsPath ? root.name : vscode.workspace.asRelativePath(folder);
}

async function offerExample(): Promise<void> {
  const where = (vscode.workspace.workspaceFolders ?? []).length > 0 ? 'this workspace' : 'this window';
  const choice = await vscode.window.showErrorMessage(
    `There is no trainyard.json in ${where}: it says what can be trained. The example project shows one.`,
    COMMANDS['trainyard.createExampleProject'],
  );
  if (choice === undefined) return;
  await vscode.commands.executeCommand('trainyard.createExampleProject' satisfies CommandId);
}

/** Code runs in place, so what is in the editors goes to disk first, as before a debug session. */
async function save(wanted: (document: vscode.TextDocument) => boolean): Promise<void> {
  const dirty = vscode.workspace.textDocuments.filter(
    (document) => document.isDirty && document.uri.scheme === 'file' && wanted(document),
  );
  for (const document of dirty) {
    if (await document.save()) continue;
    throw new ProjectError(
      `${document.uri.fsPath} can't be saved, so it isn't trained.`,
      document.uri.fsPath,
    );
  }
}
