/** Feeds a table of runs while it can be seen: all rows at first, then those alone that changed. Knows nothing of VS Code. */
import type { ColumnId, Layout, ToTable } from '../../contract/pages/table.ts';
import type { Service } from '../../contract/shapes.ts';
import type { Held } from '../runs/item.ts';
import { figuresIn } from './columns.ts';
import { tableRow } from './tableRow.ts';

export interface RowSource {
  /** The runs that belong into the table, in any order. */
  all(): Held[];
  /** The same, of one; undefined where it doesn't belong there or is gone. */
  one(executionId: string): Held | undefined;
  /** Whether the list of runs is known whole. */
  complete(): boolean;
  columns(): ColumnId[];
  layout(): Layout | null;
  showProject(): boolean;
  service(id: string): Service | undefined;
  slot(executionId: string): number | null;
  post(message: ToTable): void;
}

/** What comes within this time goes out together. */
const GAP_MS = 100;
/** The first rows fill what is in sight; the others follow without keeping the extension host from its work. */
const FIRST = 200;
const CHUNK = 1000;

export class RowFeed {
  readonly #from: RowSource;
  readonly #gapMs: number;
  /** Rows that are on their way: they came or changed. */
  #due = new Set<string>();
  readonly #gone = new Set<string>();
  #columns: readonly ColumnId[] = [];
  #showProject = false;
  #complete = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #ended = false;

  constructor(from: RowSource, gapMs = GAP_MS) {
    this.#from = from;
    this.#gapMs = gapMs;
    this.begin();
  }

  dispose(): void {
    this.#ended = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** Everything anew. */
  begin(): void {
    this.#columns = this.#from.columns();
    this.#from.post({ type: 'begin', columns: [...this.#columns], layout: this.#from.layout() });
    this.#gone.clear();
    this.#allDue();
    this.#flush(FIRST);
  }

  changed(executionId: string): void {
    this.#due.add(executionId);
    this.#plan(this.#gapMs);
  }

  /** What can be done about a diagnosis depends on the service. */
  serviceChanged(serviceId: string): void {
    for (const { run } of this.#from.all()) {
      if (run.service.id === serviceId && run.diagnosis !== null) this.changed(run.executionId);
    }
  }

  removed(executionId: string): void {
    this.#due.delete(executionId);
    this.#gone.add(executionId);
    this.#plan(this.#gapMs);
  }

  /** The list of runs may be whole now. */
  listChanged(): void {
    if (this.#complete !== this.#from.complete()) this.#plan(0);
  }

  columnsChanged(): void {
    const columns = this.#from.columns();
    if (columns.join('\n') === this.#columns.join('\n')) return;
    const figures = figuresIn(this.#columns).join('\n');
    this.#columns = columns;
    this.#from.post({ type: 'columns', columns: [...columns] });
    if (figuresIn(columns).join('\n') === figures) return;
    this.#allDue();
    this.#plan(0);
  }

  #allDue(): void {
    this.#showProject = this.#from.showProject();
    // The newest are looked at first.
    const runs = this.#from.all().map(({ run }) => run);
    runs.sort((a, b) => (a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0));
    this.#due = new Set(runs.map((run) => run.executionId));
  }

  #plan(ms: number): void {
    if (this.#ended) return;
    this.#timer ??= setTimeout(() => this.#flush(CHUNK), ms);
  }

  #flush(most: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#showProject !== this.#from.showProject()) this.#allDue();
    const options = {
      figures: figuresIn(this.#columns),
      showProject: this.#showProject,
      service: (id: string) => this.#from.service(id),
      slot: (id: string) => this.#from.slot(id),
    };
    const now = Date.now();
    const rows = [];
    for (const id of this.#due) {
      if (rows.length === most) break;
      this.#due.delete(id);
      const held = this.#from.one(id);
      if (held !== undefined) rows.push(tableRow(held, now, options));
    }
    this.#complete = this.#from.complete();
    const gone = [...this.#gone];
    this.#gone.clear();
    this.#from.post({ type: 'rows', rows, gone, complete: this.#complete && this.#due.size === 0 });
    if (this.#due.size > 0) this.#plan(0);
  }
}
