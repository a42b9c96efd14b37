/** Over the charts, in one row: which of them are shown and how. */
import * as l10n from '@vscode/l10n';
import { button } from '../ui/controls.ts';
import { element, setText } from '../ui/dom.ts';
import { SIZES, type Choices, type Size } from './choices.ts';

export interface ToolbarActions {
  choose(change: Partial<Choices>): void;
  showAll(): void;
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
  readonly #size: HTMLSelectElement;
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
    this.#size = select(
      l10n.t('Size of charts'),
      SIZES.map((size) => [size, sizes[size]]),
      choices.size,
      (size) => actions.choose({ size }),
    );
    this.#reset = button(l10n.t('Reset Zoom'), actions.showAll);
    this.element = element(
      'div',
      { class: 'toolbar', role: 'toolbar', 'aria-label': l10n.t('Charts') },
      this.#search,
      this.#count,
      this.#size,
      this.#reset,
    );
  }

  update({ found, of, zoomed }: { found: number; of: number; zoomed: boolean }): void {
    setText(this.#count, this.#search.value.trim() === '' ? '' : l10n.t('{0} of {1}', found, of));
    this.#reset.hidden = !zoomed;
  }
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
