/** Runs in folders: of Ultralytics, of TensorBoard, and tables that libraries log to. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Record } from '../logged/logged.ts';
import { below } from './below.ts';
import { flatYaml } from './flatYaml.ts';
import { Unreadable, type FoundRun, type Place, type Reader } from './found.ts';
import { firstOf, recordsOf, seriesOf } from './logs.ts';
import { lyingIn, type Lying } from './lying.ts';
import { endOfUltralytics } from './ultralytics.ts';

/** Data sets have tables as well, and each is looked into. */
const MOST_TABLES = 2_000;

const SOURCES = ['ultralytics', 'tensorboard', 'csv'] as const;

export const folderReaders: readonly Reader[] = SOURCES.map((source) => ({
  source,
  async recognizes(place) {
    for (const one of await lyingOf(place))
      if (one.source === source && (await firstLogged(one).catch(unreadable)) !== null) return true;
    return false;
  },
  async *runs(place) {
    for (const one of await lyingOf(place)) {
      if (one.source !== source) continue;
      try {
        const found = await foundRun(one);
        if (found !== null) yield found;
      } catch (error) {
        yield { what: one.folder, why: error instanceof Error ? error.message : String(error) };
      }
    }
    // Told by the first that is asked.
    yield* (await below(place)).left.splice(0);
  },
}));

const looked = new WeakMap<Place, Promise<Lying[]>>();

/** The same place is looked at once: each reader asks. */
function lyingOf(place: Place): Promise<Lying[]> {
  const known = looked.get(place);
  if (known !== undefined) return known;
  const looking = lookAt(place);
  looked.set(place, looking);
  return looking;
}

async function lookAt(place: Place): Promise<Lying[]> {
  const { folders, isFile, left } = await below(place);
  // Who names a file says that it is a log, whatever it is called.
  if (isFile && !place.from.includes('tfevents'))
    return [{ source: 'csv', folder: path.dirname(place.from), logs: [place.from] }];
  const all = await lyingIn(folders, async (file) => {
    const first = await firstOf(file).catch(unreadable);
    return first?.values[0]?.[0] ?? null;
  });
  const tables = all.filter(({ source }) => source === 'csv');
  if (tables.length <= MOST_TABLES) return all;
  const many = MOST_TABLES.toLocaleString('en');
  left.push({
    what: place.from,
    why: `Only its first ${many} tables were looked into; name a folder inside.`,
  });
  const kept = new Set(tables.slice(0, MOST_TABLES));
  return all.filter((one) => one.source !== 'csv' || kept.has(one));
}

/** It is told where the run is asked for, if it is one. */
function unreadable(error: unknown): null {
  if (error instanceof Unreadable) return null;
  throw error;
}

async function firstLogged({ logs }: Lying): Promise<Record | null> {
  for (const log of logs) {
    const first = await firstOf(log);
    if (first !== null) return first;
  }
  return null;
}

/** Null where nothing is logged in it. */
async function foundRun(lying: Lying): Promise<FoundRun | null> {
  const { source, folder, logs } = lying;
  const first = await firstLogged(lying);
  const [log] = logs;
  if (first === null || log === undefined) return null;
  const params = await paramsIn(folder);
  const span = await spanOf(lying);
  const ended =
    source === 'ultralytics'
      ? await endOfUltralytics(folder, params, span.lastEpoch)
      : { status: 'Success' as const, reason: 'Its files say nothing of how it ended.' };
  return {
    identity: `${source}:${digestOf(originOf(lying, params, first))}`,
    digest: digestOf([ended, params, ...span.state]),
    lies: source === 'csv' ? log : folder,
    ...namesOf(lying, log, params),
    beganAt: new Date(span.began),
    ended: { ...ended, at: new Date(span.ended) },
    params,
    tags: {},
    logs,
    series: () => seriesOf(folder, logs, span.timeOf),
    files: () => filesOf(lying),
  };
}

/**
 * What makes it the same run wherever it lies, and when it has grown. Its first values alone are no proof: whoever trains twice from the
 * same seed has them twice. So Ultralytics' own note of its folder counts as well, an event file's name (it has the time and the process in it),
 * and for a table, which has nothing of the kind, where it lies.
 */
