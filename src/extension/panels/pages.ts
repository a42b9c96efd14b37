/**
 * The pages of one kind in this window: at most one to each subject, restored after a reload, fed only while it can be seen. What a
 * kind of page shows is its `Content`; everything that pages have in common is here.
 */
import * as vscode from 'vscode';
import * as z from 'zod';
import {
  FromPage,
  Kept,
  type CallTable,
  type Handlers,
  type Remedy,
  type Trouble,
} from '../../contract/pages/page.ts';
import type { Connection } from '../interfaces.ts';
import { answer } from './calls.ts';
import { pageOf } from './page.ts';
import { troubleOf } from './trouble.ts';

export interface PageKind<Subject, To, Calls extends CallTable> {
  /** Of its view type (`trainyard.<name>`), its script and style (`<name>.js`, `<name>.css`) and its icons. */
  readonly name: string;
  /** Until the page names itself. */
  readonly title: string;
  readonly subject: z.ZodType<Subject>;
  /** Subjects of the same key share one page. */
  keyOf(subject: Subject): string;
  readonly calls: Calls;
  /** Whether the keyboard follows where the page opens. */
  readonly takesFocus: boolean;
  /** Whether it shows pictures: of folders that its content names. */
  readonly pictures?: true;
  open(subject: Subject, page: Page<To>): Content<Calls>;
}

/** The page as its content sees it. */
export interface Page<To> {
  /** Heard only while the page is fed. */
  post(message: To | Trouble): void;
  rename(title: string): void;
  /**
   * Lets the page show pictures of these folders and of no others; where they were others before, the page begins anew. Returns by
   * which address it can have a file.
   */
  servePictures(folders: readonly vscode.Uri[]): (file: vscode.Uri) => string;
}

export interface Content<Calls extends CallTable> extends vscode.Disposable {
  readonly handlers: Handlers<Calls>;
  /** The page can be seen and knows nothing: tells it all, then what changes, until that is disposed of. */
  feed(): vscode.Disposable;
}

export interface PagesDeps {
  readonly extensionUri: vscode.Uri;
  readonly connection: Connection;
  readonly log: vscode.LogOutputChannel;
}

const REMEDY_COMMANDS: Readonly<Record<Remedy, string>> = {
  restartBackend: 'trainyard.restartBackend',
  showLog: 'trainyard.showLog',
  manageTrust: 'workbench.trust.manage',
};

export class Pages<Subject, To, Calls extends CallTable> implements vscode.Disposable {
  readonly #kind: PageKind<Subject, To, Calls>;
  readonly #deps: PagesDeps;
  readonly #open = new Map<string, OpenPage<Subject, To, Calls>>();
  readonly #serializer: vscode.Disposable;

  constructor(kind: PageKind<Subject, To, Calls>, deps: PagesDeps) {
    this.#kind = kind;
    this.#deps = deps;
    this.#serializer = vscode.window.registerWebviewPanelSerializer(viewTypeOf(kind), {
      deserializeWebviewPanel: async (panel, state) => {
        const subject = kind.subject.safeParse(Kept.safeParse(state).data?.subject);
        if (subject.success) this.#adopt(panel, subject.data);
        else panel.dispose();
      },
    });
  }

  /** Opens the page of this subject beside the code, or brings the one to the front that is there. */
  show(subject: Subject): void {
    const open = this.#open.get(this.#kind.keyOf(subject));
    if (open !== undefined) return open.reveal();
    const { title, takesFocus } = this.#kind;
    const place = {
      viewColumn: takesFocus ? besideCode() : vscode.ViewColumn.Beside,
      preserveFocus: !takesFocus,
    };
    this.#adopt(vscode.window.createWebviewPanel(viewTypeOf(this.#kind), title, place), subject);
  }

  dispose(): void {
    this.#serializer.dispose();
    for (const page of this.#open.values()) page.dispose();
  }

  #adopt(panel: vscode.WebviewPanel, subject: Subject): void {
    const key = this.#kind.keyOf(subject);
    const page = new OpenPage(panel, this.#kind, subject, this.#deps, () => this.#open.delete(key));
    this.#open.set(key, page);
  }
}

/** Where other pages stand beside the code already, it is there; a third column would have room for neither. */
function besideCode(): vscode.ViewColumn {
  const group = vscode.window.tabGroups.all.find(
    ({ viewColumn, tabs }) =>
      viewColumn !== vscode.ViewColumn.One &&
      // VS Code puts a word of its own before the type.
      tabs.some(
        ({ input }) => input instanceof vscode.TabInputWebview && /\btrainyard\./.test(input.viewType),
      ),
  );
  return group?.viewColumn ?? vscode.ViewColumn.Beside;
}

const isTrouble = (message: unknown): boolean =>
  typeof message === 'object' && message !== null && 'type' in message && message.type === 'trouble';

const viewTypeOf = (kind: { name: string }): string => `trainyard.${kind.name}`;

