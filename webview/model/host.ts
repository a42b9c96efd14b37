/** The host of a model's page, and what the page keeps for itself. */
import * as z from 'zod';
import { modelCalls, ModelSubject, ModelTab, ToModel } from '../../src/contract/pages/model.ts';
import { ExploreOwn } from '../explore/host.ts';
import { connectHost, type Host } from '../host.ts';

export const LEVELS = ['all', 'warnings', 'errors'] as const;

export const LogOwn = z.object({
  search: z.string().default(''),
  level: z.enum(LEVELS).default('all'),
  /** Where in the log the first line in sight stands; null while its end is followed. */
  at: z.object({ from: z.int(), line: z.int() }).nullable().default(null),
});
export type LogOwn = z.output<typeof LogOwn>;

export const Own = z.object({
  tab: ModelTab.default('overview'),
  /** Null for the latest. */
  attempt: z.int().nullable().default(null),
  explore: ExploreOwn.nullable().default(null),
  log: LogOwn.default(LogOwn.parse({})),
  /** How far the other tabs are scrolled. */
  scroll: z
    .object({ overview: z.number().default(0), files: z.number().default(0) })
    .default({ overview: 0, files: 0 }),
});
export type Own = z.output<typeof Own>;

export type ModelHost = Host<ModelSubject, ToModel, Own, typeof modelCalls>;

export const connectModel = (): ModelHost =>
  connectHost({ subject: ModelSubject, hears: ToModel, own: Own, calls: modelCalls });
