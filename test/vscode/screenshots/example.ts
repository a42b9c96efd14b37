/** The example project, and one real training of it that is held where its curves are half drawn. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from '../../../src/contract/shapes.ts';
import { until } from '../harness/index.ts';
import { ROOT, signalTraining, type Place } from '../trainings.ts';

/** Its environment is made first, and two cores may be shared with a window. */
const TRAINING_MS = 300_000;

export function copyExample({ folder }: Place): void {
  cpSync(join(ROOT, 'media', 'example'), folder, {
    recursive: true,
    filter: (file) => !file.includes('__pycache__'),
  });
}

/** The newest run of a model, once it is so. */
export async function newestRun(place: Place, model: string, is: (run: Run) => boolean): Promise<Run> {
  const client = await place.client();
  return until(
    `the training of ${model}`,
    async () => {
      const { runs } = await client.call('listRuns', { query: { limit: 100 } });
      const run = runs.find((one) => one.model.name === model);
      return run !== undefined && is(run) && run;
    },
    TRAINING_MS,
  );
}

/** Trains a model until this epoch is done, and holds it there; resolves with what lets it go on. */
export async function trainUntil(
  place: Place,
  model: string,
  epoch: number,
  ...changes: string[]
): Promise<() => Promise<Run>> {
  place.trainyard('train', model, ...changes);
  const { executionId } = await newestRun(place, model, ({ progress }) => (progress?.done ?? 0) >= epoch);
  signalTraining(executionId, 'SIGSTOP');
  return () => {
    signalTraining(executionId, 'SIGCONT');
    return newestRun(place, model, ({ status }) => status === 'Success');
  };
}

export const isSuccess = ({ status }: Run): boolean => status === 'Success';
