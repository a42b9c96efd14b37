import { setTimeout as pause } from 'node:timers/promises';

/** How long anything in the editor may take to show, in milliseconds, where a test doesn't say otherwise. */
export const DEADLINE_MS = 30_000;

/** A probe answers this when it has nothing yet. */
export type NotYet = null | undefined | false;

/**
 * Asks `probe` again and again until it has something, and resolves with that.
 * Rejects after `deadlineMs` with `what` (told as "waited for ...") and the last error of the probe, if it had one.
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | NotYet> | T | NotYet,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  const end = Date.now() + deadlineMs;
  let lastError: unknown;
  for (;;) {
    try {
      const found = await probe();
      lastError = undefined;
      if (found !== null && found !== undefined && found !== false) return found;
    } catch (error) {
      // A row that was drawn anew between two looks is no failure: the next look tells.
      lastError = error;
    }
    if (Date.now() > end) {
      throw new Error(`Waited ${deadlineMs / 1000} s in vain for ${what}.`, { cause: lastError });
    }
    await pause(25);
  }
}

/** Acts, again every two seconds, until it is done: what is just being drawn or looked up takes no click. */
export async function actUntil(
  what: string,
  act: () => Promise<void>,
  done: () => Promise<boolean>,
): Promise<void> {
  let acted = 0;
  await until(what, async () => {
    if (await done()) return true;
    if (Date.now() - acted > 2000) {
      await act();
      acted = Date.now();
    }
    return false;
  });
}

/** Matches a text that is exactly this, for `hasText`. */
export function exactly(text: string): RegExp {
  return new RegExp(`^\\s*${text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)}\\s*$`);
}
