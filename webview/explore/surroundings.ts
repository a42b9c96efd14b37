/** What a chart needs of the panel around it. */
import type { ColoredRun } from '../charts/brought.ts';
import type { Look } from '../charts/look.ts';
import type { Extent } from '../charts/scales.ts';
import type { HeadActions } from './cardHead.ts';
import type { Choices } from './choices.ts';
import type { FigureView } from './figures.ts';
import type { Lens } from './lens.ts';
import type { TakeAway } from './takeAway.ts';

export interface Surroundings extends HeadActions {
  lens(axis: FigureView['axis']): Lens;
  /** The window on y that the user chose for a figure. */
  height(figure: string): Extent | null;
  setHeight(figure: string, height: Extent | null): void;
  /** Undoes the last zoom. */
  back(): void;
  look(): Look;
  /** More runs are shown than colours can tell: their lines are quiet until one of them is pointed at. */
  quiet(): boolean;
  /** The run whose lines step forward. */
  spoken(): string | null;
  speak(executionId: string | null): void;
  choices(): Choices;
  /** Another chart is in sight now, or isn't any more. */
  seen(): void;
  /** To a screen reader. */
  announce(text: string): void;
  failed(error: Error): void;
  readonly take: TakeAway;
  /** What files of a figure are called. */
  fileName(figure: string): string;
  /** The runs that are shown, in their order. */
  runs(): readonly ColoredRun[];
  /** Whether a figure's values are shown instead of its drawing. */
  isTable(figure: string): boolean;
  toggleTable(figure: string): void;
}
