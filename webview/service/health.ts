/** How a service is, in a sentence. Pure. */
import * as l10n from '@vscode/l10n';
import type { Service } from '../../src/contract/shapes.ts';

export type Standing = 'healthy' | 'unproven' | 'failing' | 'paused';

/** A service that both fails and is paused shows that it fails. */
export function standingOf({ health, activity }: Pick<Service, 'health' | 'activity'>): Standing {
  if (health === 'failing') return 'failing';
  return activity === 'paused' ? 'paused' : health;
}

export const STANDING_WORDS: Readonly<Record<Standing, string>> = {
  healthy: l10n.t('Healthy'),
  unproven: l10n.t('Unproven'),
  failing: l10n.t('Failing'),
  paused: l10n.t('Paused'),
};

export function standingText(service: Service): string {
  return `${howText(service)} ${waitingText(service.queued)}`;
}

function waitingText(queued: number): string {
  if (queued === 0) return l10n.t('Nothing waits.');
  return queued === 1 ? l10n.t('1 training waits.') : l10n.t('{0} trainings wait.', queued);
}

function howText(service: Service): string {
  switch (standingOf(service)) {
    case 'healthy':
      return l10n.t('Its last start was a good one.');
    case 'unproven':
      return l10n.t('No start of it is known to be good yet.');
    case 'failing':
      if (service.diagnosis?.code === 'NoSuchInstance') return l10n.t("It can't run here as it is set.");
      return service.activity === 'paused'
        ? l10n.t('It fails to start, and it is paused, so that it tries no more.')
        : l10n.t('It fails to start, and tries again by itself, less and less often.');
    case 'paused':
      return l10n.t('It starts nothing. What runs goes on.');
  }
}

/** "1 of 2 replicas busy · 1 starting · 3 in the queue · 1 GPU each" */
export function loadText({ replicas, queued, settings }: Service): string {
  const { busy, starting, max } = replicas;
  const { gpus } = settings;
  const each = gpus === 1 ? l10n.t('1 GPU each') : l10n.t('{0} GPUs each', gpus);
  return [
    max === 1 ? l10n.t('{0} of 1 replica busy', busy) : l10n.t('{0} of {1} replicas busy', busy, max),
    ...(starting > 0 ? [l10n.t('{0} starting', starting)] : []),
    queued === 0 ? l10n.t('queue empty') : l10n.t('{0} in the queue', queued),
    settings.instance === 'cpu' ? 'CPU' : each,
  ].join(' · ');
}
