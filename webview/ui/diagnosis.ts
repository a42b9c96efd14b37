/** A diagnosis in full: what is wrong with a service, since when, what to do, and the way to its executions. */
import type { Diagnosis } from '../../src/contract/shapes.ts';
import { element } from './dom.ts';
import { link } from './link.ts';
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

/** @param more links beside it */
export function diagnosisWords(diagnosis: Diagnosis, more: readonly HTMLElement[]): HTMLElement[] {
  const { severity, code, message, hint, since } = diagnosis;
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
    element('p', { class: 'links' }, ...more),
  ];
}

export const serviceLink = (name: string, onPress: () => void): HTMLElement =>
  link(`Executions of ${name}`, onPress);
