/** The words of the questions before something is ended, removed or begun anew. Pure. */
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
    const some =
      running.length === 0
        ? 'None of them runs yet.'
        : `${running.length} of them ${running.length === 1 ? 'runs' : 'run'} now.`;
    return {
      message: `Abort ${runs.length} trainings?`,
      detail: `${namesOf(runs)}\n\n${some} Their metrics and checkpoints stay, and they can be run again.`,
    };
  }
  const took = first === undefined ? null : tookMs(first);
  return {
    message: `Abort ${namesOf(runs)}?`,
    detail:
      (took === null ? '' : `It has run for ${duration(took)}. `) +
      'Its metrics and checkpoints stay, and it can be run again.',
  };
}

/** Whoever begins one anew that had ended well may have meant another. */
export function rerunQuestion(runs: readonly Run[]): Question | null {
  const [first] = runs;
  if (first === undefined) return null;
  if (runs.length > 1) {
    return {
      message: `Run ${runs.length} trainings again?`,
      detail: `${namesOf(runs)}\n\nEach gets another attempt; what the earlier ones logged stays.`,
    };
  }
  if (first.status !== 'Success') return null;
  return {
    message: `Run ${nameOf(first)} again?`,
    detail: `It succeeded. Attempt ${first.attempt + 1} follows; what the earlier one logged stays. To train a new version instead, use Train Model.`,
  };
}

/** @param outputDir where the files of the only one are */
export function removeQuestion(runs: readonly Run[], outputDir: string | null): Question {
  const live = runs.filter(({ status }) => !isOver(status));
  const many = runs.length > 1;
  const them = many ? 'Their' : 'Its';
  const first = live.length > 0 ? 'Abort and remove' : 'Remove';
  const what = many ? `${runs.length} trainings` : namesOf(runs);
  const where = outputDir === null ? '' : `; the latest are in ${outputDir}`;
  return {
    message: `${first} ${what}${live.length > 0 ? '' : ' from the list'}?`,
    detail: [
      ...(many ? [`${namesOf(runs)}\n\n`] : []),
      ...(live.length > 0
        ? [
            `${many ? `${live.length} of them ${live.length === 1 ? "isn't" : "aren't"}` : "It isn't"} over yet and ${live.length === 1 ? 'is' : 'are'} aborted first. `,
          ]
        : []),
      `${them} metrics are deleted for good. ${them} logs and checkpoints can stay${where}.`,
    ].join(''),
  };
}

const SHOWN = 5;

/** "a v1, b v2, c v1 and 4 more" */
export function namesOf(runs: readonly Run[]): string {
  const names = runs.slice(0, SHOWN).map(nameOf).join(', ');
  return runs.length > SHOWN ? `${names} and ${runs.length - SHOWN} more` : names;
}
