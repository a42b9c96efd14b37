/** *Import Runs…*: brings in runs that were made without Trainyard, from a folder or a server. */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { importAll, type ImportSum } from '../../client/imports.ts';
import type { Connection } from '../interfaces.ts';
import { COMMANDS, type CommandId } from './list.ts';

export async function importRuns(connection: Connection, log: vscode.LogOutputChannel): Promise<void> {
  const title = COMMANDS['trainyard.importRuns'];
  const place = await choosePlace(title);
  const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
  const client = await connection.client();
  const sum = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: l10n.t('Importing runs from {0}', place.from) },
    async (progress) =>
      // Where a folder is open they are to be seen in its window.
      importAll(
        client,
        { ...place, ...(folder === undefined ? {} : { project: folder.uri.fsPath }) },
        (sofar) => progress.report({ message: sumText(sofar) }),
      ),
  );
  await tellSum(sum, place.from, log);
}

interface Place {
  from: string;
  token?: string;
}

/** Throws `CancellationError` where none is chosen. */
async function choosePlace(title: string): Promise<Place> {
  const from = await vscode.window.showQuickPick(
    [
      {
        label: l10n.t('A Folder…'),
        detail: l10n.t('Of MLflow (mlruns), of Ultralytics (runs), of TensorBoard, or with CSV files'),
        ask: askFolder,
      },
      {
        label: l10n.t('A File…'),
        detail: l10n.t(
          'A database of MLflow (mlflow.db), a log in CSV or JSON lines, or an event file of TensorBoard',
        ),
        ask: askFile,
      },
      {
        label: l10n.t('An MLflow Server…'),
        detail: l10n.t('By its address, with a token where it wants one'),
        ask: askServer,
      },
    ],
    { title, placeHolder: l10n.t('Choose where the runs are') },
  );
  const place = await from?.ask(title);
  if (place === undefined) throw new vscode.CancellationError();
  return place;
}

const askFolder = (title: string): Promise<Place | undefined> => askDisk(title, 'folder');
const askFile = (title: string): Promise<Place | undefined> => askDisk(title, 'file');

async function askDisk(title: string, what: 'folder' | 'file'): Promise<Place | undefined> {
  const open = vscode.workspace.workspaceFolders?.[0]?.uri;
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title,
      openLabel: l10n.t('Import'),
      canSelectFiles: what === 'file',
      canSelectFolders: what === 'folder',
      ...(open === undefined ? {} : { defaultUri: open }),
    })) ?? [];
  return chosen === undefined ? undefined : { from: chosen.fsPath };
}

async function askServer(title: string): Promise<Place | undefined> {
  const from = await vscode.window.showInputBox({
    title,
    prompt: l10n.t('The address of the MLflow server.'),
    placeHolder: 'http://127.0.0.1:5000',
    ignoreFocusOut: true,
    validateInput: (text) =>
      text === '' || /^https?:\/\/[^/]/i.test(text.trim())
        ? null
        : l10n.t('An address is like {0}.', 'http://127.0.0.1:5000'),
  });
  if (from === undefined || from.trim() === '') return undefined;
  const token = await vscode.window.showInputBox({
    title,
    prompt: l10n.t('The token of {0}; empty where it wants none.', from.trim()),
    password: true,
    ignoreFocusOut: true,
  });
  if (token === undefined) return undefined;
  return { from: from.trim(), ...(token === '' ? {} : { token }) };
}

async function tellSum(sum: ImportSum, from: string, log: vscode.LogOutputChannel): Promise<void> {
  for (const { what, why } of sum.skipped) log.warn(`Import from ${from}: left out ${what}: ${why}`);
  const said = l10n.t('{0} from {1}.', sumText(sum), from);
  if (sum.skipped.length === 0) {
    void vscode.window.showInformationMessage(said);
    return;
  }
  const left =
    sum.skipped.length === 1
      ? l10n.t('1 could not be read.')
      : l10n.t('{0} could not be read.', sum.skipped.length);
  const showLog = COMMANDS['trainyard.showLog'];
  const choice = await vscode.window.showWarningMessage(`${said} ${left}`, showLog);
  if (choice === showLog) await vscode.commands.executeCommand('trainyard.showLog' satisfies CommandId);
}

function sumText({ added, changed, known }: ImportSum): string {
  return [
    added === 1 ? l10n.t('1 run imported') : l10n.t('{0} runs imported', added),
    ...(changed === 0 ? [] : [l10n.t('{0} brought up to date', changed)]),
    ...(known === 0 ? [] : [l10n.t('{0} here already', known)]),
  ].join(', ');
}
