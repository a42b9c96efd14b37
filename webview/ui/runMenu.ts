import type { Run } from '../../src/contract/shapes.ts';
import { actionsFor } from '../../src/contract/status.ts';

/**
 * What VS Code's menu over a run knows of it, as `data-vscode-context`: the entries of package.json ask for these words.
 * @param chosen ids of all runs that the menu is about, where they are several
 */
export function runMenu(
  run: Pick<Run, 'executionId' | 'status' | 'stopping' | 'diagnosis' | 'origin'>,
  chosen: readonly string[] | null,
): string {
  const { abort, rerun } = actionsFor(run);
  const can = [
    ...(abort ? ['abortable'] : []),
    ...(rerun ? ['rerunnable'] : []),
    ...(run.diagnosis === null ? [] : ['diagnosed']),
  ];
  return JSON.stringify({
    webviewSection: 'run',
    preventDefaultContextMenuItems: true,
    'trainyard.run': `;${can.join(';')};`,
    executionId: run.executionId,
    ...(chosen === null ? {} : { executionIds: chosen }),
  });
}
