/** The control of one setting: takes what is typed, shows what is there. */
import * as l10n from '@vscode/l10n';
import { button } from '../ui/controls.ts';
import { element, setAttribute } from '../ui/dom.ts';
import type { Field, Typed } from './fields.ts';

export interface Control {
  readonly element: HTMLElement;
  /** What a label names and the focus goes to. */
  readonly input: HTMLElement;
  show(typed: Typed): void;
}

export function controlFor(field: Field, id: string, onTyped: (typed: Typed) => void): Control {
  switch (field.kind) {
    case 'switch':
      return switchControl(id, onTyped);
    case 'choice':
      return choiceControl(field, id, onTyped);
    case 'variables':
      return variablesControl(id, onTyped);
    case 'number':
    case 'text':
      return textControl(field, id, onTyped);
  }
}

function textControl(field: Field, id: string, onTyped: (typed: Typed) => void): Control {
  const input = element('input', { id, type: 'text', spellcheck: 'false', autocomplete: 'off' });
  if (field.kind === 'number') input.inputMode = 'decimal';
  input.addEventListener('input', () => onTyped(input.value));
  return {
    element: input,
    input,
    show: (typed) => {
      // The caret stays where it is while somebody types.
      if (typeof typed === 'string' && input.value !== typed) input.value = typed;
    },
  };
}

function switchControl(id: string, onTyped: (typed: Typed) => void): Control {
  const input = element('input', { id, type: 'checkbox' });
  input.addEventListener('change', () => onTyped(input.checked));
  return { element: input, input, show: (typed) => (input.checked = typed === true) };
}

function choiceControl(field: Field, id: string, onTyped: (typed: Typed) => void): Control {
  const options = (field.choices ?? []).map(({ value, label }) => element('option', { value }, label));
  const input = element('select', { id }, ...options);
  input.addEventListener('change', () => onTyped(input.value));
  return {
    element: input,
    input,
    show: (typed) => {
      if (typeof typed === 'string') input.value = typed;
    },
  };
}

interface Line {
  element: HTMLElement;
  name: HTMLInputElement;
  value: HTMLInputElement;
}

function variablesControl(id: string, onTyped: (typed: Typed) => void): Control {
  const lines: Line[] = [];
  const list = element('div', { class: 'variables' });
  const typed = (): Typed => lines.map(({ name, value }) => [name.value, value.value] as const);
  const add = button(l10n.t('Add Variable'), () => {
    addLine('', '');
    lines.at(-1)?.name.focus();
    onTyped(typed());
  });
  add.id = id;

  function addLine(name: string, value: string): void {
    const number = lines.length + 1;
    const field = (what: string, label: string, text: string): HTMLInputElement => {
      const made = element('input', {
        type: 'text',
        'aria-label': label,
        placeholder: what,
        spellcheck: 'false',
      });
      made.value = text;
      made.addEventListener('input', () => onTyped(typed()));
      return made;
    };
    const line: Line = {
      name: field(l10n.t('Name'), l10n.t('Name of variable {0}', number), name),
      value: field(l10n.t('Value'), l10n.t('Value of variable {0}', number), value),
      element: element('div', { class: 'variable' }),
    };
    const remove = button(l10n.t('Remove'), () => {
      lines.splice(lines.indexOf(line), 1);
      line.element.remove();
      onTyped(typed());
      (lines.at(-1)?.name ?? add).focus();
    });
    setAttribute(remove, 'aria-label', l10n.t('Remove variable {0}', number));
    line.element.append(line.name, element('span', { 'aria-hidden': 'true' }, '='), line.value, remove);
    lines.push(line);
    list.append(line.element);
  }

  return {
    element: element('div', {}, list, add),
    input: add,
    show: (wanted) => {
      if (typeof wanted !== 'object' || JSON.stringify(wanted) === JSON.stringify(typed())) return;
      lines.splice(0);
      list.replaceChildren();
      for (const [name, value] of wanted) addLine(name, value);
    },
  };
}
