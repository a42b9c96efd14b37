/** One row in the page, as long as it is in sight. */
import type { ColumnId } from '../../src/contract/pages/table.ts';
import { element, setAttribute } from '../ui/dom.ts';
import { runMenu } from '../ui/runMenu.ts';
import { cellFor, type Cell, type CellActions } from './cells.ts';
import type { Row } from './rows.ts';

export class RowView {
  readonly element = element('tr', { role: 'row', class: 'row' });
  readonly #cells: Cell[];
  #row: Row;

  constructor(row: Row, columns: readonly ColumnId[], actions: CellActions) {
    this.#row = row;
    this.#cells = columns.map((id) => cellFor(id, actions));
    this.#cells.forEach((cell, i) => cell.element.setAttribute('aria-colindex', String(i + 1)));
    this.element.append(...this.#cells.map((cell) => cell.element));
    this.#draw();
  }

  get row(): Row {
    return this.#row;
  }

  cell(column: number): HTMLElement | undefined {
    return this.#cells[column]?.element;
  }

  update(row: Row): void {
    if (row === this.#row) return;
    this.#row = row;
    this.#draw();
  }

  /** Something beside the row itself is known now. */
  redraw(): void {
    for (const cell of this.#cells) cell.update(this.#row);
  }

  tick(): void {
    for (const cell of this.#cells) cell.tick?.(this.#row);
  }

  /** What Enter does in this column. */
  act(column: number, otherwise: (row: Row) => void): void {
    (this.#cells[column]?.act ?? otherwise)(this.#row);
  }

  place(index: number, rowHeight: number): void {
    setAttribute(this.element, 'aria-rowindex', String(index + 2));
    const transform = `translateY(${index * rowHeight}px)`;
    if (this.element.style.transform !== transform) this.element.style.transform = transform;
  }

  mark(selected: boolean): void {
    setAttribute(this.element, 'aria-selected', String(selected));
  }

  /** A menu is about to open on it. @param chosen ids of all chosen rows: where it is one of them, the menu is about all */
  beforeMenu(chosen: ReadonlySet<string>): void {
    const several = chosen.has(this.#row.executionId) && chosen.size > 1;
    this.element.dataset['vscodeContext'] = runMenu(this.#row, several ? [...chosen] : null);
  }

  #draw(): void {
    setAttribute(this.element, 'data-id', this.#row.executionId);
    this.element.classList.toggle('diagnosed', this.#row.diagnosis !== null);
    for (const cell of this.#cells) cell.update(this.#row);
  }
}
