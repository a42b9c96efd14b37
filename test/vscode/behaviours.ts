/**
 * `node test/vscode/behaviours.ts REPORT`: which of the behaviours that the product has to show were shown, on screen, by tests of this
 * folder that ran and passed. A test names those that it asserts in its title ("B24 Pending when ..."). Prints them all, each with the first
 * of its tests; one that no passed test names is a gap, a failure, and is told on stderr.
 */
import { readFileSync } from 'node:fs';

/** Numbers never change. */
export const BEHAVIOURS: readonly string[] = [
  'Training a model version creates a dedicated execution that feeds data into a training service.',
  "Every row shows the model's Name.",
  "Clicking the Name opens that model's detail page.",
  'Created At shows when the training process was created.',
  'Status shows the training status.',
  'Progress is a progress bar.',
  'Duration shows the time that the training has taken (it ticks while running, freezes at the end).',
  'Service shows the name of the training service.',
  "Clicking the Service opens the service's page.",
  'Search matches the model name.',
  'Search matches the model ID.',
  'Search narrows the displayed rows.',
  'A filter by training status restricts the rows to the chosen status(es).',
  'Each of the eight can be filtered on.',
  'The statuses are Created, In Progress, Success, Failed, Aborted, Terminated, Rerun, Pending; no other is ever shown.',
  'Created: the process has been created (also: stuck in the queue since its service is failing or paused).',
  'In Progress: started and running.',
  'Success: completed successfully.',
  'Failed: the model adapter, the training method, the configuration or the compute resources failed.',
  'A Failed run leads to its logs in one step.',
  'Aborted: it stopped unexpectedly (the process or its machine went away, nobody asked).',
  'Terminated: the user ended it (this is what "Abort Training" leads to).',
  'Rerun: it has to run again (the service was reset and attempts are left, or the user asked).',
  'Pending: the service is healthy but has no free resources.',
  'A Pending run starts when resources become available.',
  "Raising the service's auto-scaling lets a Pending run start at once (where GPUs are free).",
  'Every model architecture has one training service with its own configuration.',
  'All model versions derived from one architecture share its service.',
  'Different architectures use different services.',
  "The service's name is mgmt-train-<architecture id>.",
  'The service is created on the first training, not before.',
  'Until then the service cannot be seen.',
  'Nor can it be configured.',
  'A private model must provide a train function; without one the training is refused with a clear error.',
  'Training starts the service with the model, calling its train function.',
  'A service has configurable compute settings.',
  'Instance type defaults to GPU.',
  'Auto-scaling defaults to 1.',
  'At auto-scaling 1, a second simultaneous run on that service waits (Pending).',
  'At auto-scaling N, N run at the same time.',
  'Metrics are recorded while training runs.',
  'Metrics can be watched during training, in Explore.',
  'X of a chart is the iteration or the epoch.',
  "Y of a chart is the metric's value.",
  'box loss has its chart.',
  'cls loss has its chart.',
  'dfl loss has its chart.',
  'mAP50(B), IoU 0.5, has its chart.',
  'mAP50-95(B), IoU 0.5 to 0.95, has its chart.',
  'precision(B) = TP/(TP+FP) has its chart.',
  'recall(B) = TP/(TP+FN) has its chart.',
  'No FN and no FP gives precision = recall = 1.',
  'True negatives are used nowhere.',
  'The direction is told: for losses lower is better, for mAP, precision and recall higher is better (best value, best epoch).',
  "Copy Model ID copies the model's id.",
  'Copy Execution ID copies that of this training.',
  'Abort Training stops the process (and every child of it).',
  'Remove Training takes the model out of the training list.',
  'While a service is failing (CrashLoop, ImagePullBackOff, OOM and the like) the queued executions stay Created.',
  'While a service is paused the queued executions stay Created.',
  'An error icon shows when the service fails to start running.',
  'The error icon shows on runs that are Created, In Progress or Rerun; on no other.',
  'A warning icon shows when the service is inactive.',
  'The warning icon shows on runs that are Created or Rerun; on no other.',
  'Hovering and clicking either icon shows the details.',
  'The details of an error carry the link to the service.',
  'The details of a warning carry the link to the service.',
  "That link opens the service's executions tab.",
  'No icon shows on Pending, Success, Failed, Aborted, Terminated.',
];

/**
 * What each behaviour was shown by, by its number.
 * @param passed the names of tests, as `src/dev/passedTests.ts` reports them
 */
export function shownBy(passed: readonly string[]): Map<number, string[]> {
  const shown = new Map<number, string[]>();
  for (const name of passed) {
    const [numbers = ''] = /^(?:B\d+ )+/.exec(name) ?? [];
    for (const [, digits] of numbers.matchAll(/B(\d+)/g)) {
      const number = Number(digits);
      if (number < 1 || number > BEHAVIOURS.length) throw new Error(`"${name}": there is no B${number}.`);
      shown.set(number, [...(shown.get(number) ?? []), name.slice(numbers.length)]);
    }
  }
  return shown;
}

function main(report: string): void {
  const lines = readFileSync(report, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  const shown = shownBy(lines.map((line) => JSON.parse(line) as string));
  for (const [i, sentence] of BEHAVIOURS.entries()) {
    const behaviour = `B${i + 1}`.padEnd(5) + sentence;
    const [title] = shown.get(i + 1) ?? [];
    if (title === undefined) console.error(`NOT SHOWN: ${behaviour}`);
    else console.log(`${behaviour}\n     it ${title}`);
  }
  console.log(`${shown.size} of ${BEHAVIOURS.length} behaviours were shown on screen.`);
  process.exitCode = shown.size === BEHAVIOURS.length ? 0 : 1;
}

if (import.meta.main) main(process.argv[2] ?? '');
