/** *Debug Training*: a model's train function with its context, under the Python debugger and outside the queue. */
import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { resolvePython } from '../../client/project.ts';
import type { Settings } from '../../contract/shapes.ts';
import type { CommandId } from '../commands/list.ts';
import type { Connection } from '../interfaces.ts';
import { pythonFor } from '../python.ts';
import type { Store } from '../store.ts';
import { launchConfiguration, programOf } from './launch.ts';
import { saveBefore } from './submit.ts';
import type { Target } from './targets.ts';

const DEBUGGER = 'ms-python.debugpy';

export class Debugger {
  readonly #runner: string;
  readonly #connection: Connection;
  readonly #store: Store;
  readonly #log: vscode.LogOutputChannel;

  constructor(deps: {
    extensionPath: string;
    connection: Connection;
    store: Store;
    log: vscode.LogOutputChannel;
  }) {
    this.#runner = path.join(deps.extensionPath, 'dist', 'runner');
    this.#connection = deps.connection;
    this.#store = deps.store;
    this.#log = deps.log;
  }

  async debug(target: Target): Promise<void> {
    const { loaded, model } = target;
    await saveBefore(path.dirname(loaded.file));
    const work = await mkdtemp(path.join(tmpdir(), 'trainyard-debug-'));
    const outputDir = path.join(work, 'output');
    const specFile = path.join(work, 'spec.json');
    const program = programOf(loaded, model, this.#nextVersion(target), outputDir);
    if (program.kind === 'none') throw new Error(program.why);
    const python = await this.#python(target);
    if (python === null) return;
    await mkdir(outputDir);
    if (program.kind === 'train') await writeFile(specFile, JSON.stringify(program.spec));
    const configuration = launchConfiguration({
      program,
      name: model,
      folder: loaded.folder,
      python,
      runner: this.#runner,
      specFile,
      env: this.#environment(target),
      pythonPath: process.env['PYTHONPATH'],
    });
    this.#log.info(`Debugs ${model} with ${python}; its files go to ${outputDir}`);
    const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(loaded.file));
    if (!(await vscode.debug.startDebugging(folder, configuration)))
      throw new Error(l10n.t('The Python debugger did not start; its own message says why.'));
  }

  #nextVersion({ loaded, model }: Target): number {
    const own = this.#store
      .shown()
      .filter((run) => run.project === loaded.folder && run.model.name === model);
    return Math.max(0, ...own.map((run) => run.model.version)) + 1;
  }

  /** Of the service where there is one, else what its first training would give it. */
  #environment({ loaded, model }: Target): Settings['env'] {
    const id = loaded.project.models[model]?.architecture ?? '';
    const service = this.#store
      .services()
      .find((one) => one.project === loaded.folder && one.architecture.id === id);
    return service?.settings.env ?? loaded.project.architectures[id]?.service?.env ?? {};
  }

  /** The interpreter that a training would have; null where the user was told that there is none yet. */
  async #python(target: Target): Promise<string | null> {
    const { loaded, model } = target;
    const id = loaded.project.models[model]?.architecture ?? '';
    const architecture = loaded.project.architectures[id];
    if (architecture?.requirements !== undefined)
      return this.#environmentMade(target, id, architecture.requirements);
    const chosen = await pythonFor(vscode.Uri.file(loaded.folder), this.#log);
    return resolvePython(architecture?.python ?? chosen, loaded.folder, process.env);
  }

  /** Trainings make their environment; what the newest of them ran in is there for the debugger, too. */
  async #environmentMade(
    { loaded, model }: Target,
    architecture: string,
    requirements: string,
  ): Promise<string | null> {
    const client = await this.#connection.client();
    const runs = this.#store
      .shown()
      .filter((run) => run.project === loaded.folder && run.architecture.id === architecture)
      .toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
    for (const { executionId } of runs.slice(0, 10)) {
      const { ran } = await client.call('getRun', { params: { id: executionId } });
      const executable = ran?.python?.executable;
      if (executable !== undefined && (await isRunnable(executable))) return executable;
    }
    const chosen = await vscode.window.showInformationMessage(
      l10n.t(
        '{0} runs in the environment of {1}, which its first training makes. Train {2} once, then debug it.',
        architecture,
        requirements,
        model,
      ),
      l10n.t('Train {0}', model),
    );
    if (chosen !== undefined) {
      const row = { kind: 'model', file: loaded.file, model };
      await vscode.commands.executeCommand('trainyard.trainModel' satisfies CommandId, row);
    }
    return null;
  }
}

export const isDebuggerThere = (): boolean => vscode.extensions.getExtension(DEBUGGER) !== undefined;

export async function offerDebugger(): Promise<void> {
  const chosen = await vscode.window.showErrorMessage(
    l10n.t('Debug Training needs the extension Python Debugger, which is not installed.'),
    l10n.t('Find Python Debugger'),
  );
  if (chosen !== undefined) await vscode.commands.executeCommand('workbench.extensions.search', DEBUGGER);
}

const isRunnable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
