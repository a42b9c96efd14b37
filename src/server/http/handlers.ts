/** What each route does: a thin door to the stores and the dispatcher. */
import { stat } from 'node:fs/promises';
import { PROTOCOL, type Received, type Reply } from '../../contract/routes.ts';
import { openApi } from '../../contract/openapi.ts';
import type { Event } from '../../contract/events.ts';
import { changedSettings } from '../../contract/settings.ts';
import type { Run, RunName, Service } from '../../contract/shapes.ts';
import { isOver } from '../../contract/status.ts';
import { TransitionRefused } from '../dispatch/transition.ts';
import type { Backend } from '../backend.ts';
import { importOf, importRuns } from '../imports/importer.ts';
import { BadBatch } from '../metrics/metrics.ts';
import { outputFiles } from '../outputs.ts';
import { noSuchEngine, noSuchExecution, noSuchService, Refusal } from '../refusal.ts';
import { toRun, toService } from '../runs.ts';
import type { Change } from '../store/events.ts';
import type { ExecutionRecord } from '../store/executions.ts';
import type { Happening } from '../store/serviceHistory.ts';
import type { ServiceRecord } from '../store/services.ts';
import { submit } from '../submit.ts';
import type { Handlers } from './app.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { exportStream } from './export.ts';
import { eventStream, logStream } from './streams.ts';

