/** The host's side of a table of runs, wherever it stands: its rows, its columns, and what can be done from it. */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { CallError } from '../../client/api.ts';
import type { FigureHints } from '../../contract/figures.ts';
import {
  Layout,
  type ColumnId,
  type RowDetail,
  type tableCalls,
  type ToTable,
} from '../../contract/pages/table.ts';
import type { Handlers } from '../../contract/pages/page.ts';
import type { Run } from '../../contract/shapes.ts';
import { applyRemedy } from '../commands/diagnosis.ts';
import type { CommandId } from '../commands/list.ts';
import { tell } from '../commands/register.ts';
import type { Connection, ServicePages } from '../interfaces.ts';
import type { Projects } from '../projects.ts';
import type { RunColors } from '../runs/colors.ts';
import type { Held } from '../runs/item.ts';
import { REMEDY_TITLES } from '../runs/remedies.ts';
import type { Store } from '../store.ts';
import { choicesOf, chosenColumns, columnsOf } from './columns.ts';
import { RowFeed } from './rowFeed.ts';
import { figuresOf, rowDetail } from './tableRow.ts';

const SETTING = 'table.columns';
/** Details that are asked for at the same time, and how many are kept. */
const AT_ONCE = 6;
const KEPT = 2000;

export interface RunTableDeps {
  readonly connection: Connection;
  readonly store: Store;
  readonly projects: Projects;
  readonly services: ServicePages;
  readonly colors: RunColors;
  /** Keeps widths and order for the next table of this place. */
  readonly memory: vscode.Memento;
  readonly log: vscode.LogOutputChannel;
}

export class RunTable {
  readonly #deps: RunTableDeps;
  readonly #place: string;
  readonly #belongs: (run: Run) => boolean;
  readonly #without: readonly ColumnId[];
  readonly #projects = new Set<string>();
  readonly #details = new Map<string, RowDetail>();
  readonly handlers: Handlers<typeof tableCalls>;

  /**
   * @param place what its layout is remembered by
   * @param belongs of the window's runs, those that it shows
   * @param without columns that would say the same in each row
   */
  constructor(
    place: string,
    belongs: (run: Run) => boolean,
    without: readonly ColumnId[],
    deps: RunTableDeps,
  ) {
    this.#place = place;
    this.#belongs = belongs;
    this.#without = without;
    this.#deps = deps;
    this.handlers = {
      run: ({ action, executionIds }) => {
        // As a tree hands over its rows: the one that is meant, and all that are chosen with it.
        const rows = executionIds.map((executionId) => ({ executionId }));
        this.#execute(`trainyard.${action}`, rows[0], rows);
        return null;
      },
      remedy: async ({ executionId, remedy }) => {
        const run = deps.store.get(executionId);
        if (run === undefined) return null;
        // Nothing waits for its answer: what goes wrong is told as with a command.
        await applyRemedy(remedy, { serviceId: run.service.id, executionId }, deps).catch((error: unknown) =>
          tell(REMEDY_TITLES[remedy], error, deps.log),
        );
        return null;
      },
      train: () => {
        this.#execute('trainyard.trainModel');
        return null;
      },
      showService: ({ serviceId }) => {
        deps.services.show(serviceId, 'executions');
        return null;
      },
      chooseColumns: async ({ executionIds }) => {
        await this.#chooseColumns(executionIds);
        return null;
      },
      details: async ({ executionIds }) => ({ details: await this.#detailsOf(executionIds) }),
      remember: async (layout) => {
        await deps.memory.update(this.#key, layout);
        return null;
      },
    };
  }

  feed(post: (message: ToTable) => void): vscode.Disposable {
    const { store, projects, colors } = this.#deps;
    const one = (id: string): Held | undefined => {
      const held = store.held(id);
      if (held === undefined || !projects.includes(held.run.project) || !this.#belongs(held.run))
        return undefined;
      this.#projects.add(held.run.project);
      return held;
    };
    const feed = new RowFeed({
      all: () => store.shown().flatMap((run) => one(run.executionId) ?? []),
      one,
      complete: () => store.listed,
      columns: () => this.#columns().filter((id) => !this.#without.includes(id)),
      layout: () => Layout.safeParse(this.#deps.memory.get(this.#key)).data ?? null,
      showProject: () => this.#projects.size > 1,
      service: (id) => store.service(id),
      slot: (id) => colors.shownSlot(id),
      post,
    });
    return vscode.Disposable.from(
      feed,
      store.onDidChangeRun((run) => feed.changed(run.executionId)),
      store.onDidRemoveRun((id) => feed.removed(id)),
      store.onDidChangeService(({ id }) => feed.serviceChanged(id)),
      store.onDidChangeRows(() => feed.listChanged()),
      colors.onDidChange((ids) => {
        for (const id of ids) feed.changed(id);
      }),
      // What belongs to this window may be more now, or less.
      projects.onDidChange(() => {
        this.#projects.clear();
        feed.begin();
      }),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(`trainyard.${SETTING}`)) feed.columnsChanged();
      }),
    );
  }

  get #key(): string {
    return `layout.${this.#place}`;
  }

  #columns(): ColumnId[] {
    return columnsOf(vscode.workspace.getConfiguration('trainyard').get(SETTING));
  }

