/** What the person who looks chose: the page keeps it over a reload. */
import * as z from 'zod';

export const SIZES = ['small', 'medium', 'large'] as const;
export type Size = (typeof SIZES)[number];

/** What x counts: epochs, steps, time since a run's begin, the time of day. */
export const BY = ['epoch', 'step', 'relative', 'clock'] as const;
export type By = (typeof BY)[number];

/** The group of what a training takes of its machine. */
export const SYSTEM = 'system/';

export const Choices = z.object({
  /** Figures, in the order in which they were pinned. */
  pinned: z.array(z.string()).default([]),
  /** Figures that were moved, with the others of their groups: as they are to stand. */
  order: z.array(z.string()).default([]),
  /** Groups, by their ids. */
  folded: z.array(z.string()).default([SYSTEM]),
  size: z.enum(SIZES).default('medium'),
  search: z.string().default(''),
  /** Figures whose values are shown instead of their drawings. */
  tables: z.array(z.string()).default([]),
  by: z.enum(BY).default('epoch'),
  attempts: z.enum(['latest', 'all']).default('latest'),
  /** The scale of y. */
  log: z.boolean().default(false),
  /** Whether y reaches as far as values that lie far from all others. */
  outliers: z.boolean().default(true),
  /** 0 to 0.99; null for the user's setting. */
  smoothing: z.number().min(0).max(0.99).nullable().default(null),
  /** Runs whose lines are switched off. */
  hidden: z.array(z.string()).default([]),
  /** The run by which the others are told. */
  baseline: z.string().nullable().default(null),
  /** Whether the comparison shows settings in which no two runs differ, too. */
  same: z.boolean().default(false),
  /** The figure that has the page for itself. */
  large: z.string().nullable().default(null),
});
export type Choices = z.output<typeof Choices>;

/** The list with the one in it, or without it where it was in it. */
export const toggled = (list: readonly string[], one: string): string[] =>
  list.includes(one) ? list.filter((other) => other !== one) : [...list, one];
