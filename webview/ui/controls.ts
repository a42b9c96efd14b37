/** The component toolkit's controls. Nothing outside this folder knows it, so that it can be exchanged. */
import { provideVSCodeDesignSystem, vsCodeButton, vsCodeProgressRing } from '@vscode/webview-ui-toolkit';
import { element } from './dom.ts';

/** Before the first control is made, and with the body already there: the toolkit reads the theme from it. */
export function registerControls(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeProgressRing());
}

export function button(label: string, onPress: () => void, appearance = 'secondary'): HTMLElement {
  const made = document.createElement('vscode-button');
  made.setAttribute('appearance', appearance);
  made.append(label);
  made.addEventListener('click', onPress);
  return made;
}

/** Turns as long as something may still come; words beside it say what. */
export const ring = (): HTMLElement => {
  const made = document.createElement('vscode-progress-ring');
  made.setAttribute('aria-hidden', 'true');
  return made;
};

/** A bar that fills; `set` takes a share of 1 and what it means in words. */
export function progressBar(name: string): { bar: HTMLElement; set: (share: number, text: string) => void } {
  const fill = element('div', { class: 'fill' });
  const bar = element(
    'div',
    {
      class: 'progress',
      role: 'progressbar',
      'aria-label': name,
      'aria-valuemin': '0',
      'aria-valuemax': '100',
    },
    fill,
  );
  return {
    bar,
    set: (share, text) => {
      const percent = Math.round(Math.min(1, Math.max(0, share)) * 100);
      bar.setAttribute('aria-valuenow', String(percent));
      bar.setAttribute('aria-valuetext', text);
      fill.style.width = `${percent}%`;
    },
  };
}
