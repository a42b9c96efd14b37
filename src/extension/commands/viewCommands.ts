/** What changes which runs the view shows, and in which groups. */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { StatusName } from '../../contract/shapes.ts';
import { STATUSES } from '../../contract/status.ts';
import { matcher, NO_FILTER } from '../runs/filter.ts';
import { GROUPINGS } from '../runs/groups.ts';
import { STATUS_ICONS } from '../runs/item.ts';
import { themeIcon } from '../runs/rows.ts';
import type { RunsSettings } from '../runs/settings.ts';
import type { Store } from '../store.ts';
import { COMMANDS, groupByCommand, type CommandId } from './list.ts';
import type { Handler } from './register.ts';

export function viewCommands({ store, settings }: { store: Store; settings: RunsSettings }) {
  return {
    async 'trainyard.searchRuns'() {
      await showView();
      const before = settings.filter;
      const search = await searchText(before.search, (text) =>
        settings.tryFilter({ ...before, search: text }),
      );
      await settings.keepFilter(search === undefined ? before : { ...before, search });
    },

    async 'trainyard.filterByStatus'() {
      const { filter } = settings;
      const found = store.shown().filter(matcher({ ...filter, statuses: [] }));
      const picked = await vscode.window.showQuickPick(
        STATUSES.map((status) => ({
          label: status,
          description: found.filter((run) => run.status === status).length.toLocaleString('en'),
          iconPath: themeIcon(STATUS_ICONS[status]),
          picked: filter.statuses.includes(status),
        })),
        {
          title: COMMANDS['trainyard.filterByStatus'],
          placeHolder: l10n.t('Show only runs with these statuses; none chosen shows all'),
          canPickMany: true,
        },
      );
      if (picked === undefined) return;
      const statuses = picked.map(({ label }) => StatusName.parse(label));
      await showView();
      await settings.keepFilter({ ...filter, statuses: statuses.length === STATUSES.length ? [] : statuses });
    },

    async 'trainyard.clearFilter'() {
      await settings.keepFilter(NO_FILTER);
    },
  } satisfies Partial<Record<CommandId, Handler>>;
}

/** The entries of the submenu *Group By*; the marked ones leave everything as it is. */
export function registerGroupBy(settings: RunsSettings): vscode.Disposable {
  return vscode.Disposable.from(
    ...GROUPINGS.flatMap((grouping) =>
      [false, true].map((chosen) =>
        vscode.commands.registerCommand(groupByCommand(grouping, chosen), async () =>
          settings.setGroupBy(grouping),
        ),
      ),
    ),
  );
}

const showView = (): Thenable<void> => vscode.commands.executeCommand('trainyard.runs.focus');

/** Shows what is found while one types. Undefined where one gave it up. */
async function searchText(value: string, onChange: (text: string) => void): Promise<string | undefined> {
  const input = vscode.window.createInputBox();
  input.title = COMMANDS['trainyard.searchRuns'];
  input.placeholder = l10n.t('Name, model ID, execution ID or architecture');
  input.prompt = l10n.t('The view shows what is found while you type.');
  input.value = value;
  try {
    return await new Promise<string | undefined>((resolve) => {
      input.onDidChangeValue(onChange);
      input.onDidAccept(() => resolve(input.value));
      input.onDidHide(() => resolve(undefined));
      input.show();
    });
  } finally {
    input.dispose();
  }
}
