/**
 * Trainings as processes of this machine. Each start has a supervisor (`runner/trainyard/_supervisor.py`) that outlives the backend and
 * writes down what happens; this side hands over, reads along, and cleans up after a supervisor that was killed.
 */
import { mkdirSync, watch } from 'node:fs';
import { rm } from 'node:fs/promises';
import type * as z from 'zod';
import type { Log } from '../../log.ts';
import type { End, Engine, Observation, Start, StartKey } from '../engine.ts';
import { begin, type CannotBegin } from './begin.ts';
import { machineOf } from './capacity.ts';
import { Claim, EndFile, isThere, Phase, read, Ready, write, writeDurably } from './files.ts';
import { foldersOf } from './folders.ts';
import { gpuFinder } from './gpus/index.ts';
import { endLeftovers, processesOf } from './leftovers.ts';
import { bootId, lifeOf, signal } from './processes.ts';
import { usageOf } from './usage.ts';

/** Beyond the grace: how long a supervisor has to end by force what didn't end, before that is done from here. */
const SUPERVISOR_SLACK_MS = 5_000;
/** Files that say something new when they come; of the others `observe` tells nothing. */
const TELLS_AT_ONCE: ReadonlySet<string> = new Set(['ready.json', 'end.json']);
/** What a start is at is for people: most are past it before anybody could read it. */
const PHASE_MS = 200;

