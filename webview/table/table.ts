/** A table of runs with everything around it: takes messages into its rows, shows them, and asks for what a person does. */
import * as l10n from '@vscode/l10n';
import * as z from 'zod';
import {
  COLUMNS,
  Sort,
  type ColumnId,
  type Layout,
  type RowDetail,
  type RUN_ACTIONS,
  type tableCalls,
  type ToTable,
} from '../../src/contract/pages/table.ts';
import type { Trouble } from '../../src/contract/pages/page.ts';
import { StatusName } from '../../src/contract/shapes.ts';
import type { Host } from '../host.ts';
import { button, ring } from '../ui/controls.ts';
import { diagnosisName, diagnosisWords } from '../ui/diagnosis.ts';
import { element } from '../ui/dom.ts';
import { HoverCard } from '../ui/hoverCard.ts';
import { columnOf } from './columns.ts';
import { FilterBar } from './filterBar.ts';
import { Foot } from './foot.ts';
import { Grid } from './grid.ts';
import { arrange, countsOf, NEWEST_FIRST, placeOf, take, type Filter, type Row } from './rows.ts';
import { choose, chooseAll, NOTHING, onlyShown, type Selection } from './selection.ts';

/** What a table keeps over a reload. */
export const TableOwn = z.object({
  search: z.string().default(''),
  statuses: z.array(StatusName).default([]),
  chosen: z.array(z.string()).default([]),
  scroll: z.number().default(0),
});
export type TableOwn = z.output<typeof TableOwn>;

/** More than this isn't kept of a selection. */
const KEPT = 1000;
const DETAILS_PAUSE_MS = 120;
const REMEMBER_PAUSE_MS = 400;

export type TableHost = Pick<Host<unknown, ToTable, unknown, typeof tableCalls>, 'call' | 'failed'>;

export interface TableWords {
  /** What stands where nothing was trained. */
  empty: { title: string; hint: string };
}

export class Table {
  readonly element: HTMLElement;
  readonly #host: TableHost;
  readonly #words: TableWords;
  readonly #save: (own: TableOwn) => void;
  readonly #rows = new Map<string, Row>();
  readonly #details = new Map<string, RowDetail>();
  readonly #grid: Grid;
  readonly #filterBar: FilterBar;
  readonly #foot: Foot;
  readonly #card = new HoverCard();
  readonly #empty = element('div', { class: 'empty' });
  #columns: readonly ColumnId[] = [];
  #widths: Readonly<Record<string, number>> = {};
  #sort: Sort = NEWEST_FIRST;
  #order: readonly Row[] = [];
  #selection: Selection;
  #complete = false;
  #trouble = false;
  /** Where the page was before the reload, until it is as long again. */
  #scroll: number;
  #drawing = false;
  #moved = true;
  readonly #changed = new Map<string, Row>();
  #asking: ReturnType<typeof setTimeout> | null = null;
  #remembering: ReturnType<typeof setTimeout> | null = null;
  #emptyShown = '';

