/** *Show Diagnosis*: why a run's service doesn't start it, and the remedies as buttons. */
import * as vscode from 'vscode';
import type { Run } from '../../contract/shapes.ts';
import type { Connection } from '../interfaces.ts';
import { diagnosisText, remediesFor, type Remedy } from '../runs/remedies.ts';
import type { Store } from '../store.ts';
import type { CommandId } from './list.ts';

export async function showDiagnosis(run: Run, connection: Connection, store: Store): Promise<void> {
  const { diagnosis } = run;
  if (diagnosis === null) {
    void vscode.window.showInformationMessage(`Nothing keeps ${run.service.name} from training any more.`);
    return;
  }
  const { message, detail } = diagnosisText(run, diagnosis, (iso) => new Date(iso).toLocaleString());
  const show =
    diagnosis.severity === 'error' ? vscode.window.showErrorMessage : vscode.window.showWarningMessage;
  const remedies = remediesFor(run, diagnosis, store.service(run.service.id));
  const chosen = await show(message, { modal: true, detail }, ...remedies);
  if (chosen !== undefined) await applyRemedy(chosen, run, connection, store);
}

/** Does what a remedy says. */
export async function applyRemedy(
  remedy: Remedy,
  run: Run,
  connection: Connection,
  store: Store,
): Promise<void> {
  switch (remedy) {
    case 'Show Logs':
      return execute('trainyard.showLogs', run.executionId);
    case 'Retry Now':
      return execute('trainyard.retryNow', run.service.id);
    case 'Resume Service':
      return execute('trainyard.resumeService', run.service.id);
    case 'Show Service Executions':
      return execute('trainyard.showServiceExecutions', run.service.id);
    case 'Use CPU': {
      const client = await connection.client();
      const settings = { instance: 'cpu' as const };
      store.putService(
        await client.call('changeService', { params: { id: run.service.id }, body: { settings } }),
      );
      return;
    }
    default:
      return remedy satisfies never;
  }
}

async function execute(command: CommandId, id: string): Promise<void> {
  await vscode.commands.executeCommand(command, id);
}
