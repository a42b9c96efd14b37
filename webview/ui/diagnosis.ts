/** A diagnosis in full: what is wrong with a service, since when, and what can be done, each remedy a button. */
import * as l10n from '@vscode/l10n';
import type { DiagnosisRemedy, ShownDiagnosis } from '../../src/contract/pages/diagnosis.ts';
import type { Diagnosis } from '../../src/contract/shapes.ts';
import { button } from './controls.ts';
import { element } from './dom.ts';
import { diagnosisIcon } from './status.ts';
import { exactTimeText } from './words.ts';

const TITLES: Readonly<Record<Diagnosis['code'], string>> = {
  StartFailed: l10n.t('It failed to start'),
  CrashLoop: l10n.t('It keeps failing to start'),
  EnvironmentFailed: l10n.t("Its environment can't be made"),
  ImagePullBackOff: l10n.t("Its image can't be pulled"),
  OOM: l10n.t('It runs out of memory'),
  NoSuchInstance: l10n.t('There is no such instance here'),
  EngineUnreachable: l10n.t("Its engine can't be reached"),
  Paused: l10n.t('It is paused'),
};

const REMEDIES: Readonly<Record<DiagnosisRemedy, string>> = {
  'Show Logs': l10n.t('Show Logs'),
  'Retry Now': l10n.t('Retry Now'),
  'Resume Service': l10n.t('Resume Service'),
  'Use CPU': l10n.t('Use CPU'),
  'Raise Memory…': l10n.t('Raise Memory…'),
  'Choose Interpreter…': l10n.t('Choose Interpreter…'),
  'Open trainyard.json': l10n.t('Open trainyard.json'),
  'Configure Service…': l10n.t('Configure Service…'),
  'Show Service Executions': l10n.t('Show Service Executions'),
};

export const diagnosisName = ({ severity, code }: Diagnosis): string =>
  severity === 'error' ? l10n.t('Error: {0}', code) : l10n.t('Warning: {0}', code);

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
    element('p', { class: 'faint' }, l10n.t('Since {0}.', exactTimeText(since))),
    element(
      'div',
      { class: 'remedies' },
      ...remedies.map((remedy, i) =>
        button(REMEDIES[remedy], () => press(remedy), i === 0 ? 'primary' : 'secondary'),
      ),
    ),
  ];
}

/** A diagnosis where it has a place of its own; hidden where there is none. */
export class DiagnosisBox {
  readonly element = element('section', { 'aria-label': l10n.t('What keeps it') });
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
