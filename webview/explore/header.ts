/** Above the charts: each run with its status, its progress, the figure that stands for it, and what can be done to it. */
import * as l10n from '@vscode/l10n';
import { mainFigure } from '../../src/contract/figures.ts';
import type { RunCommand } from '../../src/contract/pages/explore.ts';
import type { Run } from '../../src/contract/shapes.ts';
import { actionsFor, isWaiting } from '../../src/contract/status.ts';
import { timeLeft, wholeDone } from '../../src/contract/words.ts';
import { placeText, valueText } from '../charts/words.ts';
import { progressBar } from '../ui/controls.ts';
import { element, setText } from '../ui/dom.ts';
import { statusClass, statusIcon } from '../ui/status.ts';
import { sentence } from '../ui/words.ts';
import { emptyOf } from './empty.ts';
import { nameOf } from './figures.ts';
import { RunButtons } from './runButtons.ts';
import type { State } from './state.ts';

/** "epoch 7 of 12 · about 2m left" */
export function progressText(run: Run): string | null {
  const { progress } = run;
  if (progress === null) return null;
  const unit = progress.unit.replace(/s$/, '') || 'step';
  const far = l10n.t('{0} {1} of {2}', unit, placeText(wholeDone(progress)), placeText(progress.total));
  const left = timeLeft(run);
  return left === null ? far : `${far} · ${l10n.t('about {0} left', left)}`;
}

/** The figure that stands for the run, as it is and as it was at its best. */
export function mainText(
  run: Run,
  state: State,
): { figure: string; last: string; best: string | null } | null {
  const figure = mainFigure([...new Set(run.summary.map((line) => line.figure))], state.hints);
  const lines = run.summary.filter((line) => line.figure === figure);
  const line = lines.find((one) => one.legend === 'val') ?? lines[0];
  if (line === undefined || figure === null) return null;
  return {
    figure,
    last: valueText(Number(line.last)),
    best: line.best === null ? null : bestWords(valueText(line.best), line.bestEpoch),
  };
}

const bestWords = (value: string, epoch: number | null): string =>
  epoch === null ? l10n.t('best {0}', value) : l10n.t('best {0} at epoch {1}', value, placeText(epoch));

/** What is worth a sentence beside the status. */
export function remark(run: Run, state: State): string | null {
  // Where there is no chart yet, the reason stands in its place.
  if (emptyOf(state) !== null) return null;
  if (run.diagnosis !== null) return `${run.diagnosis.message} ${run.diagnosis.hint}`;
  if (run.status === 'Success' || run.status === 'In Progress') {
    const own = [...state.lines.values()].filter((line) => line.executionId === run.executionId);
    const shown = Math.max(...own.map(({ attempt }) => attempt));
    return own.length > 0 && shown < run.attempt
      ? l10n.t('Attempt {0} has logged nothing yet: the curves are of attempt {1}.', run.attempt, shown)
      : null;
  }
  return run.reason === null
    ? null
    : isWaiting(run.status)
      ? l10n.t('Waits: {0}', run.reason)
      : sentence(run.reason);
}

export class RunHeader {
  readonly element: HTMLElement;
  readonly #name = element('h1');
  readonly #status = element('span', { class: 'status' });
  readonly #main = element('div', { class: 'main' });
  readonly #remark = element('p', { class: 'remark' });
  readonly #progress = progressBar(l10n.t('Progress'));
  readonly #progressText = element('span', { class: 'progress-text' });
  readonly #progressRow = element('div', { class: 'progress-row' }, this.#progress.bar, this.#progressText);
  readonly #buttons: RunButtons;
  #shownStatus = '';

  constructor(command: (name: RunCommand) => void) {
    this.#buttons = new RunButtons(command);
    this.element = element(
      'header',
      { class: 'run' },
      element(
        'div',
        { class: 'title' },
        element('div', { class: 'who' }, this.#name, this.#status),
        element('div', { class: 'actions' }, ...this.#buttons.elements),
      ),
      this.#main,
      this.#progressRow,
      this.#remark,
    );
  }

  update(run: Run | undefined, state: State): void {
    const gone = run === undefined || state.removed.has(run.executionId);
    this.element.hidden = run === undefined;
    if (run === undefined) return;
    setText(this.#name, nameOf(run));
    const status = gone ? l10n.t('Removed') : run.stopping ? l10n.t('Stopping') : run.status;
    if (this.#shownStatus !== status) {
      this.#shownStatus = status;
      this.#status.className = `status ${statusClass(run.status)}`;
      this.#status.replaceChildren(...(gone ? [] : [statusIcon(run.status)]), status);
    }
    this.#buttons.update(run, gone);
    const main = gone ? null : mainText(run, state);
    this.#main.hidden = main === null;
    if (main !== null) {
      this.#main.replaceChildren(
        element('span', { class: 'figure' }, main.figure),
        element('strong', {}, main.last),
        element('span', { class: 'faint' }, main.best ?? ''),
      );
    }
    const progress = gone ? null : progressText(run);
    this.#progressRow.hidden = progress === null;
    if (progress !== null && run.progress !== null) {
      this.#progress.set(run.progress.total > 0 ? run.progress.done / run.progress.total : 0, progress);
      setText(this.#progressText, progress);
    }
    this.#progress.bar.classList.toggle('over', !actionsFor(run).abort && !run.stopping);
    const words = gone ? null : remark(run, state);
    this.#remark.hidden = words === null;
    setText(this.#remark, words ?? '');
  }
}
