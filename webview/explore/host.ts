/** The Explore page's host, and what the page keeps for itself. */
import * as z from 'zod';
import { exploreCalls, ExploreSubject, ToExplore } from '../../src/contract/pages/explore.ts';
import { connectHost, type Host } from '../host.ts';
import { Choices } from './choices.ts';

const Extent = z.tuple([z.number(), z.number()]);

export const ExploreOwn = z.object({
  /** Windows on x by what x counts, and on y by figure. */
  windows: z.record(z.string(), Extent).default({}),
  heights: z.record(z.string(), Extent).default({}),
  scroll: z.number().default(0),
  choices: Choices.default(Choices.parse({})),
});

export type ExploreOwn = z.output<typeof ExploreOwn>;

export type ExploreHost = Host<ExploreSubject, ToExplore, ExploreOwn, typeof exploreCalls>;

export const connectExplore = (): ExploreHost =>
  connectHost({ subject: ExploreSubject, hears: ToExplore, own: ExploreOwn, calls: exploreCalls });
