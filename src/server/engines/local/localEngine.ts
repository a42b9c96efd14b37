/**
 * Trainings as processes of this machine. Each start has a supervisor (`runner/trainyard/_supervisor.py`) that outlives the backend and
 * writes down what happens; this side hands over, reads along, and cleans up after a supervisor that was killed.
 */
import { mkdirSync, watch } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import type * as z from 'zod';
import type { Log } from '../../log.ts';
import type { End, Engine, Observation, Start, StartKey } from '../engine.ts';
import { begin, type CannotBegin } from './begin.ts';
import { capacityOf } from './capacity.ts';
import { Anything, Claim, EndFile, isThere, Phase, read, Ready, write } from './files.ts';
import { foldersOf } from './folders.ts';
import { gpuFinder } from './gpus/index.ts';
import { endLeftovers, processesOf } from './leftovers.ts';
import { bootId, lifeOf, signal } from './processes.ts';

/** Beyond the grace: how long a supervisor has to end by force what didn't end, before that is done from here. */
const SUPERVISOR_SLACK_MS = 5_000;

export function createLocalEngine(options: { home: string; runner: string; log: Log }): Engine {
  const { log } = options;
  const folders = foldersOf(options.home);
  const here = bootId();
  const forcing = new Map<string, NodeJS.Timeout>();
  /** Starts that are being handed over, by their folders. */
  const submitting = new Map<string, Promise<void>>();

  let disposed = false;

  function submit(start: Start): Promise<void> {
    const folder = folders.start(start);
    const underWay = submitting.get(folder);
    if (underWay !== undefined) return underWay;
    const submitted = handOver(start, folder).finally(() => submitting.delete(folder));
    submitting.set(folder, submitted);
    return submitted;
  }

  async function handOver(start: Start, folder: string): Promise<void> {
    if ((await read(folder, 'start.json', Anything)) !== null && (await look(start)).state !== 'absent')
      return;
    const { executionId: id, attempt } = start;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const places = { outputDir: folders.output(id, attempt), spoolDir: folders.spool(id, attempt) };
    for (const place of Object.values(places)) await mkdir(place, { recursive: true, mode: 0o700 });
    // The environment is handed over as one: nowhere does it stand in a file.
    const spec = { ...start, environment: undefined };
    await write(folder, 'start.json', {
      ...spec,
      ...places,
      checkpointDir: folders.checkpoints(id, attempt),
      environments: folders.environments,
    });
    const where = { home: options.home, runner: options.runner, folder, log: folders.log(id, attempt) };
    const failure = await begin(start, where, (why) => {
      // The next backend looks for itself.
      if (disposed) return;
      endUnbegun(folder, why).catch(
        // An execution that was removed meanwhile has no folder any more, and needs none.
        (error: unknown) => log.warn(`${id}: its end can't be written: ${String(error)}`),
      );
    });
    if (failure !== null) await endUnbegun(folder, failure);
  }

  /** Writes down that a start failed, unless it is under way after all: another backend may have begun it. */
  async function endUnbegun(folder: string, why: CannotBegin): Promise<void> {
    if ((await isThere(folder, 'claim.json')) || (await isThere(folder, 'end.json'))) return;
    await write(folder, 'end.json', neverBegan(why));
  }

  async function observe(key: StartKey): Promise<Observation> {
    const seen = await look(key);
    // Between the writing and the spawning nothing of it can be seen yet.
    const underWay = seen.state === 'absent' && submitting.has(folders.start(key));
    return underWay ? { state: 'starting', doing: 'starting Python' } : seen;
  }

  async function look(key: StartKey): Promise<Observation> {
    const folder = folders.start(key);
    try {
      const end = await read(folder, 'end.json', EndFile);
      if (end !== null) return { state: 'ended', end };
      const claim = await claimIn(folder);
      if (claim === null) return await observeUnclaimed(key, folder);
      const restarted = claim === 'broken' || (claim.bootId !== null && claim.bootId !== (await here));
      if (restarted) return await observeRestarted(folder);
      const life = await lifeOf(claim);
      if (life === 'unknown') return { state: 'unknown', why: `process ${claim.pid} can't be looked at` };
      if (life === 'gone') return await observeOrphaned(key, folder);
      const ready = await read(folder, 'ready.json', Ready);
      if (ready !== null) {
        return {
          state: 'running',
          readyAt: ready.readyAt,
          stopping: await isThere(folder, 'stop.json'),
        };
      }
      return {
        state: 'starting',
        doing: (await read(folder, 'phase.json', Phase))?.doing ?? 'starting Python',
      };
    } catch (error) {
      return { state: 'unknown', why: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Written down, but no supervisor has taken it up: it was never spawned, it is on its way, or it died on its way. */
  async function observeUnclaimed(key: StartKey, folder: string): Promise<Observation> {
    if (!(await isThere(folder, 'start.json'))) return { state: 'absent' };
    if ((await processesOf(folder)).length > 0) return { state: 'starting', doing: 'starting Python' };
    // It may have claimed, or ended, since it was looked for.
    if (await isThere(folder, 'claim.json')) return look(key);
    const end = await read(folder, 'end.json', EndFile);
    return end === null ? { state: 'absent' } : { state: 'ended', end };
  }

  /** Nothing survives that; what it was writing then may be there in part. */
  async function observeRestarted(folder: string): Promise<Observation> {
    return {
      state: 'gone',
      ready: await isThere(folder, 'ready.json'),
      reset: true,
      evidence: 'the machine restarted',
    };
  }

  /** The supervisor is gone without a word: what it left behind is ended, and only then is it told as gone. */
  async function observeOrphaned(key: StartKey, folder: string): Promise<Observation> {
    const end = await read(folder, 'end.json', EndFile);
    if (end !== null) return { state: 'ended', end };
    const left = await endLeftovers(folder);
    if (left > 0) {
      log.warn(`${key.executionId}: its supervisor is gone; ending the ${left} processes that it left`);
      return { state: 'unknown', why: 'what its supervisor left behind is being ended' };
    }
    return {
      state: 'gone',
      ready: await isThere(folder, 'ready.json'),
      reset: false,
      evidence: 'its process is gone, and nothing tells how it ended',
    };
  }

  async function stop(key: StartKey, graceSeconds: number): Promise<void> {
    const folder = folders.start(key);
    if (!(await isThere(folder, 'stop.json'))) await write(folder, 'stop.json', { graceSeconds });
    const claim = await claimIn(folder);
    if (claim !== null && claim !== 'broken' && (await lifeOf(claim)) === 'alive')
      signal(claim.pid, 'SIGTERM');
    const name = folder;
    if (forcing.has(name)) return;
    // The supervisor does it; should it hang or have missed the signal, it is done from here.
    const timer = setTimeout(
      () => {
        forcing.delete(name);
        force(key).catch((error: unknown) => log.error(`${key.executionId} can't be ended by force`, error));
      },
      graceSeconds * 1000 + SUPERVISOR_SLACK_MS,
    );
    timer.unref();
    forcing.set(name, timer);
  }

  async function force(key: StartKey): Promise<void> {
    const folder = folders.start(key);
    if (!(await isThere(folder, 'end.json'))) await endLeftovers(folder);
  }

  return {
    id: 'local',
    capacity: capacityOf('local', log, gpuFinder(options.home)),
    submit,
    observe,
    stop,
    watch(key, onChange) {
      const folder = folders.start(key);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      // What a lost watch misses, or one that the system has no room for, the dispatcher's next look finds.
      const lost = (error: unknown): void => log.warn(`${key.executionId} isn't watched: ${String(error)}`);
      try {
        const watcher = watch(folder, (_, name) => {
          // What is being written says nothing yet; where it can't be, that would have it tried again at once, and for ever.
          if (name?.endsWith('.half') !== true) onChange();
        }).on('error', lost);
        return { dispose: () => watcher.close() };
      } catch (error) {
        lost(error);
        return { dispose: () => undefined };
      }
    },
    logFile: (id, attempt) => folders.log(id, attempt),
    outputDir: (id, attempt) => folders.output(id, attempt),
    spoolDir: (id, attempt) => folders.spool(id, attempt),
    forget: (id) => rm(folders.execution(id), { recursive: true, force: true }),
    async dispose() {
      disposed = true;
      for (const timer of forcing.values()) clearTimeout(timer);
      forcing.clear();
    },
  };
}

/** Who runs a start; "broken" where a loss of power left a part of the file, since only whole ones are put in place. */
function claimIn(folder: string): Promise<z.output<typeof Claim> | 'broken' | null> {
  return read(folder, 'claim.json', Claim).catch((error: unknown) => {
    if (error instanceof SyntaxError) return 'broken';
    throw error;
  });
}

function neverBegan({ message, hint }: CannotBegin): End {
  return {
    ready: false,
    exit: null,
    outcome: null,
    startFailure: { code: 'StartFailed', message, hint },
    outOfMemory: null,
    stopped: false,
    startedAt: null,
    endedAt: new Date().toISOString(),
  };
}
