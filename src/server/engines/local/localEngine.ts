/**
 * Trainings as processes of this machine. Each start has a supervisor (`runner/trainyard/_supervisor.py`) that outlives the backend and
 * writes down what happens; this side hands over, reads along, and cleans up after a supervisor that was killed.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, watch } from 'node:fs';
import { access, mkdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Compute } from '../../../contract/shapes.ts';
import type { Log } from '../../log.ts';
import type { End, Engine, Observation, Start, StartKey } from '../engine.ts';
import { Anything, Claim, EndFile, Phase, read, Ready, write } from './files.ts';
import { foldersOf } from './folders.ts';
import { findGpus } from './gpus.ts';
import { bootId, lifeOf, signal, withEnvironment } from './processes.ts';

/** How long what the tools say of this machine is believed. */
const CAPACITY_TTL_MS = 5_000;
/** Beyond the grace: how long a supervisor has to end by force what didn't end, before that is done from here. */
const SUPERVISOR_SLACK_MS = 5_000;

export function createLocalEngine(options: { home: string; runner: string; log: Log }): Engine {
  const { log } = options;
  const folders = foldersOf(options.home);
  const here = bootId();
  const forcing = new Map<string, NodeJS.Timeout>();
  /** Starts that are being handed over, by their folders. */
  const submitting = new Map<string, Promise<void>>();
  let capacity: { at: number; value: Promise<Compute['engines'][number]> } | null = null;

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
    const { environment, ...spec } = start;
    await write(folder, 'start.json', { ...spec, ...places, environments: folders.environments });
    const failure = await begin(start, folder, environmentOf(start, environment, folder));
    if (failure !== null) await endUnbegun(folder, failure);
  }

  /** Writes down that a start failed, unless it is under way after all: another backend may have begun it. */
  async function endUnbegun(folder: string, message: string): Promise<void> {
    if ((await read(folder, 'claim.json', Anything)) !== null) return;
    if ((await read(folder, 'end.json', Anything)) === null)
      await write(folder, 'end.json', neverBegan(message));
  }

  /** Null once the supervisor runs, else why it can't. */
  async function begin(start: Start, folder: string, env: Record<string, string>): Promise<string | null> {
    const logFd = openSync(folders.log(start.executionId, start.attempt), 'a', 0o600);
    try {
      const child = spawn(start.python, ['-u', path.join(options.runner, 'trainyard_start.py'), folder], {
        cwd: start.project,
        env,
        detached: true,
        stdio: ['ignore', logFd, logFd],
      });
      const failure = await new Promise<string | null>((resolve) => {
        child.once('spawn', () => resolve(null));
        child.once('error', (error) => resolve(error.message));
      });
      child.unref();
      if (failure === null) {
        // It claims its start as the first thing, and ends only after that: else this is no Python that works.
        child.once('exit', (code, by) => {
          const how = by === null ? `ended with code ${code}` : `was ended by ${by}`;
          endUnbegun(folder, `${start.python} ${how} before it began: is it a Python that works?`).catch(
            // An execution that was removed meanwhile has no folder any more, and needs none.
            (error: unknown) => log.warn(`${start.executionId}: its end can't be written: ${String(error)}`),
          );
        });
        return null;
      }
      const there = await access(start.python).then(
        () => true,
        () => false,
      );
      return there ? `${start.python} can't be run (${failure}).` : `There is no Python at ${start.python}.`;
    } finally {
      closeSync(logFd);
    }
  }

  function environmentOf(start: Start, own: Record<string, string>, folder: string): Record<string, string> {
    return {
      ...own,
      PYTHONUNBUFFERED: '1',
      PYTHONPATH: [options.runner, own['PYTHONPATH']].filter(Boolean).join(path.delimiter),
      CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
      CUDA_VISIBLE_DEVICES: start.gpus.join(','),
      TRAINYARD_HOME: options.home,
      TRAINYARD_EXECUTION: start.executionId,
      TRAINYARD_START: `${start.executionId}/${start.attempt}/${start.start}`,
      TRAINYARD_START_FOLDER: folder,
    };
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
      const claim = await read(folder, 'claim.json', Claim);
      if (claim === null) return await observeUnclaimed(key, folder);
      const restarted = claim.bootId !== null && claim.bootId !== (await here);
      const life = restarted ? 'gone' : await lifeOf(claim);
      if (life === 'unknown') return { state: 'unknown', why: `process ${claim.pid} can't be looked at` };
      if (life === 'gone') return await observeOrphaned(key, folder, restarted);
      const ready = await read(folder, 'ready.json', Ready);
      if (ready !== null) {
        return {
          state: 'running',
          readyAt: ready.readyAt,
          stopping: (await read(folder, 'stop.json', Anything)) !== null,
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
    if ((await read(folder, 'start.json', Anything)) === null) return { state: 'absent' };
    const processes = await withEnvironment(`TRAINYARD_START=${key.executionId}/${key.attempt}/${key.start}`);
    if (processes.length > 0) return { state: 'starting', doing: 'starting Python' };
    // It may have claimed, or ended, since it was looked for.
    if ((await read(folder, 'claim.json', Claim)) !== null) return look(key);
    const end = await read(folder, 'end.json', EndFile);
    return end === null ? { state: 'absent' } : { state: 'ended', end };
  }

  /** The supervisor is gone without a word: what it left behind is ended, and only then is it told as gone. */
  async function observeOrphaned(
    key: StartKey,
    folder: string,
    machineRestarted: boolean,
  ): Promise<Observation> {
    const end = await read(folder, 'end.json', EndFile);
    if (end !== null) return { state: 'ended', end };
    const ready = (await read(folder, 'ready.json', Ready)) !== null;
    if (machineRestarted)
      return { state: 'gone', ready, machineRestarted, evidence: 'the machine restarted' };
    const left = await withEnvironment(`TRAINYARD_START=${key.executionId}/${key.attempt}/${key.start}`);
    if (left.length > 0) {
      log.warn(
        `${key.executionId}: its supervisor is gone; ending the ${left.length} processes that it left`,
      );
      for (const { pid } of left) signal(pid, 'SIGKILL');
      return { state: 'unknown', why: 'what its supervisor left behind is being ended' };
    }
    return {
      state: 'gone',
      ready,
      machineRestarted,
      evidence: 'its process is gone, and nothing tells how it ended',
    };
  }

  async function stop(key: StartKey, graceSeconds: number): Promise<void> {
    const folder = folders.start(key);
    if ((await read(folder, 'stop.json', Anything)) === null)
      await write(folder, 'stop.json', { graceSeconds });
    const claim = await read(folder, 'claim.json', Claim);
    if (claim !== null && (await lifeOf(claim)) === 'alive') signal(claim.pid, 'SIGTERM');
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
    if ((await read(folders.start(key), 'end.json', EndFile)) !== null) return;
    for (const { pid } of await withEnvironment(
      `TRAINYARD_START=${key.executionId}/${key.attempt}/${key.start}`,
    )) {
      signal(pid, 'SIGKILL');
    }
  }

  return {
    id: 'local',
    async capacity() {
      if (capacity === null || Date.now() - capacity.at > CAPACITY_TTL_MS) {
        const value = findGpus().then((gpus) => ({ id: 'local', cpus: availableParallelism(), gpus }));
        capacity = { at: Date.now(), value };
      }
      return capacity.value;
    },
    submit,
    observe,
    stop,
    watch(key, onChange) {
      const folder = folders.start(key);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      // What a lost watch misses, or one that the system has no room for, the dispatcher's next look finds.
      const lost = (error: unknown): void => log.warn(`${key.executionId} isn't watched: ${String(error)}`);
      try {
        const watcher = watch(folder, onChange).on('error', lost);
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
      for (const timer of forcing.values()) clearTimeout(timer);
      forcing.clear();
    },
  };
}

function neverBegan(message: string): End {
  return {
    ready: false,
    exit: null,
    outcome: null,
    startFailure: {
      code: 'StartFailed',
      message,
      hint: 'Make that interpreter, or name another one as "python" in trainyard.json.',
    },
    outOfMemory: null,
    stopped: false,
    startedAt: null,
    endedAt: new Date().toISOString(),
  };
}
