/** What the page of a training service and its host say to each other; its executions are a table as any other. */
import * as z from 'zod';
import { Service, ServiceHappening, SettingsChange } from '../shapes.ts';
import { DiagnosisRemedy, ShownDiagnosis } from './diagnosis.ts';
import { Heard, type CallTable } from './page.ts';
import { tableCalls, ToTable } from './table.ts';

export const ServiceSubject = z.object({ serviceId: z.string() });
export type ServiceSubject = z.output<typeof ServiceSubject>;

export const SERVICE_TABS = ['executions', 'settings', 'health'] as const;
export const ServiceTab = z.enum(SERVICE_TABS);
export type ServiceTab = z.output<typeof ServiceTab>;

export const ToService = z.discriminatedUnion('type', [
  ...ToTable.options,
  /** The service as it is now; null where there is none of this id. */
  z.object({
    type: z.literal('service'),
    service: Service.nullable(),
    /** Where several projects are shown, the folder's name. */
    project: z.string().nullable(),
    diagnosis: ShownDiagnosis.nullable(),
  }),
  /** Somebody asked for this tab. */
  z.object({ type: z.literal('tab'), tab: ServiceTab }),
]);
export type ToService = z.output<typeof ToService>;

/** What is done with the service beside its settings. */
export const SERVICE_ACTIONS = ['pause', 'resume', 'retry'] as const;

export const serviceCalls = {
  ...tableCalls,
  /** About its own diagnosis; `remedy` is about an execution's. */
  mend: { ask: z.object({ remedy: DiagnosisRemedy }), reply: Heard },
  act: { ask: z.object({ action: z.enum(SERVICE_ACTIONS) }), reply: Heard },
  /** Answers with the service as it is then. */
  change: { ask: z.object({ settings: SettingsChange }), reply: Service },
  /** The newest first. */
  history: { ask: z.null(), reply: z.object({ history: z.array(ServiceHappening) }) },
} as const satisfies CallTable;
