/** Over the tabs: which service it is, how it is, what it has at work, and the actions that it takes now. */
import * as l10n from '@vscode/l10n';
import type { SERVICE_ACTIONS } from '../../src/contract/pages/service.ts';
import type { Service } from '../../src/contract/shapes.ts';
import { button } from '../ui/controls.ts';
import { element, setText } from '../ui/dom.ts';
import { diagnosisIcon, serviceIcon } from '../ui/status.ts';
import { loadText, STANDING_WORDS, standingOf } from './health.ts';

type Action = (typeof SERVICE_ACTIONS)[number];

export class Head {
  readonly #name = element('h1');
  readonly #project = element('span', { class: 'faint' });
  readonly #standing = element('span', { class: 'standing-mark' });
  readonly #load = element('p', { class: 'load faint' });
  readonly #pause: HTMLElement;
  readonly #resume: HTMLElement;
  readonly #retry: HTMLElement;
  readonly element: HTMLElement;
  #shown = '';

  constructor(act: (action: Action) => void) {
    this.#retry = button(l10n.t('Retry Now'), () => act('retry'));
    this.#pause = button(l10n.t('Pause'), () => act('pause'));
    this.#resume = button(l10n.t('Resume'), () => act('resume'), 'primary');
    this.element = element(
      'header',
      { class: 'head' },
      element(
        'div',
        { class: 'title' },
        element('div', { class: 'who' }, this.#name, this.#project, this.#standing),
        element('div', { class: 'actions' }, this.#retry, this.#pause, this.#resume),
      ),
      this.#load,
    );
    this.element.hidden = true;
  }

  update(service: Service, project: string | null): void {
    this.element.hidden = false;
    setText(this.#name, service.name);
    setText(this.#project, project ?? '');
    this.#project.hidden = project === null;
    setText(this.#load, loadText(service));
    // What isn't here won't be by another try.
    this.#retry.hidden = service.health !== 'failing' || service.diagnosis?.code === 'NoSuchInstance';
    this.#pause.hidden = service.activity === 'paused';
    this.#resume.hidden = service.activity === 'active';
    const standing = standingOf(service);
    const code = standing === 'failing' ? service.diagnosis?.code : undefined;
    const words = [STANDING_WORDS[standing], ...(code === undefined ? [] : [code])].join(': ');
    if (words === this.#shown) return;
    this.#shown = words;
    this.#standing.className = `standing-mark ${standing}`;
    const icon = standing === 'failing' ? diagnosisIcon('error') : serviceIcon(standing);
    this.#standing.replaceChildren(icon, words);
  }
}
