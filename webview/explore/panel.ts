/** The panel: takes messages into its state, and shows the state. What changes in one turn of the event loop is drawn once. */
import * as l10n from '@vscode/l10n';
import type { RunCommand, ToExplore, Traits } from '../../src/contract/pages/explore.ts';
import type { Remedy, Trouble } from '../../src/contract/pages/page.ts';
import type { ColoredRun } from '../charts/brought.ts';
import { rehearse } from '../charts/rehearsal.ts';
import { readLook, watchLook } from '../charts/theme.ts';
import type { Look } from '../charts/look.ts';
import type { Extent } from '../charts/scales.ts';
import { element, setText } from '../ui/dom.ts';
import type { MenuItem, MenuItems } from '../ui/menu.ts';
import { Banner } from '../ui/trouble.ts';
import { Cards, type Counts } from './cards.ts';
import { Choices, toggled } from './choices.ts';
import { CompareTable } from './compareTable.ts';
import { emptyOf } from './empty.ts';
import { EmptyPlace } from './emptyPlace.ts';
import { Feeding, type Feeder } from './feeding.ts';
import { linesByFigure, nameOf, readingOf, viewOf, type FigureView } from './figures.ts';
import { RunHeader } from './header.ts';
import type { ExploreOwn } from './host.ts';
import type { Lens } from './lens.ts';
import { runColor } from './legend.ts';
import { panelMarkdown } from './markdown.ts';
import { initialState, next, type State } from './state.ts';
import { styleOf } from './strokes.ts';
import type { Surroundings } from './surroundings.ts';
import { TakeAway, type Hand } from './takeAway.ts';
import { Toolbar } from './toolbar.ts';
import { Zoom } from './zoom.ts';

/** More runs than that are quiet: colours and dashes tell no more apart. */
const MOST_LOUD = 20;

