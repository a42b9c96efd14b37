/** By what compared runs can be told from each other: what people chose for each. Pure. */
import * as l10n from '@vscode/l10n';
import { flat } from '../../contract/config.ts';
import type { Traits } from '../../contract/pages/explore.ts';
import type { RunDetail } from '../../contract/shapes.ts';

export const traitsOf = (runs: readonly RunDetail[]): Traits[] =>
  runs.map((run) => ({
    executionId: run.executionId,
    config: flat(run.config),
    training: known({
      [l10n.t('architecture')]: run.architecture.id,
      [l10n.t('function')]: run.train,
      [l10n.t('command')]: run.command?.join(' ') ?? null,
      [l10n.t('dataset')]: run.dataset,
      [l10n.t('interpreter')]: run.python,
    }),
  }));

const known = (values: Readonly<Record<string, string | null>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]): [string, string][] =>
      value === null ? [] : [[name, value]],
    ),
  );
