/** The health of a service: how it is, what is wrong and what to do about it, and what happened to it. */
import * as l10n from '@vscode/l10n';
import type { DiagnosisRemedy, ShownDiagnosis } from '../../src/contract/pages/diagnosis.ts';
import type { Service, ServiceHappening } from '../../src/contract/shapes.ts';
import { DiagnosisBox } from '../ui/diagnosis.ts';
import { element, setText } from '../ui/dom.ts';
import { exactTimeText, timeText } from '../ui/words.ts';
import { standingText } from './health.ts';

const KIND_WORDS: Readonly<Record<ServiceHappening['kind'], string>> = {
  made: l10n.t('Made'),
  settings: l10n.t('Settings changed'),
  paused: l10n.t('Paused'),
  resumed: l10n.t('Resumed'),
  retry: l10n.t('Tried again'),
  failing: l10n.t('Failing'),
  healthy: l10n.t('Healthy'),
  unproven: l10n.t('Unproven'),
};

export class HealthTab {
  readonly #standing = element('p', { class: 'standing' });
  readonly #diagnosis = new DiagnosisBox((remedy) => this.#try(remedy));
  readonly #problem = element('p', { class: 'problem', role: 'alert' });
  readonly #history = element('ol', { class: 'history' });
  readonly element = element(
    'div',
    { class: 'health' },
    this.#standing,
    this.#diagnosis.element,
    this.#problem,
    element('h2', {}, l10n.t('What happened')),
    this.#history,
  );
  readonly #mend: (remedy: DiagnosisRemedy) => Promise<void>;
  readonly #ask: () => Promise<ServiceHappening[]>;
  #asked = 0;

  constructor(mend: (remedy: DiagnosisRemedy) => Promise<void>, ask: () => Promise<ServiceHappening[]>) {
    this.#mend = mend;
    this.#ask = ask;
    this.#problem.hidden = true;
  }

  update(service: Service, diagnosis: ShownDiagnosis | null): void {
    setText(this.#standing, standingText(service));
    this.#diagnosis.show(diagnosis);
  }

  /** Asks for what happened since; of several answers the last one asked for counts. */
  refresh(): void {
    this.#refresh(++this.#asked).catch((error: unknown) => this.#say(error));
  }

  async #refresh(asked: number): Promise<void> {
    const history = await this.#ask();
    if (asked === this.#asked) this.#draw(history);
  }

  #try(remedy: DiagnosisRemedy): void {
    this.#say(null);
    this.#mend(remedy).catch((error: unknown) => this.#say(error));
  }

  /** Null: all is well again. */
  #say(error: unknown): void {
    this.#problem.hidden = error === null;
    setText(this.#problem, error instanceof Error ? error.message : '');
  }

  #draw(history: readonly ServiceHappening[]): void {
    this.#history.replaceChildren(
      ...history.map(({ at, kind, message }) =>
        element(
          'li',
          { class: kind },
          element('time', { datetime: at, title: exactTimeText(at), class: 'faint' }, timeText(at)),
          element('strong', {}, KIND_WORDS[kind]),
          element('span', { class: 'said' }, message),
        ),
      ),
    );
  }
}
