/** How durations, sizes and figures are said, in the editor, in its pages and on a terminal. Pure. */
import type { Figure, Run } from './shapes.ts';

/** "7s", "2m 09s", "1h 04m", "2d 03h": two units at most, and of a width that doesn't jump while it ticks. */
export function duration(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${two(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h ${two(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d ${two(hours % 24)}h`;
}

/** How much is done, in whole units: a training may tell how far it is within one. */
export const wholeDone = ({ done }: { done: number }): number => Math.floor(done);

/**
 * "2m", "50s", "3h 10m": how long it takes from what it took so far; null where that can't be said. What an attempt took that began
 * where another had ended says nothing of the whole.
 */
export function timeLeft({
  status,
  attempt,
  progress,
  durationMs,
}: Pick<Run, 'status' | 'attempt' | 'progress' | 'durationMs'>): string | null {
  if (status !== 'In Progress' || attempt > 1 || progress === null || durationMs === null) return null;
  const { done, total } = progress;
  if (done <= 0 || done >= total) return null;
  const seconds = ((durationMs / done) * (total - done)) / 1000;
  if (seconds < 90) return `${Math.max(10, Math.ceil(seconds / 10) * 10)}s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes}m` : duration(Math.round(minutes / 10) * 600_000);
}

/** Three digits that matter: 0.613, 12.3, 1.2e-5; words stay words. */
export function figureText(value: Figure): string {
  if (typeof value === 'string') return value;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return value.toExponential(1).replace('e+', 'e');
  if (size >= 1000) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

/** "0 B", "512 B", "3.4 MB", "12 GB": decimal units, as disks are sold. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let [size, unit] = [Math.max(0, Math.round(bytes)), 0];
  // 999.6 is shown as the next unit's 1, not as 1000.
  while (Number(size.toPrecision(3)) >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${size < 10 && unit > 0 ? Number(size.toFixed(1)) : Math.round(size)} ${units[unit]}`;
}
