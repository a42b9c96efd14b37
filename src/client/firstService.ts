/** A training that says nothing of its instance is meant to run where it is: on GPUs where there are some, else on the CPU. */
import type { Compute, SubmissionInput } from '../contract/shapes.ts';

/** @returns the submission to send, and a sentence where it was changed. Pure. */
export function withInstanceThatExists(
  submission: SubmissionInput,
  compute: Compute,
): { submission: SubmissionInput; said: string | null } {
  const service = submission.architecture.service;
  if (service?.instance !== undefined || service?.gpus !== undefined) return { submission, said: null };
  const engine = compute.engines.find((one) => one.id === (service?.engine ?? 'local'));
  if (engine === undefined || engine.gpus.length > 0) return { submission, said: null };
  return {
    submission: {
      ...submission,
      architecture: { ...submission.architecture, service: { ...service, instance: 'cpu' } },
    },
    said: `This machine has no GPU: mgmt-train-${submission.architecture.id} trains on the CPU.`,
  };
}
