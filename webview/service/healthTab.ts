/** The health of a service: how it is, what is wrong and what to do about it, and what happened to it. */
import type { Service, ServiceHappening } from '../../src/contract/shapes.ts';
import { button } from '../ui/controls.ts';
import { diagnosisWords } from '../ui/diagnosis.ts';
import { element, setText } from '../ui/dom.ts';
import { exactTimeText, timeText } from '../ui/words.ts';
import { remediesOf, REMEDY_WORDS, standingText, type Remedy } from './health.ts';

const KIND_WORDS: Readonly<Record<ServiceHappening['kind'], string>> = {
  made: 'Made',
  settings: 'Settings changed',
  paused: 'Paused',
  resumed: 'Resumed',
  retry: 'Tried again',
  failing: 'Failing',
  healthy: 'Healthy',
  unproven: 'Unproven',
};

export class HealthTab {
  readonly #standing = element('p', { class: 'standing' });
  readonly #diagnosis = element('div', { class: 'diagnosis-box' });
  readonly #remedies = element('div', { class: 'remedies' });
  readonly #problem = element('p', { class: 'problem', role: 'alert' });
  readonly #history = element('ol', { class: 'history' });
  readonly element = element(
    'div',
    { class: 'health' },
    this.#standing,
    this.#diagnosis,
    this.#remedies,
    this.#problem,
    element('h2', {}, 'What happened'),
    this.#history,
  );
  readonly #mend: (remedy: Remedy) => Promise<void>;
  readonly #ask: () => Promise<ServiceHappening[]>;
  #asked = 0;
  #shown = '';

  constructor(mend: (remedy: Remedy) => Promise<void>, ask: () => Promise<ServiceHappening[]>) {
    this.#mend = mend;
    this.#ask = ask;
    this.#problem.hidden = true;
  }

  update(service: Service, hasLog: boolean): void {
    setText(this.#standing, standingText(service));
    const { diagnosis } = service;
    const shown = JSON.stringify([diagnosis, service.activity, hasLog]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#diagnosis.hidden = diagnosis === null;
    this.#diagnosis.className = `diagnosis-box ${diagnosis?.severity ?? ''}`;
    this.#diagnosis.replaceChildren(...(diagnosis === null ? [] : diagnosisWords(diagnosis, [])));
    const remedies = remediesOf(service, hasLog);
    this.#remedies.hidden = remedies.length === 0;
    this.#remedies.replaceChildren(
      ...remedies.map((remedy, i) =>
        button(REMEDY_WORDS[remedy], () => this.#try(remedy), i === 0 ? 'primary' : 'secondary'),
      ),
    );
  }

  /** Asks for what happened since; of several answers the last one asked for counts. */
  refresh(): void {
    this.#refresh(++this.#asked).catch((error: unknown) => this.#say(error));
  }

  async #refresh(asked: number): Promise<void> {
    const history = await this.#ask();
    if (asked === this.#asked) this.#draw(history);
  }

  #try(remedy: Remedy): void {
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
