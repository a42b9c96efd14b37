/** The Explore panels of this window: one to each set of runs, restored after a reload, fed only while it can be seen. */
import * as vscode from 'vscode';
import * as z from 'zod';
import { loadProject } from '../../client/project.ts';
import type { FigureHints } from '../../contract/figures.ts';
import { FromExplore } from '../../contract/panel.ts';
import type { Run } from '../../contract/shapes.ts';
import type { Connection, RunStore } from '../interfaces.ts';
import { AWAY, Feed } from './feed.ts';
import { pageOf } from './page.ts';

const VIEW_TYPE = 'trainyard.explore';
const COMMANDS = { abort: 'trainyard.abortTraining', logs: 'trainyard.showLogs' } as const;

/** What the panel itself keeps over a reload; the rest of it is the panel's own. */
const Saved = z.object({ executionIds: z.array(z.string()).min(1) });

export interface ExploreDeps {
  extensionUri: vscode.Uri;
  connection: Connection;
  store: RunStore;
  runCommand(id: (typeof COMMANDS)[keyof typeof COMMANDS], executionId: string): void;
  log: vscode.LogOutputChannel;
}

export class ExplorePanels implements vscode.Disposable {
  readonly #deps: ExploreDeps;
  readonly #panels = new Map<string, ExplorePanel>();
  readonly #serializer: vscode.Disposable;

  constructor(deps: ExploreDeps) {
    this.#deps = deps;
    this.#serializer = vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
      deserializeWebviewPanel: async (panel, state) => {
        const saved = Saved.safeParse(state);
        if (saved.success) this.#adopt(panel, saved.data.executionIds);
        else panel.dispose();
      },
    });
  }

  /** Opens a panel for these runs beside the code, or brings the one to the front that is there. */
  show(executionIds: readonly string[]): void {
    const open = this.#panels.get(keyOf(executionIds));
    if (open !== undefined) return open.reveal();
    const beside = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    this.#adopt(vscode.window.createWebviewPanel(VIEW_TYPE, 'Explore', beside), executionIds);
  }

  dispose(): void {
    this.#serializer.dispose();
    for (const panel of this.#panels.values()) panel.dispose();
  }

  #adopt(panel: vscode.WebviewPanel, executionIds: readonly string[]): void {
    const key = keyOf(executionIds);
    this.#panels.set(key, new ExplorePanel(panel, executionIds, this.#deps, () => this.#panels.delete(key)));
  }
}

const keyOf = (executionIds: readonly string[]): string => executionIds.toSorted().join(' ');

class ExplorePanel {
  readonly #panel: vscode.WebviewPanel;
  readonly #ids: readonly string[];
  readonly #deps: ExploreDeps;
  readonly #disposables: vscode.Disposable[];
  #feed: Feed | null = null;

  constructor(
    panel: vscode.WebviewPanel,
    executionIds: readonly string[],
    deps: ExploreDeps,
    onClosed: () => void,
  ) {
    this.#panel = panel;
    this.#ids = executionIds;
    this.#deps = deps;
    const { connection, store } = deps;
    this.#disposables = [
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
      store.onDidChangeRun((run) => {
        if (executionIds.includes(run.executionId)) this.#name();
        this.#feed?.runChanged(run.executionId);
      }),
      store.onDidRemoveRun((id) => this.#feed?.runRemoved(id)),
      connection.onDidConnect(() => this.#feed?.back()),
      connection.onDidChangeState(() => this.#tellTrouble()),
    ];
    this.#name();
    const media = vscode.Uri.joinPath(deps.extensionUri, 'media');
    panel.iconPath = {
      light: vscode.Uri.joinPath(media, 'explore-light.svg'),
      dark: vscode.Uri.joinPath(media, 'explore-dark.svg'),
    };
    const built = vscode.Uri.joinPath(deps.extensionUri, 'dist', 'webview');
    panel.webview.options = { enableScripts: true, enableForms: false, localResourceRoots: [built] };
    const served = (file: string): string =>
      panel.webview.asWebviewUri(vscode.Uri.joinPath(built, file)).toString();
    panel.webview.html = pageOf({
      cspSource: panel.webview.cspSource,
      script: served('explore.js'),
      style: served('explore.css'),
      executionIds,
      title: 'Explore',
    });
  }

  reveal(): void {
    this.#panel.reveal(undefined, true);
  }

  dispose(): void {
    this.#panel.dispose();
  }

  #hear(message: unknown): void {
    const parsed = FromExplore.safeParse(message);
    if (!parsed.success) {
      this.#deps.log.error(`The Explore panel said what can't be read: ${parsed.error.message}`);
      return;
    }
    const said = parsed.data;
    switch (said.type) {
      case 'ready':
        return this.#start();
      case 'failed':
        return this.#deps.log.error(`The Explore panel failed: ${said.message}`);
      case 'command':
        return this.#deps.runCommand(COMMANDS[said.command], said.executionId);
    }
  }

  #start(): void {
    this.#stop();
    const { connection, store, log } = this.#deps;
    this.#feed = new Feed(this.#ids, {
      run: (id) => store.get(id),
      ensure: async (ids) => store.ensure(ids),
      query: async (query) => {
        const client = await connection.client();
        return (await client.call('queryMetrics', { body: query })).series;
      },
      hints: async (runs) => hintsOf(runs, log),
      post: (message) => {
        this.#panel.webview
          // VS Code's own function of this name: it has one receiver.
          // oxlint-disable-next-line unicorn/require-post-message-target-origin
          .postMessage(message)
          .then(undefined, (error: unknown) => log.error(String(error)));
      },
      failed: (error) =>
        log.warn(`Metrics could not be read: ${error instanceof Error ? error.message : String(error)}`),
    });
    // At a window's start "connecting" is no trouble yet: the panel says that it loads.
    if (connection.state.kind !== 'connecting') this.#tellTrouble();
  }

  #stop(): void {
    this.#feed?.dispose();
    this.#feed = null;
  }

  #tellTrouble(): void {
    const { state } = this.#deps.connection;
    switch (state.kind) {
      case 'connected':
        return;
      case 'connecting':
        return this.#feed?.away(AWAY);
      case 'untrusted':
        return this.#feed?.away(
          'This workspace is not trusted, so no backend is asked. Trust it to see metrics.',
        );
      case 'failed':
        return this.#feed?.away(`${state.message} ${state.hint}`);
    }
  }

  /** "shapes-small v1 · Explore" */
  #name(): void {
    const [first] = this.#ids;
    const run = first === undefined ? undefined : this.#deps.store.get(first);
    if (this.#ids.length > 1) this.#panel.title = `${this.#ids.length} runs · Explore`;
    else if (run !== undefined) this.#panel.title = `${run.model.name} v${run.model.version} · Explore`;
  }
}

/** What the project files of these runs say of figures. A file that can't be read says nothing here: its own editor tells why. */
async function hintsOf(runs: readonly Run[], log: vscode.LogOutputChannel): Promise<FigureHints> {
  const folders = [...new Set(runs.map((run) => run.project))];
  const projects = await Promise.all(
    folders.map(async (folder) =>
      loadProject(folder).catch((error: unknown) => {
        log.debug(`No figures from ${folder}: ${String(error)}`);
        return null;
      }),
    ),
  );
  return Object.assign({}, ...projects.map((loaded) => loaded?.project.figures ?? {})) as FigureHints;
}
