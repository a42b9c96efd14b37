/** Logs of trainings as read-only documents that grow while somebody looks at them. VS Code restores them after a reload. */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { CallError } from '../../client/api.ts';
import { nameOf } from '../../client/words.ts';
import { linksIn } from '../../contract/logLines.ts';
import { isOver } from '../../contract/status.ts';
import type { Run } from '../../contract/shapes.ts';
import type { Connection, RunStore } from '../interfaces.ts';
import { FollowedLog } from './followedLog.ts';

const SCHEME = 'trainyard-log';

export class LogDocuments
  implements vscode.FileSystemProvider, vscode.DocumentLinkProvider, vscode.Disposable
{
  readonly #connection: Connection;
  readonly #store: RunStore;
  readonly #log: vscode.LogOutputChannel;
  /** The logs that are open, by URI. */
  readonly #followed = new Map<string, FollowedLog>();
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly #disposables: vscode.Disposable[];
  readonly onDidChangeFile = this.#changed.event;

  constructor(connection: Connection, store: RunStore, log: vscode.LogOutputChannel) {
    this.#connection = connection;
    this.#store = store;
    this.#log = log;
    this.#disposables = [
      vscode.workspace.registerFileSystemProvider(SCHEME, this, {
        isCaseSensitive: true,
        isReadonly: new vscode.MarkdownString(l10n.t('What a training printed stays as it is.')),
      }),
      vscode.languages.registerDocumentLinkProvider({ scheme: SCHEME }, this),
      vscode.window.onDidChangeVisibleTextEditors(() => this.#followVisible()),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#close(uri)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.#keepAtEnd(document)),
      vscode.window.onDidChangeTextEditorSelection((event) => this.#noteSelection(event)),
      // A stream that broke goes on where it was.
      connection.onDidConnect(() => this.#followVisible()),
      store.onDidRemoveRun((id) => {
        for (const one of this.#followed.values()) if (one.executionId === id) one.pause();
      }),
      this.#changed,
    ];
  }

  /** Opens the log of the run's present attempt, at its end. */
  async show(run: Run): Promise<void> {
    const document = await vscode.workspace.openTextDocument(uriOf(run));
    const end = endOf(document);
    await vscode.window.showTextDocument(document, { selection: new vscode.Range(end, end), preview: true });
  }

  stat(uri: vscode.Uri): vscode.FileStat {
    const followed = this.#followed.get(uri.toString());
    return {
      type: vscode.FileType.File,
      ctime: 0,
      mtime: followed?.version ?? 0,
      size: followed?.content.byteLength ?? 0,
      permissions: vscode.FilePermission.Readonly,
    };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    try {
      const followed = await this.#obtain(uri);
      return followed.content;
    } catch (error) {
      if (error instanceof CallError && error.status === 404) throw vscode.FileSystemError.FileNotFound(uri);
      throw vscode.FileSystemError.Unavailable(error instanceof Error ? error.message : String(error));
    }
  }

  provideDocumentLinks(document: vscode.TextDocument): vscode.DocumentLink[] {
    const named = parse(document.uri);
    const project = named === null ? undefined : this.#store.get(named.executionId)?.project;
    const base = vscode.Uri.file(project ?? '/');
    return linksIn(document.getText()).map(({ start, length, file, line }) => {
      const range = new vscode.Range(document.positionAt(start), document.positionAt(start + length));
      const absolute = /^([A-Za-z]:)?[\\/]/.test(file);
      const target = absolute ? vscode.Uri.file(file) : vscode.Uri.joinPath(base, file);
      return new vscode.DocumentLink(range, target.with({ fragment: `L${line}` }));
    });
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  createDirectory(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  dispose(): void {
    for (const followed of this.#followed.values()) followed.pause();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** The log behind a URI, read up to where it is now. */
  async #obtain(uri: vscode.Uri): Promise<FollowedLog> {
    const key = uri.toString();
    const known = this.#followed.get(key);
    if (known !== undefined) return known;
    const named = parse(uri);
    if (named === null) throw vscode.FileSystemError.FileNotFound(uri);
    const followed = new FollowedLog(named, () => this.#connection.client(), {
      // What an empty log says depends on whether more can come.
      whileEmpty: () => this.#whileEmpty(named),
      onChange: () => this.#changed.fire([{ type: vscode.FileChangeType.Changed, uri }]),
      onBroken: (error) => this.#log.warn(`The log of ${named.executionId} broke off: ${error.message}`),
    });
    await followed.readToEnd();
    this.#followed.set(key, followed);
    this.#followVisible();
    return followed;
  }

  #whileEmpty({ executionId, attempt }: Named): string {
    const run = this.#store.get(executionId);
    if (run === undefined) return `${l10n.t('Nothing was printed.')}\n`;
    const more = run.attempt === attempt && !isOver(run.status);
    const said = more
      ? l10n.t('{0} has printed nothing yet.', nameOf(run))
      : l10n.t('{0} printed nothing.', nameOf(run));
    return `${said}\n`;
  }

  #followVisible(): void {
    const visible = new Set(vscode.window.visibleTextEditors.map(({ document }) => document.uri.toString()));
    for (const [key, followed] of this.#followed) {
      if (visible.has(key)) followed.follow();
      else followed.pause();
    }
  }

  #close(uri: vscode.Uri): void {
    const key = uri.toString();
    this.#followed.get(key)?.pause();
    this.#followed.delete(key);
  }

  /** As in the Output view: who has the cursor in the last line sees what comes. */
  #keepAtEnd(document: vscode.TextDocument): void {
    const followed = this.#followed.get(document.uri.toString());
    if (followed?.atEnd !== true) return;
    const end = endOf(document);
    for (const editor of vscode.window.visibleTextEditors) {
      if (editor.document !== document) continue;
      editor.selection = new vscode.Selection(end, end);
      editor.revealRange(new vscode.Range(end, end));
    }
  }

  /** Only what a person does with the cursor counts, not where new text or we ourselves have put it. */
  #noteSelection({ textEditor, selections, kind }: vscode.TextEditorSelectionChangeEvent): void {
    const byHand =
      kind === vscode.TextEditorSelectionChangeKind.Keyboard ||
      kind === vscode.TextEditorSelectionChangeKind.Mouse;
    const followed = this.#followed.get(textEditor.document.uri.toString());
    const [selection] = selections;
    if (!byHand || followed === undefined || selection === undefined) return;
    followed.atEnd = selection.isEmpty && selection.active.line >= textEditor.document.lineCount - 1;
  }
}

interface Named {
  executionId: string;
  attempt: number;
}

/** The path is what the tab says; the query is what it is known by, after a reload too. */
function uriOf(run: Run): vscode.Uri {
  const plain = nameOf(run).replace(/[\\/:*?"<>|]/g, '-');
  const name = run.attempt > 1 ? l10n.t('{0}, attempt {1}', plain, run.attempt) : plain;
  return vscode.Uri.from({
    scheme: SCHEME,
    path: `/${name}.log`,
    query: `${run.executionId}/${run.attempt}`,
  });
}

function parse(uri: vscode.Uri): Named | null {
  const [, executionId, attempt] = /^([^/]+)\/(\d+)$/.exec(uri.query) ?? [];
  return executionId === undefined ? null : { executionId, attempt: Number(attempt) };
}

const endOf = (document: vscode.TextDocument): vscode.Position =>
  document.lineAt(Math.max(0, document.lineCount - 1)).range.end;
