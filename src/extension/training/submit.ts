/** Submits trainings: saves what is in the editors, resolves the interpreter, and says what the new run needs to be known. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { readFile, realpath } from 'node:fs/promises';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { CallError } from '../../client/api.ts';
import { differingSettings } from '../../client/differingSettings.ts';
import { withInstanceThatExists } from '../../client/firstService.ts';
import { ProjectError, submissionFor } from '../../client/project.ts';
import { scriptSubmission } from '../../client/script.ts';
import { placeIn } from '../../contract/project.ts';
import type { Run, Service, SettingsChange, SubmissionInput } from '../../contract/shapes.ts';
import { say } from '../commands/said.ts';
import type { Connection, ServicePages } from '../interfaces.ts';
import { isInside } from '../inside.ts';
import type { Projects } from '../projects.ts';
import { pythonFor } from '../python.ts';
import type { Store } from '../store.ts';
import type { Config } from './changes.ts';
import { projectAround, type Target } from './targets.ts';

export interface SubmitDeps {
  projects: Projects;
  connection: Connection;
  store: Store;
  pages: ServicePages;
  log: vscode.LogOutputChannel;
  /** Shows the new run where the user looks next. */
  onSubmitted: (run: Run) => Promise<void>;
}

export class Submitter {
  readonly #deps: SubmitDeps;
  /** What was said of services that are set otherwise than their file says: the same once in a window. */
  readonly #said = new Set<string>();

  constructor(deps: SubmitDeps) {
    this.#deps = deps;
  }

  /** Trains a model of a project; rejects with `ProjectError` where that can't be, with its place in the file. */
  async model({ loaded, model }: Target, set: Config = {}): Promise<void> {
    await saveBefore(path.dirname(loaded.file));
    const python = await pythonFor(vscode.Uri.file(loaded.folder), this.#deps.log);
    const submission = await submissionFor(loaded, model, { python, set });
    const { id } = submission.architecture;
    try {
      await this.#send(submission, loaded.project.architectures[id]?.service);
    } catch (error) {
      if (!(error instanceof CallError && error.code === 'no-train-function')) throw error;
      const text = await readFile(loaded.file, 'utf8');
      const message = [error.message, ...(error.hint === null ? [] : [error.hint])].join(' ');
      const problem = { message, ...placeIn(text, ['architectures', id, 'train']) };
      throw new ProjectError(l10n.t("{0} isn't trained: {1}", model, message), loaded.file, [problem]);
    }
  }

  /** Trains a script that no project names. */
  async script(file: vscode.Uri): Promise<void> {
    const real = await realpath(file.fsPath);
    const projects = (this.#deps.projects.all ?? []).flatMap((one) => (one.ok ? one.loaded : []));
    const around = projectAround(projects, real);
    const folder = around?.folder ?? (await workspaceFolderOf(file));
    await saveBefore(folder);
    await this.#send(
      await scriptSubmission({
        folder,
        file: path.relative(folder, real),
        project: around?.project ?? null,
        python: await pythonFor(file, this.#deps.log),
      }),
      undefined,
    );
  }

  async #send(wanted: SubmissionInput, fileSettings: SettingsChange | undefined): Promise<void> {
    const { connection, store, log, onSubmitted } = this.#deps;
    const run = await vscode.window.withProgress({ location: { viewId: 'trainyard.runs' } }, async () => {
      const client = await connection.client();
      const { submission, said } = withInstanceThatExists(wanted, await client.call('compute', {}));
      const { project, architecture } = submission;
      const first = !store
        .services()
        .some((one) => one.project === project && one.architecture.id === architecture.id);
      const made = await client
        .call('submit', { headers: { 'idempotency-key': randomUUID() }, body: submission })
        .catch((error: unknown) => {
          throw elsewhere(error, connection.url);
        });
      log.info(
        `Submitted ${made.executionId} (${made.model.name} v${made.model.version}) with ${submission.architecture.python}`,
      );
      // What events have told by now is newer than the answer.
      if (store.get(made.executionId) === undefined) store.put(made);
      const service =
        store.service(made.service.id) ??
        (await client.call('getService', { params: { id: made.service.id } }));
      if (store.service(service.id) === undefined) store.putService(service);
      // It is the service's first training that says how it is made.
      if (said !== null && first) void vscode.window.showInformationMessage(said);
      this.#offer(service, fileSettings);
      return made;
    });
    await onSubmitted(run);
  }

  /** Says where the file's block differs from what the service is set to; the training isn't kept waiting by it. */
  #offer(service: Service, file: SettingsChange | undefined): void {
    const differing = differingSettings(service, file);
    if (file === undefined || differing === null || this.#said.has(differing.said)) return;
    this.#said.add(differing.said);
    this.#ask(service, file, differing.said).catch((error: unknown) => {
      this.#deps.log.error(`The settings of ${service.name} stay as they are: ${String(error)}`);
      void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
    });
  }

  async #ask(service: Service, file: SettingsChange, said: string): Promise<void> {
    const { connection, store, pages } = this.#deps;
    const [apply, showSettings] = [l10n.t('Apply'), l10n.t('Show Settings')];
    const chosen = await vscode.window.showInformationMessage(`${said}.`, apply, showSettings);
    if (chosen === showSettings) pages.show(service.id, 'settings');
    if (chosen !== apply) return;
    const client = await connection.client();
    const params = { id: service.id };
    store.putService(await client.call('changeService', { params, body: { settings: file } }));
    this.#said.delete(said);
    say(l10n.t('{0} is set as trainyard.json says', service.name));
  }
}

/** A script outside of every workspace folder is a project of its own folder's. */
async function workspaceFolderOf(file: vscode.Uri): Promise<string> {
  const folder = vscode.workspace.getWorkspaceFolder(file)?.uri.fsPath ?? path.dirname(file.fsPath);
  return realpath(folder);
}

/** Code runs in place, so what is in the editors goes to disk first, as before a debug session. */
export const saveBefore = (folder: string): Promise<void> =>
  save((document) => isInside(document.uri.fsPath, folder));

export async function save(wanted: (document: vscode.TextDocument) => boolean): Promise<void> {
  const dirty = vscode.workspace.textDocuments.filter(
    (document) => document.isDirty && document.uri.scheme === 'file' && wanted(document),
  );
  for (const document of dirty) {
    if (await document.save()) continue;
    throw new ProjectError(
      l10n.t("{0} can't be saved, so it isn't trained.", document.uri.fsPath),
      document.uri.fsPath,
    );
  }
}

/** A backend on another machine knows only what lies on its own disk. */
function elsewhere(error: unknown, url: string | null): unknown {
  if (url === null || !(error instanceof CallError && error.code === 'no-such-project')) return error;
  const hint = l10n.t(
    'Open the window on that machine, or use this one’s own backend (Connect to Backend…).',
  );
  const message = `${l10n.t('The backend at {0} trains only what lies on its own disk.', url)} ${error.message}`;
  return new CallError(error.code, error.status, message, hint);
}
