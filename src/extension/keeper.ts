/**
 * Keeps a backend at hand: finds or starts it, follows what it tells, starts it again where it died: after 1, 2 and 4 seconds, and
 * then no more. Knows nothing of VS Code; what it reaches for is handed in.
 */
import * as l10n from '@vscode/l10n';
import { CallError, type Client } from '../client/api.ts';
import type { Following } from '../client/events.ts';
import type { Event } from '../contract/events.ts';
import type { ConnectionState } from './interfaces.ts';

export const RESTART_DELAYS_MS = [1_000, 2_000, 4_000] as const;
/** A connection that stood this long was a good one: what comes later is a new trouble, with three tries of its own. */
const GOOD_AFTER_MS = 5_000;
/** A backend that is there and yet drops us again and again. */
const MOST_BREAKS = 10;
/** What trying again doesn't mend: a backend of another version, a token that isn't its own. */
const HOPELESS: ReadonlySet<string> = new Set(['version', 'no-token']);
const STOP_DEADLINE_MS = 10_000;

export interface KeeperDeps {
  /** The backend is this home's own, to be ended and started from here. */
  own(): boolean;
  find(): Promise<Client | null>;
  findOrStart(): Promise<Client>;
  follow(connect: () => Promise<Client>, following: Following): { stop(): void };
  /** Resolves after `ms`, or at once when the signal fires. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** Milliseconds, from any beginning. */
  now(): number;
}

export interface KeeperListener {
  onState(state: ConnectionState): void;
  onEvent(event: Event): void;
  onConnect(how: { resumed: boolean }): void;
  /** For the log alone. */
  onTrouble(message: string): void;
}

interface Keeping {
  ended: AbortController;
  following: { stop(): void };
}

export class Keeper {
  readonly #deps: KeeperDeps;
  readonly #listener: KeeperListener;
  #client: Client | null = null;
  /** The keeping that goes on now; each `start` is one. */
  #current: Keeping | null = null;

  constructor(deps: KeeperDeps, listener: KeeperListener) {
    this.#deps = deps;
    this.#listener = listener;
  }

  /** The client of the connection that stands, or stood last. */
  get client(): Client | null {
    return this.#client;
  }

  /** Begins, where it hasn't begun. */
  start(): void {
    if (this.#current !== null) return;
    const ended = new AbortController();
    const keeping: Keeping = { ended, following: { stop: () => undefined } };
    this.#current = keeping;
    this.#listener.onState({ kind: 'connecting' });

    let begun = false;
    let restarts = 0;
    let breaks = 0;
    let goodSince: number | null = null;
    let last: unknown = null;
    let gaveUp = false;

    const connect = async (): Promise<Client> => {
      // Often the stream alone broke, or another window has started the next backend already.
      let client = await this.#deps.find();
      if (client === null) {
        if (begun) {
          const delay = RESTART_DELAYS_MS[restarts++];
          if (delay === undefined) {
            gaveUp = true;
            throw last;
          }
          await this.#deps.pause(delay, ended.signal);
          ended.signal.throwIfAborted();
        }
        begun = true;
        client = await this.#deps.findOrStart();
      }
      begun = true;
      this.#client = client;
      return client;
    };

    keeping.following = this.#deps.follow(connect, {
      onReady: (resumed) => {
        goodSince = this.#deps.now();
        this.#listener.onState({ kind: 'connected' });
        this.#listener.onConnect({ resumed });
      },
      onEvent: (event) => this.#listener.onEvent(event),
      onBroken: (error) => {
        if (goodSince !== null && this.#deps.now() - goodSince >= GOOD_AFTER_MS) restarts = breaks = 0;
        goodSince = null;
        breaks++;
        if (!gaveUp) last = error;
        this.#listener.onTrouble(error.message);
        const hopeless =
          gaveUp || breaks >= MOST_BREAKS || (error instanceof CallError && HOPELESS.has(error.code));
        if (hopeless) {
          this.stop();
          this.#listener.onState(failedBy(last));
        } else this.#listener.onState({ kind: 'connecting' });
      },
    });
  }

  /** Ends the following; the backend goes on. */
  stop(): void {
    this.#current?.ended.abort();
    this.#current?.following.stop();
    this.#current = null;
  }

  /** Ends the backend, where one of this home's own answers, and starts anew. Trainings go on meanwhile. */
  async restart(): Promise<void> {
    this.stop();
    this.#listener.onState({ kind: 'connecting' });
    try {
      if (this.#deps.own()) await this.#end();
    } catch (error) {
      this.#listener.onTrouble(error instanceof Error ? error.message : String(error));
    }
    this.start();
  }

  /** Ends the backend and leaves it at that. Rejects where it doesn't end. */
  async endBackend(): Promise<void> {
    this.stop();
    await this.#end();
    this.#listener.onState({
      kind: 'failed',
      message: l10n.t('The backend is stopped.'),
      hint: l10n.t('What runs goes on; what waits goes on waiting until it is started again.'),
    });
  }

  async #end(): Promise<void> {
    const running = await this.#deps.find();
    if (running === null) return;
    await running.call('stopBackend', {});
    await this.#untilGone();
  }

  async #untilGone(): Promise<void> {
    const { signal } = new AbortController();
    const deadline = this.#deps.now() + STOP_DEADLINE_MS;
    while (this.#deps.now() < deadline && (await this.#deps.find()) !== null)
      await this.#deps.pause(50, signal);
  }
}

function failedBy(error: unknown): ConnectionState {
  const logSaysMore = l10n.t('The log says more.');
  if (error instanceof CallError) {
    return { kind: 'failed', message: error.message, hint: error.hint ?? logSaysMore };
  }
  const why = error instanceof Error ? error.message : String(error);
  return { kind: 'failed', message: l10n.t("The backend can't be started: {0}.", why), hint: logSaysMore };
}
