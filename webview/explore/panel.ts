/** The panel: takes messages into its state, and shows the state. What changes in one turn of the event loop is drawn once. */
import * as l10n from '@vscode/l10n';
import {
  FIRST_WISH,
  type BroughtChart as Told,
  type ChartWish,
  type ToExplore,
  type Traits,
} from '../../src/contract/pages/explore.ts';
import type { Remedy, Trouble } from '../../src/contract/pages/page.ts';
import type { MetricRow } from '../charts/brought.ts';
import { readLook, watchLook } from '../charts/theme.ts';
import type { Look } from '../charts/look.ts';
import type { Extent } from '../charts/scales.ts';
import { ring } from '../ui/controls.ts';
import { element, setText } from '../ui/dom.ts';
import type { MenuItem, MenuItems } from '../ui/menu.ts';
import { Banner } from '../ui/trouble.ts';
import { Board } from './board.ts';
import { BroughtCharts } from './brought.ts';
import { BroughtCard } from './broughtCard.ts';
import { Card, type Surroundings } from './card.ts';
import { Choices, toggled } from './choices.ts';
import { CompareTable } from './compareTable.ts';
import { pairsOf } from './curve.ts';
import { CurveCard } from './curveCard.ts';
import { merged } from './details.ts';
import { emptyOf } from './empty.ts';
import { linesByFigure, nameOf, readingOf, viewOf, type FigureView } from './figures.ts';
import { groupsOf, type Group } from './groups.ts';
import { RunHeader } from './header.ts';
import type { ExploreOwn } from './host.ts';
import type { Lens } from './lens.ts';
import { panelMarkdown, type NamedRun } from './markdown.ts';
import { moved, neighbours } from './order.ts';
import { initialState, next, type State } from './state.ts';
import { TakeAway, type Hand } from './takeAway.ts';
import { Toolbar } from './toolbar.ts';
import { Zoom } from './zoom.ts';

/** More runs than that are quiet: colours and dashes tell no more apart. */
const MOST_LOUD = 20;

/** After so long without a change it is asked for what the charts need. */
const STILL_MS = 120;

/** Where the charts stand: on a page of their own, or in a part of another. */
export interface Place {
  readonly root: HTMLElement;
  readonly scroller: HTMLElement;
  readonly executionIds: readonly string[];
  /** What was kept of them. */
  readonly saved: ExploreOwn | null;
  save(own: ExploreOwn): void;
  /** What the charts are to be fed with from now on. */
  wish(wish: ChartWish): void;
  /** By which axes they are to be fed besides. */
  besides(axes: ChartWish['axis'][]): void;
  failed(error: unknown): void;
  readonly hand: Hand;
  /** What stands over the charts; null where the page around them has a heading of its own. */
  readonly heading: {
    command(name: 'abort' | 'logs' | 'model', executionId: string): void;
    /** By what runs that are compared differ. */
    traits(): Promise<readonly Traits[]>;
    remedy(remedy: Remedy): void;
  } | null;
}

