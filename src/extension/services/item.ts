/** What a row of the view *Services* shows of a training service. A function of data alone: no VS Code, no clock. */
import * as l10n from '@vscode/l10n';
import type { Service } from '../../contract/shapes.ts';
import { DIAGNOSIS_ICONS, type Icon } from '../runs/item.ts';

/** How a service stands: a fault before a pause, since a fault has to be mended first. */
export type Standing = 'failing' | 'paused' | 'unproven' | 'healthy';

export const standingOf = ({ activity, health }: Service): Standing =>
  health !== 'failing' && activity === 'paused' ? 'paused' : health;

/** No two share a shape, and no two share a colour. */
export const STANDING_ICONS: Readonly<Record<Standing, Icon>> = {
  failing: DIAGNOSIS_ICONS.error,
  paused: { id: 'debug-pause', color: DIAGNOSIS_ICONS.warning.color },
  unproven: { id: 'server-environment', color: 'foreground' },
  healthy: { id: 'pass', color: 'testing.iconPassed' },
};

export interface ServiceItem {
  label: string;
  description: string;
  icon: Icon;
  /** What can be done with the service, as `;word;word;`, for the `when` clauses of menus. */
  contextValue: string;
  /** What a screen reader says. */
  spoken: string;
}

/**
 * @param scalable a run that waits could start at once if the service were allowed one replica more
 * @param project its folder's name, where several projects are shown; else null
 */
export function serviceItem(service: Service, scalable: boolean, project: string | null): ServiceItem {
  const words = serviceWords(service);
  const beside = project === null ? [] : [project];
  return {
    label: service.name,
    description: [...beside, ...words].join(' · '),
    icon: STANDING_ICONS[standingOf(service)],
    contextValue: contextValueOf(service, scalable),
    spoken: [service.name, ...beside, ...words].join(', '),
  };
}

/** ["failing (OOM)", "1 of 2 busy", "GPU", "3 queued"]: what is wrong first, since a narrow side bar cuts the end off. */
export function serviceWords(service: Service): string[] {
  const { activity, health, diagnosis, settings, queued } = service;
  const wrong = [
    ...(health === 'failing'
      ? [diagnosis === null ? l10n.t('failing') : l10n.t('failing ({0})', diagnosis.code)]
      : []),
    ...(activity === 'paused' ? [l10n.t('paused')] : []),
  ];
  return [
    ...wrong,
    replicaWords(service),
    placeWords(settings),
    ...(queued > 0 ? [l10n.t('{0} queued', queued)] : []),
    ...(wrong.length === 0 ? [health === 'healthy' ? l10n.t('healthy') : l10n.t('unproven')] : []),
  ];
}

/** "1 of 2 busy": what starts has its replica, too. */
const replicaWords = ({ replicas }: Service): string =>
  l10n.t('{0} of {1} busy', replicas.busy + replicas.starting, replicas.max);

/** Of one replica: "GPU", "4 GPUs", "CPU". */
const placeWords = ({ instance, gpus }: Service['settings']): string =>
  instance === 'cpu' ? 'CPU' : gpus === 1 ? 'GPU' : l10n.t('{0} GPUs', gpus);

function contextValueOf(service: Service, scalable: boolean): string {
  const words = [
    'service',
    service.activity,
    ...(service.health === 'failing' ? ['failing'] : []),
    ...(scalable && service.health !== 'failing' ? ['scalable'] : []),
  ];
  return `;${words.join(';')};`;
}
