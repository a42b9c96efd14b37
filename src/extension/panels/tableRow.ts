/** A run as a row of a table. Pure. */
import path from 'node:path';
import type { FigureHints } from '../../contract/figures.ts';
import type { RowDetail, TableRow } from '../../contract/pages/table.ts';
import type { Figure, Run, RunDetail, Service } from '../../contract/shapes.ts';
import { durationAt, progressText, type Held } from '../runs/item.ts';
import { shownDiagnosis } from '../runs/remedies.ts';

export interface RowOptions {
  /** The figures that columns show. */
  figures: readonly string[];
  showProject: boolean;
  /** Undefined where it isn't known. */
  service: (id: string) => Service | undefined;
  slot: (executionId: string) => number | null;
}

/** @param now milliseconds since 1970 */
export function tableRow(
  held: Held,
  now: number,
  { figures, showProject, service, slot }: RowOptions,
): TableRow {
  const { run } = held;
  return {
    executionId: run.executionId,
    modelId: run.model.id,
    name: run.model.name,
    version: run.model.version,
    architecture: run.architecture.id,
    slot: slot(run.executionId),
    project: showProject ? path.basename(run.project) : null,
    createdAt: run.createdAt,
    status: run.status,
    stopping: run.stopping,
    reason: run.reason,
    progress: progressOf(run),
    durationMs: durationAt(held, now),
    service: run.origin === 'trained' ? run.service : null,
    origin: run.origin,
    attempt: run.attempt,
    metrics: Object.fromEntries(
      figures.flatMap((figure): [string, Figure][] => {
        const value = valueOf(run, figure);
        return value === null ? [] : [[figure, value]];
      }),
    ),
    diagnosis: shownDiagnosis(run, service(run.service.id)),
  };
}

function progressOf(run: Run): TableRow['progress'] {
  if (run.progress === null) return null;
  const { done, total } = run.progress;
  const text = progressText(run).at(-1) ?? '';
  return { share: total > 0 ? Math.min(1, done / total) : null, text };
}

/** A figure's best value, else its last: of the validation, where the figure has one. */
function valueOf(run: Run, figure: string): Figure | null {
  const lines = run.summary.filter((line) => line.figure === figure);
  const line = lines.find((one) => one.legend === 'val') ?? lines[0];
  return line === undefined ? null : (line.best ?? line.last);
}

/** Figures that runs have logged or their projects speak of, each once, by name. */
export function figuresOf(runs: Iterable<Run>, hints: FigureHints = {}): string[] {
  const found = new Set<string>(Object.keys(hints));
  for (const run of runs) for (const { figure } of run.summary) found.add(figure);
  return [...found].toSorted();
}

export const rowDetail = (run: RunDetail): RowDetail => ({
  executionId: run.executionId,
  host: run.ran?.machine.host ?? null,
  config: Object.fromEntries(
    Object.entries(run.config).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  ),
});
