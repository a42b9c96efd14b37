/** Smoothing and outliers: what makes the run of a noisy line seen. Pure. */
import type { Line } from './lines.ts';

/**
 * The exponential moving average of a line's values: each is a mean of those up to it, and one that lies a place further back counts
 * `weight` times as much. It is a weighted mean of what there is from the first point on, so that it begins at the first value and
 * not at zero ("debiased", as D. Kingma and J. Ba correct it in Adam, 2015). How far back a place lies is measured on x, in mean
 * distances, and a place that stands for many samples counts as many: so a stretch of which more is known keeps its shape. What is
 * no number stays what it is and counts nothing.
 */
export function smoothed({ x, y, count }: Line, weight: number): number[] {
  const [first = 0] = x;
  const apart = ((x.at(-1) ?? first) - first) / Math.max(1, x.length - 1);
  let sum = 0;
  let weights = 0;
  let before = first;
  return y.map((value, i) => {
    const at = x[i] ?? before;
    const decay = apart > 0 ? weight ** ((at - before) / apart) : weight;
    before = at;
    sum *= decay;
    weights *= decay;
    if (!Number.isFinite(value)) return value;
    const samples = count[i] ?? 1;
    sum += samples * value;
    weights += samples;
    return sum / weights;
  });
}

/**
 * Between which values all lie that don't lie far from the others: the outer fences of J. Tukey (1977), three times the distance of
 * the quartiles beyond them. null where more than half of the values are the same. On a logarithmic scale distances are ratios.
 */
export function fencesOf(values: readonly number[], log: boolean): [number, number] | null {
  const sorted = values
    .map((value) => (log ? Math.log10(value) : value))
    .filter(Number.isFinite)
    .toSorted((a, b) => a - b);
  const quartile = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? NaN;
  const [low, high] = [quartile(0.25), quartile(0.75)];
  if (!(high > low)) return null;
  const fences = [low - 3 * (high - low), high + 3 * (high - low)] as const;
  return log ? [10 ** fences[0], 10 ** fences[1]] : [...fences];
}
