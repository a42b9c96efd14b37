/**
 * What the Explore panel and its host say to each other. The panel speaks first (`ready`); the host answers with everything, then
 * with what changed, and only while the panel can be seen. Each side parses what it hears.
 */
import * as z from 'zod';
import { Run, Series } from './shapes.ts';

export const ToExplore = z.discriminatedUnion('type', [
  /** What is shown, and directions that the project gave; the panel keeps `executionIds` for its restoration. */
  z.object({
    type: z.literal('show'),
    executionIds: z.array(z.string()),
    runs: z.array(Run),
    hints: z.record(
      z.string(),
      z.object({ better: z.enum(['higher', 'lower']).optional(), main: z.boolean().optional() }),
    ),
    series: z.array(Series),
  }),
  /** A run changed: its status, its progress. */
  z.object({ type: z.literal('run'), run: Run }),
  z.object({ type: z.literal('removed'), executionId: z.string() }),
  /** Points behind the ones that the panel has. A changed `attempt` replaces what was there of that line. */
  z.object({ type: z.literal('append'), series: z.array(Series) }),
  /** Why nothing can be shown now, and what to do; cleared by the next `show`. */
  z.object({ type: z.literal('trouble'), message: z.string() }),
]);
export type ToExplore = z.output<typeof ToExplore>;

export const FromExplore = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('failed'), message: z.string() }),
  /** An action of the run, by its command. */
  z.object({ type: z.literal('command'), command: z.enum(['abort', 'logs']), executionId: z.string() }),
]);
export type FromExplore = z.output<typeof FromExplore>;

/**
 * How many places of a line stay when points from `tail` on are appended: those before the first of them. Both sides count on the
 * same: what the tail reaches back over, late points and repeated x included, takes the place of what was there.
 */
export function placesBefore(x: readonly number[], tail: readonly number[]): number {
  const from = tail[0] ?? Infinity;
  let keep = x.length;
  while (keep > 0 && (x[keep - 1] ?? from) >= from) keep--;
  return keep;
}