class OpenPage<Subject, To, Calls extends CallTable> {
  readonly #panel: vscode.WebviewPanel;
  readonly #kind: PageKind<Subject, To, Calls>;
  readonly #deps: PagesDeps;
  readonly #content: Content<Calls>;
  readonly #disposables: vscode.Disposable[];
  readonly #built: vscode.Uri;
  #served = '';
  #feed: vscode.Disposable | null = null;
  /** The page listens: from its `ready` until it is hidden. */
  #listening = false;

  constructor(
    panel: vscode.WebviewPanel,
    kind: PageKind<Subject, To, Calls>,
    subject: Subject,
    deps: PagesDeps,
    onClosed: () => void,
  ) {
    this.#panel = panel;
    this.#kind = kind;
    this.#deps = deps;
    this.#content = kind.open(subject, {
      post: (message) => {
        if (!this.#listening) return;
        const { state } = deps.connection;
        // Why nothing can be read, and what to do about it, the connection knows better.
        this.#post(state.kind === 'failed' && isTrouble(message) ? troubleOf(state) : message);
      },
      rename: (title) => {
        if (panel.title !== title) panel.title = title;
      },
      servePictures: (folders) => {
        this.#serve(folders);
        return (file) => panel.webview.asWebviewUri(file).toString();
      },
    });
    this.#disposables = [
      this.#content,
      panel.onDidDispose(() => {
        this.#stop();
        for (const disposable of this.#disposables) disposable.dispose();
        onClosed();
      }),
      panel.onDidChangeViewState(() => {
        // A hidden panel's page is gone; when it is seen again its new page says that it is ready.
        if (!panel.visible) this.#stop();
      }),
      panel.webview.onDidReceiveMessage((message: unknown) => this.#hear(message)),
      deps.connection.onDidChangeState((state) => {
        if (this.#listening) this.#post(troubleOf(state));
      }),
    ];
    const media = vscode.Uri.joinPath(deps.extensionUri, 'media');
    panel.iconPath = {
      light: vscode.Uri.joinPath(media, `${kind.name}-light.svg`),
      dark: vscode.Uri.joinPath(media, `${kind.name}-dark.svg`),
    };
    this.#built = vscode.Uri.joinPath(deps.extensionUri, 'dist', 'webview');
    this.#serve([]);
    const served = (file: string): string =>
      panel.webview.asWebviewUri(vscode.Uri.joinPath(this.#built, file)).toString();
    panel.webview.html = pageOf({
      cspSource: panel.webview.cspSource,
      script: served(`${kind.name}.js`),
      style: served(`${kind.name}.css`),
      subject,
      title: kind.title,
      words: vscode.l10n.bundle && { language: vscode.env.language, bundle: vscode.l10n.bundle },
      pictures: kind.pictures === true,
    });
  }

  /** Options that are set make VS Code load the page again, so they are left alone where they'd be the same. */
  #serve(folders: readonly vscode.Uri[]): void {
    const localResourceRoots = [this.#built, ...folders];
    const served = localResourceRoots.join('\n');
    if (served === this.#served) return;
    this.#served = served;
    this.#panel.webview.options = { enableScripts: true, enableForms: false, localResourceRoots };
  }

  reveal(): void {
    this.#panel.reveal(undefined, !this.#kind.takesFocus);
  }

  dispose(): void {
    this.#panel.dispose();
  }

  #hear(message: unknown): void {
    const { log } = this.#deps;
    const parsed = FromPage.safeParse(message);
    if (!parsed.success) {
      log.error(`The ${this.#kind.title} page said what can't be read: ${z.prettifyError(parsed.error)}`);
      return;
    }
    const said = parsed.data;
    switch (said.type) {
      case 'ready':
        return this.#start();
      case 'failed':
        return log.error(`The ${this.#kind.title} page failed: ${said.message}`);
      case 'remedy':
        vscode.commands
          .executeCommand(REMEDY_COMMANDS[said.remedy])
          .then(undefined, (error: unknown) => log.error(String(error)));
        return;
      case 'call':
        this.#answer(said.id, said.name, said.ask).catch((error: unknown) => log.error(String(error)));
        return;
      default:
        return said satisfies never;
    }
  }

  async #answer(id: number, name: string, ask: unknown): Promise<void> {
    const outcome = await answer(this.#kind.calls, this.#content.handlers, name, ask);
    if ('err' in outcome) this.#deps.log.warn(`${this.#kind.title}, ${name}: ${outcome.err.message}`);
    this.#post({ type: 'answer', id, outcome });
  }

  #start(): void {
    this.#stop();
    this.#listening = true;
    const { state } = this.#deps.connection;
    this.#feed = this.#content.feed();
    // At a window's start "connecting" is no trouble yet: the page says that it loads.
    if (state.kind !== 'connecting' && state.kind !== 'connected') this.#post(troubleOf(state));
  }

  #stop(): void {
    this.#listening = false;
    this.#feed?.dispose();
    this.#feed = null;
  }

  #post(message: unknown): void {
    this.#panel.webview
      // VS Code's own function of this name: it has one receiver.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      .postMessage(message)
      .then(undefined, (error: unknown) => this.#deps.log.error(String(error)));
  }
}