export class Explore implements Surroundings {
  readonly #place: Place;
  #state: State;
  #look: Look;
  readonly #zoom: Zoom;
  #wish = FIRST_WISH;
  #asking: ReturnType<typeof setTimeout> | null = null;
  #choices: Choices;
  #groups: readonly Group[] = [];
  /** How far down the page is, or is to be once it is long enough again. */
  #scroll: number;
  #scrollDue: boolean;
  /** Of one run, or of several. */
  #header: RunHeader | CompareTable | null = null;
  #spoken: string | null = null;
  /** They never change: they are asked for once. */
  #traits: readonly Traits[] | null = null;
  readonly #board: Board<Card | CurveCard | BroughtCard>;
  readonly #brought = new BroughtCharts();
  /** By which axes lines are told besides. */
  #besides = '[]';
  readonly #toolbar: Toolbar;
  readonly take: TakeAway;
  readonly #top = element('div', { class: 'top' });
  readonly #trouble: Banner;
  readonly #empty = element('div', { class: 'empty' });
  readonly #none = element('p', { class: 'none faint' }, l10n.t('No figure has a name like this.'));
  readonly #hint = element(
    'p',
    { class: 'hint', id: 'keys' },
    l10n.t(
      'Drag to zoom, double-click to see all. Arrow keys read values, + and − zoom, Backspace goes back, 0 shows all.',
    ),
  );
  readonly #live = element('div', { class: 'unseen', 'aria-live': 'polite' });
  #due: Set<'data' | 'view' | 'cursor'> = new Set();
  #counts = { found: 0, of: 0 };
  #emptyShown = '';
  #size = '';

  constructor(place: Place) {
    this.#place = place;
    this.#state = initialState(place.executionIds);
    this.#look = readLook();
    const { saved, root, scroller } = place;
    this.#zoom = new Zoom(saved ?? { windows: {}, heights: {} }, (what) => this.#plan(what));
    this.#choices = saved?.choices ?? Choices.parse({});
    this.#scroll = saved?.scroll ?? 0;
    this.#scrollDue = this.#scroll > 0;
    this.#hint.hidden = true;
    this.#none.hidden = true;
    this.take = new TakeAway(place.hand, (text) => this.announce(text));
    this.#trouble = new Banner((remedy) => place.heading?.remedy(remedy));
    this.#board = new Board(
      scroller,
      (group) => this.#choose({ folded: toggled(this.#choices.folded, group) }),
      (figure, to) => this.#move(figure, to),
    );
    this.#toolbar = new Toolbar(this.#choices, {
      choose: (change) => this.#choose(change),
      showAll: () => this.#zoom.showAll(),
      copyTable: () => this.take.copyTable(this.#markdown()),
    });
    this.#top.append(this.#toolbar.element);
    root.append(
      this.#top,
      this.#trouble.element,
      this.#empty,
      this.#none,
      this.#board.element,
      this.#hint,
      this.#live,
    );
    // Before the chart itself hears the key.
    addEventListener(
      'keydown',
      (event) => {
        if (event.key !== 'Escape' || this.#choices.large === null || root.clientWidth === 0) return;
        // A menu closes first.
        if (event.target instanceof Element && event.target.closest('[role=menu]') !== null) return;
        event.stopPropagation();
        this.enlarge(this.#choices.large);
      },
      { capture: true },
    );
    new ResizeObserver(() => this.#resized()).observe(root);
    addEventListener('resize', () => this.#resized());
    watchLook(() => this.#plan('view'));
    // Of a part of the page it doesn't bubble.
    addEventListener(
      'scrollend',
      () => {
        // One chart alone has a place of its own.
        if (root.clientWidth === 0 || this.#choices.large !== null || this.#scrollDue) return;
        this.#scroll = scroller.scrollTop;
        this.#save();
      },
      { capture: true },
    );
    this.#save();
    this.#plan('data');
  }

  hear(message: ToExplore | Trouble): void {
    if (message.type === 'charts' || message.type === 'besides') this.#brought.hear(message);
    else this.#state = next(this.#state, message);
    const { heading } = this.#place;
    if (
      message.type === 'show' &&
      message.executionIds.length > 1 &&
      this.#traits === null &&
      heading !== null
    )
      this.#askTraits(heading).catch((error: unknown) => this.#place.failed(error));
    this.#plan('data');
  }

  async #askTraits(heading: NonNullable<Place['heading']>): Promise<void> {
    this.#traits = await heading.traits();
    this.#plan('data');
  }

  // What a card needs.

  lens(axis: FigureView['axis']): Lens {
    return this.#zoom.lens(axis);
  }

  height(figure: string): Extent | null {
    return this.#zoom.height(figure);
  }

  setHeight(figure: string, height: Extent | null): void {
    this.#zoom.setHeight(figure, height);
  }

  back(): void {
    this.#zoom.back();
  }

  choices(): Choices {
    return this.#choices;
  }

  quiet(): boolean {
    const { executionIds, removed } = this.#state;
    const { hidden } = this.#choices;
    return executionIds.filter((id) => !hidden.includes(id) && !removed.has(id)).length > MOST_LOUD;
  }

  spoken(): string | null {
    return this.#spoken;
  }

  speak(executionId: string | null): void {
    if (executionId === this.#spoken) return;
    this.#spoken = executionId;
    this.#plan('cursor');
  }

  look(): Look {
    return this.#look;
  }

  isPinned(figure: string): boolean {
    return this.#choices.pinned.includes(figure);
  }

  isLarge(figure: string): boolean {
    return this.#choices.large === figure;
  }

  pin(figure: string): void {
    this.#choose({ pinned: toggled(this.#choices.pinned, figure) });
  }

  moves(figure: string): MenuItems {
    const { before, behind } = neighbours(this.#groups, figure);
    const item = (label: string, to: string | null): MenuItem[] =>
      to === null ? [] : [{ label, run: () => this.#move(figure, to) }];
    return [...item(l10n.t('Move Earlier'), before), ...item(l10n.t('Move Later'), behind)];
  }

  #move(figure: string, to: string): void {
    const change = moved(this.#groups, this.#choices, figure, to);
    if (change !== null) this.#choose(change);
  }

  /** Gives the page to one figure, or back to all. */
  enlarge(figure: string): void {
    const back = this.#choices.large !== null;
    this.#scrollDue = back && this.#scroll > 0;
    this.#choose({ large: back ? null : figure });
    this.#draw();
    this.#board.get(figure)?.focus();
  }

  isTable(figure: string): boolean {
    return this.#choices.tables.includes(figure);
  }

  toggleTable(figure: string): void {
    this.#choose({ tables: toggled(this.#choices.tables, figure) });
  }

  runs(): NamedRun[] {
    const { executionIds, removed, runs } = this.#state;
    const { hidden } = this.#choices;
    return executionIds
      .filter((id) => !removed.has(id) && !hidden.includes(id))
      .map((executionId) => ({ executionId, name: nameOf(runs.get(executionId)) }));
  }

  fileName(figure: string): string {
    const [first, ...others] = this.runs();
    return first === undefined || others.length > 0 ? figure : `${first.name} ${figure}`;
  }

  announce(text: string): void {
    setText(this.#live, text);
  }

  failed(error: Error): void {
    this.#place.failed(error);
  }

  /** A body that only grew longer changes nothing. */
  #resized(): void {
    const { root, scroller } = this.#place;
    const size = `${root.clientWidth} ${scroller.clientHeight}`;
    if (size !== this.#size) this.#plan('view');
    this.#size = size;
  }

  /** Draws before the next frame, once for everything that came till then. */
  #plan(what: 'data' | 'view' | 'cursor'): void {
    if (this.#due.size === 0) requestAnimationFrame(() => this.#draw());
    this.#due.add(what);
  }

  #draw(): void {
    const due = this.#due;
    this.#due = new Set();
    if (due.has('view')) {
      this.#look = readLook();
      this.#save();
    }
    // All is drawn anew with the data, wherever it stands.
    if (due.has('data')) this.#drawData();
    else if (due.has('view')) {
      this.#arrange();
      for (const card of this.#board) card.redraw();
    } else if (due.has('cursor')) for (const card of this.#board) card.point();
    if (due.has('data') || due.has('view')) this.#askSoon();
    this.#toolbar.update({
      ...this.#counts,
      attempts: Math.max(0, ...[...this.#state.runs.values()].map((run) => run.attempt)),
      zoomed: this.#zoom.zoomed,
      smoothing: this.#choices.smoothing ?? this.#state.smoothing,
    });
  }

  #choose(change: Partial<Choices>): void {
    this.#choices = { ...this.#choices, ...change };
    this.#plan('data');
    this.#plan('view');
  }

  /** Wishes what these choices need, where it isn't wished already. */
  #ask(): void {
    this.#askBesides();
    const { by, attempts } = this.#choices;
    const axis = by === 'relative' || by === 'clock' ? 'time' : by;
    const reading = readingOf(this.#state, by);
    // Charts of another axis than the one that is wished can't say what they need.
    const told = axis === this.#state.axis && attempts === this.#state.attempts;
    const cards = told ? [...this.#board] : [];
    const details = merged(cards.flatMap((card) => (card instanceof Card ? card.details(reading) : [])));
    const wish: ChartWish = { axis, attempts, details };
    if (JSON.stringify(wish) === JSON.stringify(this.#wish)) return;
    this.#wish = wish;
    this.#place.wish(wish);
  }

  #askBesides(): void {
    const axes = this.#brought.wanted(this.#state);
    if (JSON.stringify(axes) === this.#besides) return;
    this.#besides = JSON.stringify(axes);
    this.#place.besides(axes);
  }

  /** Once nothing moves any more. */
  #askSoon(): void {
    if (this.#asking !== null) clearTimeout(this.#asking);
    this.#asking = setTimeout(() => this.#ask(), STILL_MS);
  }

  seen(): void {
    this.#askSoon();
  }

  /** Called once the page hears its host: what it had chosen before isn't known there. */
  begin(): void {
    this.#ask();
  }

  #drawData(): void {
    const state = this.#state;
    if (this.#place.heading !== null) this.#drawHeader(state, this.#place.heading);
    this.#drawEmpty();
    this.#drawCards(state);
    if (state.begun && this.#scrollDue && this.#board.size > 0) {
      // The page is only now as long as it was.
      this.#place.scroller.scrollTop = this.#scroll;
      this.#scrollDue = false;
    }
  }

  #drawHeader(state: State, heading: NonNullable<Place['heading']>): void {
    const [id = '', ...others] = state.executionIds;
    if (others.length > 0) {
      this.#header ??= new CompareTable({
        command: (name, executionId) => heading.command(name, executionId),
        hide: (hidden) => this.#choose({ hidden: [...hidden] }),
        setBaseline: (baseline) => this.#choose({ baseline }),
        setSame: (same) => this.#choose({ same }),
        speak: (executionId) => this.speak(executionId),
      });
    } else this.#header ??= new RunHeader((command) => heading.command(command, id));
    if (this.#header instanceof CompareTable)
      this.#header.update(state, this.#choices, this.#look, this.#traits ?? []);
    else this.#header.update(state.runs.get(id), state);
    if (!this.#header.element.isConnected) this.#toolbar.element.before(this.#header.element);
    this.#trouble.show(state.trouble ?? { message: null, remedies: [] });
  }

  #drawCards(state: State): void {
    const lines = linesByFigure(state, this.#choices.hidden);
    const reading = readingOf(state, this.#choices.by);
    const view = (figure: string): FigureView => viewOf(figure, lines.get(figure) ?? [], state, reading);
    const figures = [...lines.keys()];
    const pairs = new Map(pairsOf(figures).map((pair) => [pair.name, pair]));
    // A pair stands behind the later of its two.
    for (const { name, precision, recall } of pairs.values()) {
      figures.splice(Math.max(figures.indexOf(precision), figures.indexOf(recall)) + 1, 0, name);
    }
    // They stand where there is something to draw.
    const brought = new Map(figures.length === 0 ? [] : this.#brought.all.map((one) => [one.id, one]));
    const groups = groupsOf(figures, this.#choices, [...brought.values()]);
    this.#groups = groups;
    const broughtCard = (told: Told): BroughtCard => new BroughtCard(told, () => this.#rowsFor(told), this);
    this.#board.show(groups, new Set([...figures, ...brought.keys()]), (name) => {
      const told = brought.get(name);
      if (told !== undefined) return broughtCard(told);
      const pair = pairs.get(name);
      return pair === undefined
        ? new Card(view(name), state, this)
        : new CurveCard(pair, () => [view(pair.precision), view(pair.recall)], this);
    });
    this.#counts = {
      found: groups.reduce((sum, group) => sum + group.figures.length, 0),
      of: figures.length + brought.size,
    };
    this.#none.hidden = figures.length === 0 || this.#counts.found > 0;
    this.#hint.hidden = figures.length === 0;
    this.#toolbar.element.hidden = figures.length === 0;
    this.#top.hidden = this.#place.heading === null ? figures.length === 0 : state.runs.size === 0;
    this.#arrange();
    for (const name of figures) {
      const card = this.#board.get(name);
      const pair = pairs.get(name);
      if (card instanceof Card) card.update(() => view(name), state);
      else if (pair !== undefined && card instanceof CurveCard)
        card.update(() => [view(pair.precision), view(pair.recall)]);
    }
    for (const told of brought.values()) {
      const card = this.#board.get(told.id);
      if (card instanceof BroughtCard) card.update(told, () => this.#rowsFor(told));
    }
  }

  #rowsFor({ drawn }: Told): readonly MetricRow[] | null {
    return 'problem' in drawn
      ? []
      : this.#brought.rows(drawn.specification, this.#state, this.#choices.hidden);
  }

  #markdown(): string {
    const reading = readingOf(this.#state, this.#choices.by);
    const views = [...linesByFigure(this.#state, this.#choices.hidden)].map(([figure, lines]) =>
      viewOf(figure, lines, this.#state, reading),
    );
    return panelMarkdown(views, this.runs());
  }

  #arrange(): void {
    this.#board.arrange(this.#choices.size, this.#top.offsetHeight + this.#hint.offsetHeight);
  }

  #drawEmpty(): void {
    const empty = emptyOf(this.#state, this.#place.heading === null);
    this.#empty.hidden = empty === null;
    const shown = JSON.stringify(empty);
    if (shown === this.#emptyShown) return;
    this.#emptyShown = shown;
    if (empty === null) return this.#empty.replaceChildren();
    this.#empty.replaceChildren(
      element('p', { class: 'what', role: 'status' }, empty.busy ? ring() : null, empty.title),
      ...(empty.hint === null ? [] : [element('p', { class: 'faint' }, empty.hint)]),
      ...(empty.code === null ? [] : [element('pre', { tabindex: '0' }, empty.code)]),
    );
  }

  #save(): void {
    this.#place.save({
      ...this.#zoom.shown,
      scroll: this.#scroll,
      choices: this.#choices,
    });
  }
}
