/** The banner that says why nothing new comes, with what can be done about it. */
import * as l10n from '@vscode/l10n';
import type { Remedy, Trouble } from '../../src/contract/pages/page.ts';
import { button } from './controls.ts';
import { element, setText } from './dom.ts';

const LABELS: Readonly<Record<Remedy, string>> = {
  restartBackend: l10n.t('Restart Backend'),
  showLog: l10n.t('Show Log'),
  manageTrust: l10n.t('Manage Workspace Trust'),
};

export class Banner {
  readonly element = element('div', { class: 'trouble', role: 'alert' });
  readonly #words = element('span');
  readonly #buttons = element('span', { class: 'actions' });
  readonly #remedy: (remedy: Remedy) => void;
  #shown = '';

  constructor(remedy: (remedy: Remedy) => void) {
    this.#remedy = remedy;
    this.element.append(this.#words, this.#buttons);
    this.element.hidden = true;
  }

  show({ message, remedies }: Omit<Trouble, 'type'>): void {
    const shown = JSON.stringify([message, remedies]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.element.hidden = message === null;
    setText(this.#words, message ?? '');
    this.#buttons.replaceChildren(
      ...remedies.map((remedy) => button(LABELS[remedy], () => this.#remedy(remedy))),
    );
    this.#buttons.hidden = remedies.length === 0;
  }
}
