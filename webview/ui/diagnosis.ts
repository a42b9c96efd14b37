/** A diagnosis in full: what is wrong with a service, since when, and what can be done, each remedy a button. */
import type { DiagnosisRemedy, ShownDiagnosis } from '../../src/contract/pages/diagnosis.ts';
import type { Diagnosis } from '../../src/contract/shapes.ts';
import { button } from './controls.ts';
import { element } from './dom.ts';
import { diagnosisIcon } from './status.ts';
import { exactTimeText } from './words.ts';

const TITLES: Readonly<Record<Diagnosis['code'], string>> = {
  StartFailed: 'It failed to start',
  CrashLoop: 'It keeps failing to start',
  EnvironmentFailed: "Its environment can't be made",
  ImagePullBackOff: "Its image can't be pulled",
  OOM: 'It runs out of memory',
  NoSuchInstance: 'There is no such instance here',
  EngineUnreachable: "Its engine can't be reached",
  Paused: 'It is paused',
};

export const diagnosisName = ({ severity, code }: Diagnosis): string =>
  `${severity === 'error' ? 'Error' : 'Warning'}: ${code}`;

/** @param press what a press on one of its remedies does */
export function diagnosisWords(
  diagnosis: ShownDiagnosis,
  press: (remedy: DiagnosisRemedy) => void,
): HTMLElement[] {
  const { severity, code, message, hint, since, remedies } = diagnosis;
  return [
    element(
      'p',
      { class: `diagnosis-title ${severity}` },
      diagnosisIcon(severity),
      element('strong', {}, TITLES[code]),
      element('code', {}, code),
    ),
    element('p', { class: 'said' }, message),
    ...(hint === '' ? [] : [element('p', {}, hint)]),
    element('p', { class: 'faint' }, `Since ${exactTimeText(since)}.`),
    element(
      'div',
      { class: 'remedies' },
      ...remedies.map((remedy, i) => button(remedy, () => press(remedy), i === 0 ? 'primary' : 'secondary')),
    ),
  ];
}

/** A diagnosis where it has a place of its own; hidden where there is none. */
export class DiagnosisBox {
  readonly element = element('section', { 'aria-label': 'What keeps it' });
  readonly #press: (remedy: DiagnosisRemedy) => void;
  #shown = '';

  constructor(press: (remedy: DiagnosisRemedy) => void) {
    this.#press = press;
    this.element.hidden = true;
  }

  show(diagnosis: ShownDiagnosis | null): void {
    this.element.hidden = diagnosis === null;
    const shown = JSON.stringify(diagnosis);
    if (diagnosis === null || shown === this.#shown) return;
    this.#shown = shown;
    this.element.className = `diagnosis-box ${diagnosis.severity}`;
    this.element.replaceChildren(...diagnosisWords(diagnosis, this.#press));
  }
}
