/** The panel: takes messages into its state, and shows the state. What changes in one turn of the event loop is drawn once. */
import * as l10n from '@vscode/l10n';
import type { ToExplore } from '../../src/contract/pages/explore.ts';
import type { Remedy, Trouble } from '../../src/contract/pages/page.ts';
import { readLook, watchLook } from '../charts/theme.ts';
import type { Look } from '../charts/look.ts';
import type { Extent } from '../charts/scales.ts';
import { ring } from '../ui/controls.ts';
import { element, setText } from '../ui/dom.ts';
import { Banner } from '../ui/trouble.ts';
import { Board } from './board.ts';
import { Card, type Surroundings } from './card.ts';
import { Choices, toggled } from './choices.ts';
import { emptyOf } from './empty.ts';
import { linesByFigure, viewOf, type FigureView } from './figures.ts';
import { groupsOf } from './groups.ts';
import { RunHeader } from './header.ts';
import type { ExploreOwn } from './host.ts';
import { Lens } from './lens.ts';
import { initialState, next, type State } from './state.ts';
import { Toolbar } from './toolbar.ts';

/** Where the charts stand: on a page of their own, or in a part of another. */
export interface Place {
  readonly root: HTMLElement;
  readonly scroller: HTMLElement;
  readonly executionIds: readonly string[];
  /** What was kept of them. */
  readonly saved: ExploreOwn | null;
  save(own: ExploreOwn): void;
  failed(error: unknown): void;
  /** What stands over the charts; null where the page around them has a heading of its own. */
  readonly heading: {
    command(name: 'abort' | 'logs', executionId: string): void;
    remedy(remedy: Remedy): void;
  } | null;
}

export class Explore implements Surroundings {
  readonly #place: Place;
  #state: State;
  #look: Look;
  readonly #lenses: Record<FigureView['axis'], Lens>;
  readonly #heights: Map<string, Extent>;
  #choices: Choices;
  /** How far down the page is, or is to be once it is long enough again. */
  #scroll: number;
  #scrollDue: boolean;
  readonly #headers = new Map<string, RunHeader>();
  readonly #board: Board<Card>;
  readonly #toolbar: Toolbar;
  readonly #top = element('div', { class: 'top' });
  readonly #trouble: Banner;
  readonly #empty = element('div', { class: 'empty' });
  readonly #none = element('p', { class: 'none faint' }, l10n.t('No figure has a name like this.'));
  readonly #hint = element(
    'p',
    { class: 'hint', id: 'keys' },
    l10n.t('Drag to zoom, double-click to see all. Arrow keys read values, + and − zoom, 0 shows all.'),
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
    const lens = (axis: FigureView['axis']): Lens =>
      new Lens(saved?.windows[axis] ?? null, (what) => this.#plan(what === 'window' ? 'view' : 'cursor'));
    this.#lenses = { epoch: lens('epoch'), step: lens('step') };
    this.#heights = new Map(Object.entries(saved?.heights ?? {}));
    this.#choices = saved?.choices ?? Choices.parse({});
    this.#scroll = saved?.scroll ?? 0;
    this.#scrollDue = this.#scroll > 0;
    this.#hint.hidden = true;
    this.#none.hidden = true;
    this.#trouble = new Banner((remedy) => place.heading?.remedy(remedy));
    this.#board = new Board(scroller, (group) =>
      this.#choose({ folded: toggled(this.#choices.folded, group) }),
    );
    this.#toolbar = new Toolbar(this.#choices, {
      choose: (change) => this.#choose(change),
      showAll: () => this.#showAll(),
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
    this.#state = next(this.#state, message);
    this.#plan('data');
  }

  // What a card needs.

  lens(axis: FigureView['axis']): Lens {
    return this.#lenses[axis];
  }

  height(figure: string): Extent | null {
    return this.#heights.get(figure) ?? null;
  }

  setHeight(figure: string, height: Extent | null): void {
    if (height === null) this.#heights.delete(figure);
    else this.#heights.set(figure, height);
    this.#plan('view');
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

  /** Gives the page to one figure, or back to all. */
  enlarge(figure: string): void {
    const back = this.#choices.large !== null;
    this.#scrollDue = back && this.#scroll > 0;
    this.#choose({ large: back ? null : figure });
    this.#draw();
    this.#board.get(figure)?.focus();
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
    if (due.has('data')) this.#drawData();
    if (due.has('view')) {
      this.#arrange();
      for (const card of this.#board) card.redraw();
    } else if (due.has('cursor')) for (const card of this.#board) card.point();
    const zoomed = this.#heights.size > 0 || Object.values(this.#lenses).some((lens) => lens.window !== null);
    this.#toolbar.update({ ...this.#counts, zoomed });
  }

  #choose(change: Partial<Choices>): void {
    this.#choices = { ...this.#choices, ...change };
    this.#plan('data');
    this.#plan('view');
  }

  #drawData(): void {
    const state = this.#state;
    if (this.#place.heading !== null) this.#drawHeaders(state);
    this.#drawEmpty();
    this.#drawCards(state);
    if (state.begun && this.#scrollDue && this.#board.size > 0) {
      // The page is only now as long as it was.
      this.#place.scroller.scrollTop = this.#scroll;
      this.#scrollDue = false;
    }
  }

  #drawHeaders(state: State): void {
    for (const id of state.executionIds) {
      let header = this.#headers.get(id);
      if (header === undefined) {
        header = new RunHeader((command) => this.#place.heading?.command(command, id));
        this.#headers.set(id, header);
        this.#toolbar.element.before(header.element);
      }
      header.update(state.runs.get(id), state);
    }
    this.#trouble.show(state.trouble ?? { message: null, remedies: [] });
  }

  #drawCards(state: State): void {
    const lines = linesByFigure(state);
    const figures = [...lines.keys()];
    const view = (figure: string) => () => viewOf(figure, lines.get(figure) ?? [], state);
    const groups = groupsOf(figures, this.#choices);
    this.#board.show(groups, new Set(figures), (figure) => new Card(view(figure)(), state, this));
    for (const figure of figures) this.#board.get(figure)?.update(view(figure), state);
    this.#counts = {
      found: groups.reduce((sum, group) => sum + group.figures.length, 0),
      of: figures.length,
    };
    this.#none.hidden = figures.length === 0 || this.#counts.found > 0;
    this.#hint.hidden = figures.length === 0;
    this.#toolbar.element.hidden = figures.length === 0;
    this.#top.hidden = this.#place.heading === null && figures.length === 0;
    this.#arrange();
  }

  #arrange(): void {
    this.#board.arrange(this.#choices.size, this.#top.offsetHeight + this.#hint.offsetHeight);
  }

  #drawEmpty(): void {
    const empty = emptyOf(this.#state);
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

  #showAll(): void {
    this.#heights.clear();
    for (const lens of Object.values(this.#lenses)) lens.zoomTo(null);
  }

  #save(): void {
    const windows = Object.entries(this.#lenses).flatMap(([axis, { window }]): [string, Extent][] =>
      window === null ? [] : [[axis, window]],
    );
    this.#place.save({
      windows: Object.fromEntries(windows.map(([axis, [a, b]]) => [axis, [a, b]])),
      heights: Object.fromEntries([...this.#heights].map(([figure, [a, b]]) => [figure, [a, b]])),
      scroll: this.#scroll,
      choices: this.#choices,
    });
  }
}
