/** Over the tabs: which version it is, how its training stands, what keeps it, and what can be done. */
import * as l10n from '@vscode/l10n';
import type { DiagnosisRemedy } from '../../src/contract/pages/diagnosis.ts';
import type { ModelAction, ToModel } from '../../src/contract/pages/model.ts';
import type { Run } from '../../src/contract/shapes.ts';
import { linksIn } from '../../src/contract/logLines.ts';
import { actionsFor, isOver, isWaiting } from '../../src/contract/status.ts';
import { duration } from '../../src/contract/words.ts';
import { progressText } from '../explore/header.ts';
import { button, progressBar } from '../ui/controls.ts';
import { DiagnosisBox } from '../ui/diagnosis.ts';
import { element, setText } from '../ui/dom.ts';
import { link } from '../ui/link.ts';
import { runMenu } from '../ui/runMenu.ts';
import { statusClass, statusIcon } from '../ui/status.ts';
import { sentence } from '../ui/words.ts';

type Told = Extract<ToModel, { type: 'model' }>;

export interface HeadActions {
  run(action: ModelAction): void;
  showLogs(): void;
  remedy(remedy: DiagnosisRemedy): void;
  showService(): void;
  openPlace(file: string, line: number): void;
  /** Null for the latest. */
  choose(attempt: number | null): void;
}

