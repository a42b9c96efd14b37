/** Over the charts, in one row: which of them are shown and how. */
import * as l10n from '@vscode/l10n';
import { button } from '../ui/controls.ts';
import { element, setAttribute, setText } from '../ui/dom.ts';
import { moreIcon } from '../ui/icons.ts';
import { opensMenu } from '../ui/menu.ts';
import { Problem } from './problem.ts';
import { BY, SIZES, type By, type Choices, type Size } from './choices.ts';

export interface ToolbarActions {
  choose(change: Partial<Choices>): void;
  showAll(): void;
  /** Copies the main figures of all runs. Rejects with words for a person. */
  readonly copyTable: () => Promise<void>;
  readonly exportData: () => Promise<void>;
}

export class Toolbar {
  readonly element: HTMLElement;
  readonly #search = element('input', {
    type: 'search',
    'aria-label': l10n.t('Search figures'),
    placeholder: l10n.t('Search figures'),
    spellcheck: 'false',
  });
  readonly #count = element('span', { class: 'faint', role: 'status' });
  readonly #smoothing = element('input', { type: 'range', min: '0', max: '0.99', step: '0.01' });
  readonly #smoothed = element('output', { class: 'faint' });
  readonly #attempts: HTMLElement;
  readonly #reset: HTMLElement;

  constructor(choices: Choices, actions: ToolbarActions) {
    this.#search.value = choices.search;
    this.#search.addEventListener('input', () => actions.choose({ search: this.#search.value }));
    this.#search.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || this.#search.value === '') return;
      event.stopPropagation();
      this.#search.value = '';
      actions.choose({ search: '' });
    });
    const sizes: Readonly<Record<Size, string>> = {
      small: l10n.t('Small charts'),
      medium: l10n.t('Medium charts'),
      large: l10n.t('Large charts'),
    };
    const axes: Readonly<Record<By, string>> = {
      epoch: l10n.t('By epoch'),
      step: l10n.t('By step'),
      relative: l10n.t('By duration'),
      clock: l10n.t('By time of day'),
    };
    const by = select(
      l10n.t('What the x axis counts'),
      BY.map((one) => [one, axes[one]]),
      choices.by,
      (one) => actions.choose({ by: one }),
    );
    this.#smoothing.addEventListener('input', () =>
      actions.choose({ smoothing: Number(this.#smoothing.value) }),
    );
    const smoothing = element(
      'label',
      {
        class: 'smoothing',
        title: l10n.t('Each point a mean of those before it; the line as logged stays behind'),
      },
      l10n.t('Smooth'),
      this.#smoothing,
      this.#smoothed,
    );
    const sized = select(
      l10n.t('Size of charts'),
      SIZES.map((size) => [size, sizes[size]]),
      choices.size,
      (size) => actions.choose({ size }),
    );
    this.#attempts = select(
      l10n.t('Which attempts are shown'),
      [
        ['latest', l10n.t('Latest attempt')],
        ['all', l10n.t('All attempts')],
      ],
      choices.attempts,
      (attempts) => actions.choose({ attempts }),
    );
    const more = element(
      'button',
      {
        type: 'button',
        class: 'toggle more',
        title: l10n.t('More Actions'),
        'aria-label': l10n.t('More Actions'),
      },
      moreIcon(),
    );
    opensMenu(more, l10n.t('More Actions'), () => [
      { label: l10n.t('Copy as Markdown Table'), run: () => problem.of(actions.copyTable) },
      { label: l10n.t('Export Data…'), run: () => problem.of(actions.exportData) },
    ]);
    this.#reset = button(l10n.t('Reset Zoom'), () => actions.showAll());
    this.element = element(
      'div',
      { class: 'toolbar', role: 'toolbar', 'aria-label': l10n.t('Charts') },
      this.#search,
      this.#count,
      by,
      this.#attempts,
      sized,
      smoothing,
      // They wrap together: one alone in a row would look lost.
      element(
        'div',
        { class: 'tools' },
        toggle(l10n.t('Log'), l10n.t('Logarithmic y axis'), choices.log, (log) => actions.choose({ log })),
        toggle(
          l10n.t('Clip'),
          l10n.t('Leave out values that lie far from all others'),
          !choices.outliers,
          (clip) => actions.choose({ outliers: !clip }),
        ),
        this.#reset,
        more,
      ),
    );
    const problem = new Problem(this.element);
  }

  update(now: { found: number; of: number; zoomed: boolean; smoothing: number; attempts: number }): void {
    const { found, of, zoomed, smoothing, attempts } = now;
    this.#attempts.hidden = attempts < 2;
    setText(this.#count, this.#search.value.trim() === '' ? '' : l10n.t('{0} of {1}', found, of));
    this.#reset.hidden = !zoomed;
    if (this.#smoothing.valueAsNumber !== smoothing) this.#smoothing.value = String(smoothing);
    setText(this.#smoothed, smoothing === 0 ? '' : String(smoothing));
  }
}

/** A button that is on or off. */
function toggle(text: string, title: string, on: boolean, changed: (on: boolean) => void): HTMLButtonElement {
  const made = element(
    'button',
    { type: 'button', class: 'toggle', title, 'aria-pressed': String(on) },
    text,
  );
  made.addEventListener('click', () => {
    const now = made.getAttribute('aria-pressed') !== 'true';
    setAttribute(made, 'aria-pressed', String(now));
    changed(now);
  });
  return made;
}

/** A drop-down of the platform; its label is for screen readers, its options say what they are. */
function select<V extends string>(
  label: string,
  options: readonly (readonly [value: V, text: string])[],
  value: V,
  chosen: (value: V) => void,
): HTMLSelectElement {
  const made = element(
    'select',
    { 'aria-label': label, title: label },
    ...options.map(([one, text]) =>
      element('option', { value: one, ...(one === value ? { selected: '' } : {}) }, text),
    ),
  );
  made.addEventListener('change', () => {
    const [one] = options[made.selectedIndex] ?? [];
    if (one !== undefined) chosen(one);
  });
  return made;
}
