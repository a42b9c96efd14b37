/** The charts that a project brings: what its `trainyard.json` has under "charts", files read. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  parseProject,
  parseSpecification,
  placeIn,
  type Problem,
  type Specification,
} from '../contract/project.ts';
import type { LoadedProject } from './project.ts';

export interface LoadedChart {
  title: string;
  /** The file that it stands in; null where it stands in `trainyard.json` itself. */
  file: string | null;
  /** The specification, or in a sentence why there is none and what to do. */
  drawn: { specification: Specification } | { problem: string };
}

/** Never rejects: what can't be read is told with the chart. */
export const loadCharts = ({
  folder,
  project,
}: Pick<LoadedProject, 'folder' | 'project'>): Promise<LoadedChart[]> =>
  Promise.all(
    (project.charts ?? []).map(async (chart, i): Promise<LoadedChart> => {
      const title = `Chart ${i + 1}`;
      if (typeof chart !== 'string')
        return { title: titleOf(chart) ?? title, file: null, drawn: { specification: chart } };
      const file = path.resolve(folder, chart);
      const drawn = await read(file, chart);
      const own = 'specification' in drawn ? titleOf(drawn.specification) : null;
      return { title: own ?? path.basename(chart).replace(/(\.vl|\.vg)?\.json$/, ''), file, drawn };
    }),
  );

/** What of the charts in the text of this `trainyard.json` can't be read, at its place there. Without a text, as it is on disk. */
export async function chartProblems(projectFile: string, written: string | null): Promise<Problem[]> {
  const text = written ?? (await readFile(projectFile, 'utf8'));
  const folder = path.dirname(projectFile);
  const parsed = parseProject(text);
  if (!parsed.ok) return [];
  const charts = await loadCharts({ folder, project: parsed.project });
  return charts.flatMap(({ drawn }, i) =>
    'problem' in drawn ? [{ message: `charts.${i}: ${drawn.problem}`, ...placeIn(text, ['charts', i]) }] : [],
  );
}

async function read(file: string, named: string): Promise<LoadedChart['drawn']> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return {
      problem: missing
        ? `There is no file ${named}. Write it, or correct its path in trainyard.json.`
        : `${named} can't be read: ${String(error)}`,
    };
  }
  const parsed = parseSpecification(text);
  return parsed.ok
    ? { specification: parsed.specification }
    : { problem: `${named}:${parsed.line}: ${parsed.message}` };
}

/** A title is a text, lines of it, or an object that has one. */
function titleOf({ title }: Specification): string | null {
  const text = typeof title === 'object' && title !== null && 'text' in title ? title['text'] : title;
  const words = Array.isArray(text) ? text.filter((line) => typeof line === 'string').join(' ') : text;
  return typeof words === 'string' && words.trim() !== '' ? words : null;
}
