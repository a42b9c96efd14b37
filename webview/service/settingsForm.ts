/** The settings of a service as a form: checks while one types, says when a change counts, saves, and takes back. */
import * as l10n from '@vscode/l10n';
import type { Service, Settings, SettingsChange } from '../../src/contract/shapes.ts';
import { button } from '../ui/controls.ts';
import { element, setAttribute, setText } from '../ui/dom.ts';
import { controlFor, type Control } from './control.ts';
import { changeOf, fieldsOf, listed, namesOf, rebased, touched, undoOf, type Draft } from './draft.ts';
import { FIELDS, type Field } from './fields.ts';

interface Drawn {
  field: Field;
  box: HTMLElement;
  control: Control;
  error: HTMLElement;
  effect: HTMLElement;
}

export class SettingsForm {
  readonly element: HTMLElement;
  readonly #change: (change: SettingsChange) => Promise<Service>;
  readonly #kept: (draft: Draft) => void;
  readonly #fields: readonly Drawn[];
  readonly #bar = element('div', { class: 'save-bar' });
  readonly #words = element('span', { role: 'status' });
  readonly #problem = element('p', { class: 'problem', role: 'alert' });
  readonly #save = button(l10n.t('Save'), () => this.#askForDraft(), 'primary');
  readonly #discard = button(l10n.t('Discard'), () => this.#set(new Map()));
  readonly #undo = button(l10n.t('Undo'), () => this.#ask(this.#undoing, false));
  #draft: Draft;
  #service: Service | null = null;
  /** What takes the last save back. */
  #undoing: SettingsChange | null = null;
  #saved = '';
  #saving = false;

  /** @param change asks for a change; rejects with words for a person  @param kept the draft changed, so that a reload keeps it */
  constructor(
    draft: Draft,
    change: (change: SettingsChange) => Promise<Service>,
    kept: (draft: Draft) => void,
  ) {
    this.#draft = draft;
    this.#change = change;
    this.#kept = kept;
    this.#fields = FIELDS.map((field) => this.#field(field));
    this.#bar.append(this.#words, this.#problem, this.#save, this.#discard, this.#undo);
    this.element = element('div', { class: 'settings' }, ...this.#fields.map(({ box }) => box), this.#bar);
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !(event.target instanceof HTMLInputElement)) return;
      event.preventDefault();
      this.#askForDraft();
    });
  }

  update(service: Service): void {
    this.#service = service;
    this.#draft = rebased(this.#draft, service.settings);
    this.#draw();
  }

  #field(field: Field): Drawn {
    const id = `setting-${field.name}`;
    const control = controlFor(field, id, (typed) => {
      if (this.#service === null) return;
      this.#saved = '';
      this.#undoing = null;
      this.#set(touched(this.#draft, this.#service.settings, field.name, typed));
    });
    const error = element('p', { class: 'problem', id: `${id}-error` });
    const effect = element('p', { class: 'effect', id: `${id}-effect` }, field.effect);
    const help = element('p', { class: 'faint', id: `${id}-help` }, field.help);
    control.input.setAttribute('aria-describedby', `${id}-help ${id}-error ${id}-effect`);
    const label =
      field.kind === 'variables'
        ? element('span', { class: 'label', id: `${id}-label` }, field.label)
        : element('label', { class: 'label', for: id }, field.label);
    const box = element('div', { class: `field of-${field.kind}`, 'data-setting': field.name });
    if (field.kind === 'switch')
      box.append(element('div', { class: 'switched' }, control.element, label), help);
    else box.append(label, help, control.element);
    box.append(error, effect);
    return { field, box, control, error, effect };
  }

  #set(draft: Draft): void {
    this.#draft = draft;
    this.#kept(draft);
    setText(this.#problem, '');
    this.#draw();
  }

  #draw(): void {
    if (this.#service === null) return;
    const shown = fieldsOf(this.#draft, this.#service.settings);
    shown.forEach(({ typed, changed, error, idle }, i) => {
      const drawn = this.#fields[i];
      if (drawn === undefined) return;
      drawn.control.show(typed);
      drawn.box.classList.toggle('changed', changed);
      drawn.box.hidden = idle;
      setAttribute(drawn.control.input, 'aria-invalid', String(error !== null));
      setText(drawn.error, error ?? '');
      drawn.error.hidden = error === null;
      drawn.effect.hidden = !changed || error !== null;
    });
    const changed = shown.filter((one) => one.changed);
    const wrong = shown.filter((one) => one.error !== null && one.changed);
    const words = changed.length === 0 ? this.#saved : changedWords(changed.length, wrong);
    setText(this.#words, this.#saving ? l10n.t('Saving…') : words);
    this.#problem.hidden = this.#problem.textContent === '';
    this.#save.hidden = changed.length === 0;
    this.#save.toggleAttribute('disabled', wrong.length > 0 || this.#saving);
    this.#discard.hidden = changed.length === 0;
    this.#undo.hidden = this.#undoing === null || changed.length > 0;
    this.#bar.hidden = words === '' && !this.#saving && this.#problem.hidden;
  }

  #askForDraft(): void {
    if (this.#service !== null) this.#ask(changeOf(this.#draft, this.#service.settings), true);
  }

  #ask(change: SettingsChange | null, undoable: boolean): void {
    if (change === null || Object.keys(change).length === 0 || this.#service === null || this.#saving) return;
    this.#saving = true;
    setText(this.#problem, '');
    this.#draw();
    this.#asked(change, this.#service.settings, undoable)
      .catch((error: unknown) =>
        setText(this.#problem, error instanceof Error ? error.message : String(error)),
      )
      .finally(() => {
        this.#saving = false;
        this.#draw();
      });
  }

  async #asked(change: SettingsChange, before: Settings, undoable: boolean): Promise<void> {
    const service = await this.#change(change);
    this.#undoing = undoable ? undoOf(change, before) : null;
    this.#saved = undoable
      ? l10n.t('Saved {0}.', namesOf(change))
      : l10n.t('{0} as before.', namesOf(change));
    this.#draft = new Map([...this.#draft].filter(([name]) => !(name in change)));
    this.#kept(this.#draft);
    this.#service = service;
  }
}

/** @param wrong what of it can't be saved */
function changedWords(changes: number, wrong: readonly { field: Field }[]): string {
  if (wrong.length === 0)
    return changes === 1 ? l10n.t('1 change not saved yet.') : l10n.t('{0} changes not saved yet.', changes);
  const names = listed(wrong.map(({ field }) => field.label));
  return changes === 1
    ? l10n.t("1 change; {0} can't be saved so.", names)
    : l10n.t("{0} changes; {1} can't be saved so.", changes, names);
}
