/** Which runs a command is meant for: those that it was given, or those that the user picks. */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Run } from '../../contract/shapes.ts';
import { groupRuns } from '../runs/groups.ts';
import { runItem } from '../runs/item.ts';
import { themeIcon } from '../runs/rows.ts';
import type { Store } from '../store.ts';

export interface RunChoice {
  /** What VS Code handed to the command. */
  argument: unknown;
  chosen?: unknown;
  title: string;
  /** To which runs the command can be applied; only those are offered. */
  applies(run: Run): boolean;
  /** What to say where there is no such run. */
  none: string;
}

/** The one run that is meant. Throws `CancellationError` where there is none, after saying so. */
export async function runFor(store: Store, choice: RunChoice): Promise<Run> {
  const [id] = executionIdsOf(choice.argument, undefined);
  if (id !== undefined) {
    const [run] = await store.ensure([id]);
    if (run !== undefined) return run;
    return nothing(l10n.t('This run is gone: it was removed from the list.'));
  }
  const picked = await vscode.window.showQuickPick(itemsOf(store, choice), {
    title: choice.title,
    placeHolder: l10n.t('Choose a run'),
    matchOnDescription: true,
  });
  if (picked === undefined || picked.run === null) throw new vscode.CancellationError();
  // While the list was open the run went on.
  return store.get(picked.run.executionId) ?? picked.run;
}

/** All runs that are meant: of several chosen rows those that the command can be applied to; from the palette one is picked. */
export async function runsFor(store: Store, choice: RunChoice): Promise<Run[]> {
  const ids = executionIdsOf(choice.argument, choice.chosen);
  if (ids.length < 2) return [await runFor(store, choice)];
  const runs = (await store.ensure(ids)).filter((run) => choice.applies(run));
  return runs.length > 0 ? runs : nothing(choice.none);
}

/** At least two runs: the chosen rows, or as many as the user picks. */
export async function severalRunsFor(store: Store, choice: RunChoice): Promise<Run[]> {
  const ids = executionIdsOf(choice.argument, choice.chosen);
  if (ids.length > 1) return store.ensure(ids);
  const items = itemsOf(store, choice).map((item) => ({ ...item, picked: item.run?.executionId === ids[0] }));
  const picked = await vscode.window.showQuickPick(items, {
    title: choice.title,
    placeHolder: l10n.t('Choose two runs or more'),
    matchOnDescription: true,
    canPickMany: true,
  });
  if (picked === undefined) throw new vscode.CancellationError();
  const runs = picked.flatMap(({ run }) => run ?? []);
  return runs.length > 1 ? runs : nothing(l10n.t('Choose two runs or more to compare them.'));
}

function itemsOf(store: Store, choice: RunChoice): (vscode.QuickPickItem & { run: Run | null })[] {
  const groups = groupRuns(
    store.shown().filter((run) => choice.applies(run)),
    'status',
  );
  if (groups.length === 0) nothing(choice.none);
  const now = Date.now();
  return groups.flatMap((group) => [
    { label: group.label, kind: vscode.QuickPickItemKind.Separator, run: null },
    ...group.runs.map((run) => {
      const held = store.held(run.executionId) ?? { run, receivedAt: now };
      const { label, description, icon } = runItem(held, now);
      return { label, description, iconPath: themeIcon(icon), run };
    }),
  ]);
}

function nothing(why: string): never {
  void vscode.window.showInformationMessage(why);
  throw new vscode.CancellationError();
}

/**
 * Of rows, or of a link or a panel, which hand over the id itself; a menu in a page tells of all rows that are chosen there. Rows that
 * aren't runs count for nothing.
 */
function executionIdsOf(argument: unknown, chosen: unknown): string[] {
  if (typeof argument === 'object' && argument !== null && 'executionIds' in argument) {
    return executionIdsOf(undefined, argument.executionIds);
  }
  const all: unknown[] = Array.isArray(chosen) && chosen.length > 0 ? chosen : [argument];
  return all.flatMap((one) => {
    if (typeof one === 'string') return one;
    if (typeof one !== 'object' || one === null || !('executionId' in one)) return [];
    return typeof one.executionId === 'string' ? one.executionId : [];
  });
}
