/** `trainyard serve`: takes the home, opens the stores, listens on loopback, and says where. */
import { serve as listen, type ServerType } from '@hono/node-server';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Dispatcher } from './dispatch/dispatcher.ts';
import type { Engine } from './engines/engine.ts';
import { createLocalEngine } from './engines/local/localEngine.ts';
import { environmentOf, foldersOf } from './engines/local/folders.ts';
import { undelivered } from './engines/local/spool.ts';
import { checkTrainFunction } from './engines/local/trainFunction.ts';
import { takeHome } from './home.ts';
import { createApp } from './http/app.ts';
import { createHandlers } from './http/handlers.ts';
import { hostHeaders, urlFrom } from './http/hosts.ts';
import { refuseUnread } from './http/unread.ts';
import type { Log } from './log.ts';
import { LoggedFiles } from './logged/keeper.ts';
import { openMetrics } from './metrics/client.ts';
import { ProgressKeeper } from './progress.ts';
import { createMlflow } from './mlflow/app.ts';
import { Orphans } from './mlflow/orphans.ts';
import { MlflowRecords } from './mlflow/records.ts';
import { Interpreters } from './provenance/packages.ts';
import { Recorder } from './provenance/recorder.ts';
import { Sampler } from './sampler.ts';
import { StorageKeeper } from './storage.ts';
import { Database } from './store/database.ts';
import { EventLog } from './store/events.ts';
import { ExecutionStore } from './store/executions.ts';
import { newToken } from './store/ids.ts';
import { ProvenanceStore } from './store/provenance.ts';
import { ServiceStore } from './store/services.ts';
import type { Backend } from './backend.ts';

/** What a client that is slow, or says nothing, can hold on to, and for how long (milliseconds). */
const PATIENCE = {
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  // Longer than a client is busy in between: a request that meets a closing connection fails.
  keepAliveTimeout: 60_000,
  connectionsCheckingInterval: 2_000,
  // A thousand executions, named in a query.
  maxHeaderSize: 64 * 1024,
};
const MOST_CONNECTIONS = 1_000;
/** Below it answers what MLflow's client asks: MLFLOW_TRACKING_URI ends so. */
const MLFLOW = '/mlflow';
/** A run that is logged from elsewhere may say nothing for so long; then it is taken for one whose program is gone. */
const LOGGING_QUIET_MS = 24 * 3_600_000;

export interface ServeOptions {
  home: string;
  /** A name or an address of this machine. Beyond loopback the token and all data go over the network unencrypted. */
  host: string;
  /** 0: any that is free. */
  port: number;
  version: string;
  /** The folder of the Python runner. */
  runner: URL;
  /** The program of the metric store's thread. */
  metricsWorker: URL;
  /** Milliseconds without a client, with nothing waiting or running, until it ends by itself; null: never. */
  endWhenIdleMs: number | null;
  /** Where trainings run; left out, as processes of this machine. */
  engine?: (home: string) => Engine;
  log: Log;
}

export interface Serving {
  url: string;
  token: string;
  /** Resolves once the backend has ended, however it was asked to. */
  ended: Promise<void>;
  end(): void;
}

