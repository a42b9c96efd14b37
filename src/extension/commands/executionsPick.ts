/** The executions of a service as a list to pick from; a click explores one. */
import * as vscode from 'vscode';
import type { Connection, ServicePages } from '../interfaces.ts';
import { runItem } from '../runs/item.ts';
import { themeIcon } from '../runs/rows.ts';
import type { CommandId } from './list.ts';

export function executionsPick(connection: Connection, log: vscode.LogOutputChannel): ServicePages {
  async function pick(id: string): Promise<void> {
    const client = await connection.client();
    const [service, { runs }] = await Promise.all([
      client.call('getService', { params: { id } }),
      client.call('serviceExecutions', { params: { id } }),
    ]);
    const now = Date.now();
    const picked = await vscode.window.showQuickPick(
      runs.map((run) => {
        const { label, description, icon } = runItem({ run, receivedAt: now }, now);
        return { label, description, iconPath: themeIcon(icon), run };
      }),
      {
        title: `Executions of ${service.name}`,
        placeHolder: 'Choose one to explore',
        matchOnDescription: true,
      },
    );
    if (picked === undefined) return;
    await vscode.commands.executeCommand(
      'trainyard.exploreMetrics' satisfies CommandId,
      picked.run.executionId,
    );
  }
  return {
    show: (id) => {
      pick(id).catch((error: unknown) => {
        log.error(`The executions of ${id} can't be shown: ${String(error)}`);
        void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
      });
    },
  };
}
