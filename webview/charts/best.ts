/** Which point of a line is its best. Pure. */
import type { Direction } from '../../src/contract/figures.ts';
import type { Line } from './lines.ts';

export interface Best {
  x: number;
  value: number;
}

/**
 * The best value in the figure's own direction; of equal ones the first. Neither NaN nor an infinity is ever the best. Where places
 * stand for several samples the best may lie inside one, at an x that only the backend's summary (`known`) tells.
 */
export function bestOf(line: Line, direction: Direction | null, known: Best | null = null): Best | null {
  if (direction === null) return null;
  const extreme = direction === 'higher' ? line.max : line.min;
  let best: Best | null = null;
  let samples = 1;
  line.x.forEach((x, i) => {
    const own = extreme[i] ?? NaN;
    const value = Number.isFinite(own) ? own : (line.y[i] ?? NaN);
    if (!Number.isFinite(value)) return;
    if (best !== null && !(direction === 'higher' ? value > best.value : value < best.value)) return;
    best = { x, value };
    samples = line.count[i] ?? 1;
  });
  const found = best as Best | null;
  return found !== null && samples > 1 && known !== null && known.value === found.value ? known : found;
}