function originOf({ source, folder, logs }: Lying, params: Params, first: Record): unknown[] {
  const values = first.values.map(([name, value]) => [name, String(value)]);
  if (source === 'ultralytics') return [params['save_dir'] ?? folder, values];
  if (source === 'tensorboard')
    return [path.basename(folder), logs.map((log) => path.basename(log)).toSorted()[0]];
  return [logs, values];
}

/** A run is called as its folder is, and its likes as the folder around it; a table may have a name of its own. */
function namesOf({ source, folder }: Lying, log: string, params: Params): Pick<FoundRun, 'name' | 'family'> {
  const own = path.parse(log).name;
  const [inside, around] = [path.basename(folder), path.basename(path.dirname(folder))];
  if (source === 'csv' && !/^(metrics?|results?|logs?|train(ing)?|history|progress)$/i.test(own))
    return { name: own, family: inside };
  return { name: inside, family: (source === 'ultralytics' ? params['task'] : undefined) ?? around };
}

type Params = Readonly<{ [name: string]: string }>;

/** Ultralytics' arguments, or Lightning's. */
async function paramsIn(folder: string): Promise<Params> {
  for (const name of ['args.yaml', 'hparams.yaml']) {
    const text = await readFile(path.join(folder, name), 'utf8').catch(() => null);
    if (text !== null) return flatYaml(text);
  }
  return {};
}

interface Span {
  began: number;
  ended: number;
  lastEpoch: number | null;
  /** Another where a log has changed, however it was copied. */
  state: unknown[];
  /** Of a record that doesn't tell its time. */
  timeOf: (record: Record, n: number) => number;
}

/** When it was trained. A table that tells no times was written between the times of its files, a line as long as the other. */
async function spanOf({ source, folder, logs }: Lying): Promise<Span> {
  let [count, lastEpoch]: [number, number | null] = [0, null];
  let [earliest, latest] = [Infinity, -Infinity];
  // Seconds of training: they begin anew where it was resumed.
  const seconds: number[] = [];
  let [before, last] = [0, 0];
  const state: unknown[] = [];
  let written = -Infinity;
  let made = Infinity;
  for (const log of logs) {
    const { size, mtimeMs, birthtimeMs } = await stat(log);
    written = Math.max(written, mtimeMs);
    if (birthtimeMs > 0) made = Math.min(made, birthtimeMs);
    const hash = createHash('sha256');
    for await (const { epoch, time, elapsed, values } of recordsOf(log)) {
      count++;
      if (epoch !== undefined) lastEpoch = Math.max(lastEpoch ?? epoch, epoch);
      if (time !== undefined) [earliest, latest] = [Math.min(earliest, time), Math.max(latest, time)];
      if (elapsed !== undefined) {
        if (elapsed < last) before += last;
        last = elapsed;
        seconds.push(before + elapsed);
      }
      if (source !== 'tensorboard') hash.update(JSON.stringify([epoch, values.map(String)]));
    }
    state.push(path.basename(log), size, hash.digest('hex'));
  }
  if (latest >= earliest)
    return { began: earliest, ended: latest, lastEpoch, state, timeOf: ({ time }) => time ?? latest };
  if (seconds.length === count) {
    const began = written - (seconds.at(-1) ?? 0) * 1000;
    const timeOf = (_: Record, n: number): number => began + (seconds[n] ?? 0) * 1000;
    return { began, ended: written, lastEpoch, state, timeOf };
  }
  // Ultralytics writes its arguments as it begins.
  const args = source === 'ultralytics' ? await stat(path.join(folder, 'args.yaml')) : null;
  const began = Math.min(args?.mtimeMs ?? made, written);
  const timeOf = (_: Record, n: number): number => began + ((n + 1) / count) * (written - began);
  return { began, ended: written, lastEpoch, state, timeOf };
}

/** All that an Ultralytics run left; of another its logs, its settings and its checkpoints. */
async function* filesOf({ source, folder, logs }: Lying): AsyncGenerator<string> {
  const { folders } = await below({ from: folder, token: null });
  for (const [inside, names] of folders) {
    for (const name of names) {
      const file = path.join(inside, name);
      const where = path.relative(folder, inside);
      if (source === 'ultralytics' || where === 'checkpoints' || (where === '' && name === 'hparams.yaml'))
        yield file;
      else if (logs.includes(file)) yield file;
    }
  }
}

const digestOf = (what: unknown): string =>
  createHash('sha256').update(JSON.stringify(what)).digest('base64url');
