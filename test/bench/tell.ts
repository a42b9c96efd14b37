/** How benchmarks say what they found: each figure beside its aim. */

export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** @param better whether a figure is meant to be above its aim or below it */
export function tell(
  what: string,
  value: number,
  unit = '',
  aim?: number,
  better: 'less' | 'more' = 'less',
): void {
  const shown = value >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toFixed(1);
  const goal =
    aim === undefined
      ? ''
      : `  aim: ${better === 'more' ? 'over' : 'under'} ${aim.toLocaleString('en-US')}${unit}`;
  const missed = aim !== undefined && (better === 'more' ? value < aim : value > aim) ? '  MISSED' : '';
  console.log(`${what.padEnd(64)} ${`${shown}${unit}`.padStart(12)}${goal}${missed}`);
}
