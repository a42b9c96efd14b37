/** Found runs become executions of their own, over before they came. The same run again is the same execution. */
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { isUrl, type Import, type Imported } from '../../contract/imports.ts';
import type { RunDetail, Sample } from '../../contract/shapes.ts';
import type { Stores } from '../backend.ts';
import { createElsewhere, endElsewhere, projectOf } from '../elsewhere.ts';
import { writerOf } from '../logged/file.ts';
import { figureOf } from '../metrics/line.ts';
import { MlflowRuns } from '../mlflow/runs.ts';
import type { RunStatus } from '../mlflow/shapes.ts';
import { Refusal } from '../refusal.ts';
import { below } from './below.ts';
import { folderReaders } from './folders.ts';
import { Unreadable, type FoundRun, type LoggedSeries, type Place, type Reader } from './found.ts';
import { mlflowReaders } from './mlflow.ts';

const READERS: readonly Reader[] = [...mlflowReaders, ...folderReaders];

/** Well within what a client waits for an answer. */
const DEADLINE_MS = 15_000;
const BATCH = 20_000;
const MOST_FILES = 1_000;
const MOST_SKIPPED = 100;

/** Brings in what is there, as far as the time for an answer allows. Rejects with `Refusal`. */
export async function importRuns(
  backend: Stores,
  asked: Import,
  deadlineMs = DEADLINE_MS,
): Promise<Imported> {
  const until = performance.now() + deadlineMs;
  const place = { from: asked.from, token: asked.token ?? null };
  const readers = await readable(readersFor(asked, place));
  const project = await projectFor(asked);
  const told: Imported = {
    sources: [...new Set(readers.map(({ source }) => source))],
    added: 0,
    changed: 0,
    known: 0,
    skipped: [],
    complete: true,
  };
  const bringIn = async (reader: Reader): Promise<void> => {
    for await (const found of reader.runs(place)) {
      if ('why' in found) {
        if (told.skipped.length < MOST_SKIPPED) told.skipped.push(found);
        continue;
      }
      try {
        told[await keep(backend, found, project)]++;
      } catch (error) {
        // One that can't be read keeps no other from coming.
        if (!(error instanceof Unreadable)) throw error;
        if (told.skipped.length < MOST_SKIPPED) told.skipped.push({ what: found.name, why: error.message });
      }
      // Each call brings something on: what is known is read again before what is not.
      if (performance.now() < until || told.added + told.changed === 0) continue;
      told.complete = false;
      return;
    }
  };
  for (const reader of readers) if (told.complete) await readable(bringIn(reader));
  return told;
}

async function readable<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Unreadable) throw new Refusal(422, 'unreadable', error.message);
    throw error;
  }
}

async function readersFor({ from, source }: Import, place: Place): Promise<Reader[]> {
  if (!isUrl(from) && !path.isAbsolute(from))
    throw new Refusal(422, 'relative-path', `"${from}" isn't an absolute path.`, 'Who asks resolves it.');
  const readers: Reader[] = [];
  for (const reader of READERS) {
    if (source !== undefined && reader.source !== source) continue;
    if (await reader.recognizes(place)) readers.push(reader);
  }
  if (readers.length > 0) return readers;
  const there = isUrl(from) || (await stat(from).catch(() => null)) !== null;
  const [left] = there && !isUrl(from) ? (await below(place)).left : [];
  throw new Refusal(
    422,
    'nothing-to-import',
    there
      ? `There are no runs that Trainyard can read in ${from}.${left === undefined ? '' : ` ${left.why}`}`
      : `There is no ${from}.`,
    'It reads folders of Ultralytics (runs), MLflow (mlruns) and TensorBoard, tables of epochs or steps (CSV), a database "mlflow.db", or the URL of an MLflow server.',
  );
}

/** Folders that libraries make in a project for what they log. */
const OF_LOGS = new Set(['mlruns', 'runs', 'lightning_logs']);

async function projectFor({ from, project }: Import): Promise<string | null> {
  if (project === undefined) return isUrl(from) ? null : projectOf(aroundLogs(from));
  const real = await projectOf(project);
  if (real === null) throw new Refusal(422, 'no-such-project', `project: there is no folder ${project}.`);
  return real;
}

/** The project's side of such a folder, where it is one or lies close below one. */
function aroundLogs(from: string): string {
  const near = [from, path.dirname(from), path.dirname(path.dirname(from))];
  const logs = near.find((folder) => OF_LOGS.has(path.basename(folder)));
  return logs === undefined ? from : path.dirname(logs);
}

