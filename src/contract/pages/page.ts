/**
 * What every page and its host say to each other, whatever the page shows. The page speaks first (`ready`); the host answers with
 * everything, then with what changed, and only while the page can be seen. A page never asks anybody but its host: it calls, and each
 * call is answered, well or badly. Each side parses what it hears.
 */
import * as z from 'zod';

/** What a person can do where nothing can be shown. */
export const REMEDIES = ['restartBackend', 'showLog', 'manageTrust'] as const;
export type Remedy = (typeof REMEDIES)[number];

/** Why nothing new comes, and what can be done; null: it comes again. */
export const Trouble = z.object({
  type: z.literal('trouble'),
  message: z.string().nullable(),
  remedies: z.array(z.enum(REMEDIES)),
});
export type Trouble = z.output<typeof Trouble>;

/** How a call ended: with the reply that its table says, or with a sentence for a person. */
export const Outcome = z.union([
  z.object({ ok: z.unknown() }),
  z.object({ err: z.object({ message: z.string() }) }),
]);
export type Outcome = z.output<typeof Outcome>;

/** What any page hears beside its own. */
export const ToAnyPage = z.discriminatedUnion('type', [
  Trouble,
  z.object({ type: z.literal('answer'), id: z.int(), outcome: Outcome }),
]);
export type ToAnyPage = z.output<typeof ToAnyPage>;

export const FromPage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('failed'), message: z.string() }),
  z.object({ type: z.literal('remedy'), remedy: z.enum(REMEDIES) }),
  /** `ask` is parsed by the page's table of calls. */
  z.object({ type: z.literal('call'), id: z.int(), name: z.string(), ask: z.unknown() }),
]);
export type FromPage = z.output<typeof FromPage>;

/** What a page keeps over a reload of the window: what it is about, which its host reads too, and whatever is its own. */
export const Kept = z.object({ subject: z.unknown(), own: z.unknown() });

/** The calls of a page, by name: what is asked, and what is answered. */
export type CallTable = Readonly<Record<string, { readonly ask: z.ZodType; readonly reply: z.ZodType }>>;
export type Ask<C extends CallTable, N extends keyof C> = z.output<C[N]['ask']>;
export type Reply<C extends CallTable, N extends keyof C> = z.output<C[N]['reply']>;
export type Handlers<C extends CallTable> = {
  readonly [N in keyof C]: (ask: Ask<C, N>) => Reply<C, N> | Promise<Reply<C, N>>;
};

/** For calls that answer with nothing but that they were heard. */
export const Heard = z.null();
