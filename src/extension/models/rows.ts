/** What the rows of *Models* are, and how they look: projects, architectures, models, files that can't be read. */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { FigureHints } from '../../contract/figures.ts';
import type { Run, Service } from '../../contract/shapes.ts';
import type { LoadedProject, ProjectError } from '../../client/project.ts';
import { DIAGNOSIS_ICONS } from '../runs/item.ts';
import { openRow } from '../runs/openRows.ts';
import { themeIcon, type RunNode } from '../runs/rows.ts';
import { modelsOf, modelWords } from './catalog.ts';

/** `file` is the path of a `trainyard.json`. */
export type ProjectNode = { readonly kind: 'project'; readonly file: string };
export type BrokenNode = { readonly kind: 'broken'; readonly file: string };
export type ArchitectureNode = {
  readonly kind: 'architecture';
  readonly file: string;
  readonly architecture: string;
};
export type ModelNode = { readonly kind: 'model'; readonly file: string; readonly model: string };
/** The row after those of a model with many versions; a click shows all in *Training Runs*. */
export type RestNode = { readonly kind: 'rest'; readonly file: string; readonly model: string };
export type CatalogNode = ProjectNode | BrokenNode | ArchitectureNode | ModelNode | RestNode;
export type ModelsNode = CatalogNode | RunNode;

export const keyOf = (node: CatalogNode): string =>
  `${node.kind}\n${node.file}\n${'model' in node ? node.model : 'architecture' in node ? node.architecture : ''}`;

/** Versions of a model that are shown. */
export const MOST_VERSIONS = 50;

export const MODELS_VIEW = 'trainyard.models';

/** A click leads to where the file says it. */
const OPENS_FILE = l10n.t('Open trainyard.json');

const { Expanded, Collapsed, None } = vscode.TreeItemCollapsibleState;

export function projectItem(node: ProjectNode, title: string): vscode.TreeItem {
  const item = rowOf(node, title, Expanded, 'folder');
  item.tooltip = node.file;
  item.command = openRow(MODELS_VIEW, OPENS_FILE);
  return item;
}

export function brokenItem(node: BrokenNode, title: string, error: ProjectError): vscode.TreeItem {
  const [first] = error.problems;
  const item = rowOf(node, title, None, '');
  item.iconPath = themeIcon(DIAGNOSIS_ICONS.error);
  item.description = first === undefined ? error.message : l10n.t('line {0}: {1}', first.line, first.message);
  item.tooltip = error.message;
  item.accessibilityInformation = { label: l10n.t("{0} can't be read, {1}", title, item.description) };
  item.command = openRow(MODELS_VIEW, OPENS_FILE);
  return item;
}

export function architectureItem(
  node: ArchitectureNode,
  { project }: LoadedProject,
  service: Service | undefined,
): vscode.TreeItem {
  const item = rowOf(node, node.architecture, Expanded, 'layers');
  // A service can't be seen before it is there.
  item.description = service?.name ?? '';
  const one = modelsOf(project, node.architecture).length === 1;
  item.contextValue = `;architecture;${one ? 'trainable;' : ''}`;
  item.accessibilityInformation = {
    label: [l10n.t('Architecture'), node.architecture, ...(service === undefined ? [] : [service.name])].join(
      ', ',
    ),
  };
  item.command = openRow(MODELS_VIEW, OPENS_FILE);
  return item;
}

export function modelItem(node: ModelNode, versions: readonly Run[], hints: FigureHints): vscode.TreeItem {
  const item = rowOf(node, node.model, versions.length > 0 ? Collapsed : None, 'package');
  item.description = modelWords(versions, hints);
  item.contextValue = ';model;trainable;';
  item.accessibilityInformation = { label: [l10n.t('Model'), node.model, item.description].join(', ') };
  item.command = openRow(MODELS_VIEW, OPENS_FILE);
  return item;
}

export function restItem(node: RestNode, count: number): vscode.TreeItem {
  const item = rowOf(node, l10n.t('All {0} Versions…', count.toLocaleString('en')), None, 'ellipsis');
  item.tooltip = l10n.t('Shows them in Training Runs.');
  item.command = openRow(MODELS_VIEW, l10n.t('Show All Versions'));
  return item;
}

function rowOf(
  node: CatalogNode,
  label: string,
  state: vscode.TreeItemCollapsibleState,
  icon: string,
): vscode.TreeItem {
  const item = new vscode.TreeItem(label, state);
  item.id = keyOf(node);
  item.iconPath = new vscode.ThemeIcon(icon);
  item.contextValue = `;${node.kind};`;
  return item;
}
