/** *Show Diagnosis*: why a run's service doesn't start it. And what each remedy does, wherever its button stands. */
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { DiagnosisRemedy } from '../../contract/pages/diagnosis.ts';
import { PROJECT_FILE } from '../../contract/project.ts';
import { Settings, type Run, type Service, type SettingsChange } from '../../contract/shapes.ts';
import type { Connection } from '../interfaces.ts';
import {
  diagnosisText,
  dialogRemedies,
  doubledMemory,
  REMEDY_TITLES,
  remediesFor,
} from '../runs/remedies.ts';
import type { Store } from '../store.ts';
import type { CommandId } from './list.ts';
import { say } from './said.ts';

interface Deps {
  readonly connection: Connection;
  readonly store: Store;
}

/** What a remedy is for: a service, and the execution whose log tells of its start. */
export interface Ailing {
  serviceId: string;
  executionId: string | null;
}

export async function showDiagnosis(run: Run, deps: Deps): Promise<void> {
  const { diagnosis } = run;
  if (diagnosis === null) {
    void vscode.window.showInformationMessage(
      l10n.t('Nothing keeps {0} from training any more.', run.service.name),
    );
    return;
  }
  const { message, detail } = diagnosisText(run, diagnosis, (iso) => new Date(iso).toLocaleString());
  const show =
    diagnosis.severity === 'error' ? vscode.window.showErrorMessage : vscode.window.showWarningMessage;
  const remedies = dialogRemedies(remediesFor(run, diagnosis, deps.store.service(run.service.id)));
  const buttons = remedies.map((remedy) => ({ title: REMEDY_TITLES[remedy], remedy }));
  const chosen = await show(message, { modal: true, detail }, ...buttons);
  if (chosen === undefined) return;
  await applyRemedy(chosen.remedy, { serviceId: run.service.id, executionId: run.executionId }, deps);
}

/** Does what a remedy says. */
export async function applyRemedy(remedy: DiagnosisRemedy, ailing: Ailing, deps: Deps): Promise<void> {
  const { serviceId, executionId } = ailing;
  switch (remedy) {
    case 'Show Logs':
      if (executionId !== null) await execute('trainyard.showLogs', executionId);
      return;
    case 'Retry Now':
      return execute('trainyard.retryNow', serviceId);
    case 'Resume Service':
      return execute('trainyard.resumeService', serviceId);
    case 'Configure Service…':
      return execute('trainyard.configureService', serviceId);
    case 'Show Service Executions':
      return execute('trainyard.showServiceExecutions', serviceId);
    case 'Choose Interpreter…':
      await vscode.commands.executeCommand('workbench.action.openSettings', 'trainyard.python');
      return;
    case 'Open trainyard.json':
      return openArchitecture(serviceOf(ailing, deps));
    case 'Use CPU':
      return change(serviceId, { instance: 'cpu' }, deps);
    case 'Raise Memory…':
      return raiseMemory(serviceOf(ailing, deps), deps);
    default:
      return remedy satisfies never;
  }
}

async function execute(command: CommandId, id: string): Promise<void> {
  await vscode.commands.executeCommand(command, id);
}

function serviceOf({ serviceId }: Ailing, { store }: Deps): Service {
  const service = store.service(serviceId);
  if (service === undefined) throw new Error(l10n.t('This service is gone.'));
  return service;
}

async function change(id: string, settings: SettingsChange, { connection, store }: Deps): Promise<void> {
  const client = await connection.client();
  store.putService(await client.call('changeService', { params: { id }, body: { settings } }));
}

async function raiseMemory({ id, name, settings }: Service, deps: Deps): Promise<void> {
  const answer = await vscode.window.showInputBox({
    title: l10n.t('Memory of {0}', name),
    prompt:
      settings.memory === undefined
        ? l10n.t('What a training and all processes that it starts may use. Now no limit; empty: no limit.')
        : l10n.t(
            'What a training and all processes that it starts may use. Now {0}; empty: no limit.',
            settings.memory,
          ),
    value: doubledMemory(settings.memory),
    validateInput: (text) =>
      text.trim() === '' || Settings.shape.memory.safeParse(text.trim()).success
        ? null
        : l10n.t('A number and a unit, such as 8GB or 512 MiB.'),
  });
  if (answer === undefined) return;
  const memory = answer.trim() === '' ? null : answer.trim();
  await change(id, { memory }, deps);
  say(
    memory === null
      ? l10n.t('{0} has no limit of memory', name)
      : l10n.t('Memory of {0} is {1}', name, memory),
  );
}

/** Opens the project's file where it tells of the service's architecture. */
async function openArchitecture({ project, architecture }: Service): Promise<void> {
  const document = await vscode.workspace.openTextDocument(path.join(project, PROJECT_FILE));
  const at = document.positionAt(Math.max(0, document.getText().indexOf(`"${architecture.id}"`)));
  await vscode.window.showTextDocument(document, {
    viewColumn: vscode.ViewColumn.One,
    selection: new vscode.Range(at, at),
  });
}