  constructor(host: TableHost, saved: TableOwn, words: TableWords, save: (own: TableOwn) => void) {
    this.#host = host;
    this.#words = words;
    this.#save = save;
    this.#selection = { ids: new Set(saved.chosen), anchor: saved.chosen[0] ?? null };
    this.#scroll = saved.scroll;
    this.#grid = new Grid({
      sortBy: (column) => this.#sortBy(column),
      resized: (widths) => {
        this.#widths = widths;
        this.#remember();
      },
      choose: (row, how) => this.#choose(choose(this.#selection, this.#ids(), row.executionId, how)),
      chooseAll: () => this.#choose(chooseAll(this.#ids())),
      chooseNothing: () => this.#choose(NOTHING),
      scrolled: () => {
        this.#card.close();
        this.#askSoon();
        this.#keep();
      },
      showModel: (row) => this.#run('showModel', [row.executionId]),
      showService: (row) => this.#showService(row),
      lookAtDiagnosis: (anchor, row) => this.#card.hover(anchor, nameOf(row), () => this.#cardOf(row)),
      leaveDiagnosis: () => this.#card.left(),
      holdDiagnosis: (anchor, row) => this.#card.hold(anchor, nameOf(row), () => this.#cardOf(row)),
      detailOf: (row) => this.#details.get(detailKey(row)),
    });
    this.#filterBar = new FilterBar(
      { search: saved.search, statuses: new Set(saved.statuses) },
      {
        changed: () => this.#plan(true),
        columns: () => this.#chooseColumns(),
        leave: () => this.#grid.enter(),
      },
    );
    this.#foot = new Foot({
      run: (action, ids) => this.#run(action, ids),
      clear: () => this.#filterBar.clear(),
    });
    this.element = element(
      'section',
      { class: 'table' },
      this.#filterBar.element,
      this.#grid.element,
      this.#empty,
      this.#foot.element,
      this.#card.element,
    );
    setInterval(() => this.#grid.tick(), 1000);
    this.#setColumns(COLUMNS);
    this.#plan(true);
  }

  hear(message: ToTable | Trouble): void {
    switch (message.type) {
      case 'trouble':
        this.#trouble = message.message !== null;
        this.#moved = true;
        break;
      case 'begin':
        take(this.#rows, message, performance.now());
        this.#complete = false;
        if (message.layout !== null) {
          this.#widths = message.layout.widths;
          this.#sort = message.layout.sort;
        }
        this.#setColumns(message.columns);
        break;
      case 'columns':
        this.#setColumns(message.columns);
        break;
      case 'rows':
        this.#take(message);
        break;
      default:
        message satisfies never;
    }
    this.#plan(false);
  }

  /** The theme's letters are others, or it can be seen again. */
  remeasure(): void {
    this.#grid.remeasure();
  }

  #take(message: Extract<ToTable, { type: 'rows' }>): void {
    const now = performance.now();
    for (const row of message.rows) {
      const before = this.#rows.get(row.executionId);
      const after = { ...row, receivedAt: now };
      this.#moved ||= before === undefined || placeOf(before, this.#sort) !== placeOf(after, this.#sort);
      this.#changed.set(row.executionId, after);
    }
    this.#moved ||= message.gone.length > 0;
    take(this.#rows, message, now);
    this.#moved ||= this.#complete !== message.complete;
    this.#complete = message.complete;
    this.#askSoon();
  }

  #setColumns(columns: readonly ColumnId[]): void {
    this.#columns = columns;
    // What isn't there any more, or can't be sorted by, orders nothing.
    if (!columns.includes(this.#sort.column) || !columnOf(this.#sort.column).sortable)
      this.#sort = NEWEST_FIRST;
    this.#grid.setColumns(columns, this.#widths, this.#sort);
    this.#moved = true;
    this.#askSoon();
  }

  /** Draws before the next frame, once for everything that came till then. */
  #plan(moved: boolean): void {
    this.#moved ||= moved;
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#draw();
    });
  }

  #draw(): void {
    const { filter } = this.#filterBar;
    if (this.#moved) {
      this.#order = arrange(this.#rows.values(), filter, this.#sort, performance.now());
      // First of all it gets the room that it needs.
      this.#drawEmpty(filter);
      this.#grid.setRows(this.#order);
      this.#filterBar.showCounts(countsOf(this.#rows.values(), filter.search));
      // Until all are there, a chosen one may still come.
      if (this.#complete) this.#selection = onlyShown(this.#selection, this.#ids());
      this.#grid.setSelection(this.#selection);
      if (this.#scroll > 0 && (this.#complete || this.#order.length > 0)) {
        this.#grid.scroll = this.#scroll;
        if (this.#complete || this.#grid.scroll >= this.#scroll - 1) this.#scroll = 0;
      }
      this.#askSoon();
      this.#keep();
    } else if (this.#changed.size > 0) {
      this.#order = this.#order.map((row) => this.#changed.get(row.executionId) ?? row);
      this.#grid.updateRows(this.#order, this.#changed);
    }
    this.#moved = false;
    this.#changed.clear();
    this.#foot.showCount(this.#order.length, this.#rows.size, isFiltered(filter));
    this.#showChosen();
    this.#card.check();
  }

  #ids(): string[] {
    return this.#order.map((row) => row.executionId);
  }

  #choose(selection: Selection): void {
    this.#selection = selection;
    this.#grid.setSelection(selection);
    this.#showChosen();
    this.#keep();
  }

  #showChosen(): void {
    this.#foot.showChosen([...this.#selection.ids].flatMap((id) => this.#rows.get(id) ?? []));
  }

  #sortBy(column: ColumnId): void {
    const own = this.#sort.column === column;
    // What is looked for in a column of numbers or times is mostly the greatest.
    const first = columnOf(column).numeric || column === 'createdAt';
    this.#sort = { column, descending: own ? !this.#sort.descending : first };
    this.#grid.showSort(this.#sort);
    this.#remember();
    this.#plan(true);
  }

  #drawEmpty(filter: Filter): void {
    const [busy, title, hint, action] = this.#emptyWords(filter);
    const shown = [busy, title, hint].join('\n');
    this.#empty.hidden = title === '';
    this.#grid.element.classList.toggle('without-rows', title !== '');
    if (shown === this.#emptyShown) return;
    this.#emptyShown = shown;
    this.#empty.replaceChildren(
      element('p', { class: 'what', role: 'status' }, busy ? ring() : null, title),
      ...(hint === '' ? [] : [element('p', { class: 'faint' }, hint)]),
      ...(action === null ? [] : [action]),
    );
  }

  #emptyWords(filter: Filter): [busy: boolean, title: string, hint: string, action: HTMLElement | null] {
    if (this.#order.length > 0) return [false, '', '', null];
    if (this.#rows.size > 0) {
      const clear = button(l10n.t('Clear Filter'), () => this.#filterBar.clear());
      const search = filter.search.trim();
      const none =
        search === ''
          ? l10n.t('There are no runs of the chosen statuses.')
          : l10n.t('There are no runs that match “{0}”.', search);
      return [false, none, '', clear];
    }
    if (this.#trouble) return [false, l10n.t('No runs to show yet.'), '', null];
    if (!this.#complete) return [true, l10n.t('Loading runs…'), '', null];
    const { title, hint } = this.#words.empty;
    return [false, title, hint, button(l10n.t('Train Model…'), () => this.#call('train', null), 'primary')];
  }

  #cardOf(row: Row): Node[] {
    if (row.diagnosis === null) return [];
    return diagnosisWords(row.diagnosis, (remedy) => {
      this.#card.close();
      this.#call('remedy', { executionId: row.executionId, remedy });
    });
  }

  #showService(row: Row): void {
    this.#card.close();
    if (row.service !== null) this.#call('showService', { serviceId: row.service.id });
  }

  #chooseColumns(): void {
    this.#call('chooseColumns', { executionIds: this.#grid.inSight.map((row) => row.executionId) });
  }

  #run(action: (typeof RUN_ACTIONS)[number], executionIds: string[]): void {
    this.#card.close();
    this.#call('run', { action, executionIds });
  }

  /** For calls of which nothing comes back but that they were heard. */
  #call<N extends 'run' | 'remedy' | 'train' | 'showService' | 'chooseColumns' | 'remember'>(
    name: N,
    ask: z.output<(typeof tableCalls)[N]['ask']>,
  ): void {
    this.#host.call(name, ask).catch((error: unknown) => this.#host.failed(error));
  }

  /** What the list of runs hasn't is asked for once the scrolling rests, of what is in sight. */
  #askSoon(): void {
    if (!this.#columns.some((id) => id === 'host' || id.startsWith('config:'))) return;
    if (this.#asking !== null) clearTimeout(this.#asking);
    this.#asking = setTimeout(() => {
      this.#askDetails().catch((error: unknown) => this.#host.failed(error));
    }, DETAILS_PAUSE_MS);
  }

  async #askDetails(): Promise<void> {
    const missing = this.#grid.inSight.filter((row) => !this.#details.has(detailKey(row)));
    if (missing.length === 0) return;
    const ids = missing.map((row) => row.executionId).slice(0, 200);
    const { details } = await this.#host.call('details', { executionIds: ids });
    for (const detail of details) {
      const row = missing.find((one) => one.executionId === detail.executionId);
      if (row !== undefined) this.#details.set(detailKey(row), detail);
    }
    this.#grid.redraw();
  }

  #remember(): void {
    if (this.#remembering !== null) clearTimeout(this.#remembering);
    this.#remembering = setTimeout(() => {
      const layout: Layout = { widths: { ...this.#widths }, sort: this.#sort };
      this.#call('remember', layout);
    }, REMEMBER_PAUSE_MS);
  }

  #keep(): void {
    const { search, statuses } = this.#filterBar.filter;
    this.#save({
      search,
      statuses: [...statuses],
      chosen: [...this.#selection.ids].slice(0, KEPT),
      scroll: this.#scroll > 0 ? this.#scroll : this.#grid.scroll,
    });
  }
}

const isFiltered = ({ search, statuses }: Filter): boolean => search.trim() !== '' || statuses.size > 0;

/** A detail is of an attempt, and more is known once that began. */
const detailKey = (row: Row): string => `${row.executionId} ${row.attempt} ${row.durationMs !== null}`;

const nameOf = ({ diagnosis }: Row): string => (diagnosis === null ? '' : diagnosisName(diagnosis));
