/** What stands where no chart can: why, and what to do. Pure. */
import * as l10n from '@vscode/l10n';
import { isSystemFigure } from '../../src/contract/figures.ts';
import type { Run } from '../../src/contract/shapes.ts';
import { isWaiting } from '../../src/contract/status.ts';
import { sentence } from '../ui/words.ts';
import { nameOf } from './figures.ts';
import type { State } from './state.ts';

export interface Empty {
  title: string;
  hint: string | null;
  /** Python that would fill the panel. */
  code: string | null;
  /** More may come by itself. */
  busy: boolean;
}

const empty = (title: string, rest: Partial<Empty> = {}): Empty => ({
  title,
  hint: null,
  code: null,
  busy: false,
  ...rest,
});

/** null where there is a chart to show. @param told what stands over it says already why the run waits, or how it ended */
export function emptyOf(state: State, told = false): Empty | null {
  const ids = state.executionIds.filter((id) => !state.removed.has(id));
  if (ids.length === 0 && state.executionIds.length > 0) {
    return empty(
      state.executionIds.length === 1 ? l10n.t('This run was removed.') : l10n.t('These runs were removed.'),
      {
        hint: l10n.t('Its metrics went with it. You can close this panel.'),
      },
    );
  }
  for (const { executionId, figure, x } of state.lines.values())
    if (x.length > 0 && ids.includes(executionId) && !isSystemFigure(figure)) return null;
  // The banner says what the trouble is.
  if (!state.begun)
    return state.trouble === null
      ? empty(l10n.t('Loading metrics…'), { busy: true })
      : empty(l10n.t('No metrics to show yet.'));
  const [run] = ids.flatMap((id) => state.runs.get(id) ?? []);
  if (run === undefined) return empty(l10n.t('No metrics yet.'));
  return ofRun(run, told);
}

function ofRun(run: Run, told: boolean): Empty {
  if (run.stopping) return empty(l10n.t('Stopping. No figures were logged.'), { busy: true });
  if (isWaiting(run.status)) {
    const later = l10n.t('Charts appear here when the first epoch is done.');
    if (told) return empty(later);
    if (run.diagnosis !== null) return empty(run.diagnosis.message, { hint: run.diagnosis.hint });
    return empty(l10n.t('Waits: {0}', run.reason ?? l10n.t('it is in the queue.')), {
      hint: later,
      busy: true,
    });
  }
  if (run.status === 'In Progress') {
    return empty(l10n.t("Running; the first epoch isn't done yet."), {
      hint: l10n.t('Charts appear here by themselves.'),
      busy: true,
    });
  }
  if (run.status === 'Success') {
    return empty(l10n.t('This training logged no figures.'), {
      hint: l10n.t('Log them once an epoch, in the train function:'),
      code: 'context.log(epoch=epoch, figures={"box_loss": {"train": 0.61, "val": 0.66}})',
    });
  }
  const why = run.reason === null ? l10n.t('The log says what happened.') : sentence(run.reason);
  return empty(l10n.t('{0} ended before it logged a figure.', nameOf(run)), {
    hint: told ? null : why,
  });
}
