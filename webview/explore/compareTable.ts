/**
 * Above the charts where they are of several runs: the legend of them all. A row is a run, with its colour, how it stands, its best
 * figures and its configuration, what differs first. Whoever unticks it has its lines out of the charts.
 */
import * as l10n from '@vscode/l10n';
import { directionOf } from '../../src/contract/figures.ts';
import type { RunCommand, Traits } from '../../src/contract/pages/explore.ts';
import type { Run } from '../../src/contract/shapes.ts';
import type { Look } from '../charts/look.ts';
import { valueText } from '../charts/words.ts';
import { button } from '../ui/controls.ts';
import { element, setAttribute, setText } from '../ui/dom.ts';
import { link } from '../ui/link.ts';
import { statusClass, statusIcon } from '../ui/status.ts';
import type { Choices } from './choices.ts';
import { comparisonOf, deltaOf, type Trait } from './comparison.ts';
import { nameOf } from './figures.ts';
import { progressText, remark } from './header.ts';
import { runColor, swatch } from './legend.ts';
import { RunButtons } from './runButtons.ts';
import { styleOf } from './strokes.ts';
import type { State } from './state.ts';

export interface CompareActions {
  command(name: RunCommand, executionId: string): void;
  /** Shows these runs' lines and no others'. */
  hide(hidden: readonly string[]): void;
  /** Null for none. */
  setBaseline(executionId: string | null): void;
  setSame(shown: boolean): void;
  /** Its lines step forward; null: all are alike. */
  speak(executionId: string | null): void;
}

export class CompareTable {
  readonly element: HTMLElement;
  readonly #actions: CompareActions;
  readonly #count = element('h1');
  readonly #all: HTMLElement;
  readonly #same = element('input', { type: 'checkbox' });
  readonly #head = element('tr');
  readonly #body = element('tbody');
  readonly #rows = new Map<string, Row>();
  #ids: readonly string[] = [];
  #hidden: readonly string[] = [];
  #made = '';

  constructor(actions: CompareActions) {
    this.#actions = actions;
    this.#all = button(l10n.t('Show All'), () => actions.hide([]));
    this.#same.addEventListener('change', () => actions.setSame(this.#same.checked));
    const table = element(
      'table',
      { class: 'compare', 'aria-label': l10n.t('Compared runs') },
      element('thead', {}, this.#head),
      this.#body,
    );
    table.addEventListener('pointerleave', () => actions.speak(null));
    this.element = element(
      'section',
      { class: 'comparison' },
      element(
        'div',
        { class: 'title' },
        element('div', { class: 'who' }, this.#count, this.#all),
        element('label', { class: 'same' }, this.#same, l10n.t('Settings that are the same')),
      ),
      // It scrolls by itself, so it takes the keyboard.
      element(
        'div',
        { class: 'compare-box', tabindex: '0', role: 'group', 'aria-label': l10n.t('Compared runs') },
        table,
      ),
    );
  }

  update(state: State, choices: Choices, look: Look, traits: readonly Traits[]): void {
    const { executionIds, hints } = state;
    this.#ids = executionIds;
    this.#hidden = choices.hidden;
    const runs = executionIds.flatMap((id) => state.runs.get(id) ?? []);
    const { figures, differs, same } = comparisonOf(runs, hints, traits);
    const shownTraits = [...differs, ...(choices.same ? same : [])];
    const shown = executionIds.filter((id) => !choices.hidden.includes(id)).length;
    setText(
      this.#count,
      shown === executionIds.length
        ? l10n.t('{0} runs', shown)
        : l10n.t('{0} of {1} runs', shown, executionIds.length),
    );
    this.#all.hidden = shown === executionIds.length;
    this.#same.checked = choices.same;
    this.#heads(
      figures.map(({ figure }) => figure),
      shownTraits,
      differs.length,
    );
    for (const [id, row] of this.#rows) {
      if (executionIds.includes(id)) continue;
      row.element.remove();
      this.#rows.delete(id);
    }
    const baseline = choices.baseline;
    for (const id of executionIds) {
      const run = state.runs.get(id);
      if (run === undefined) continue;
      const row = this.#row(id);
      row.update(run, state, choices, look);
      row.tell(
        [
          ...figures.map(({ figure, values }) => {
            const value = values.get(id);
            const base = baseline === null || baseline === id ? undefined : values.get(baseline);
            const direction = directionOf(figure, hints);
            if (value === undefined) return ['–', null] as const;
            return [
              valueText(value),
              base === undefined || direction === null ? null : deltaOf(value, base, direction),
            ] as const;
          }),
          ...shownTraits.map(({ values }) => [values.get(id) ?? '–', null] as const),
        ],
        figures.length,
      );
    }
  }

  #heads(figures: readonly string[], traits: readonly Trait[], differing: number): void {
    const made = JSON.stringify([figures, traits.map(({ name }) => name), differing]);
    if (made === this.#made) return;
    this.#made = made;
    this.#head.replaceChildren(
      element('th', { scope: 'col' }, l10n.t('Run')),
      element('th', { scope: 'col' }, l10n.t('Status')),
      ...figures.map((figure) =>
        element(
          'th',
          { scope: 'col', class: 'numeric', title: l10n.t('The best value of {0}', figure) },
          figure,
        ),
      ),
      ...traits.map(({ name }, i) =>
        element('th', { scope: 'col', class: i < differing ? 'differs' : 'faint' }, name),
      ),
      element('th', { scope: 'col' }, element('span', { class: 'unseen' }, l10n.t('Actions'))),
    );
  }

  #row(id: string): Row {
    const known = this.#rows.get(id);
    if (known !== undefined) return known;
    const row = new Row(id, this.#actions, (alone) => this.#toggle(id, alone));
    this.#rows.set(id, row);
    this.#body.append(row.element);
    return row;
  }

  /** @param alone to have no other run in the charts; once more, and all are back */
  #toggle(id: string, alone: boolean): void {
    const hidden = this.#hidden;
    if (!alone)
      return this.#actions.hide(hidden.includes(id) ? hidden.filter((one) => one !== id) : [...hidden, id]);
    const others = this.#ids.filter((one) => one !== id);
    this.#actions.hide(others.every((one) => hidden.includes(one)) ? [] : others);
  }
}