/** Where the charts stand: on a page of their own, or in a part of another. */
export interface Place extends Feeder {
  readonly root: HTMLElement;
  readonly scroller: HTMLElement;
  readonly executionIds: readonly string[];
  /** What was kept of them. */
  readonly saved: ExploreOwn | null;
  save(own: ExploreOwn): void;
  failed(error: unknown): void;
  readonly hand: Hand;
  /** What stands over the charts; null where the page around them has a heading of its own. */
  readonly heading: {
    command(name: RunCommand, executionId: string): void;
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
  #choices: Choices;
  /** How far down the page is, or is to be once it is long enough again. */
  #scroll: number;
  #scrollDue: boolean;
  /** Of one run, or of several. */
  #header: RunHeader | CompareTable | null = null;
  #spoken: string | null = null;
  /** They never change: they are asked for once. */
  #traits: readonly Traits[] | null = null;
  readonly #cards: Cards;
  readonly #feeding: Feeding;
  readonly #toolbar: Toolbar;
  readonly take: TakeAway;
  readonly #top = element('div', { class: 'top' });
  readonly #trouble: Banner;
  readonly #empty = new EmptyPlace();
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
  #counts: Counts = { found: 0, of: 0 };
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
    this.take = new TakeAway(
      place.hand,
      () => this.runs().map(({ executionId }) => executionId),
      (text) => this.announce(text),
    );
    this.#trouble = new Banner((remedy) => place.heading?.remedy(remedy));
    this.#cards = new Cards(scroller, this, (change) => this.#choose(change));
    this.#feeding = new Feeding(place, () => ({
      wish: this.#cards.wish(this.#state, this.#choices),
      besides: this.#cards.brought.wanted(this.#state),
    }));
    this.#toolbar = new Toolbar(this.#choices, {
      choose: (change) => this.#choose(change),
      showAll: () => this.#zoom.showAll(),
      copyTable: () => this.take.copyTable(this.#markdown()),
      exportData: () => this.take.exportData(null),
    });
    this.#top.append(this.#toolbar.element);
    root.append(
      this.#top,
      this.#trouble.element,
      this.#empty.element,
      this.#none,
      this.#cards.board.element,
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
    if (message.type === 'charts' || message.type === 'besides') this.#cards.brought.hear(message);
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
    const { before, behind } = this.#cards.neighbours(figure);
    const item = (label: string, to: string | null): MenuItem[] =>
      to === null ? [] : [{ label, run: () => this.#cards.move(figure, to) }];
    return [...item(l10n.t('Move Earlier'), before), ...item(l10n.t('Move Later'), behind)];
  }

  /** Gives the page to one figure, or back to all. */
  enlarge(figure: string): void {
    const back = this.#choices.large !== null;
    this.#scrollDue = back && this.#scroll > 0;
    this.#choose({ large: back ? null : figure });
    this.#draw();
    this.#cards.board.get(figure)?.focus();
  }

  isTable(figure: string): boolean {
    return this.#choices.tables.includes(figure);
  }

  toggleTable(figure: string): void {
    this.#choose({ tables: toggled(this.#choices.tables, figure) });
  }

  runs(): ColoredRun[] {
    const { executionIds, removed, runs, slots } = this.#state;
    const { hidden } = this.#choices;
    return executionIds
      .filter((id) => !removed.has(id) && !hidden.includes(id))
      .map((executionId) => ({
        executionId,
        name: nameOf(runs.get(executionId)),
        color: runColor(styleOf(slots[executionId] ?? 0).color, this.#look),
      }));
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
      for (const card of this.#cards.board) card.redraw();
    } else if (due.has('cursor')) for (const card of this.#cards.board) card.point();
    if (due.has('data') || due.has('view')) this.#feeding.askSoon();
    this.#toolbar.update({
      ...this.#counts,
      attempts: Math.max(0, ...[...this.#state.runs.values()].map((run) => run.attempt)),
      zoomed: this.#zoom.zoomed,
      smoothing: this.#choices.smoothing ?? this.#state.smoothing,
    });
  }

  #choose(change: Partial<Choices>): void {
    this.#choices = { ...this.#choices, ...change };
    // At once: a page may be reloaded before it draws again.
    this.#save();
    this.#plan('data');
    this.#plan('view');
  }

  seen(): void {
    this.#feeding.askSoon();
  }

  /** Called once the page hears its host: what it had chosen before isn't known there. */
  begin(): void {
    this.#feeding.ask();
  }

  /** Called where the charts are looked at and their lines aren't there yet. */
  rehearse(): void {
    rehearse(
      () => (this.#state.begun ? null : this.#look),
      (error) => this.#place.failed(error),
    );
  }

  #drawData(): void {
    const state = this.#state;
    if (this.#place.heading !== null) this.#drawHeader(state, this.#place.heading);
    this.#empty.show(emptyOf(state, this.#place.heading === null));
    this.#drawCards(state);
    if (state.begun && this.#scrollDue && this.#cards.board.size > 0) {
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
    this.#cards.draw(state, this.#choices, (counts) => {
      const { found, of } = counts;
      this.#counts = counts;
      this.#none.hidden = of === 0 || found > 0;
      this.#hint.hidden = of === 0;
      this.#toolbar.element.hidden = of === 0;
      this.#top.hidden = this.#place.heading === null ? of === 0 : state.runs.size === 0;
      this.#arrange();
    });
  }

  #markdown(): string {
    const reading = readingOf(this.#state, this.#choices.by);
    const views = [...linesByFigure(this.#state, this.#choices.hidden)].map(([figure, lines]) =>
      viewOf(figure, lines, this.#state, reading),
    );
    return panelMarkdown(views, this.runs());
  }

  #arrange(): void {
    this.#cards.board.arrange(this.#choices.size, this.#top.offsetHeight + this.#hint.offsetHeight);
  }

  #save(): void {
    this.#place.save({
      ...this.#zoom.shown,
      scroll: this.#scroll,
      choices: this.#choices,
    });
  }
}
