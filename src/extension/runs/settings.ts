/** How the user wants to see the runs: the grouping is a setting, the filter is the workspace's. Both survive a reload. */
import * as vscode from 'vscode';
import { NO_FILTER, RunFilter } from './filter.ts';
import { GROUPINGS, type Grouping } from './groups.ts';

const GROUP_BY = 'runs.groupBy';
const FILTER = 'trainyard.runs.filter';

export class RunsSettings implements vscode.Disposable {
  readonly #kept: vscode.Memento;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listening: vscode.Disposable;
  readonly onDidChange = this.#changed.event;
  #filter: RunFilter;

  constructor(kept: vscode.Memento) {
    this.#kept = kept;
    const saved = RunFilter.safeParse(kept.get(FILTER));
    this.#filter = saved.success ? saved.data : NO_FILTER;
    this.#listening = vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(`trainyard.${GROUP_BY}`)) this.#changed.fire();
    });
  }

  get groupBy(): Grouping {
    const wanted = vscode.workspace.getConfiguration('trainyard').get<string>(GROUP_BY);
    return GROUPINGS.find((one) => one === wanted) ?? 'status';
  }

  /** Where the workspace has its own setting that is changed, else the user's. */
  async setGroupBy(grouping: Grouping): Promise<void> {
    const configuration = vscode.workspace.getConfiguration('trainyard');
    const own = configuration.inspect(GROUP_BY)?.workspaceValue !== undefined;
    const target = own ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
    await configuration.update(GROUP_BY, grouping, target);
  }

  get filter(): RunFilter {
    return this.#filter;
  }

  /** Shows at once; `keepFilter` makes it last. */
  tryFilter(filter: RunFilter): void {
    this.#filter = filter;
    this.#changed.fire();
  }

  async keepFilter(filter: RunFilter): Promise<void> {
    this.tryFilter(filter);
    await this.#kept.update(FILTER, filter);
  }

  dispose(): void {
    this.#listening.dispose();
    this.#changed.dispose();
  }
}
