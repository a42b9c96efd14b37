/** What stands where no chart can: why, and what to do. Pure. */
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
    return empty(state.executionIds.length === 1 ? 'This run was removed.' : 'These runs were removed.', {
      hint: 'Its metrics went with it. You can close this panel.',
    });
  }
  for (const line of state.lines.values())
    if (line.x.length > 0 && ids.includes(line.executionId)) return null;
  // The banner says what the trouble is.
  if (!state.begun)
    return state.trouble === null
      ? empty('Loading metrics…', { busy: true })
      : empty('No metrics to show yet.');
  const [run] = ids.flatMap((id) => state.runs.get(id) ?? []);
  if (run === undefined) return empty('No metrics yet.');
  return ofRun(run, told);
}

function ofRun(run: Run, told: boolean): Empty {
  if (run.stopping) return empty('Stopping. No figures were logged.', { busy: true });
  if (isWaiting(run.status)) {
    if (run.diagnosis !== null && !told) return empty(run.diagnosis.message, { hint: run.diagnosis.hint });
    if (told) return empty('Charts appear here when the first epoch is done.');
    return empty(`Waits: ${run.reason ?? 'it is in the queue.'}`, {
      hint: 'Charts appear here when the first epoch is done.',
      busy: true,
    });
  }
  if (run.status === 'In Progress') {
    return empty("Running; the first epoch isn't done yet.", {
      hint: 'Charts appear here by themselves.',
      busy: true,
    });
  }
  if (run.status === 'Success') {
    return empty('This training logged no figures.', {
      hint: 'Log them once an epoch, in the train function:',
      code: 'context.log(epoch=epoch, figures={"box_loss": {"train": 0.61, "val": 0.66}})',
    });
  }
  return empty(`${nameOf(run)} ended before it logged a figure.`, {
    hint: told ? null : run.reason === null ? 'The log says what happened.' : sentence(run.reason),
  });
}
