/** What the parts of the extension know of each other. Who implements it: `backend.ts`, `store.ts` and the pages. */
import type { Event } from 'vscode';
import type { Client } from '../client/api.ts';
import type { Event as BackendEvent } from '../contract/events.ts';
import type { Run, Service } from '../contract/shapes.ts';

/** Where the window stands with its backend. */
export type ConnectionState =
  /** The workspace isn't trusted: nothing is started, nothing is asked for. */
  | { kind: 'untrusted' }
  | { kind: 'connecting' }
  | { kind: 'connected' }
  /** Given up, after three restarts. `message` says what happened, `hint` what a person can do. */
  | { kind: 'failed'; message: string; hint: string };

export interface Connection {
  readonly state: ConnectionState;
  /** Where the backend is, where it isn't this machine's own; else null. */
  readonly url: string | null;
  readonly onDidChangeState: Event<ConnectionState>;
  /** Everything that the backend tells. `ready` isn't passed on: see `onDidConnect`. */
  readonly onEvent: Event<BackendEvent>;
  /** A stream stands (again). `resumed` false: nothing is known of what came before, so list everything. */
  readonly onDidConnect: Event<{ resumed: boolean }>;
  /** A client of a backend that answers: waits while connecting, rejects where that failed or isn't allowed. Ask anew for each piece of work, since a backend can move. */
  client(): Promise<Client>;
}

/** The one truth of this window about runs. */
export interface RunStore {
  /** The run as it is now, whatever its project; undefined where it isn't known yet (see `ensure`) or is gone. */
  get(executionId: string): Run | undefined;
  /** A run changed, or came. After a lost connection: each one that differs from before. */
  readonly onDidChangeRun: Event<Run>;
  /** By execution id. */
  readonly onDidRemoveRun: Event<string>;
  /**
   * Loads those of these runs that aren't known yet. Resolves with the ones that exist, in the order asked for; rejects
   * (`CallError`) where the backend doesn't answer.
   */
  ensure(executionIds: readonly string[]): Promise<Run[]>;
}

/** The one truth of this window about training services. */
export interface ServiceStore {
  /** The service as it is now, whatever its project; undefined where it isn't known. */
  service(id: string): Service | undefined;
  /** Those that belong to this window, the oldest first. */
  services(): Service[];
  /** A service changed, or came. */
  readonly onDidChangeService: Event<Service>;
}

/** The pages of services. */
export interface ServicePages {
  show(serviceId: string, tab: 'executions' | 'settings' | 'health'): void;
}

/** The pages of models. */
export interface ModelPages {
  /** The page of the model that this execution trains. */
  show(executionId: string): void;
}