export class Head {
  readonly element: HTMLElement;
  readonly #actions: HeadActions;
  readonly #name = element('h1');
  readonly #status = element('span', { class: 'status' });
  readonly #facts = element('div', { class: 'facts' });
  readonly #took = element('span');
  readonly #service: HTMLButtonElement;
  /** Which service trains it. */
  readonly #on: HTMLElement;
  readonly #attempt = element('select', { 'aria-label': l10n.t('Attempt') });
  readonly #progress = progressBar(l10n.t('Progress'));
  readonly #progressText = element('span', { class: 'progress-text' });
  readonly #progressRow = element('div', { class: 'progress-row' }, this.#progress.bar, this.#progressText);
  readonly #reason = element('p', { class: 'reason' });
  readonly #diagnosis = new DiagnosisBox((remedy) =>
    remedy === 'Show Logs' ? this.#actions.showLogs() : this.#actions.remedy(remedy),
  );
  readonly #logs: HTMLElement;
  readonly #rerun: HTMLElement;
  readonly #abort: HTMLElement;
  readonly #remove: HTMLElement;
  readonly #more: HTMLElement;
  #told: Told | null = null;
  #heardAt = 0;
  #shownStatus = '';
  #shownReason = '';
  #shownAttempts = '';

  constructor(actions: HeadActions) {
    this.#actions = actions;
    this.#service = link('', () => actions.showService());
    this.#on = element('span', {}, element('span', { class: 'faint' }, `${l10n.t('on')} `), this.#service);
    this.#logs = button(l10n.t('Show Logs'), () => actions.showLogs(), 'primary');
    this.#rerun = button(l10n.t('Rerun'), () => actions.run('rerunTraining'));
    this.#abort = button(l10n.t('Abort'), () => actions.run('abortTraining'));
    this.#remove = button(l10n.t('Remove'), () => actions.run('removeTraining'));
    // VS Code's own menu, that the right mouse button opens over the head, too.
    this.#more = button('…', () => {
      const { left: clientX, bottom: clientY } = this.#more.getBoundingClientRect();
      this.#more.dispatchEvent(
        new MouseEvent('contextmenu', { bubbles: true, composed: true, clientX, clientY }),
      );
    });
    this.#more.setAttribute('aria-label', l10n.t('More Actions'));
    this.#attempt.addEventListener('change', () => {
      const latest = this.#attempt.selectedIndex === 0;
      actions.choose(latest ? null : Number(this.#attempt.value));
    });
    this.#facts.append(this.#took, this.#on, this.#attempt);
    this.element = element(
      'header',
      { class: 'head' },
      element(
        'div',
        { class: 'title' },
        element('div', { class: 'who' }, this.#name, this.#status),
        element(
          'div',
          { class: 'actions' },
          this.#logs,
          button(l10n.t('Explore Beside'), () => actions.run('exploreMetrics')),
          this.#rerun,
          this.#abort,
          this.#remove,
          this.#more,
        ),
      ),
      this.#facts,
      this.#progressRow,
      this.#reason,
      this.#diagnosis.element,
    );
    setInterval(() => this.#tick(), 1000);
  }

  /** @param attempt the one that is looked at; null for the latest */
  update(told: Told & { run: Run }, attempt: number | null): void {
    const { run } = told;
    this.#told = told;
    this.#heardAt = performance.now();
    setText(this.#name, `${run.model.name} v${run.model.version}`);
    const status = run.stopping ? l10n.t('{0}, stopping', run.status) : run.status;
    if (this.#shownStatus !== status) {
      this.#shownStatus = status;
      this.#status.className = `status ${statusClass(run.status)}`;
      this.#status.replaceChildren(statusIcon(run.status), status);
    }
    this.element.dataset['vscodeContext'] = runMenu(run, null);
    this.#tick();
    setText(this.#service, run.service.name);
    this.#on.hidden = run.origin !== 'trained';
    this.#drawAttempts(run, attempt);
    this.#drawProgress(run);
    this.#drawReason(run);
    this.#diagnosis.show(told.diagnosis);
    const { abort, rerun, remove } = actionsFor(run);
    this.#logs.hidden = run.status !== 'Failed' && run.status !== 'Aborted';
    this.#abort.hidden = !abort;
    this.#rerun.hidden = !rerun;
    this.#remove.hidden = !remove;
  }

  #tick(): void {
    if (this.#told === null) return;
    const { run, durationMs } = this.#told;
    const ticks = run?.status === 'In Progress' ? performance.now() - this.#heardAt : 0;
    setText(this.#took, durationMs === null ? '' : duration(durationMs + ticks));
    this.#took.hidden = durationMs === null;
  }

  #drawAttempts(run: Run, attempt: number | null): void {
    this.#attempt.hidden = run.attempt < 2;
    const shown = `${run.attempt} ${attempt}`;
    if (shown === this.#shownAttempts) return;
    this.#shownAttempts = shown;
    const numbers = Array.from({ length: run.attempt }, (_, i) => run.attempt - i);
    this.#attempt.replaceChildren(
      ...numbers.map((n) =>
        element(
          'option',
          { value: String(n) },
          n === run.attempt ? l10n.t('Attempt {0} (latest)', n) : l10n.t('Attempt {0}', n),
        ),
      ),
    );
    this.#attempt.value = String(attempt ?? run.attempt);
  }

  #drawProgress(run: Run): void {
    const text = progressText(run);
    this.#progressRow.hidden = text === null;
    if (text === null || run.progress === null) return;
    const { done, total } = run.progress;
    this.#progress.set(total > 0 ? done / total : 0, text);
    this.#progress.bar.classList.toggle('over', isOver(run.status));
    setText(this.#progressText, text);
  }

  /** Where it names a place in code, that leads there. */
  #drawReason(run: Run): void {
    // A diagnosis says it in full.
    const reason = run.diagnosis === null ? sentence(run.reason ?? '') : '';
    this.#reason.hidden = reason === '';
    if (reason === this.#shownReason) return;
    this.#shownReason = reason;
    const [before = '', after = ''] = (isWaiting(run.status) ? l10n.t('Waits: {0}') : '{0}').split('{0}');
    const parts: (Node | string)[] = [before];
    let at = 0;
    for (const { start, length, file, line } of linksIn(reason)) {
      parts.push(reason.slice(at, start));
      at = start + length;
      parts.push(link(reason.slice(start, at), () => this.#actions.openPlace(file, line)));
    }
    this.#reason.replaceChildren(...parts, reason.slice(at), after);
  }
}