/** Starts a backend; null where another one has this home. Rejects with `HomeError` where the home can't be used. */
export async function serve(options: ServeOptions): Promise<Serving | null> {
  const { log, version } = options;
  const home = takeHome(options.home);
  if (home === null) return null;
  const db = new Database(home.database);
  const events = new EventLog(db);
  events.prune();
  const executions = new ExecutionStore(db, events);
  const services = new ServiceStore(db, events);
  const provenance = new ProvenanceStore(db, events);
  const metrics = await openMetrics({ file: home.metrics, worker: options.metricsWorker });
  const mlflow = new MlflowRecords(db);
  /** Where it can be reached, once that is known. */
  let url = '';
  const runner = fileURLToPath(options.runner);
  const folders = foldersOf(home.dir);
  const engine = options.engine?.(home.dir) ?? createLocalEngine({ home: home.dir, runner, log });
  const logged = new LoggedFiles({ executions, engine, metrics, log });
  const dispatcher = new Dispatcher({
    mlflowUri: () => (url === '' ? null : url + MLFLOW),
    db,
    events,
    executions,
    services,
    engine,
    metrics,
    async *leftBehind(id, attempt) {
      const lastOf = (writer: string): Promise<number | null> => metrics.lastBatch(id, attempt, writer);
      yield* undelivered(engine.spoolDir(id, attempt), attempt, lastOf);
      yield* logged.rest(id, attempt);
    },
    log,
  });
  const progress = new ProgressKeeper(executions, log);
  metrics.onReported((changes) => progress.keep(changes));

  const recorder = new Recorder({
    events,
    executions,
    services,
    provenance,
    engine,
    interpreters: new Interpreters(runner),
    environmentOf: (key) => environmentOf(folders.start(key)),
    log,
  });

  const orphans = new Orphans({ db, events, executions, services }, mlflow);
  const sampler = new Sampler({ executions, engine, metrics, log });

  const clients = new Presence();
  /** Programs elsewhere that log through MLflow. */
  const logging = new Presence();
  const ending = Promise.withResolvers<void>();
  const backend: Backend = {
    version,
    db,
    events,
    executions,
    services,
    provenance,
    mlflow,
    engine,
    metrics,
    dispatcher,
    storage: new StorageKeeper({ home: home.dir, folders, executions, log }),
    checkTrainFunction: (what) => checkTrainFunction({ ...what, runner }),
    clientCame: () => clients.came(),
    // The answer to the request that asks for it goes out first.
    requestStop: () => setImmediate(() => ending.resolve()),
  };
  const token = newToken();
  let hosts: ReadonlySet<string> = new Set();
  const app = createApp({
    token,
    executionToken: (id) => (executions.get(id) === null ? null : executions.secrets(id).token),
    hosts: () => hosts,
    handlers: createHandlers(backend),
    facades: [{ path: MLFLOW, app: createMlflow({ backend, token, onCall: () => logging.seen(), log }) }],
    onRequest: () => clients.seen(),
    log,
  });

  const { host } = options;
  const listenAt = async (wanted: number): Promise<{ server: ServerType; port: number }> => {
    const listening = Promise.withResolvers<AddressInfo>();
    const opened = listen(
      { fetch: app.fetch, hostname: host, port: wanted, createServer, serverOptions: PATIENCE },
      listening.resolve,
    );
    opened.maxConnections = MOST_CONNECTIONS;
    opened.on('clientError', refuseUnread);
    opened.on('error', listening.reject);
    return { server: opened, port: (await listening.promise).port };
  };
  // Trainings that were told an address find the next backend there, where nobody else took it meanwhile.
  const before = options.port === 0 ? home.lastPort : null;
  const { server, port } =
    before === null
      ? await listenAt(options.port)
      : await listenAt(before).catch(() => listenAt(options.port));
  const addresses = Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).map((one) => one.address),
  );
  hosts = hostHeaders(host, port, { name: hostname(), addresses });
  url = urlFrom(host, port);

  metrics.onFailure((error) => {
    log.error('The metric store ended; so does the backend, and the next one takes up its work', error);
    ending.resolve();
  });
  const idle = setInterval(() => {
    if (options.endWhenIdleMs === null || !dispatcher.idle || clients.quietMs() < options.endWhenIdleMs)
      return;
    if (logging.quietMs() < LOGGING_QUIET_MS && mlflow.anyUnfinished) return;
    log.info('Nothing to do and nobody there: ending');
    ending.resolve();
  }, 5_000);

  home.announce({ url, token, pid: process.pid, version, host });
  log.info(`Trainyard ${version} listens on ${url}, home ${path.resolve(home.dir)}`);
  dispatcher.kick();

  const close = async (): Promise<void> => {
    await ending.promise;
    clearInterval(idle);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    if ('closeAllConnections' in server) server.closeAllConnections();
    await closed;
    await dispatcher.end();
    orphans.end();
    await recorder.end();
    await sampler.end();
    await logged.end();
    await engine.dispose();
    await metrics.close();
    progress.end();
    db.close();
    home.leave();
    log.info('Ended');
  };
  return { url, token, ended: close(), end: () => ending.resolve() };
}

/** Who is there: streams that are open, and when somebody last asked for anything. */
class Presence {
  #staying = 0;
  #lastSeen = Date.now();

  seen(): void {
    this.#lastSeen = Date.now();
  }

  came(): () => void {
    this.#staying++;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#staying--;
      this.seen();
    };
  }

  quietMs(): number {
    return this.#staying > 0 ? 0 : Date.now() - this.#lastSeen;
  }
}
