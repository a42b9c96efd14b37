/** MLflow's file store: `mlruns/<experiment>/<run>`, with a file for each metric, param and tag. */
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { flatYaml } from './flatYaml.ts';
import { Unreadable, type FoundRun, type LoggedSeries } from './found.ts';
import { foundRun, numberOf } from './mlflowRun.ts';

/** The store itself, or the folder that holds it; null where there is none. */
export async function storeIn(from: string): Promise<string | null> {
  for (const folder of [from, path.join(from, 'mlruns')]) {
    for (const name of await readdir(folder).catch(() => [])) {
      const meta = await metaIn(path.join(folder, name));
      if (meta?.['experiment_id'] !== undefined && meta['name'] !== undefined) return folder;
    }
  }
  return null;
}

export async function* runsOfFolder(from: string): AsyncGenerator<FoundRun | { what: string; why: string }> {
  const store = await storeIn(from);
  if (store === null) throw new Unreadable(`There is no mlruns in ${from}.`);
  for (const experiment of (await readdir(store)).toSorted()) {
    const meta = await metaIn(path.join(store, experiment));
    if (meta === null) continue;
    for (const name of (await readdir(path.join(store, experiment))).toSorted()) {
      const folder = path.join(store, experiment, name);
      const run = await metaIn(folder);
      // Models and datasets have their folders beside runs.
      if (run === null || (run['run_id'] ?? run['run_uuid']) === undefined) continue;
      if (run['lifecycle_stage'] === 'deleted') continue;
      try {
        yield await runIn(folder, run, meta['name'] ?? experiment);
      } catch (error) {
        yield { what: folder, why: error instanceof Error ? error.message : String(error) };
      }
    }
  }
}

/** Statuses as its files number them. */
const STATUSES: Readonly<Record<string, string>> = {
  1: 'RUNNING',
  2: 'SCHEDULED',
  3: 'FINISHED',
  4: 'FAILED',
  5: 'KILLED',
};

async function runIn(
  folder: string,
  meta: Readonly<Record<string, string>>,
  experiment: string,
): Promise<FoundRun> {
  const [params, tags] = [
    await textsIn(path.join(folder, 'params')),
    await textsIn(path.join(folder, 'tags')),
  ];
  const metrics: [key: string, file: string, state: string][] = [];
  for await (const [key, file] of filesIn(path.join(folder, 'metrics'))) {
    const { size, mtimeMs } = await stat(file);
    metrics.push([key, file, `${key} ${size} ${mtimeMs}`]);
  }
  const status = meta['status'] ?? '';
  const facts = {
    id: meta['run_id'] ?? meta['run_uuid'] ?? path.basename(folder),
    lies: folder,
    name: meta['run_name'] ?? tags['mlflow.runName'] ?? '',
    experiment,
    status: STATUSES[status] ?? status,
    start: Number(meta['start_time']),
    end: meta['end_time'] === undefined ? null : Number(meta['end_time']),
    params,
    tags,
    state: metrics.map(([, , state]) => state).join('\n'),
  };
  return foundRun(facts, {
    async *series() {
      for (const [key, file] of metrics) yield seriesIn(key, await readFile(file, 'utf8'), file);
    },
    async *files() {
      for await (const [, file] of filesIn(path.join(folder, 'artifacts'))) yield file;
    },
  });
}

/** Lines of time, value and step; the oldest have no step. */
function seriesIn(key: string, text: string, file: string): LoggedSeries {
  const points = text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    const [time, value, step] = line.split(' ');
    const point = { time: Number(time), y: numberOf(value ?? ''), step: Number(step ?? 0) };
    if (value === undefined || Number.isNaN(point.time) || Number.isNaN(point.step))
      throw new Unreadable(`${file}, line ${i + 1}: "${line.slice(0, 60)}" is no metric.`);
    return [point];
  });
  return { key, points };
}

/** Names have slashes where folders are in folders. */
async function* filesIn(folder: string, below = ''): AsyncGenerator<[name: string, file: string]> {
  const entries = await readdir(path.join(folder, below), { withFileTypes: true }).catch(() => []);
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) yield* filesIn(folder, name);
    else if (entry.isFile()) yield [name, path.join(folder, name)];
  }
}

async function textsIn(folder: string): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for await (const [key, file] of filesIn(folder)) texts[key] = await readFile(file, 'utf8');
  return texts;
}

/** Null where there is none. */
async function metaIn(folder: string): Promise<Readonly<Record<string, string>> | null> {
  const text = await readFile(path.join(folder, 'meta.yaml'), 'utf8').catch(() => null);
  return text === null ? null : flatYaml(text);
}