async function keep(
  backend: Stores,
  found: FoundRun,
  project: string | null,
): Promise<'added' | 'changed' | 'known'> {
  const { db, metrics } = backend;
  const row = db.get('SELECT execution, digest FROM imports WHERE identity = ?', found.identity);
  if (row !== null && row.textOrNull('digest') === found.digest) return 'known';
  const begun = row?.text('execution') ?? null;
  if (begun === null && (await isTrainedHere(backend, found))) return 'known';
  // What was kept of it before, or of an import that broke off.
  if (begun !== null) await metrics.remove(begun);
  const id = db.transaction(() => {
    const kept = begun ?? create(backend, found, project ?? found.family);
    describe(backend, kept, found);
    return kept;
  });
  await keepSamples(backend, id, found);
  db.run(
    'UPDATE imports SET digest = ?, place = ?, at = ? WHERE execution = ?',
    found.digest,
    found.lies,
    new Date().toISOString(),
    id,
  );
  return begun === null ? 'added' : 'changed';
}

/** Where an imported run lay and when it was imported last; null of any other, and where that was not noted. */
export function importOf({ db }: Pick<Stores, 'db'>, execution: string): RunDetail['imported'] {
  const row = db.get('SELECT place, at FROM imports WHERE execution = ? AND at IS NOT NULL', execution);
  return row === null ? null : { from: row.text('place'), at: row.text('at') };
}

/** Trainyard trained it, and has what it logged already. */
async function isTrainedHere({ metrics, executions }: Stores, { logs }: FoundRun): Promise<boolean> {
  for (const log of logs) {
    const file = await realpath(log);
    for (const id of await metrics.holders(file, writerOf(file)))
      if (executions.get(id)?.origin === 'trained') return true;
  }
  return false;
}

function create(backend: Stores, found: FoundRun, project: string): string {
  const { name, family, beganAt: at, identity } = found;
  const id = createElsewhere(backend, { origin: 'imported', project, family, name, at });
  backend.db.run('INSERT INTO imports (identity, execution) VALUES (?, ?)', identity, id);
  return id;
}

const TOLD: Readonly<Record<FoundRun['ended']['status'], RunStatus>> = {
  Success: 'FINISHED',
  Failed: 'FAILED',
  Aborted: 'FAILED',
  Terminated: 'KILLED',
};

/** What is known of it beside figures: kept as what is logged is, and found by the same searches. */
function describe(backend: Stores, id: string, found: FoundRun): void {
  const { mlflow } = backend;
  const { status, at, reason } = found.ended;
  const family = mlflow.experimentNamed(found.family)?.id;
  mlflow.putRun({
    execution: id,
    experiment: family ?? mlflow.addExperiment(found.family, [], Date.now()),
    name: found.name,
    user: '',
    status: TOLD[status],
    startTime: found.beganAt.getTime(),
    endTime: at.getTime(),
    deleted: false,
    madeBy: null,
    opened: 1,
  });
  for (const [key, value] of Object.entries(found.params)) mlflow.setParam(id, { key, value }, 1);
  for (const [key, value] of Object.entries(found.tags)) mlflow.setTag(id, { key, value });
  endElsewhere(backend, id, { status, at: at.toISOString(), reason });
}

async function keepSamples(backend: Stores, id: string, found: FoundRun): Promise<void> {
  const { metrics } = backend;
  const runs = new MlflowRuns(backend);
  const known = runs.known({ kind: 'home' }, id);
  let batch = 0;
  const report = (
    samples: Sample[],
    files: { kind: 'artifact'; path: string; time: number }[],
  ): Promise<unknown> => metrics.report(id, { attempt: 1, batch: `import:${batch++}`, samples, files }, {});
  let waiting: Sample[] = [];
  for await (const series of found.series()) {
    const place = series.place ?? runs.placesFor(known, new Set([series.key])).get(series.key);
    for (const sample of samplesOf(series, place)) {
      waiting.push(sample);
      if (waiting.length < BATCH) continue;
      await report(waiting, []);
      waiting = [];
    }
  }
  const files: { kind: 'artifact'; path: string; time: number }[] = [];
  for await (const file of found.files()) {
    files.push({ kind: 'artifact', path: file, time: found.ended.at.getTime() });
    if (files.length === MOST_FILES) break;
  }
  await report(waiting, files);
}

function* samplesOf(
  { points }: LoggedSeries,
  place: { figure: string; legend: string } | undefined,
): Generator<Sample> {
  if (place === undefined) throw new Error('a name has no line');
  for (const { y, ...point } of points) yield { ...place, ...point, y: figureOf(y) };
}
