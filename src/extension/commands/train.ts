/** The commands that begin a training: of a model, with changes to its configuration, of a script, or under the debugger. */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Projects } from '../projects.ts';
import { askForChanges, chooseModel } from '../training/choose.ts';
import { isDebuggerThere, offerDebugger, type Debugger } from '../training/debug.ts';
import { chooseScript, isScript } from '../training/scripts.ts';
import type { Submitter } from '../training/submit.ts';
import { targetsInFile } from '../training/targets.ts';
import { COMMANDS, type CommandId } from './list.ts';
import type { Handler } from './register.ts';

export function trainCommands(deps: { projects: Projects; submitter: Submitter; debugger: Debugger }) {
  const { projects, submitter } = deps;

  async function trainModel(argument: unknown): Promise<void> {
    const { target, changed } = await chooseModel(projects, argument, {
      title: COMMANDS['trainyard.trainModel'],
      placeHolder: l10n.t('Choose a model to train'),
      offersChanges: true,
    });
    await submitter.model(target, changed ? await askForChanges(target) : {});
  }

  return {
    'trainyard.trainModel': trainModel,

    async 'trainyard.trainWithChanges'(argument) {
      const { target } = await chooseModel(projects, argument, {
        title: COMMANDS['trainyard.trainWithChanges'],
        placeHolder: l10n.t('Choose a model to train'),
        offersChanges: false,
      });
      await submitter.model(target, await askForChanges(target));
    },

    async 'trainyard.trainCurrentFile'(argument) {
      const current =
        argument instanceof vscode.Uri ? argument : vscode.window.activeTextEditor?.document.uri;
      const file = isScript(current) ? current : await chooseScript(COMMANDS['trainyard.trainCurrentFile']);
      const loaded = (await projects.load()).flatMap((one) => (one.ok ? [one.loaded] : []));
      const named = targetsInFile(loaded, file.fsPath).length > 0;
      await (named ? trainModel(file) : submitter.script(file));
    },

    async 'trainyard.debugTraining'(argument) {
      if (!isDebuggerThere()) {
        await offerDebugger();
        return;
      }
      const { target } = await chooseModel(projects, argument, {
        title: COMMANDS['trainyard.debugTraining'],
        placeHolder: l10n.t('Choose a model whose train function is debugged'),
        offersChanges: false,
      });
      await deps.debugger.debug(target);
    },
  } satisfies Partial<Record<CommandId, Handler>>;
}
