/** What the view says about where it stands, beside its rows or in their place. Pure. */
import * as l10n from '@vscode/l10n';
import type { ConnectionState } from '../interfaces.ts';

export interface Standing {
  connection: ConnectionState;
  /** The runs were listed at least once. */
  listed: boolean;
  /** How many runs belong to this window. */
  runs: number;
  /** What is filtered, in words, and how many of them pass; null where nothing is filtered. */
  filter: { text: string; matching: number } | null;
  /** Whether the workspace has a `trainyard.json`; null until that was looked for. */
  hasProject: boolean | null;
  hasFolder: boolean;
}

/** The context key `trainyard.view`: the welcome texts of package.json are chosen by it. */
export type ViewKey =
  'connecting' | 'untrusted' | 'failed' | 'runs' | 'emptyProject' | 'emptyFolder' | 'emptyWindow';

export interface ViewState {
  key: ViewKey;
  /** Over the rows; VS Code shows either it or a welcome text. */
  message: string | null;
}

export function viewState(standing: Standing): ViewState {
  const { connection, listed, runs, filter, hasProject, hasFolder } = standing;
  switch (connection.kind) {
    case 'untrusted':
      return { key: 'untrusted', message: null };
    case 'failed':
      return { key: 'failed', message: `${connection.message} ${connection.hint}`.trim() };
    case 'connecting':
      return runs > 0
        ? { key: 'runs', message: l10n.t('Connecting to the backend again…') }
        : { key: 'connecting', message: null };
    case 'connected':
      if (runs > 0) {
        // Where none is left the welcome text says so, and it shows only without a message.
        const some = filter !== null && filter.matching > 0;
        return {
          key: 'runs',
          message: some
            ? l10n.t('{0} of {1} runs: {2}', number(filter.matching), number(runs), filter.text)
            : null,
        };
      }
      if (!listed || hasProject === null) return { key: 'connecting', message: null };
      if (hasProject) return { key: 'emptyProject', message: null };
      return { key: hasFolder ? 'emptyFolder' : 'emptyWindow', message: null };
    default:
      return connection satisfies never;
  }
}

const number = (n: number): string => n.toLocaleString('en');
