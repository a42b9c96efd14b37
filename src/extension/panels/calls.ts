/** Answers what a page asks: each call once, well or badly. Pure but for its handlers. */
import * as z from 'zod';
import type { CallTable, Handlers, Outcome } from '../../contract/pages/page.ts';

/** Never rejects: whatever goes wrong is an answer, in words for the person who looks at the page. */
export async function answer<C extends CallTable>(
  calls: C,
  handlers: Handlers<C>,
  name: string,
  ask: unknown,
): Promise<Outcome> {
  if (!Object.hasOwn(calls, name)) return { err: { message: `This page has no call "${name}".` } };
  const shape = calls[name];
  const handler = handlers[name];
  if (shape === undefined || handler === undefined)
    return { err: { message: `Nobody answers the call "${name}".` } };
  const parsed = shape.ask.safeParse(ask);
  if (!parsed.success)
    return { err: { message: `The call "${name}" can't be read: ${z.prettifyError(parsed.error)}` } };
  try {
    // The table ties the handler to what was just parsed.
    return { ok: shape.reply.parse(await handler(parsed.data as never)) };
  } catch (error) {
    return { err: { message: wordsOf(error) } };
  }
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const hint = 'hint' in error && typeof error.hint === 'string' ? ` ${error.hint}` : '';
  return `${error.message}${hint}`;
}
