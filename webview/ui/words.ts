/** How times are said in pages, in the person's own language and zone; and reasons. */

const parts = { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' } as const;
const thisYear = new Intl.DateTimeFormat(undefined, parts);
const anyYear = new Intl.DateTimeFormat(undefined, { ...parts, year: 'numeric' });
const today = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const exactly = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

/** To the minute, as a list has room for. */
export function timeText(iso: string): string {
  const time = new Date(iso);
  return (time.getFullYear() === new Date().getFullYear() ? thisYear : anyYear).format(time);
}

/** The same, shorter: of what was today, the time alone. */
export function shortTimeText(iso: string, now: Date): string {
  const time = new Date(iso);
  return time.toDateString() === now.toDateString() ? today.format(time) : timeText(iso);
}

/** To the second, with the day of the week. */
export const exactTimeText = (iso: string): string => exactly.format(new Date(iso));

/** A reason that elsewhere stands in the middle of a line. A name at its beginning stays as it is: "broken.py can't be imported". */
export const sentence = (text: string): string =>
  text.replace(/^[a-z](?=[a-z]*\s)/, (first) => first.toUpperCase());
