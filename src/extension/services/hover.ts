/** What shows when the mouse rests on a service: Markdown, made when it is asked for. Pure. */
import * as l10n from '@vscode/l10n';
import { settingText } from '../../contract/settings.ts';
import type { Service, Settings } from '../../contract/shapes.ts';
import { COMMANDS, type CommandId } from '../commands/list.ts';
import { diagnosisLine, escapeText } from '../runs/hover.ts';
import { serviceWords, standingOf, STANDING_ICONS } from './item.ts';

/** Links in the hover may run these commands and no others. */
export const SERVICE_HOVER_COMMANDS = [
  'trainyard.showService',
  'trainyard.showServiceExecutions',
  'trainyard.configureService',
] as const satisfies CommandId[];

export interface ServiceHoverOptions {
  /** Where several projects are shown, their folder stands beside the service. */
  showProject: boolean;
  /** A time for people, in their own language and zone. */
  when(iso: string): string;
}

export function serviceHover(service: Service, options: ServiceHoverOptions): string {
  const { diagnosis, settings } = service;
  const icon = STANDING_ICONS[standingOf(service)].id;
  const rows: (readonly [name: string, value: string])[] = [
    ...settingRows(settings),
    [l10n.t('Architecture'), escapeText(service.architecture.id)],
    ...(options.showProject ? [[l10n.t('Project'), escapeText(service.project)] as const] : []),
  ];
  return [
    `**${linkTo('trainyard.showService', service.id, escapeText(service.name))}** &nbsp; $(${icon}) ${serviceWords(service).map(escapeText).join(' · ')}`,
    ...(diagnosis === null ? [] : [diagnosisLine(diagnosis, options.when(diagnosis.since))]),
    ['| | |', '|:--|:--|', ...rows.map(([name, value]) => `| ${name} &nbsp; | ${value} |`)].join('\n'),
    `${linkTo('trainyard.showServiceExecutions', service.id)} &nbsp; ${linkTo('trainyard.configureService', service.id)}`,
  ].join('\n\n');
}

/** The settings that say something. Of the environment the names alone: values may be secrets. */
function settingRows(settings: Settings): (readonly [string, string])[] {
  const names = Object.keys(settings.env);
  const gpus = settings.gpus === 1 ? l10n.t('a GPU') : l10n.t('{0} GPUs', settings.gpus);
  const place = settings.instance === 'cpu' ? 'CPU' : gpus;
  return [
    [l10n.t('Engine'), escapeText(settings.engine)],
    [l10n.t('Instance'), place],
    [l10n.t('Auto-scaling'), String(settings.autoscaling)],
    [
      l10n.t('On reset'),
      settings.onReset === 'rerun'
        ? l10n.t('runs again, {0} attempts at most', settings.maxAttempts)
        : l10n.t('fails'),
    ],
    ...(settings.memory === undefined
      ? []
      : [[l10n.t('Memory'), escapeText(settingText(settings.memory))] as const]),
    ...(names.length === 0 ? [] : [[l10n.t('Environment'), escapeText(names.join(', '))] as const]),
  ];
}

const linkTo = (
  command: (typeof SERVICE_HOVER_COMMANDS)[number],
  id: string,
  text: string = COMMANDS[command],
): string => `[${text}](command:${command}?${encodeURIComponent(JSON.stringify([id]))})`;
