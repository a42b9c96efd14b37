/** What a diagnosis says in full, and what can be done about it. Pure. */
import * as l10n from '@vscode/l10n';
import { nameOf } from '../../client/words.ts';
import type { DiagnosisRemedy, ShownDiagnosis } from '../../contract/pages/diagnosis.ts';
import { COMMANDS } from '../commands/list.ts';
import type { Diagnosis, Run, Service, Settings } from '../../contract/shapes.ts';

/**
 * The likeliest first. A service that fails and is paused has to be resumed, too.
 * @param run the one that the diagnosis keeps; null where none is, so that no log tells of a start
 */
export function remediesFor(
  run: Run | null,
  diagnosis: Diagnosis,
  service: Service | undefined,
): DiagnosisRemedy[] {
  return [
    ...ownRemedies(run, diagnosis.code, service),
    ...(service?.activity === 'paused' && diagnosis.code !== 'Paused' ? (['Resume Service'] as const) : []),
    'Show Service Executions',
  ];
}

function ownRemedies(
  run: Run | null,
  code: Diagnosis['code'],
  service: Service | undefined,
): DiagnosisRemedy[] {
  const logs = run === null ? [] : (['Show Logs'] as const);
  // What runs needs no other try: its service was short of memory for another.
  const retry = run?.status === 'In Progress' ? [] : (['Retry Now'] as const);
  switch (code) {
    case 'Paused':
      return ['Resume Service'];
    case 'NoSuchInstance':
      return ['Use CPU', 'Configure Service…'];
    case 'EngineUnreachable':
      return ['Retry Now', 'Configure Service…'];
    case 'StartFailed':
    case 'CrashLoop':
      return [...logs, ...retry, 'Choose Interpreter…', 'Open trainyard.json'];
    case 'EnvironmentFailed':
      return [...logs, ...retry, 'Open trainyard.json', 'Choose Interpreter…'];
    case 'ImagePullBackOff':
      return [...logs, ...retry, 'Configure Service…'];
    case 'OOM':
      // Where the service sets no limit, it was the machine that had no more.
      return [
        ...(service?.settings.memory === undefined ? [] : (['Raise Memory…'] as const)),
        ...logs,
        ...retry,
      ];
    default:
      return code satisfies never;
  }
}

/** What their buttons say. */
export const REMEDY_TITLES: Readonly<Record<DiagnosisRemedy, string>> = {
  'Show Logs': COMMANDS['trainyard.showLogs'],
  'Retry Now': COMMANDS['trainyard.retryNow'],
  'Resume Service': COMMANDS['trainyard.resumeService'],
  'Use CPU': l10n.t('Use CPU'),
  'Raise Memory…': l10n.t('Raise Memory…'),
  'Choose Interpreter…': l10n.t('Choose Interpreter…'),
  'Open trainyard.json': l10n.t('Open trainyard.json'),
  'Configure Service…': COMMANDS['trainyard.configureService'],
  'Show Service Executions': COMMANDS['trainyard.showServiceExecutions'],
};

/** For a dialog, which has room for few: what leads elsewhere to change something is left to the pages. */
export function dialogRemedies(remedies: readonly DiagnosisRemedy[]): DiagnosisRemedy[] {
  const elsewhere = new Set<DiagnosisRemedy>([
    'Choose Interpreter…',
    'Open trainyard.json',
    'Configure Service…',
  ]);
  return remedies.filter((remedy) => !elsewhere.has(remedy));
}

/** The diagnosis of a run as pages show it. */
export const shownDiagnosis = (run: Run, service: Service | undefined): ShownDiagnosis | null =>
  run.diagnosis === null ? null : { ...run.diagnosis, remedies: remediesFor(run, run.diagnosis, service) };

/** Twice as much, in the unit that it has: "8GB" -> "16GB". Empty where there is no limit. */
export function doubledMemory(memory: Settings['memory']): string {
  const [, amount, rest] = /^([\d.]+)(.*)$/.exec(memory ?? '') ?? [];
  return amount === undefined ? '' : `${Number(amount) * 2}${rest}`;
}

export function diagnosisText(
  run: Run,
  diagnosis: Diagnosis,
  when: (iso: string) => string,
): { message: string; detail: string } {
  const consequence =
    run.status === 'In Progress'
      ? l10n.t('{0} goes on.', nameOf(run))
      : l10n.t('{0} stays {1} until this is settled.', nameOf(run), run.status);
  return {
    message: `${run.service.name}: ${diagnosis.code}`,
    detail: `${diagnosis.message}\n\n${diagnosis.hint}\n\n${l10n.t('Since {0}.', when(diagnosis.since))} ${consequence}`,
  };
}
