/** Does one thing to several runs; what fails for one doesn't keep the others from it. */
import * as l10n from '@vscode/l10n';
import { nameOf } from '../../client/words.ts';
import type { Run } from '../../contract/shapes.ts';

const AT_ONCE = 20;

/** Rejects with the only run's own error, or with one that names those for which it failed, and the first reason. */
export async function eachOf(runs: readonly Run[], act: (run: Run) => Promise<void>): Promise<void> {
  const failed: { run: Run; error: unknown }[] = [];
  for (let i = 0; i < runs.length; i += AT_ONCE) {
    await Promise.all(
      runs
        .slice(i, i + AT_ONCE)
        .map(async (run) => act(run).catch((error: unknown) => void failed.push({ run, error }))),
    );
  }
  const [first] = failed;
  if (first === undefined) return;
  if (runs.length === 1) throw first.error;
  const reason = first.error instanceof Error ? first.error.message : String(first.error);
  const names = failed.map(({ run }) => nameOf(run)).join(', ');
  throw new Error(`${l10n.t('{0} of {1} ({2}).', failed.length, runs.length, names)} ${reason}`, {
    cause: first.error,
  });
}
