/** What tells runs apart: their figures beside each other, and their configurations, what differs first. Pure. */
import { DETECTOR_FIGURES, directionOf, type FigureHints } from '../../src/contract/figures.ts';
import type { Traits } from '../../src/contract/pages/explore.ts';
import type { Run, SummaryLine } from '../../src/contract/shapes.ts';
import { valueText } from '../charts/words.ts';

/** So many figures stand in the table; the charts have all. */
const MOST_FIGURES = 6;

export interface Comparison {
  /** Figures whose best can be told, with each run's: the validation's, where there is one. */
  figures: readonly { figure: string; values: ReadonlyMap<string, number> }[];
  /** Of the configuration and of what was trained: each run's value, by its id. */
  differs: readonly Trait[];
  same: readonly Trait[];
}

export interface Trait {
  name: string;
  values: ReadonlyMap<string, string>;
}

/** @param told of those runs of which it is known */
export function comparisonOf(runs: readonly Run[], hints: FigureHints, told: readonly Traits[]): Comparison {
  const traits = traitsOf(told);
  const differs = ({ values }: Trait): boolean =>
    new Set(told.map((one) => values.get(one.executionId))).size > 1;
  return {
    figures: figuresOf(runs, hints).map((figure) => ({
      figure,
      values: new Map(
        runs.flatMap((run): [string, number][] => {
          const best = spoken(run, figure)?.best ?? null;
          return best === null ? [] : [[run.executionId, best]];
        }),
      ),
    })),
    differs: traits.filter(differs),
    same: traits.filter((trait) => !differs(trait)),
  };
}

/** Those with a direction: the project's main ones first, then a detector's that aren't losses, then losses. */
function figuresOf(runs: readonly Run[], hints: FigureHints): string[] {
  const logged = new Set(runs.flatMap((run) => run.summary.map(({ figure }) => figure)));
  const rank = (figure: string): number => {
    if (hints[figure]?.main === true) return -1;
    const place = (DETECTOR_FIGURES as readonly string[]).indexOf(figure);
    const loss = directionOf(figure, hints) === 'lower' ? 1000 : 0;
    return loss + (place < 0 ? DETECTOR_FIGURES.length : place);
  };
  return [...logged]
    .filter((figure) => directionOf(figure, hints) !== null)
    .toSorted((a, b) => rank(a) - rank(b))
    .slice(0, MOST_FIGURES);
}

const spoken = (run: Run, figure: string): SummaryLine | undefined => {
  const lines = run.summary.filter((line) => line.figure === figure);
  return (
    lines.find(({ legend }) => legend === 'val') ?? lines.find(({ legend }) => legend !== 'train') ?? lines[0]
  );
};

const traitsOf = (told: readonly Traits[]): Trait[] => [
  ...collected(told, ({ config }) => config),
  ...collected(told, ({ training }) => training),
];

function collected(told: readonly Traits[], of: (one: Traits) => Readonly<Record<string, string>>): Trait[] {
  const found = new Map<string, Map<string, string>>();
  for (const one of told) {
    for (const [name, value] of Object.entries(of(one))) {
      const values = found.get(name) ?? new Map<string, string>();
      found.set(name, values.set(one.executionId, value));
    }
  }
  return [...found].map(([name, values]) => ({ name, values }));
}

export interface Delta {
  /** "+0.012", with a real minus sign. */
  text: string;
  /** Whether that is better than the baseline; null where it is the same. */
  better: boolean | null;
}

export function deltaOf(value: number, baseline: number, direction: 'higher' | 'lower'): Delta {
  const apart = value - baseline;
  const shown = valueText(Math.abs(apart));
  if (apart === 0) return { text: '±0', better: null };
  return { text: `${apart > 0 ? '+' : '−'}${shown}`, better: apart > 0 === (direction === 'higher') };
}
