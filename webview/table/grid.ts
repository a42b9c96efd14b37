/**
 * The grid: a table of which the rows in sight alone are in the page, used by keyboard as the ARIA Authoring Practices say. It shows
 * what it is given and tells what a person does; it decides nothing.
 */
import * as l10n from '@vscode/l10n';
import type { ColumnId, Sort } from '../../src/contract/pages/table.ts';
import { element, setAttribute } from '../ui/dom.ts';
import type { CellActions } from './cells.ts';
import { fitted } from './columns.ts';
import { Heading } from './heading.ts';
import { inSight, moved, type Place } from './navigation.ts';
import { RowView } from './rowView.ts';
import type { Row } from './rows.ts';
import type { How, Selection } from './selection.ts';

export interface GridActions extends CellActions {
  sortBy(column: ColumnId): void;
  resized(widths: Readonly<Record<string, number>>): void;
  choose(row: Row, how: How): void;
  chooseAll(): void;
  chooseNothing(): void;
  /** Other rows are in sight, or it was scrolled. */
  scrolled(): void;
}

export class Grid {
  readonly element: HTMLElement;
  readonly #actions: GridActions;
  readonly #table = element('table', {
    role: 'grid',
    'aria-multiselectable': 'true',
    'aria-label': l10n.t('Trainings'),
  });
  readonly #body = element('tbody', { role: 'rowgroup' });
  readonly #heading: Heading;
  readonly #views = new Map<string, RowView>();
  #columns: readonly ColumnId[] = [];
  #widths: Readonly<Record<string, number>> = {};
  #rows: readonly Row[] = [];
  #places = new Map<string, number>();
  #selection: ReadonlySet<string> = new Set();
  /** The cell that the keyboard is at; by id, so that it moves with its row. */
  #active: { id: string | null; column: number } = { id: null, column: 0 };
  #rowHeight = 28;

  constructor(actions: GridActions) {
    this.#actions = actions;
    this.#heading = new Heading({
      sortBy: (column) => actions.sortBy(column),
      widthOf: (column) => this.#widthOf(column),
      resize: (column, width) => this.#resize(column, width),
    });
    this.#table.append(element('thead', { role: 'rowgroup' }, this.#heading.element), this.#body);
    this.element = element('div', { class: 'grid' }, this.#table);
    this.element.addEventListener('scroll', () => {
      this.#render();
      actions.scrolled();
    });
    this.#table.addEventListener('keydown', (event) => this.#key(event));
    this.#table.addEventListener('click', (event) => this.#click(event));
    // Before VS Code hears of it, which looks at the row for what its menu is about.
    this.#table.addEventListener('contextmenu', ({ target }) => {
      const row = this.#rowAt(target);
      if (row !== undefined) this.#views.get(row.executionId)?.beforeMenu(this.#selection);
    });
    this.#table.addEventListener('focusin', ({ target }) => this.#focused(target));
    new ResizeObserver(() => {
      this.#layOut();
      this.#render();
    }).observe(this.element);
  }

  get scroll(): number {
    return this.element.scrollTop;
  }

  set scroll(top: number) {
    this.element.scrollTop = top;
  }

  /** The rows that can be seen now, from top to bottom. */
  get inSight(): readonly Row[] {
    const { from, to } = this.#sight(0);
    return this.#rows.slice(from, to);
  }

  /** Rows that stay in the page while these columns do are made anew with them. */
  setColumns(columns: readonly ColumnId[], widths: Readonly<Record<string, number>>, sort: Sort): void {
    this.#columns = columns;
    this.#widths = widths;
    this.#heading.draw(columns);
    this.#heading.showSort(sort);
    for (const view of this.#views.values()) view.element.remove();
    this.#views.clear();
    this.#active = { ...this.#active, column: Math.min(this.#active.column, columns.length - 1) };
    setAttribute(this.#table, 'aria-colcount', String(columns.length));
    this.#layOut();
    this.#render();
  }

  showSort(sort: Sort): void {
    this.#heading.showSort(sort);
  }

  /** Other rows, or the same in another order. */
  setRows(rows: readonly Row[]): void {
    const before = this.#active.id === null ? -1 : (this.#places.get(this.#active.id) ?? -1);
    this.#rows = rows;
    this.#places = new Map(rows.map((row, i) => [row.executionId, i]));
    setAttribute(this.#table, 'aria-rowcount', String(rows.length + 1));
    if (before >= 0 && this.#active.id !== null && !this.#places.has(this.#active.id)) {
      // The row that the keyboard was at is gone: the one in its place is next.
      const next = rows[Math.min(before, rows.length - 1)];
      const focused = this.#table.contains(document.activeElement);
      this.#active = { id: next?.executionId ?? null, column: this.#active.column };
      if (focused) this.#focusSoon();
    }
    this.#render();
  }

  /** Rows that changed and stay where they are. */
  updateRows(rows: readonly Row[], changed: ReadonlyMap<string, Row>): void {
    this.#rows = rows;
    for (const [id, row] of changed) {
      this.#views.get(id)?.update(row);
    }
  }

  setSelection(selection: Selection): void {
    this.#selection = selection.ids;
    for (const [id, view] of this.#views) view.mark(this.#selection.has(id));
  }

  /** Details came, of rows that are in sight. */
  redraw(): void {
    for (const view of this.#views.values()) view.redraw();
  }

  tick(): void {
    for (const view of this.#views.values()) view.tick();
  }

  /** The keyboard comes to the rows. */
  enter(): void {
    this.#goTo({ ...this.#place(), row: Math.max(0, this.#place().row) });
  }

  /** The font is another one, or its size. */
  remeasure(): void {
    this.#layOut();
    for (const [id, view] of this.#views) view.place(this.#places.get(id) ?? 0, this.#rowHeight);
    this.#render();
  }

  #fitted(): number[] {
    return fitted(this.#columns, this.#widths, this.element.clientWidth);
  }

  #widthOf(id: ColumnId): number {
    return this.#fitted()[this.#columns.indexOf(id)] ?? 0;
  }

  #resize(id: ColumnId, width: number | null): void {
    const { [id]: _, ...others } = this.#widths;
    this.#widths = width === null ? others : { ...others, [id]: width };
    this.#layOut();
    this.#actions.resized(this.#widths);
  }

  #layOut(): void {
    const size = Number.parseFloat(getComputedStyle(document.body).fontSize) || 13;
    this.#rowHeight = Math.round(size * 2.15);
    const widths = this.#fitted();
    // The name takes what is left, so that rows reach from edge to edge.
    const tracks = this.#columns.map((id, i) =>
      id === 'name' ? `minmax(${widths[i]}px, 1fr)` : `${widths[i]}px`,
    );
    this.#table.style.setProperty('--tracks', tracks.join(' '));
    this.#table.style.setProperty('--row', `${this.#rowHeight}px`);
    this.#table.style.minWidth = `${widths.reduce((a, b) => a + b, 0)}px`;
    // Under the first column, which stays, no cell is in sight.
    this.element.style.scrollPaddingLeft = `${widths[0] ?? 0}px`;
  }

  #sight(around?: number): { from: number; to: number } {
    const height = this.element.clientHeight - this.#heading.element.offsetHeight;
    return inSight(this.element.scrollTop, height, this.#rowHeight, this.#rows.length, around);
  }

  /** Has those rows in the page that are in sight or near it, and the one that has the focus. */
  #render(): void {
    if (this.#columns.length === 0) return;
    this.#body.style.height = `${this.#rows.length * this.#rowHeight}px`;
    const { from, to } = this.#sight();
    const wanted = new Map<string, number>();
    for (let i = from; i < to; i++) {
      const row = this.#rows[i];
      if (row !== undefined) wanted.set(row.executionId, i);
    }
    const active = this.#active.id === null ? undefined : this.#places.get(this.#active.id);
    if (active !== undefined && this.#active.id !== null) wanted.set(this.#active.id, active);
    for (const [id, view] of this.#views) {
      if (wanted.has(id)) continue;
      view.element.remove();
      this.#views.delete(id);
    }
    const focused = document.activeElement;
    let next = this.#body.firstElementChild;
    for (const [id, i] of [...wanted].toSorted(([, a], [, b]) => a - b)) {
      const shown = this.#show(id, i);
      // Screen readers go through them as they stand in the page.
      if (shown === next) next = next.nextElementSibling;
      else this.#body.insertBefore(shown, next);
    }
    this.#roveTab();
    // What is moved within the page loses the focus.
    if (
      focused instanceof HTMLElement &&
      focused !== document.activeElement &&
      this.#table.contains(focused)
    ) {
      focused.focus({ preventScroll: true });
    }
  }

  #show(id: string, i: number): HTMLElement {
    const row = this.#rows[i];
    let view = this.#views.get(id);
    if (row === undefined) throw new Error(`There is no row ${i}.`);
    if (view === undefined) {
      view = new RowView(row, this.#columns, this.#actions);
      this.#views.set(id, view);
    }
    view.update(row);
    view.place(i, this.#rowHeight);
    view.mark(this.#selection.has(id));
    return view.element;
  }

  /** One cell of the grid can be reached by Tab. */
  #roveTab(): void {
    const cell = this.#activeCell();
    for (const other of this.#table.querySelectorAll('[tabindex="0"]')) {
      if (other !== cell) other.setAttribute('tabindex', '-1');
    }
    if (cell !== undefined) setAttribute(cell, 'tabindex', '0');
  }

  #activeCell(): HTMLElement | undefined {
    const { id, column } = this.#active;
    const view = id === null ? undefined : this.#views.get(id);
    if (view !== undefined) return view.cell(column);
    const first = this.#rows[0];
    // Before anybody was in it, the grid is entered at its first row.
    if (id === null && first !== undefined && !this.#atTitles)
      return this.#views.get(first.executionId)?.cell(column);
    return this.#heading.cell(column);
  }

  #atTitles = false;

  #place(): Place {
    const { id, column } = this.#active;
    if (id === null) return { row: this.#atTitles ? -1 : 0, column };
    return { row: this.#places.get(id) ?? 0, column };
  }

  #goTo({ row, column }: Place): void {
    const id = this.#rows[row]?.executionId ?? null;
    this.#atTitles = id === null;
    this.#active = { id, column };
    if (id !== null) this.#bringIntoSight(row);
    this.#render();
    this.#focusActive();
  }

  #bringIntoSight(row: number): void {
    const top = row * this.#rowHeight;
    const height = this.element.clientHeight - this.#heading.element.offsetHeight;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    else if (top + this.#rowHeight > this.element.scrollTop + height) {
      this.element.scrollTop = top + this.#rowHeight - height;
    }
  }

  #focusActive(): void {
    const cell = this.#activeCell();
    cell?.focus({ preventScroll: true });
    cell?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  #focusSoon(): void {
    requestAnimationFrame(() => this.#focusActive());
  }

  #focused(target: EventTarget | null): void {
    if (!(target instanceof Element)) return;
    const cell = target.closest<HTMLElement>('[role=gridcell], [role=columnheader]');
    const id = cell?.closest<HTMLElement>('.row')?.dataset['id'] ?? null;
    if (cell === null) return;
    this.#atTitles = id === null;
    this.#active = { id, column: Number(cell.getAttribute('aria-colindex')) - 1 };
    this.#roveTab();
  }

  #rowAt(target: EventTarget | null): Row | undefined {
    if (!(target instanceof Element)) return undefined;
    return this.#views.get(target.closest<HTMLElement>('.row')?.dataset['id'] ?? '')?.row;
  }

  #click(event: MouseEvent): void {
    const row = this.#rowAt(event.target);
    if (row === undefined) return;
    const link = event.target instanceof Element && event.target.closest('.link') !== null;
    const how = howOf(event);
    // A plain click on a link is for what it leads to.
    if (!link || how !== 'only') this.#actions.choose(row, how);
  }

  #key(event: KeyboardEvent): void {
    const at = this.#place();
    const ctrl = event.ctrlKey || event.metaKey;
    if (at.row < 0 && this.#heading.key(event, at.column)) return event.preventDefault();
    const page = Math.floor(
      (this.element.clientHeight - this.#heading.element.offsetHeight) / this.#rowHeight,
    );
    const to = event.altKey
      ? null
      : moved(at, event.key, ctrl, { rows: this.#rows.length, columns: this.#columns.length, page });
    if (to !== null) {
      event.preventDefault();
      this.#goTo(to);
      const row = this.#rows[to.row];
      if (event.shiftKey && row !== undefined && to.row !== at.row) {
        const from = this.#rows[at.row];
        if (this.#selection.size === 0 && from !== undefined) this.#actions.choose(from, 'only');
        this.#actions.choose(row, 'range');
      }
      return;
    }
    const row = this.#rows[at.row];
    if (row !== undefined && this.#keyOnRow(event, row, at.column, ctrl)) event.preventDefault();
  }

  #keyOnRow(event: KeyboardEvent, row: Row, column: number, ctrl: boolean): boolean {
    switch (event.key) {
      case 'Enter':
        this.#views.get(row.executionId)?.act(column, (one) => this.#actions.showModel(one));
        return true;
      case ' ':
        this.#actions.choose(row, event.shiftKey ? 'range' : 'toggle');
        return true;
      case 'a':
        if (ctrl) this.#actions.chooseAll();
        return ctrl;
      case 'Escape':
        this.#actions.chooseNothing();
        return true;
      case 'ContextMenu':
      case 'F10':
        if (event.key === 'F10' && !event.shiftKey) return false;
        this.#openMenu();
        return true;
      default:
        return false;
    }
  }

  /** VS Code opens its menu where it hears of a right click. */
  #openMenu(): void {
    const cell = this.#activeCell();
    if (cell === undefined) return;
    const { left, bottom } = cell.getBoundingClientRect();
    cell.dispatchEvent(
      new MouseEvent('contextmenu', {
        bubbles: true,
        cancelable: true,
        clientX: left + 12,
        clientY: bottom - 4,
      }),
    );
  }
}

const howOf = (event: MouseEvent): How =>
  event.shiftKey ? 'range' : event.ctrlKey || event.metaKey ? 'toggle' : 'only';
