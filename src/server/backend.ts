/** The parts of a running backend, put together. `serve.ts` gives it a home and a port. */
import type { Engine } from './engines/engine.ts';
import type { Dispatcher } from './dispatch/dispatcher.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { MlflowRecords } from './mlflow/records.ts';
import type { StorageKeeper } from './storage.ts';
import type { Database } from './store/database.ts';
import type { EventLog } from './store/events.ts';
import type { ExecutionStore } from './store/executions.ts';
import type { ProvenanceStore } from './store/provenance.ts';
import type { ServiceStore } from './store/services.ts';

export type Checked = { ok: true } | { ok: false; message: string; hint: string };

export interface Backend {
  version: string;
  db: Database;
  events: EventLog;
  executions: ExecutionStore;
  services: ServiceStore;
  provenance: ProvenanceStore;
  mlflow: MlflowRecords;
  engine: Engine;
  metrics: Metrics;
  dispatcher: Dispatcher;
  storage: StorageKeeper;
  /** Could the file bind the name? Judged without running any of the user's code. */
  checkTrainFunction(what: { python: string; project: string; train: string }): Promise<Checked>;
  /** A client that stays has come; what is returned is to be called when it leaves. */
  clientCame(): () => void;
  /** Ends the backend once the answer under way is out. */
  requestStop(): void;
}

/** What it keeps, and nothing that runs. */
export type Stores = Pick<Backend, 'db' | 'events' | 'executions' | 'services' | 'mlflow' | 'metrics'>;
