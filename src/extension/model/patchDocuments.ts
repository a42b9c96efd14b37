/** What was uncommitted when a training ran, as a read-only document in the editor's own colours for differences. */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { nameOf } from '../../client/words.ts';
import type { Run } from '../../contract/shapes.ts';
import type { Connection } from '../interfaces.ts';
import { besidePage } from './openers.ts';

const SCHEME = 'trainyard-patch';

export class PatchDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #connection: Connection;
  readonly #registered: vscode.Disposable;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#registered = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  }

  async show(run: Run): Promise<void> {
    const name = nameOf(run).replace(/[\\/:*?"<>|]/g, '-');
    // The query names the run, after a reload too; the name's end makes it a difference to the editor.
    const uri = vscode.Uri.from({
      scheme: SCHEME,
      path: `/${l10n.t('{0}, uncommitted', name)}.diff`,
      query: run.executionId,
    });
    await vscode.window.showTextDocument(uri, { viewColumn: besidePage(), preview: true });
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const client = await this.#connection.client();
    const { ran } = await client.call('getRun', { params: { id: uri.query } });
    const patch = ran?.code?.patch ?? '';
    return ran?.code?.patchCut === true
      ? `${patch}\n# ${l10n.t('The rest of the difference was too long to be kept.')}\n`
      : patch;
  }

  dispose(): void {
    this.#registered.dispose();
  }
}
