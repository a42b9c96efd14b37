/** The panel: takes messages into its state, and shows the state. What changes in one turn of the event loop is drawn once. */
import * as l10n from '@vscode/l10n';
import type { ToExplore } from '../../src/contract/pages/explore.ts';
import type { Remedy, Trouble } from '../../src/contract/pages/page.ts';
import { readLook, watchLook } from '../charts/theme.ts';
import type { Look } from '../charts/look.ts';
import type { Extent } from '../charts/scales.ts';
import { button, ring } from '../ui/controls.ts';
import { element, setText } from '../ui/dom.ts';
import { Banner } from '../ui/trouble.ts';
import { Card, type Surroundings } from './card.ts';
import { emptyOf } from './empty.ts';
import { figuresOf, type FigureView } from './figures.ts';
import { RunHeader } from './header.ts';
import { columnsFor, plotHeight } from './grid.ts';
import type { ExploreOwn } from './host.ts';
import { Lens } from './lens.ts';
import { initialState, next, type State } from './state.ts';

/** Space above and below charts, in pixels; see the style sheet. */
const MARGINS = 48;

const GROUPS = ['loss', 'quality', 'other'] as const;

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
  #scroll: number;
  readonly #headers = new Map<string, RunHeader>();
  readonly #cards = new Map<string, Card>();
  readonly #reset = button(l10n.t('Reset Zoom'), () => this.#showAll());
  readonly #top = element('div', { class: 'top' });
  readonly #trouble: Banner;
  readonly #empty = element('div', { class: 'empty' });
  readonly #groups = new Map(GROUPS.map((group) => [group, element('div', { class: 'group' })]));
  readonly #hint = element(
    'p',
    { class: 'hint', id: 'keys' },
    l10n.t('Drag to zoom, double-click to see all. Arrow keys read values, + and − zoom, 0 shows all.'),
  );
  readonly #live = element('div', { class: 'unseen', 'aria-live': 'polite' });
  readonly #seen: IntersectionObserver;
  #due: Set<'data' | 'view' | 'cursor'> = new Set();
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
    this.#scroll = saved?.scroll ?? 0;
    this.#hint.hidden = true;
    this.#trouble = new Banner((remedy) => place.heading?.remedy(remedy));
    if (place.heading === null) this.#top.append(this.#reset);
    root.append(
      this.#top,
      this.#trouble.element,
      this.#empty,
      ...this.#groups.values(),
      this.#hint,
      this.#live,
    );
    this.#seen = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) this.#cardOf(target)?.setInSight(isIntersecting);
      },
      { root: scroller === document.documentElement ? null : scroller, rootMargin: '200px' },
    );
    new ResizeObserver(() => this.#resized()).observe(root);
    addEventListener('resize', () => this.#resized());
    watchLook(() => this.#plan('view'));
    // Of a part of the page it doesn't bubble.
    addEventListener(
      'scrollend',
      () => {
        if (root.clientWidth === 0) return;
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
      for (const card of this.#cards.values()) card.redraw();
    } else if (due.has('cursor')) for (const card of this.#cards.values()) card.point();
    const zoomed = this.#heights.size > 0 || Object.values(this.#lenses).some((lens) => lens.window !== null);
    this.#reset.hidden = !zoomed || this.#cards.size === 0;
    this.#top.hidden = this.#place.heading === null ? this.#reset.hidden : this.#state.runs.size === 0;
  }

  #drawData(): void {
    const state = this.#state;
    if (this.#place.heading !== null) this.#drawHeaders(state);
    this.#drawEmpty();
    this.#drawCards(figuresOf(state));
    if (state.begun && this.#scroll > 0 && this.#cards.size > 0) {
      // The page is only now as long as it was.
      this.#place.scroller.scrollTop = this.#scroll;
      this.#scroll = 0;
    }
  }

  #drawHeaders(state: State): void {
    state.executionIds.forEach((id, i) => {
      let header = this.#headers.get(id);
      if (header === undefined) {
        header = new RunHeader(
          (command) => this.#place.heading?.command(command, id),
          i === 0 ? [this.#reset] : [],
        );
        this.#headers.set(id, header);
        this.#top.append(header.element);
      }
      header.update(state.runs.get(id), state);
    });
    this.#trouble.show(state.trouble ?? { message: null, remedies: [] });
  }

  #drawCards(views: readonly FigureView[]): void {
    const gone = new Set(this.#cards.keys());
    let arrange = false;
    for (const view of views) {
      gone.delete(view.figure);
      let card = this.#cards.get(view.figure);
      if (card === undefined) {
        card = new Card(view, this.#state, this);
        this.#cards.set(view.figure, card);
        arrange = true;
      }
      card.update(view, this.#state);
    }
    for (const figure of gone) {
      const card = this.#cards.get(figure);
      if (card !== undefined) this.#seen.unobserve(card.element);
      card?.dispose();
      this.#cards.delete(figure);
      arrange = true;
    }
    if (!arrange) return;
    for (const [group, box] of this.#groups) {
      const own = views
        .filter((view) => view.group === group)
        .flatMap((view) => this.#cards.get(view.figure) ?? []);
      own.forEach((card, i) => {
        if (box.children[i] !== card.element) box.insertBefore(card.element, box.children[i] ?? null);
        this.#seen.observe(card.element);
      });
      box.hidden = own.length === 0;
    }
    this.#hint.hidden = views.length === 0;
    this.#arrange();
  }

  /** Rows that are filled from edge to edge, whatever their number of charts. */
  #arrange(): void {
    let all = 0;
    for (const box of this.#groups.values()) {
      const { rows, columns, lastSpan, narrow } = columnsFor(box.children.length, box.clientWidth);
      box.classList.toggle('narrow', narrow);
      box.style.setProperty('--columns', String(columns));
      [...box.children].forEach((child, i) => {
        const last = i === box.children.length - 1;
        if (child instanceof HTMLElement)
          child.style.gridColumn = last && lastSpan > 1 ? `span ${lastSpan}` : '';
      });
      all += rows;
    }
    const { root, scroller } = this.#place;
    const left = scroller.clientHeight - this.#top.offsetHeight - this.#hint.offsetHeight - MARGINS;
    root.style.setProperty('--plot', `${plotHeight(all, left)}px`);
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

  #cardOf(target: Element): Card | undefined {
    return target instanceof HTMLElement ? this.#cards.get(target.dataset['figure'] ?? '') : undefined;
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
    });
  }
}