class Row {
  readonly element: HTMLElement;
  readonly #shown = element('input', { type: 'checkbox' });
  readonly #swatch = element('span', { class: 'swatch' });
  readonly #name: HTMLButtonElement;
  readonly #status = element('td', { class: 'status' });
  readonly #baseline: HTMLElement;
  readonly #buttons: RunButtons;
  readonly #last = element('td', { class: 'actions' });
  readonly #cells: HTMLElement[] = [];
  #drawn = '';

  constructor(id: string, actions: CompareActions, toggle: (alone: boolean) => void) {
    this.#name = link('', () => actions.command('model', id));
    this.#shown.addEventListener('click', (event) => toggle(event.altKey));
    this.#baseline = button(l10n.t('Baseline'), () =>
      actions.setBaseline(this.#baseline.getAttribute('aria-pressed') === 'true' ? null : id),
    );
    this.#baseline.title = l10n.t('Tell the others by how they differ from this run');
    this.#buttons = new RunButtons((name) => actions.command(name, id));
    this.#last.append(element('div', {}, this.#baseline, ...this.#buttons.elements));
    this.element = element(
      'tr',
      { 'data-run': id },
      element(
        'th',
        { scope: 'row' },
        element('div', { class: 'named' }, this.#shown, this.#swatch, this.#name),
      ),
      this.#status,
      this.#last,
    );
    this.element.addEventListener('pointerenter', () => actions.speak(id));
  }

  update(run: Run, state: State, choices: Choices, look: Look): void {
    const id = run.executionId;
    const gone = state.removed.has(id);
    const name = nameOf(run);
    const hidden = choices.hidden.includes(id);
    this.#shown.checked = !hidden;
    setAttribute(this.#shown, 'aria-label', l10n.t('Show {0} in the charts', name));
    this.#shown.title = l10n.t('Show in the charts. With Alt: only this one');
    this.element.classList.toggle('hidden-run', hidden);
    setText(this.#name, name);
    setAttribute(this.#baseline, 'aria-pressed', String(choices.baseline === id));
    setAttribute(this.#baseline, 'appearance', choices.baseline === id ? 'primary' : 'secondary');
    this.#buttons.update(run, gone);
    const words = gone ? null : remark(run, state);
    this.#status.title = words ?? '';
    const drawn = JSON.stringify([
      gone,
      run.status,
      run.stopping,
      progressText(run),
      look.palette,
      state.slots[id],
    ]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const style = styleOf(state.slots[id] ?? 0);
    this.#swatch.replaceChildren(swatch(runColor(style.color, look), style.dash));
    const status = gone ? l10n.t('Removed') : run.stopping ? l10n.t('Stopping') : run.status;
    const progress = gone || run.status === 'Success' ? null : progressText(run);
    this.#status.className = `status ${statusClass(run.status)}`;
    this.#status.replaceChildren(
      ...(gone ? [] : [statusIcon(run.status)]),
      status,
      ...(progress === null ? [] : [element('span', { class: 'faint' }, progress)]),
    );
  }

  tell(
    values: readonly (readonly [text: string, delta: ReturnType<typeof deltaOf> | null])[],
    numeric: number,
  ): void {
    while (this.#cells.length > values.length) this.#cells.pop()?.remove();
    while (this.#cells.length < values.length) {
      const cell = element('td', {}, element('span'), element('span'));
      this.#cells.push(cell);
      this.#last.before(cell);
    }
    this.#cells.forEach((cell, i) => {
      const [text, delta] = values[i] ?? ['', null];
      const [value, apart] = cell.children;
      if (value === undefined || apart === undefined) return;
      cell.className = i < numeric ? 'numeric' : 'trait';
      setText(value, text);
      setAttribute(cell, 'title', text);
      setText(apart, delta?.text ?? '');
      apart.className = `delta ${delta?.better === null || delta === null ? '' : delta.better ? 'better' : 'worse'}`;
    });
  }
}
