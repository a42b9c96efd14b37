/** Which model a command is meant for: that of the row, the file or the folder that it was given, or the one that the user picks. */
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { ProjectError, type LoadedProject } from '../../client/project.ts';
import { PROJECT_FILE } from '../../contract/project.ts';
import { COMMANDS, type CommandId } from '../commands/list.ts';
import { openAtProblem } from '../commands/register.ts';
import { titleOf, type Project, type Projects } from '../projects.ts';
import { changesOf, type Config } from './changes.ts';
import { save } from './submit.ts';
import { architectureTargets, modelTargets, targetsInFile, type Target } from './targets.ts';

export interface Chosen {
  target: Target;
  /** The user asked for changes to its configuration by the button beside it. */
  changed: boolean;
}

interface Choice extends vscode.QuickPickItem {
  target: Target | null;
  broken: ProjectError | null;
}

const CHANGE: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('edit'),
  tooltip: COMMANDS['trainyard.trainWithChanges'],
};

/**
 * @param argument a row of *Models*, a Python file, a `trainyard.json` or its folder; else one of all models is picked
 * Rejects with `CancellationError` where none is chosen, and with `ProjectError` where there is none to choose.
 */
export async function chooseModel(
  projects: Projects,
  argument: unknown,
  options: { title: string; placeHolder: string; offersChanges: boolean },
): Promise<Chosen> {
  await save((document) => path.basename(document.uri.fsPath) === PROJECT_FILE);
  const found = await projects.load();
  const meant = projectsMeant(found, argument);
  const [only] = meant;
  if (only === undefined) return offerExample();
  if (meant.length === 1 && !only.ok) throw only.error;
  const targets = targetsMeant(meant, argument);
  const [first] = targets ?? [];
  if (targets?.length === 1 && first !== undefined) return { target: first, changed: false };
  const choice = await pick(choicesOf(meant, targets), options);
  if (choice.item.broken !== null) await openAtProblem(choice.item.broken);
  if (choice.item.target === null) throw new vscode.CancellationError();
  return { target: choice.item.target, changed: choice.changed };
}

/** The changes that the user types, checked as they are typed. */
export async function askForChanges({ loaded, model }: Target): Promise<Config> {
  const config = loaded.project.models[model]?.config ?? {};
  const is = Object.entries(config).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const text = await vscode.window.showInputBox({
    title: l10n.t('Train {0} with changes', model),
    placeHolder: 'lr=0.02 epochs=3',
    prompt: is.length > 0 ? l10n.t('Now {0}', is.join(' ')) : l10n.t('Its configuration is empty.'),
    validateInput: (typed) => {
      const { problem, warning } = changesOf(typed, config);
      const { Error, Warning } = vscode.InputBoxValidationSeverity;
      if (problem !== null) return { message: problem, severity: Error };
      return warning === null ? null : { message: warning, severity: Warning };
    },
  });
  if (text === undefined) throw new vscode.CancellationError();
  return changesOf(text, config).set;
}

/** The projects that an argument belongs to; all where there is none. */
function projectsMeant(found: readonly Project[], argument: unknown): readonly Project[] {
  if (argument instanceof vscode.Uri) {
    const named = found.filter(
      ({ uri }) => uri.fsPath === argument.fsPath || path.dirname(uri.fsPath) === argument.fsPath,
    );
    if (named.length > 0) return named;
    return found.filter((one) => one.ok && targetsInFile([one.loaded], argument.fsPath).length > 0);
  }
  const file = fieldOf(argument, 'file');
  return file === null ? found : found.filter(({ uri }) => uri.fsPath === file);
}

/** The models that are meant; null where nothing says so. */
function targetsMeant(meant: readonly Project[], argument: unknown): Target[] | null {
  const loaded = meant.flatMap((one): LoadedProject[] => (one.ok ? [one.loaded] : []));
  if (argument instanceof vscode.Uri) {
    const inFile = targetsInFile(loaded, argument.fsPath);
    return inFile.length > 0 ? inFile : loaded.flatMap(modelTargets);
  }
  const model = fieldOf(argument, 'model');
  if (model !== null) return loaded.map((one) => ({ loaded: one, model }));
  const architecture = fieldOf(argument, 'architecture');
  return architecture === null ? null : loaded.flatMap((one) => architectureTargets(one, architecture));
}

const fieldOf = (argument: unknown, name: 'file' | 'model' | 'architecture'): string | null => {
  if (typeof argument !== 'object' || argument === null) return null;
  const value: unknown = Reflect.get(argument, name);
  return typeof value === 'string' ? value : null;
};

/** The models by project, in the order of their files; a project that can't be read says where it is broken. */
function choicesOf(projects: readonly Project[], targets: readonly Target[] | null): Choice[] {
  return projects.flatMap((project): Choice[] => {
    const heading: Choice[] =
      projects.length > 1
        ? [
            {
              label: titleOf(project.uri),
              kind: vscode.QuickPickItemKind.Separator,
              target: null,
              broken: null,
            },
          ]
        : [];
    if (!project.ok) {
      const { error } = project;
      const detail =
        error.problems.map((one) => l10n.t('Line {0}: {1}', one.line, one.message))[0] ?? error.message;
      const file = vscode.workspace.asRelativePath(project.uri);
      return [
        ...heading,
        {
          label: `$(error) ${l10n.t("{0} can't be read", file)}`,
          detail,
          alwaysShow: true,
          target: null,
          broken: error,
        },
      ];
    }
    const { loaded } = project;
    const own = targets === null ? modelTargets(loaded) : targets.filter((one) => one.loaded === loaded);
    return [
      ...heading,
      ...own.map((target) => {
        const { architecture = '', dataset } = loaded.project.models[target.model] ?? {};
        const description = [architecture, ...(dataset === undefined ? [] : [dataset])].join(' · ');
        return { label: target.model, description, target, broken: null };
      }),
    ];
  });
}

async function pick(
  items: Choice[],
  options: { title: string; placeHolder: string; offersChanges: boolean },
): Promise<{ item: Choice; changed: boolean }> {
  const list = vscode.window.createQuickPick<Choice>();
  list.title = options.title;
  list.placeholder = options.placeHolder;
  list.matchOnDescription = true;
  list.items = options.offersChanges
    ? items.map((item) => (item.target === null ? item : { ...item, buttons: [CHANGE] }))
    : items;
  try {
    return await new Promise((resolve, reject) => {
      list.onDidAccept(() => {
        const [item] = list.selectedItems;
        if (item !== undefined) resolve({ item, changed: false });
      });
      list.onDidTriggerItemButton(({ item }) => resolve({ item, changed: true }));
      list.onDidHide(() => reject(new vscode.CancellationError()));
      list.show();
    });
  } finally {
    list.dispose();
  }
}

async function offerExample(): Promise<never> {
  const none =
    (vscode.workspace.workspaceFolders ?? []).length > 0
      ? l10n.t(
          'There is no trainyard.json in this workspace: it says what can be trained. The example project shows one.',
        )
      : l10n.t(
          'There is no trainyard.json in this window: it says what can be trained. The example project shows one.',
        );
  const choice = await vscode.window.showErrorMessage(none, COMMANDS['trainyard.createExampleProject']);
  if (choice !== undefined)
    await vscode.commands.executeCommand('trainyard.createExampleProject' satisfies CommandId);
  throw new vscode.CancellationError();
}