  async #chooseColumns(executionIds: readonly string[]): Promise<void> {
    const { store, projects } = this.#deps;
    const shown = this.#columns();
    const runs = store.shown().filter((run) => this.#belongs(run));
    const folders = new Set(runs.map((run) => run.project));
    const hints = Object.assign(
      {},
      ...[...folders].map((folder) => projects.hintsFor(folder)),
    ) as FigureHints;
    // Where the backend is away the list is shorter by what only it knows.
    const details = await this.#detailsOf(executionIds).catch(() => []);
    const keys = [...new Set(details.flatMap(({ config }) => Object.keys(config)))];
    const items = choicesOf(shown, figuresOf(runs, hints), keys).map(({ id, label, chosen }) => ({
      id,
      label,
      picked: chosen,
      kind: id === null ? vscode.QuickPickItemKind.Separator : vscode.QuickPickItemKind.Default,
    }));
    const picked = await vscode.window.showQuickPick(items, {
      title: l10n.t('Columns of the Training Table'),
      placeHolder: l10n.t('Choose what to show beside the name'),
      canPickMany: true,
    });
    if (picked === undefined) return;
    const columns = chosenColumns(
      shown,
      picked.flatMap(({ id }) => id ?? []),
    );
    const configuration = vscode.workspace.getConfiguration('trainyard');
    const inWorkspace = configuration.inspect(SETTING)?.workspaceValue !== undefined;
    await configuration.update(
      SETTING,
      columns,
      inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global,
    );
  }

  /** In the order asked for; those that are gone are left out. Asks for each attempt once. */
  async #detailsOf(executionIds: readonly string[]): Promise<RowDetail[]> {
    const keyOf = (id: string): string => {
      const run = this.#deps.store.get(id);
      return `${id} ${run?.attempt} ${run?.startedAt}`;
    };
    const missing = executionIds.filter((id) => !this.#details.has(keyOf(id)));
    if (missing.length > 0) {
      const client = await this.#deps.connection.client();
      const load = async (): Promise<void> => {
        for (let id = missing.shift(); id !== undefined; id = missing.shift()) {
          const key = keyOf(id);
          try {
            this.#details.set(key, rowDetail(await client.call('getRun', { params: { id } })));
          } catch (error) {
            if (!(error instanceof CallError && error.status === 404)) throw error;
          }
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, load));
    }
    const found = executionIds.flatMap((id) => this.#details.get(keyOf(id)) ?? []);
    for (const key of this.#details.keys()) {
      if (this.#details.size <= KEPT) break;
      this.#details.delete(key);
    }
    return found;
  }

  #execute(command: CommandId, ...rest: unknown[]): void {
    vscode.commands
      .executeCommand(command, ...rest)
      .then(undefined, (error: unknown) => this.#deps.log.error(String(error)));
  }
}
