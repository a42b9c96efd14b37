/** The name of a chart, what it means, and what can be done with it. */
import * as l10n from '@vscode/l10n';
import { element, setAttribute, setText } from '../ui/dom.ts';
import { enlargeIcon, moreIcon, pinIcon, shrinkIcon } from '../ui/icons.ts';
import { opensMenu, type MenuItems } from '../ui/menu.ts';

export interface HeadActions {
  /** Whether a figure stands first, and whether it has the page for itself. */
  isPinned(figure: string): boolean;
  isLarge(figure: string): boolean;
  pin(figure: string): void;
  enlarge(figure: string): void;
  /** What can be done about its place among the others of its group. */
  moves(figure: string): MenuItems;
}

/** The type of what is dragged: a figure's name. */
export const DRAGGED = 'text/x-trainyard-figure';

let heads = 0;

export class CardHead {
  readonly element: HTMLElement;
  /** Of the name: it names its card. */
  readonly id = `chart-${++heads}`;
  readonly #figure: string;
  readonly #title: string;
  readonly #help: HTMLElement;
  readonly #actions: HeadActions;
  readonly #pin = element('button', { type: 'button', class: 'tool' }, pinIcon());
  /** The style sheet shows one of the two drawings. */
  readonly #enlarge = element('button', { type: 'button', class: 'tool' }, enlargeIcon(), shrinkIcon());

  /**
   * @param mark beside the name, for eyes alone
   * @param items of its menu, as they are when it opens
   * @param title where it isn't the figure's name; such a chart has its place already and can't be pinned
   */
  constructor(
    figure: string,
    mark: string,
    meaning: string,
    actions: HeadActions,
    items: () => MenuItems,
    title: string | null = null,
  ) {
    this.#figure = figure;
    this.#title = title ?? figure;
    this.#pin.hidden = title !== null;
    this.#actions = actions;
    this.#help = element('span', { class: 'tip', role: 'tooltip', id: `${this.id}-help` }, meaning);
    const name = element(
      'h2',
      { id: this.id },
      element('button', { class: 'name', type: 'button', 'aria-describedby': this.#help.id }, this.#title),
      element('span', { class: 'arrow', 'aria-hidden': 'true' }, mark),
    );
    this.#pin.addEventListener('click', () => actions.pin(figure));
    this.#enlarge.addEventListener('click', () => actions.enlarge(figure));
    const menuName = l10n.t('Chart Actions');
    const more = element(
      'button',
      { type: 'button', class: 'tool more', title: menuName, 'aria-label': `${menuName}: ${this.#title}` },
      moreIcon(),
    );
    opensMenu(more, menuName, () => {
      const moves = actions.moves(figure);
      return moves.length === 0 ? items() : [...items(), null, ...moves];
    });
    this.element = element(
      'div',
      { class: 'card-head', draggable: 'true' },
      name,
      this.#help,
      this.#pin,
      this.#enlarge,
      more,
    );
    this.element.addEventListener('dragstart', (event) => event.dataTransfer?.setData(DRAGGED, figure));
  }

  /** Says anew what it means. */
  explain(meaning: string): void {
    setText(this.#help, meaning);
  }

  update(): void {
    const pinned = this.#actions.isPinned(this.#figure);
    const pin = pinned ? l10n.t('Unpin') : l10n.t('Pin to the Top');
    const enlarge = this.#actions.isLarge(this.#figure)
      ? l10n.t('Back to All Charts (Escape)')
      : l10n.t('Show Large');
    setAttribute(this.#pin, 'aria-pressed', String(pinned));
    for (const [tool, text] of [
      [this.#pin, pin],
      [this.#enlarge, enlarge],
    ] as const) {
      setAttribute(tool, 'title', text);
      setAttribute(tool, 'aria-label', `${text}: ${this.#title}`);
    }
  }
}