export function createHandlers(backend: Backend): Handlers {
  const { db, events, executions, services, provenance, dispatcher, engine, metrics, mlflow } = backend;

  /** null where no list has it. */
  const listed = (id: string): ExecutionRecord | null =>
    executions.isHidden(id) ? null : executions.get(id);
  const execution = (id: string): ExecutionRecord => {
    const found = listed(id);
    if (found === null) throw noSuchExecution(id);
    return found;
  };
  /** @param hint what to do about one that wasn't */
  const trainedHere = (id: string, hint: string): ExecutionRecord => {
    const found = execution(id);
    if (found.origin === 'trained') return found;
    const why = found.origin === 'mlflow' ? 'runs elsewhere and only logs here' : 'was imported';
    throw new Refusal(
      409,
      'not-trained-here',
      `${id} ${why}: Trainyard can't stop it or run it again.`,
      hint,
    );
  };
  const service = (id: string): ServiceRecord => {
    const found = services.get(id);
    if (found === null) throw noSuchService(id);
    return found;
  };
  /** One that dispatches: what gathers runs from elsewhere is no service to anybody. */
  const dispatching = (id: string): ServiceRecord => {
    const found = service(id);
    if (found.origin !== 'trained') throw noSuchService(id);
    return found;
  };
  const run = (record: ExecutionRecord): Run => toRun(record, service(record.service), Date.now());
  const runById = (id: string): Run => run(execution(id));
  const named = (id: string): RunName | null => {
    const found = listed(id);
    if (found === null) return null;
    const { name, version } = found.model;
    return { executionId: id, name, version };
  };
  const shown = (record: ServiceRecord): Service => toService(record, executions.atWork(record.id));
  const serviceById = (id: string): Service => shown(dispatching(id));

  /** The same service, with a fresh chance: the back-off ends, and a try is made. */
  const tryAgain = (record: ServiceRecord): ServiceRecord => {
    if (record.health !== 'failing') return record;
    const { queued, starting, busy } = executions.atWork(record.id);
    return queued + starting + busy > 0
      ? { ...record, retryAt: record.diagnosis?.code === 'NoSuchInstance' ? null : Date.now() }
      : { ...record, health: 'unproven', failures: 0, diagnosis: null, retryAt: null };
  };
  const changed = (record: ServiceRecord, asked: readonly Happening[] = []): Service => {
    services.update(record, asked);
    dispatcher.kick();
    return serviceById(record.id);
  };

  const render = (change: Change): Event | null => {
    switch (change.kind) {
      case 'run':
      case 'progress': {
        const found = executions.get(change.subject);
        if (found === null) return null;
        return executions.isHidden(found.id)
          ? { event: 'removed', data: { executionId: found.id } }
          : { event: 'run', data: run(found) };
      }
      case 'service':
        return services.get(change.subject)?.origin !== 'trained'
          ? null
          : { event: 'service', data: serviceById(change.subject) };
      case 'removed':
        return { event: 'removed', data: { executionId: change.subject } };
      default:
        return change.kind satisfies never;
    }
  };

  /** When each of its attempts got ready, in milliseconds since 1970; null where one never did. */
  const beginnings = ({ id, attempt }: ExecutionRecord): (number | null)[] => {
    // What goes on elsewhere after its end began before.
    const latestFirst = executions.history(id).toReversed();
    const began = new Map(
      latestFirst.flatMap((one) => (one.status === 'In Progress' ? [[one.attempt, one.at]] : [])),
    );
    return Array.from({ length: attempt }, (_, i) => began.get(i + 1)).map((at) =>
      at === undefined ? null : Date.parse(at),
    );
  };

  /** A page of runs, with counts by status of all that the filter lets through but for its statuses. */
  const list = (query: Received<'listRuns'>['query'] & { service?: string }): Reply<'listRuns'> => {
    const { cursor, limit, ran, ...filter } = query;
    const after = cursor === undefined ? undefined : decodeCursor(cursor, filter.sort);
    const { runs: found, counts } = executions.list({ ...filter, limit: limit + 1, after });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const byId = new Map(services.list().map((one) => [one.id, one]));
    const now = Date.now();
    return {
      runs: page.map((one) => ({
        ...toRun(one, byId.get(one.service) ?? service(one.service), now),
        ...(ran ? { ran: provenance.get(one.id, true) } : {}),
      })),
      next: found.length > limit && last !== undefined ? encodeCursor(last, filter.sort) : null,
      counts,
    };
  };

  return {
    importRuns: ({ body }) => importRuns(backend, body),
    storage: ({ query }) => backend.storage.tell(query.olderThanSeconds * 1000),
    prune: ({ body }) => backend.storage.prune(body.kinds, body.olderThanSeconds * 1000),

    health: () => ({ name: 'trainyard', version: backend.version, protocol: PROTOCOL, pid: process.pid }),
    openapi: () => openApi(backend.version),
    stopBackend: () => {
      backend.requestStop();
      return undefined;
    },

    events: ({ headers }) =>
      eventStream(events, headers['last-event-id'] ?? null, render, backend.clientCame()),

    submit: async ({ body, headers }) => {
      const id = await submit(backend, body, headers['idempotency-key'] ?? null);
      dispatcher.kick();
      return runById(id);
    },

    listRuns: ({ query }) => list(query),

    getRun: ({ params }) => {
      const record = execution(params.id);
      const submission = executions.submission(record.id);
      const logged = mlflow.detail(record.id);
      return {
        ...run(record),
        dataset: submission.model.dataset ?? null,
        // Of what wasn't trained here nobody knows more than what it logged.
        config: record.origin === 'trained' ? submission.model.config : (logged?.params ?? {}),
        train: submission.architecture.train ?? null,
        command: submission.architecture.command ?? null,
        python: record.origin === 'trained' ? submission.architecture.python : '',
        outputDir: engine.outputDir(record.id, record.attempt),
        history: executions.history(record.id),
        ran: provenance.get(record.id),
        imported: importOf(backend, record.id),
        mlflow:
          logged === null
            ? null
            : {
                ...logged,
                parent: logged.parent === null ? null : named(logged.parent),
                nested: logged.nested.map(named).filter((one) => one !== null),
              },
      };
    },

    abort: ({ params }) => {
      refusedAsConflict(() => dispatcher.abort(trainedHere(params.id, 'Stop it there.')));
      return runById(params.id);
    },
    rerun: ({ params, body }) => {
      refusedAsConflict(() =>
        dispatcher.rerun(trainedHere(params.id, 'Run its program again.'), body?.environment ?? null),
      );
      return runById(params.id);
    },
    remove: async ({ params, query }) => {
      const record = execution(params.id);
      // Nobody tells whether a program elsewhere is still there: its run can go at any time.
      if (record.origin === 'trained' && !isOver(record.status)) {
        throw new Refusal(409, 'not-over', `${record.id} isn't over (${record.status}).`, 'Abort it first.');
      }
      db.transaction(() => {
        executions.remove(record.id);
        provenance.remove(record.id);
        events.append('service', record.service);
      });
      await metrics.remove(record.id);
      if (query.files === 'delete') await engine.forget(record.id);
      return undefined;
    },

    logs: async ({ params, query }) => {
      const record = execution(params.id);
      const attempt = query.attempt ?? record.attempt;
      if (attempt > record.attempt) {
        throw new Refusal(
          404,
          'no-such-attempt',
          `${record.id} has ${record.attempt} attempt(s), no ${attempt}.`,
        );
      }
      const following = (): boolean => {
        const now = executions.get(params.id);
        return query.follow && now !== null && now.attempt === attempt && !isOver(now.status);
      };
      const file = engine.logFile(record.id, attempt);
      const from = query.tail === undefined ? 0 : (await sizeOf(file)) - query.tail;
      return logStream(
        file,
        Math.max(query.offset, from),
        following,
        (callback) => events.onChange(callback),
        backend.clientCame(),
      );
    },

    attempts: async ({ params }) => {
      const record = execution(params.id);
      const numbers = Array.from({ length: record.attempt }, (_, i) => i + 1);
      return {
        attempts: await Promise.all(
          numbers.map(async (attempt) => ({
            attempt,
            outputDir: engine.outputDir(record.id, attempt),
            logBytes: await sizeOf(engine.logFile(record.id, attempt)),
          })),
        ),
      };
    },

    files: async ({ params }) => {
      const record = execution(params.id);
      const numbers = Array.from({ length: record.attempt }, (_, i) => i + 1);
      const folders = numbers.map((attempt) => ({ attempt, folder: engine.outputDir(record.id, attempt) }));
      return outputFiles(folders, await metrics.files(record.id));
    },

    report: async ({ params, body }) => {
      const record = execution(params.id);
      const hints = executions.submission(record.id).figures ?? {};
      try {
        return await metrics.reportRaw(record.id, body, hints, record.attempt);
      } catch (error) {
        if (error instanceof BadBatch) throw new Refusal(400, 'malformed', `${error.message}.`);
        throw error;
      }
    },

    queryMetrics: async ({ body }) => {
      const records = body.executions.map(execution);
      const relative = body.axis === 'relative';
      const began = relative ? Object.fromEntries(records.map((one) => [one.id, beginnings(one)])) : {};
      return new Uint8Array(await metrics.queryRaw(body, began));
    },

    exportMetrics: async ({ query }) => {
      const { executions: ids, attempt, figures = null, format } = query;
      const records = [...new Set(ids)].map(execution);
      if (attempt !== undefined && records.every((record) => record.attempt < attempt)) {
        throw new Refusal(404, 'no-such-attempt', `None of these has an attempt ${attempt}.`);
      }
      if (figures !== null) {
        const known = await metrics.figures(records.map(({ id }) => id));
        const unknown = figures.find((figure) => !known.includes(figure));
        if (unknown !== undefined) {
          const has = known.length === 0 ? 'Nothing is logged yet.' : `There are ${known.join(', ')}.`;
          throw new Refusal(404, 'no-such-figure', `There is no figure "${unknown}".`, has);
        }
      }
      const asks = function* () {
        for (const { id } of records) {
          const { name, version } = execution(id).model;
          yield { executionId: id, model: { name, version }, figures, attempt: attempt ?? null };
        }
      };
      return exportStream(format, asks(), metrics, backend.clientCame());
    },

    listServices: ({ query }) => ({ services: services.list(query.project).map(shown) }),
    getService: ({ params }) => serviceById(params.id),
    serviceExecutions: ({ params, query }) => list({ ...query, service: dispatching(params.id).id }),
    serviceHistory: ({ params }) => ({ history: services.history(dispatching(params.id).id) }),
    changeService: ({ params, body }) => {
      const record = dispatching(params.id);
      const engineName = body.settings.engine;
      if (engineName !== undefined && engineName !== engine.id) throw noSuchEngine(engineName);
      return changed(tryAgain({ ...record, settings: changedSettings(record.settings, body.settings) }));
    },
    pauseService: ({ params }) => {
      const record = dispatching(params.id);
      return changed({ ...record, pausedAt: record.pausedAt ?? new Date().toISOString() });
    },
    resumeService: ({ params }) => changed({ ...dispatching(params.id), pausedAt: null }),
    retryService: ({ params }) =>
      changed(tryAgain(dispatching(params.id)), [{ kind: 'retry', message: 'Asked for by the user.' }]),

    compute: async () => {
      const capacity = await engine.capacity();
      const holders = new Map(
        executions
          .live()
          .flatMap((one) => one.gpus.map((gpu) => [gpu, `${one.model.name} v${one.model.version}`])),
      );
      const gpus = capacity.gpus.map((gpu) => ({ ...gpu, heldBy: holders.get(gpu.id) ?? gpu.heldBy }));
      return { engines: [{ ...capacity, gpus }] };
    },
  };
}

/** A file's bytes; 0 where there is none yet. */
const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return 0;
      throw error;
    },
  );

/** What the state machine refuses is a conflict with the state that the run is in. */
function refusedAsConflict(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (error instanceof TransitionRefused)
      throw new Refusal(409, 'wrong-state', `Not now: ${error.message}.`);
    throw error;
  }
}
