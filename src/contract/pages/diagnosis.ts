/** A diagnosis as every page shows it: what is wrong, and what its host can do about it. */
import * as z from 'zod';
import { Diagnosis } from '../shapes.ts';

/** What can be done about a diagnosis, in the words of its buttons. */
export const DiagnosisRemedy = z.enum([
  'Show Logs',
  'Retry Now',
  'Resume Service',
  'Use CPU',
  'Raise Memory…',
  'Choose Interpreter…',
  'Open trainyard.json',
  'Configure Service…',
  'Show Service Executions',
]);
export type DiagnosisRemedy = z.output<typeof DiagnosisRemedy>;

/** Its remedies stand with the likeliest first. */
export const ShownDiagnosis = Diagnosis.extend({ remedies: z.array(DiagnosisRemedy) });
export type ShownDiagnosis = z.output<typeof ShownDiagnosis>;
