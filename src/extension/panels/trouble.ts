/** What a page says while nothing new can come, and what to do about it. Pure. */
import * as l10n from '@vscode/l10n';
import type { Trouble } from '../../contract/pages/page.ts';
import type { ConnectionState } from '../interfaces.ts';

export const AWAY = l10n.t('The backend is away. This page catches up as soon as it is back.');

/** `message` null where there is no trouble. */
export function troubleOf(state: ConnectionState): Trouble {
  const trouble = (message: string | null, ...remedies: Trouble['remedies']): Trouble => ({
    type: 'trouble',
    message,
    remedies,
  });
  switch (state.kind) {
    case 'connected':
      return trouble(null);
    case 'connecting':
      return trouble(AWAY);
    case 'untrusted':
      return trouble(
        l10n.t("This folder isn't trusted, so no backend is asked. Trust it to see its trainings."),
        'manageTrust',
      );
    case 'failed':
      return trouble(`${state.message} ${state.hint}`.trim(), 'restartBackend', 'showLog');
    default:
      return state satisfies never;
  }
}

/** @param what "The log could not be read" */
export function troubleReading(what: string, error: unknown): Trouble {
  if (error instanceof Error && 'unreachable' in error && error.unreachable === true) {
    return { type: 'trouble', message: AWAY, remedies: [] };
  }
  const why = error instanceof Error ? error.message : String(error);
  return { type: 'trouble', message: `${what}: ${why}`, remedies: ['showLog'] };
}
