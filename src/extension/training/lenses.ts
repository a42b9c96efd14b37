/** Lenses over the train functions that projects name: Train, how the latest run of the model stands, Debug. */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { nameOf } from '../../client/words.ts';
import { COMMANDS, type CommandId } from '../commands/list.ts';
import { modelsOf, versionKey, versionsOf } from '../models/catalog.ts';
import type { Projects } from '../projects.ts';
import type { Store } from '../store.ts';
import { lineOfFunction } from './functions.ts';
import { latestText } from './latest.ts';
import { trainFunctions } from './targets.ts';

const SETTING = 'trainyard.codeLens';
/** Models of one train function that have a lens each; the others are in Train Model…, one lens further. */
const MOST_MODELS = 4;
const TOGETHER_MS = 300;

export function showLenses(store: Store, projects: Projects): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  /** The latest runs that lenses tell of, with what they tell. */
  const told = new Map<string, string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const draw = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => changed.fire(), TOGETHER_MS);
  };

  function lensesOf(document: vscode.TextDocument): vscode.CodeLens[] {
    const configuration = vscode.workspace.getConfiguration(undefined, document);
    if (configuration.get<boolean>(SETTING) === false) return [];
    const versions = versionsOf(store.shown());
    return (projects.all ?? []).flatMap((one) => {
      if (!one.ok) return [];
      const { loaded, uri } = one;
      return trainFunctions(loaded)
        .filter(({ file }) => file === document.uri.fsPath)
        .flatMap(({ name, architecture }) => {
          const line = lineOfFunction(document.getText(), name);
          if (line === null) return [];
          const range = new vscode.Range(line, 0, line, 0);
          const row = { kind: 'architecture', file: uri.fsPath, architecture };
          const lens = (
            title: string,
            command: CommandId,
            argument: unknown,
            tooltip: string,
          ): vscode.CodeLens =>
            new vscode.CodeLens(range, { title, command, arguments: [argument], tooltip });
          const models = modelsOf(loaded.project, architecture);
          const rest = models.length - MOST_MODELS;
          return [
            ...models.slice(0, MOST_MODELS).flatMap((model) => {
              const [latest] = versions.get(versionKey(loaded.folder, model)) ?? [];
              const train = lens(
                `$(play) ${l10n.t('Train {0}', model)}`,
                'trainyard.trainModel',
                { kind: 'model', file: uri.fsPath, model },
                l10n.t('Train the next version of {0}', model),
              );
              if (latest === undefined) return [train];
              const text = latestText(latest, loaded.project.figures ?? {});
              told.set(latest.executionId, text);
              return [
                train,
                lens(text, 'trainyard.showModel', latest.executionId, l10n.t('Show {0}', nameOf(latest))),
              ];
            }),
            ...(rest > 0
              ? [
                  lens(
                    l10n.t('{0} more…', rest),
                    'trainyard.trainModel',
                    row,
                    COMMANDS['trainyard.trainModel'],
                  ),
                ]
              : []),
            ...(models.length > 0
              ? [
                  lens(
                    `$(debug-alt) ${l10n.t('Debug')}`,
                    'trainyard.debugTraining',
                    row,
                    COMMANDS['trainyard.debugTraining'],
                  ),
                ]
              : []),
          ];
        });
    });
  }

  return vscode.Disposable.from(
    changed,
    { dispose: () => clearTimeout(timer) },
    vscode.languages.registerCodeLensProvider(
      { language: 'python', scheme: 'file' },
      { onDidChangeCodeLenses: changed.event, provideCodeLenses: lensesOf },
    ),
    projects.onDidChange(draw),
    store.onDidChangeRows(draw),
    store.onDidChangeRun((run) => {
      const before = told.get(run.executionId);
      if (before !== undefined && latestText(run, projects.hintsFor(run.project)) !== before) draw();
    }),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(SETTING)) draw();
    }),
  );
}
