/** What the rows of the tree are, and how those beside the runs look: groups, *Show More*, and what to do where the backend failed. */
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { COMMANDS, type CommandId } from '../commands/list.ts';
import type { Group } from './groups.ts';
import type { Icon } from './item.ts';
import { openRow } from './openRows.ts';

export type RunNode = { readonly kind: 'run'; readonly executionId: string };
export type GroupNode = { readonly kind: 'group'; readonly key: string };
/** The row after those of a group that are shown; a click shows a page more. */
export type MoreNode = { readonly kind: 'more'; readonly key: string };
/** A row that runs a command: what to do where the backend failed. */
export type CommandNode = { readonly kind: 'command'; readonly command: CommandId; readonly icon: string };
export type Node = RunNode | GroupNode | MoreNode | CommandNode;

/** Rows of a group that are made at first, and by each *Show More*. */
export const PAGE = 100;

export const RUNS_VIEW = 'trainyard.runs';

export const themeIcon = ({ id, color }: Icon): vscode.ThemeIcon =>
  new vscode.ThemeIcon(id, new vscode.ThemeColor(color));

export function groupItem(
  { key }: GroupNode,
  group: Group | undefined,
  showProject: boolean,
): vscode.TreeItem {
  const { label = '', project = null, runs = [] } = group ?? {};
  const count = runs.length;
  const beside = showProject && project !== null ? [path.basename(project)] : [];
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Expanded);
  item.id = `group:${key}`;
  item.description = [count.toLocaleString('en'), ...beside].join(' · ');
  item.contextValue = ';group;';
  item.tooltip = `${label}: ${count}${showProject && project !== null ? `\n${project}` : ''}`;
  item.accessibilityInformation = {
    label: [label, count === 1 ? l10n.t('1 run') : l10n.t('{0} runs', count), ...beside].join(', '),
  };
  return item;
}

/** @param hidden how many runs of the group aren't shown yet */
export function moreItem(node: MoreNode, hidden: number): vscode.TreeItem {
  const next = Math.min(PAGE, hidden);
  const item = new vscode.TreeItem(l10n.t('Show {0} More', next));
  item.id = `more:${node.key}`;
  item.description = hidden > next ? l10n.t('of {0}', hidden.toLocaleString('en')) : '';
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.tooltip = l10n.t("{0} older runs aren't shown. Search or filter finds them, too.", hidden);
  item.command = openRow(RUNS_VIEW, l10n.t('Show More'));
  return item;
}

export function remedyItem({ command, icon }: CommandNode): vscode.TreeItem {
  const item = new vscode.TreeItem(COMMANDS[command]);
  item.id = command;
  item.iconPath = new vscode.ThemeIcon(icon);
  item.command = { command, title: COMMANDS[command] };
  return item;
}
