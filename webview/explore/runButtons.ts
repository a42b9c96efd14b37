/** What can be done to a run from where its charts are. */
import * as l10n from '@vscode/l10n';
import type { RunCommand } from '../../src/contract/pages/explore.ts';
import type { Run } from '../../src/contract/shapes.ts';
import { actionsFor } from '../../src/contract/status.ts';
import { button } from '../ui/controls.ts';

export class RunButtons {
  readonly #logs: HTMLElement;
  readonly #rerun: HTMLElement;
  readonly #abort: HTMLElement;
  readonly elements: readonly HTMLElement[];

  constructor(command: (name: RunCommand) => void) {
    this.#logs = button(l10n.t('Show Logs'), () => command('logs'));
    this.#rerun = button(l10n.t('Rerun'), () => command('rerun'));
    this.#abort = button(l10n.t('Abort'), () => command('abort'));
    this.elements = [this.#logs, this.#rerun, this.#abort];
  }

  /** @param gone it was removed */
  update(run: Run, gone: boolean): void {
    const { abort, rerun } = actionsFor(run);
    this.#logs.hidden = run.origin !== 'trained';
    this.#rerun.hidden = gone || !rerun;
    this.#abort.hidden = gone || !abort;
  }
}
