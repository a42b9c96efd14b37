/** The row of titles: sorts by a click or Enter, and lets columns be drawn wider or narrower. */
import * as l10n from '@vscode/l10n';
import type { ColumnId, Sort } from '../../src/contract/pages/table.ts';
import { drawing, element, setAttribute } from '../ui/dom.ts';
import { columnOf, NARROWEST, WIDEST } from './columns.ts';

export interface HeadingActions {
  sortBy(column: ColumnId): void;
  /** Null: as wide as at first. */
  resize(column: ColumnId, width: number | null): void;
  widthOf(column: ColumnId): number;
}

/** What a key adds to a column's width, in pixels. */
const KEY_STEP = 16;

export class Heading {
  readonly element = element('tr', { role: 'row', 'aria-rowindex': '1', class: 'row titles' });
  readonly #actions: HeadingActions;
  #cells: { id: ColumnId; cell: HTMLElement; mark: HTMLElement }[] = [];

  constructor(actions: HeadingActions) {
    this.#actions = actions;
  }

  cell(column: number): HTMLElement | undefined {
    return this.#cells[column]?.cell;
  }

  draw(columns: readonly ColumnId[]): void {
    this.#cells = columns.map((id, i) => {
      const { title, help, sortable, numeric } = columnOf(id);
      const mark = element('span', { class: 'sort', 'aria-hidden': 'true' });
      const cell = element(
        'th',
        {
          role: 'columnheader',
          tabindex: '-1',
          'aria-colindex': String(i + 1),
          class: `cell${numeric ? ' numeric' : ''}${sortable ? ' sortable' : ''}`,
          title: sortable
            ? l10n.t('{0}. Enter sorts. Shift with the arrow keys makes it wider or narrower.', help)
            : l10n.t('{0}. Shift with the arrow keys makes it wider or narrower.', help),
        },
        element('span', { class: 'title-text' }, title),
        mark,
        this.#handle(id),
      );
      if (sortable) cell.addEventListener('click', () => this.#actions.sortBy(id));
      return { id, cell, mark };
    });
    this.element.replaceChildren(...this.#cells.map(({ cell }) => cell));
  }

  showSort(sort: Sort): void {
    for (const { id, cell, mark } of this.#cells) {
      const own = id === sort.column;
      const direction = sort.descending ? 'descending' : 'ascending';
      if (columnOf(id).sortable) setAttribute(cell, 'aria-sort', own ? direction : 'none');
      mark.replaceChildren(...(own ? [arrow(sort.descending)] : []));
    }
  }

  /** @returns whether the key was for a title */
  key(event: KeyboardEvent, column: number): boolean {
    const id = this.#cells[column]?.id;
    if (id === undefined) return false;
    if (event.key === 'Enter' || event.key === ' ') {
      if (columnOf(id).sortable) this.#actions.sortBy(id);
      return true;
    }
    if (!event.shiftKey || (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight')) return false;
    const step = event.key === 'ArrowLeft' ? -KEY_STEP : KEY_STEP;
    this.#actions.resize(id, clamped(this.#actions.widthOf(id) + step));
    return true;
  }

  /** The edge that is drawn at; two clicks on it give the width of the beginning. */
  #handle(id: ColumnId): HTMLElement {
    const handle = element('span', { class: 'handle', 'aria-hidden': 'true' });
    handle.addEventListener('click', (event) => event.stopPropagation());
    handle.addEventListener('dblclick', () => this.#actions.resize(id, null));
    handle.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      handle.setPointerCapture(event.pointerId);
      const { clientX } = event;
      const width = this.#actions.widthOf(id);
      const drag = (move: PointerEvent): void =>
        this.#actions.resize(id, clamped(width + move.clientX - clientX));
      handle.addEventListener('pointermove', drag);
      handle.addEventListener('lostpointercapture', () => handle.removeEventListener('pointermove', drag), {
        once: true,
      });
    });
    return handle;
  }
}

const clamped = (width: number): number => Math.round(Math.max(NARROWEST, Math.min(WIDEST, width)));

const arrow = (down: boolean): SVGSVGElement =>
  drawing([
    [
      'path',
      {
        d: down ? 'M4 6.5l4 4 4-4' : 'M4 9.5l4-4 4 4',
        fill: 'none',
        stroke: 'currentColor',
        'stroke-width': '1.5',
        'stroke-linecap': 'round',
        'stroke-linejoin': 'round',
      },
    ],
  ]);
