/** What shows when the mouse rests on a run: Markdown, made when it is asked for. Pure. */
import * as l10n from '@vscode/l10n';
import type { FigureHints } from '../../contract/figures.ts';
import type { Diagnosis } from '../../contract/shapes.ts';
import { duration, figureText, mainLine, nameOf, timeLeft } from '../../client/words.ts';
import { COMMANDS, type CommandId } from '../commands/list.ts';
import { DIAGNOSIS_ICONS, durationAt, originText, progressText, STATUS_ICONS, type Held } from './item.ts';

/** Links in the hover may run these commands and no others. */
export const HOVER_COMMANDS = [
  'trainyard.showModel',
  'trainyard.exploreMetrics',
  'trainyard.showLogs',
  'trainyard.showServiceExecutions',
] as const satisfies CommandId[];

export interface HoverOptions {
  hints?: FigureHints;
  /** Where several projects are shown, their folder stands beside the run. */
  showProject: boolean;
  /** A time for people, in their own language and zone. */
  when(iso: string): string;
}

export function hoverOf(held: Held, now: number, options: HoverOptions): string {
  const { run } = held;
  const took = durationAt(held, now);
  const left = timeLeft(run);
  const best = mainLine(run, options.hints);
  const icon = STATUS_ICONS[run.status].id.replace('~spin', '');
  const rows: [name: string, value: string][] = [
    [l10n.t('Progress'), progressText(run).join(' · ')],
    [l10n.t('Duration'), took === null ? '' : duration(took)],
    [l10n.t('Time left'), left === null ? '' : l10n.t('about {0}', left)],
    [
      l10n.t('Best'),
      best === null || best.best === null
        ? ''
        : atEpoch(`${escapeText(best.figure)} ${figureText(best.best)}`, best.bestEpoch),
    ],
    [l10n.t('Created'), options.when(run.createdAt)],
    [l10n.t('Started'), run.startedAt === null ? '' : options.when(run.startedAt)],
    [l10n.t('Ended'), run.endedAt === null ? '' : options.when(run.endedAt)],
    [l10n.t('Attempt'), run.attempt > 1 ? String(run.attempt) : ''],
    [l10n.t('Origin'), originText(run) ?? ''],
    [
      l10n.t('Service'),
      run.origin === 'trained'
        ? linkTo('trainyard.showServiceExecutions', run.service.id, escapeText(run.service.name))
        : '',
    ],
    [l10n.t('Project'), options.showProject ? escapeText(run.project) : ''],
    [l10n.t('Model ID'), `\`${run.model.id}\``],
    [l10n.t('Execution ID'), `\`${run.executionId}\``],
  ];
  const { diagnosis } = run;
  const parts = [
    `**${linkTo('trainyard.showModel', run.executionId, escapeText(nameOf(run)))}** &nbsp; $(${icon}) ${run.stopping ? l10n.t('{0}, stopping', run.status) : run.status}`,
    // A diagnosis says it in full; the reason would say it again.
    ...(diagnosis === null && run.reason !== null ? [escapeText(run.reason)] : []),
    ...(diagnosis === null
      ? []
      : [
          diagnosisLine(diagnosis, options.when(diagnosis.since)),
          linkTo('trainyard.showServiceExecutions', run.service.id),
        ]),
    table(rows),
    `${linkTo('trainyard.exploreMetrics', run.executionId)} &nbsp; ${linkTo('trainyard.showLogs', run.executionId)}`,
  ];
  return parts.join('\n\n');
}

/** With its icon, as Markdown. */
export function diagnosisLine({ severity, code, message, hint }: Diagnosis, since: string): string {
  const said = `${escapeText(message)} ${escapeText(hint)}`;
  return `$(${DIAGNOSIS_ICONS[severity].id}) ${l10n.t('{0} since {1}: {2}', `**${code}**`, since, said)}`;
}

const atEpoch = (value: string, epoch: number | null): string =>
  epoch === null ? value : l10n.t('{0}, epoch {1}', value, epoch);

function table(rows: readonly (readonly [string, string])[]): string {
  const shown = rows.filter(([, value]) => value !== '');
  return ['| | |', '|:--|:--|', ...shown.map(([name, value]) => `| ${name} &nbsp; | ${value} |`)].join('\n');
}

const linkTo = (
  command: (typeof HOVER_COMMANDS)[number],
  id: string,
  text: string = COMMANDS[command],
): string => `[${text}](command:${command}?${encodeURIComponent(JSON.stringify([id]))})`;

/** Text that others wrote (an exception's message, a file's name) stays text: no links, no markup, one paragraph. */
export const escapeText = (text: string): string =>
  text.replace(/[\\`*_{}[\]()#+\-.!|<>~$&]/g, String.raw`\$&`).replace(/\s*\n\s*/g, '  \n');