export function createLocalEngine(options: { home: string; runner: string; log: Log }): Engine {
  const { log } = options;
  const folders = foldersOf(options.home);
  const here = bootId();
  const forcing = new Map<string, NodeJS.Timeout>();
  /** Starts that are being handed over, by their folders. */
  const submitting = new Map<string, Promise<void>>();

  /** Starts whose supervisor is this backend's own child and hasn't ended, by their folders. */
  const begun = new Set<string>();

  const machine = machineOf('local', log, gpuFinder(options.home));
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
    if (isThere(folder, 'start.json') && (await look(start)).state !== 'absent') return;
    const { executionId: id, attempt } = start;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const places = { outputDir: folders.output(id, attempt), spoolDir: folders.spool(id, attempt) };
    for (const place of Object.values(places)) mkdirSync(place, { recursive: true, mode: 0o700 });
    // The environment is handed over as one: nowhere does it stand in a file.
    const spec = { ...start, environment: undefined };
    // After a loss of power nothing reads it: what was claimed by then is gone, and what wasn't is handed over anew.
    write(folder, 'start.json', {
      ...spec,
      ...places,
      checkpointDir: folders.checkpoints(id, attempt),
      environments: folders.environments,
    });
    const where = { home: options.home, runner: options.runner, folder, log: folders.log(id, attempt) };
    const failure = await begin(start, where, (why) => {
      begun.delete(folder);
      // The next backend looks for itself.
      if (disposed) return;
      endUnbegun(folder, why).catch(
        // An execution that was removed meanwhile has no folder any more, and needs none.
        (error: unknown) => log.warn(`${id}: its end can't be written: ${String(error)}`),
      );
    });
    if (failure === null) begun.add(folder);
    else await endUnbegun(folder, failure);
  }

  /** Writes down that a start failed, unless it is under way after all: another backend may have begun it. */
  async function endUnbegun(folder: string, why: CannotBegin): Promise<void> {
    if (isThere(folder, 'claim.json') || isThere(folder, 'end.json')) return;
    await writeDurably(folder, 'end.json', neverBegan(why));
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
      const end = read(folder, 'end.json', EndFile);
      if (end !== null) return { state: 'ended', end };
      const claim = claimIn(folder);
      if (claim === null) return await observeUnclaimed(key, folder);
      const restarted = claim === 'broken' || (claim.bootId !== null && claim.bootId !== (await here));
      if (restarted) return observeRestarted(folder);
      const life = lifeOf(claim);
      if (life === 'unknown') return { state: 'unknown', why: `process ${claim.pid} can't be looked at` };
      if (life === 'gone') return await observeOrphaned(key, folder);
      const ready = read(folder, 'ready.json', Ready);
      if (ready !== null) {
        return {
          state: 'running',
          readyAt: ready.readyAt,
          stopping: isThere(folder, 'stop.json'),
        };
      }
      return {
        state: 'starting',
        doing: read(folder, 'phase.json', Phase)?.doing ?? 'starting Python',
      };
    } catch (error) {
      return { state: 'unknown', why: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Written down, but no supervisor has taken it up: it was never spawned, it is on its way, or it died on its way. */
  async function observeUnclaimed(key: StartKey, folder: string): Promise<Observation> {
    if (!isThere(folder, 'start.json')) return { state: 'absent' };
    if (begun.has(folder) || (await processesOf(folder)).length > 0)
      return { state: 'starting', doing: 'starting Python' };
    // It may have claimed, or ended, since it was looked for.
    if (isThere(folder, 'claim.json')) return look(key);
    const end = read(folder, 'end.json', EndFile);
    return end === null ? { state: 'absent' } : { state: 'ended', end };
  }

  /** Nothing survives that; what it was writing then may be there in part. */
  function observeRestarted(folder: string): Observation {
    return {
      state: 'gone',
      ready: isThere(folder, 'ready.json'),
      reset: true,
      evidence: 'the machine restarted',
    };
  }

  /** The supervisor is gone without a word: what it left behind is ended, and only then is it told as gone. */
  async function observeOrphaned(key: StartKey, folder: string): Promise<Observation> {
    const end = read(folder, 'end.json', EndFile);
    if (end !== null) return { state: 'ended', end };
    const left = await endLeftovers(folder);
    if (left > 0) {
      log.warn(`${key.executionId}: its supervisor is gone; ending the ${left} processes that it left`);
      return { state: 'unknown', why: 'what its supervisor left behind is being ended' };
    }
    return {
      state: 'gone',
      ready: isThere(folder, 'ready.json'),
      reset: false,
      evidence: 'its process is gone, and nothing tells how it ended',
    };
  }

  async function stop(key: StartKey, graceSeconds: number): Promise<void> {
    const folder = folders.start(key);
    if (!isThere(folder, 'stop.json')) write(folder, 'stop.json', { graceSeconds });
    const claim = claimIn(folder);
    if (claim !== null && claim !== 'broken' && lifeOf(claim) === 'alive') signal(claim.pid, 'SIGTERM');
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
    if (!isThere(folder, 'end.json')) await endLeftovers(folder);
  }

  async function usage(starts: Parameters<Engine['usage']>[0]): ReturnType<Engine['usage']> {
    const claims = starts.map(({ key }) => claimIn(folders.start(key)));
    const [trees, gpus] = await Promise.all([
      usageOf(claims.map((claim) => (claim === 'broken' ? null : claim))),
      starts.some((start) => start.gpus.length > 0) ? machine.gpus() : [],
    ]);
    return starts.map((start, i) => {
      const tree = trees[i] ?? null;
      const its = gpus.filter((gpu) => start.gpus.includes(gpu.id));
      if (tree === null && its.length === 0) return null;
      return { ...(tree ?? { cpuMs: null, writtenBytes: null, memoryBytes: null }), gpus: its };
    });
  }

  return {
    id: 'local',
    capacity: machine.capacity,
    usage,
    submit,
    observe,
    stop,
    watch(key, onChange) {
      const folder = folders.start(key);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      // What a lost watch misses, or one that the system has no room for, the dispatcher's next look finds.
      const lost = (error: unknown): void => log.warn(`${key.executionId} isn't watched: ${String(error)}`);
      try {
        let later: NodeJS.Timeout | undefined;
        const seen = (_: unknown, name: string | null): void => {
          if (name === null || TELLS_AT_ONCE.has(name)) onChange();
          else if (name === 'phase.json') {
            later ??= setTimeout(() => {
              later = undefined;
              onChange();
            }, PHASE_MS);
          }
        };
        const watcher = watch(folder, seen).on('error', lost);
        return {
          dispose: () => {
            clearTimeout(later);
            watcher.close();
          },
        };
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
function claimIn(folder: string): z.output<typeof Claim> | 'broken' | null {
  try {
    return read(folder, 'claim.json', Claim);
  } catch (error) {
    if (error instanceof SyntaxError) return 'broken';
    throw error;
  }
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
