/** Words for who has a GPU, and since when. */
import type { Foreign } from '../contract/compute.ts';

/** "14:03 UTC", with the day where it isn't today's: "3 May 14:03 UTC". */
export function clockWords(iso: string, now: Date): string {
  const time = `${iso.slice(11, 16)} UTC`;
  if (iso.slice(0, 10) === now.toISOString().slice(0, 10)) return time;
  const date = new Date(iso);
  return `${date.getUTCDate()} ${date.toLocaleString('en', { month: 'short', timeZone: 'UTC' })} ${time}`;
}

/** "python (pid 4711) of alice"; it stays the same while the holder does, so it has no amounts. */
export function foreignWords(foreign: Foreign): string {
  if ('memoryOnly' in foreign) return "something that isn't ours and can't be seen";
  const owner = foreign.user === null ? '' : ` of ${foreign.user}`;
  return `${foreign.name} (pid ${foreign.pid})${owner}`;
}

/** "python (pid 4711) of alice, since 14:03 UTC". */
export function holderWords(foreign: Foreign, now: Date): string {
  const since = 'since' in foreign ? foreign.since : null;
  return foreignWords(foreign) + (since === null ? '' : `, since ${clockWords(since, now)}`);
}
