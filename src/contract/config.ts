/** A model's configuration as people compare it. Pure. */
import type { RunDetail } from './shapes.ts';

/** Nested values by dotted names: `optimizer.lr`. */
export function flat(config: RunDetail['config'], above = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]): [string, string][] => {
      const name = above + key;
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        const inside = Object.entries(flat(value, `${name}.`));
        return inside.length > 0 ? inside : [[name, '{}']];
      }
      return [[name, typeof value === 'string' ? value : JSON.stringify(value)]];
    }),
  );
}
