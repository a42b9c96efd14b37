/** The words of the questions before something is ended, removed or begun anew. Pure. */
import * as l10n from '@vscode/l10n';
import type { Run } from '../../contract/shapes.ts';
import { isOver } from '../../contract/status.ts';
import { duration, nameOf } from '../../client/words.ts';

export interface Question {
  message: string;
  detail: string;
}

/** What runs can't be taken up again where it was; what only waits loses nothing and is aborted at once: null. */
export function abortQuestion(runs: readonly Run[], tookMs: (run: Run) => number | null): Question | null {
  const running = runs.filter(({ status }) => status === 'In Progress');
  const [first] = running;
  if (first === undefined && runs.length === 1) return null;
  if (runs.length > 1) {
    const stays = l10n.t('Their metrics and checkpoints stay, and they can be run again.');
    return {
      message: l10n.t('Abort {0} trainings?', runs.length),
      detail: `${namesOf(runs)}\n\n${howManyRun(running.length)} ${stays}`,
    };
  }
  const took = first === undefined ? null : tookMs(first);
  return {
    message: l10n.t('Abort {0}?', namesOf(runs)),
    detail: [
      ...(took === null ? [] : [l10n.t('It has run for {0}.', duration(took))]),
      l10n.t('Its metrics and checkpoints stay, and it can be run again.'),
    ].join(' '),
  };
}

function howManyRun(n: number): string {
  if (n === 0) return l10n.t('None of them runs yet.');
  return n === 1 ? l10n.t('1 of them runs now.') : l10n.t('{0} of them run now.', n);
}

/** Whoever begins one anew that had ended well may have meant another. */
export function rerunQuestion(runs: readonly Run[]): Question | null {
  const [first] = runs;
  if (first === undefined) return null;
  if (runs.length > 1) {
    return {
      message: l10n.t('Run {0} trainings again?', runs.length),
      detail: `${namesOf(runs)}\n\n${l10n.t('Each gets another attempt; what the earlier ones logged stays.')}`,
    };
  }
  if (first.status !== 'Success') return null;
  return {
    message: l10n.t('Run {0} again?', nameOf(first)),
    detail: l10n.t(
      'It succeeded. Attempt {0} follows; what the earlier one logged stays. To train a new version instead, use Train Model.',
      first.attempt + 1,
    ),
  };
}

/** @param outputDir where the files of the only one are */
export function removeQuestion(runs: readonly Run[], outputDir: string | null): Question {
  const live = runs.filter(({ status }) => !isOver(status)).length;
  const many = runs.length > 1;
  return {
    message: many ? removeMany(runs.length, live > 0) : removeOne(namesOf(runs), live > 0),
    detail: [
      ...(many ? [`${namesOf(runs)}\n\n`] : []),
      ...(live > 0
        ? [`${many ? abortsMany(live) : l10n.t("It isn't over yet and is aborted first.")} `]
        : []),
      many
        ? l10n.t('Their metrics are deleted for good. Their logs and checkpoints can stay.')
        : outputDir === null
          ? l10n.t('Its metrics are deleted for good. Its logs and checkpoints can stay.')
          : l10n.t(
              'Its metrics are deleted for good. Its logs and checkpoints can stay; the latest are in {0}.',
              outputDir,
            ),
    ].join(''),
  };
}

const removeOne = (name: string, isLive: boolean): string =>
  isLive ? l10n.t('Abort and remove {0}?', name) : l10n.t('Remove {0} from the list?', name);

const removeMany = (n: number, someLive: boolean): string =>
  someLive ? l10n.t('Abort and remove {0} trainings?', n) : l10n.t('Remove {0} trainings from the list?', n);

const abortsMany = (live: number): string =>
  live === 1
    ? l10n.t("1 of them isn't over yet and is aborted first.")
    : l10n.t("{0} of them aren't over yet and are aborted first.", live);

const SHOWN = 5;

/** "a v1, b v2, c v1 and 4 more" */
export function namesOf(runs: readonly Run[]): string {
  const names = runs.slice(0, SHOWN).map(nameOf).join(', ');
  return runs.length > SHOWN ? l10n.t('{0} and {1} more', names, runs.length - SHOWN) : names;
}
