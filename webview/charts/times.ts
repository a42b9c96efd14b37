/** Times on the x axis: where ticks stand, and how durations and times of day are written. Times are seconds. Pure. */
import type { Extent } from './scales.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  1,
  2,
  5,
  10,
  15,
  30,
  60,
  120,
  300,
  600,
  900,
  1800,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
];

/** A step that makes about `count` intervals and that a clock has a hand for. */
export function timeStep([low, high]: Extent, count: number): number {
  const rough = (high - low) / Math.max(1, count);
  const known = STEPS.find((step) => step >= rough * 0.8);
  return known ?? DAY * Math.ceil(rough / DAY);
}

/** "45s", "1m 30s", "2h 05m", "3d 4h"; to a tenth of a second where it is less than ten. */
export function durationText(seconds: number): string {
  const size = Math.abs(seconds);
  const sign = seconds < 0 ? '−' : '';
  if (size < 10) return `${sign}${Number(size.toFixed(1))}s`;
  const whole = Math.round(size);
  const of = (large: number, small: number): [number, number] => [
    Math.floor(whole / large),
    Math.floor((whole % large) / small),
  ];
  const two = (more: number): string => String(more).padStart(2, '0');
  if (whole < MINUTE) return `${sign}${whole}s`;
  const [[minutes, seconds60], [hours, minutes60], [days, hours24]] = [
    of(MINUTE, 1),
    of(HOUR, MINUTE),
    of(DAY, HOUR),
  ];
  if (whole < HOUR) return `${sign}${minutes}m${seconds60 === 0 ? '' : ` ${two(seconds60)}s`}`;
  if (whole < DAY) return `${sign}${hours}h${minutes60 === 0 ? '' : ` ${two(minutes60)}m`}`;
  return `${sign}${days}d${hours24 === 0 ? '' : ` ${hours24}h`}`;
}

const toSecond = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const toMinute = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const toDay = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });

/** A time of day, in the person's own zone. */
export const clockText = (seconds: number): string => toSecond.format(seconds * 1000);

/** A tick of the clock: as much of it as its step tells, and the day where it begins. */
export function clockTick(seconds: number, step: number): string {
  if (step >= DAY || (seconds + zoneOf(seconds)) % DAY === 0) return toDay.format(seconds * 1000);
  return (step < MINUTE ? toSecond : toMinute).format(seconds * 1000);
}

/** What the person's zone is ahead by, at that time: ticks stand at whole hours and days of it. */
export const zoneOf = (seconds: number): number => -new Date(seconds * 1000).getTimezoneOffset() * MINUTE;
