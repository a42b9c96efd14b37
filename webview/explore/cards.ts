/** The charts of a state: which there are, in which groups, and what each of them is told. */
import type { BroughtChart as Told, ChartWish } from '../../src/contract/pages/explore.ts';
import type { MetricRow } from '../charts/brought.ts';
import { Board } from './board.ts';
import { BroughtCharts } from './brought.ts';
import { BroughtCard } from './broughtCard.ts';
import { Card } from './card.ts';
import { toggled, type Choices } from './choices.ts';
import { pairsOf } from './curve.ts';
import { CurveCard } from './curveCard.ts';
import { merged } from './details.ts';
import { linesByFigure, readingOf, viewOf, type FigureView } from './figures.ts';
import type { Frame } from './frame.ts';
import { groupsOf, type Group } from './groups.ts';
import { moved, neighbours } from './order.ts';
import type { State } from './state.ts';
import type { Surroundings } from './surroundings.ts';

/** How many charts there are, and how many of them were looked for. */
export interface Counts {
  found: number;
  of: number;
}

export class Cards {
  readonly brought = new BroughtCharts();
  readonly board: Board<Frame>;
  readonly #around: Surroundings;
  readonly #choose: (change: Partial<Choices>) => void;
  #groups: readonly Group[] = [];

  /** @param choose changes what was chosen */
  constructor(scroller: HTMLElement, around: Surroundings, choose: (change: Partial<Choices>) => void) {
    this.#around = around;
    this.#choose = choose;
    this.board = new Board(
      scroller,
      (group) => choose({ folded: toggled(around.choices().folded, group) }),
      (figure, to) => this.move(figure, to),
    );
  }

  /** @param arrange gives them their sizes: called once they stand, before any is drawn */
  draw(state: State, choices: Choices, arrange: (counts: Counts) => void): void {
    const lines = linesByFigure(state, choices.hidden);
    const reading = readingOf(state, choices.by);
    const view = (figure: string): FigureView => viewOf(figure, lines.get(figure) ?? [], state, reading);
    const figures = [...lines.keys()];
    const pairs = new Map(pairsOf(figures).map((pair) => [pair.name, pair]));
    // A pair stands behind the later of its two.
    for (const { name, precision, recall } of pairs.values()) {
      figures.splice(Math.max(figures.indexOf(precision), figures.indexOf(recall)) + 1, 0, name);
    }
    // They stand where there is something to draw.
    const brought = new Map(figures.length === 0 ? [] : this.brought.all.map((one) => [one.id, one]));
    const rows = (told: Told) => (): readonly MetricRow[] | null =>
      'problem' in told.drawn ? [] : this.brought.rows(told.drawn.specification, state, choices.hidden);
    this.#groups = groupsOf(figures, choices, [...brought.values()]);
    this.board.show(this.#groups, new Set([...figures, ...brought.keys()]), (name) => {
      const told = brought.get(name);
      if (told !== undefined) return new BroughtCard(told, rows(told), this.#around);
      const pair = pairs.get(name);
      return pair === undefined
        ? new Card(view(name), state, this.#around)
        : new CurveCard(pair, () => [view(pair.precision), view(pair.recall)], this.#around);
    });
    arrange({
      found: this.#groups.reduce((sum, group) => sum + group.figures.length, 0),
      of: figures.length + brought.size,
    });
    for (const [name, card] of this.board.named()) {
      const [pair, told] = [pairs.get(name), brought.get(name)];
      if (card instanceof BroughtCard && told !== undefined) card.update(told, rows(told));
      else if (card instanceof CurveCard && pair !== undefined)
        card.update(() => [view(pair.precision), view(pair.recall)]);
      else if (card instanceof Card) card.update(() => view(name), state);
    }
  }

  /** What a chart can change places with. */
  neighbours(figure: string): ReturnType<typeof neighbours> {
    return neighbours(this.#groups, figure);
  }

  /** Puts a chart in the place of another. */
  move(figure: string, to: string): void {
    const change = moved(this.#groups, this.#around.choices(), figure, to);
    if (change !== null) this.#choose(change);
  }

  /** What lines are needed for these choices. */
  wish(state: State, { by, attempts }: Choices): ChartWish {
    const axis = by === 'relative' || by === 'clock' ? 'time' : by;
    const reading = readingOf(state, by);
    // Charts of another axis than the one that is wished can't say what they need.
    const told = axis === state.axis && attempts === state.attempts;
    const cards = told ? [...this.board] : [];
    const details = merged(cards.flatMap((card) => (card instanceof Card ? card.details(reading) : [])));
    return { axis, attempts, details };
  }
}
