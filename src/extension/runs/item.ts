/** What a row of the tree shows of a run. A function of data alone: no VS Code, no clock. */
import * as l10n from '@vscode/l10n';
import type { FigureHints } from '../../contract/figures.ts';
import { actionsFor, isWaiting, type Status } from '../../contract/status.ts';
import type { Run } from '../../contract/shapes.ts';
import { duration, figureText, mainLine, nameOf, shortFigure, wholeDone } from '../../client/words.ts';

/** A codicon and a theme colour, by their ids. */
export interface Icon {
  readonly id: string;
  readonly color: string;
}

/** No two share a shape, and no two share a colour. `error` and `warning` are left to diagnoses. */
export const STATUS_ICONS: Readonly<Record<Status, Icon>> = {
  'In Progress': { id: 'sync~spin', color: 'charts.blue' },
  Pending: { id: 'clock', color: 'charts.yellow' },
  Created: { id: 'circle-large-outline', color: 'foreground' },
  Rerun: { id: 'debug-restart', color: 'charts.purple' },
  Failed: { id: 'close', color: 'charts.red' },
  Aborted: { id: 'zap', color: 'charts.orange' },
  Success: { id: 'check', color: 'charts.green' },
  Terminated: { id: 'circle-slash', color: 'disabledForeground' },
};

export const DIAGNOSIS_ICONS: Readonly<Record<'error' | 'warning', Icon>> = {
  error: { id: 'error', color: 'problemsErrorIcon.foreground' },
  warning: { id: 'warning', color: 'problemsWarningIcon.foreground' },
};

export interface RunItem {
  label: string;
  description: string;
  icon: Icon;
  /** What can be done with the run, as `;word;word;`, for the `when` clauses of menus. */
  contextValue: string;
  /** What a click on the row, its icon included, leads to. */
  opens: 'trainyard.showDiagnosis' | 'trainyard.showModel';
  /** What a screen reader says. */
  spoken: string;
}

/** A run, and when it was learned of (milliseconds since 1970): what ticks is counted from then. */
export interface Held {
  readonly run: Run;
  readonly receivedAt: number;
}

/** The time that the training has taken so far, in milliseconds; null before its start. Frozen at the end. */
export function durationAt({ run, receivedAt }: Held, now: number): number | null {
  if (run.durationMs === null || run.status !== 'In Progress') return run.durationMs;
  return run.durationMs + Math.max(0, now - receivedAt);
}

/**
 * The duration as a row shows it. VS Code closes a row's hover whenever the row is drawn anew, so after the first minute what runs
 * moves on by five seconds; what has ended is told to the second.
 */
function durationText(held: Held, now: number): string[] {
  const took = durationAt(held, now);
  if (took === null) return [];
  const coarse = held.run.status === 'In Progress' && took >= 60_000;
  return [duration(coarse ? took - (took % 5_000) : took)];
}

/** @param scalable it could start at once if its service were allowed one replica more */
export function runItem(held: Held, now: number, hints: FigureHints = {}, scalable = false): RunItem {
  const { run } = held;
  const label = nameOf(run);
  const again = run.attempt > 1 ? [l10n.t('attempt {0}', run.attempt)] : [];
  const from = originText(run);
  const parts = [...again, ...describe(held, now, hints), ...(from === null ? [] : [from])];
  const { diagnosis } = run;
  return {
    label,
    description: parts.join(' · '),
    icon: diagnosis === null ? STATUS_ICONS[run.status] : DIAGNOSIS_ICONS[diagnosis.severity],
    contextValue: contextValueOf(run, scalable),
    opens: diagnosis === null ? 'trainyard.showModel' : 'trainyard.showDiagnosis',
    spoken: [
      label,
      ...(diagnosis === null ? [] : [severityWord(diagnosis.severity)]),
      // Where a diagnosis shows, the description says the status itself.
      ...(diagnosis === null ? [run.status] : []),
      ...parts,
    ].join(', '),
  };
}

/** How a run came here that wasn't trained here; null where it was. */
export function originText({ origin }: Pick<Run, 'origin'>): string | null {
  switch (origin) {
    case 'trained':
      return null;
    case 'mlflow':
      return l10n.t('logged through MLflow');
    case 'imported':
      return l10n.t('imported');
    default:
      return origin satisfies never;
  }
}

const severityWord = (severity: 'error' | 'warning'): string =>
  severity === 'error' ? l10n.t('error') : l10n.t('warning');

/** The description's parts, the likeliest to be looked for first: a narrow side bar cuts it off at its end. */
function describe(held: Held, now: number, hints: FigureHints): string[] {
  const { run } = held;
  const time = durationText(held, now);
  const metric = metricText(run, hints);
  const reason = run.reason === null ? [] : [firstLine(run.reason)];
  if (run.diagnosis !== null) {
    return [run.status, ...(isWaiting(run.status) ? [] : time), firstLine(run.diagnosis.message)];
  }
  switch (run.status) {
    case 'In Progress':
      return [...(run.stopping ? [l10n.t('stopping')] : []), ...progressText(run), ...time, ...metric];
    case 'Created':
    case 'Pending':
    case 'Rerun':
      return reason;
    case 'Failed':
    case 'Aborted':
      return [...time, ...reason];
    case 'Success':
      return [...time, ...metric];
    case 'Terminated':
      return [...progressText(run), ...time, ...metric];
    default:
      return run.status satisfies never;
  }
}

/** ["58%", "7/12 epochs"]; empty where nothing was reported or the end is unknown. */
export function progressText({ progress }: Run): string[] {
  if (progress === null) return [];
  const { total, unit } = progress;
  const done = wholeDone(progress);
  if (total <= 0) return done > 0 ? [`${done} ${plural(done, unit)}`] : [];
  const percent = Math.floor((Math.min(progress.done, total) / total) * 100);
  return [`${percent}%`, `${done}/${total} ${plural(total, unit)}`];
}

function plural(n: number, unit: string): string {
  if (n === 1 || !/[a-z]$/i.test(unit) || /s$/i.test(unit)) return unit;
  // "batches", but "epochs".
  return /(x|z|sh|[^o]ch)$/i.test(unit) ? `${unit}es` : `${unit}s`;
}

/** ["mAP50-95 0.613"], the best value of the figure that stands for the run; empty where nothing was logged. */
export function metricText(run: Run, hints: FigureHints): string[] {
  const line = mainLine(run, hints);
  return line === null ? [] : [`${shortFigure(line.figure)} ${figureText(line.best ?? line.last)}`];
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

/** Words that the `when` clauses of package.json ask for. */
function contextValueOf(run: Run, scalable: boolean): string {
  const { abort, rerun } = actionsFor(run);
  const words = [
    'run',
    ...(abort ? ['abortable'] : []),
    ...(rerun ? ['rerunnable'] : []),
    ...(scalable ? ['scalable'] : []),
    ...(run.status === 'In Progress' ? ['running'] : []),
    ...(run.status === 'Failed' || run.status === 'Aborted' ? ['broken'] : []),
    ...(run.diagnosis === null
      ? []
      : ['diagnosed', run.diagnosis.severity === 'error' ? 'failing' : 'inactive']),
    ...(run.status === 'Success' || run.status === 'Terminated' ? ['done'] : []),
  ];
  return `;${words.join(';')};`;
}
