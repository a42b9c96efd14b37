/** What goes on and what of it needs a person: the words of the status bar, and the badge. Pure. */
import * as l10n from '@vscode/l10n';
import type { Run, Service } from '../../contract/shapes.ts';

export interface Activity {
  running: number;
  queued: number;
  /** Services that fail while something waits for them or runs on them. */
  failing: number;
}

export function activityOf(runs: Iterable<Run>, services: Iterable<Service>): Activity {
  const activity: Activity = { running: 0, queued: 0, failing: 0 };
  for (const { status } of runs) {
    if (status === 'In Progress') activity.running++;
    else if (status === 'Pending' || status === 'Created' || status === 'Rerun') activity.queued++;
  }
  for (const { health, queued, replicas } of services) {
    if (health === 'failing' && queued + replicas.busy + replicas.starting > 0) activity.failing++;
  }
  return activity;
}

/** "1 running, 2 queued, 1 service failing"; empty where there is nothing to say. */
export function activityText({ running, queued, failing }: Activity): string {
  return [
    ...(running > 0 ? [l10n.t('{0} running', running)] : []),
    ...(queued > 0 ? [l10n.t('{0} queued', queued)] : []),
    ...(failing > 0 ? [servicesFailing(failing)] : []),
  ].join(', ');
}

/**
 * The badge: services that fail, and runs that failed or stopped unexpectedly and nobody has seen yet. Null where nobody is needed.
 * @param seenUntil ISO 8601: what ended until then was seen
 */
export function badgeOf(
  runs: Iterable<Run>,
  { failing }: Activity,
  seenUntil: string,
): { value: number; tooltip: string } | null {
  const unseen = [...runs].filter((run) => brokenAt(run) > seenUntil).length;
  if (unseen + failing === 0) return null;
  const parts = [
    ...(unseen > 0 ? [trainingsBroken(unseen)] : []),
    ...(failing > 0 ? [servicesFailing(failing)] : []),
  ];
  return { value: unseen + failing, tooltip: parts.join(', ') };
}

/** The end of the newest run that failed or stopped unexpectedly; `before` where none is newer. */
export function newestBroken(runs: Iterable<Run>, before: string): string {
  let newest = before;
  for (const run of runs) if (brokenAt(run) > newest) newest = brokenAt(run);
  return newest;
}

const brokenAt = ({ status, endedAt }: Run): string =>
  status === 'Failed' || status === 'Aborted' ? (endedAt ?? '') : '';

const trainingsBroken = (n: number): string =>
  n === 1
    ? l10n.t('1 training failed or stopped unexpectedly')
    : l10n.t('{0} trainings failed or stopped unexpectedly', n);

const servicesFailing = (n: number): string =>
  n === 1 ? l10n.t('1 service failing') : l10n.t('{0} services failing', n);
