/** What a diagnosis says in full, and what can be done about it. Pure. */
import type { DIAGNOSIS_REMEDIES } from '../../contract/pages/model.ts';
import type { Diagnosis, Run, Service } from '../../contract/shapes.ts';
import { nameOf } from '../../client/words.ts';

export type Remedy = (typeof DIAGNOSIS_REMEDIES)[number];

/** The likeliest first. A service that fails and is paused has to be resumed, too. */
export function remediesFor(run: Run, diagnosis: Diagnosis, service: Service | undefined): Remedy[] {
  const paused = service?.activity === 'paused' ? (['Resume Service'] as const) : [];
  switch (diagnosis.code) {
    case 'Paused':
      return ['Resume Service', 'Show Service Executions'];
    case 'NoSuchInstance':
      return ['Use CPU', ...paused, 'Show Service Executions'];
    case 'EngineUnreachable':
      return ['Retry Now', ...paused, 'Show Service Executions'];
    case 'StartFailed':
    case 'CrashLoop':
    case 'EnvironmentFailed':
    case 'ImagePullBackOff':
    case 'OOM':
      // What runs needs no other try: its service was short of memory for another.
      return [
        'Show Logs',
        ...(run.status === 'In Progress' ? [] : (['Retry Now'] as const)),
        ...paused,
        'Show Service Executions',
      ];
    default:
      return diagnosis.code satisfies never;
  }
}

export function diagnosisText(
  run: Run,
  diagnosis: Diagnosis,
  when: (iso: string) => string,
): { message: string; detail: string } {
  const consequence =
    run.status === 'In Progress'
      ? `${nameOf(run)} goes on.`
      : `${nameOf(run)} stays ${run.status} until this is settled.`;
  return {
    message: `${run.service.name}: ${diagnosis.code}`,
    detail: `${diagnosis.message}\n\n${diagnosis.hint}\n\nSince ${when(diagnosis.since)}. ${consequence}`,
  };
}
