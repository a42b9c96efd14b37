/**
 * The window's connection to its backend, the home's own or one that `trainyard.backend.url` names: VS Code's side of `keeper.ts`, and
 * nothing at all in a workspace that isn't trusted.
 */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { CallError, type Client } from '../client/api.ts';
import { findBackend, findOrStartBackend, homeDir } from '../client/backend.ts';
import { followEvents } from '../client/events.ts';
import { backendUrl, otherBackend } from '../client/otherBackend.ts';
import type { Event } from '../contract/events.ts';
import type { Connection, ConnectionState } from './interfaces.ts';
import { Keeper } from './keeper.ts';
import { VERSION } from './version.ts';

const URL_SETTING = 'trainyard.backend.url';
const tokenOf = (url: string): string => `trainyard.token ${url}`;

export class BackendConnection implements Connection, vscode.Disposable {
  readonly #log: vscode.LogOutputChannel;
  readonly #keeper: Keeper;
  readonly #stateChanged = new vscode.EventEmitter<ConnectionState>();
  readonly #told = new vscode.EventEmitter<Event>();
  readonly #connected = new vscode.EventEmitter<{ resumed: boolean }>();
  readonly #secrets: vscode.SecretStorage;
  readonly #listening: vscode.Disposable;
  readonly onDidChangeState = this.#stateChanged.event;
  readonly onEvent = this.#told.event;
  readonly onDidConnect = this.#connected.event;
  #state: ConnectionState = { kind: vscode.workspace.isTrusted ? 'connecting' : 'untrusted' };

  constructor(extensionPath: string, secrets: vscode.SecretStorage, log: vscode.LogOutputChannel) {
    this.#log = log;
    this.#secrets = secrets;
    const home = homeDir();
    const program = { folder: path.join(extensionPath, 'dist'), version: VERSION };
    this.#keeper = new Keeper(
      {
        own: () => this.url === null,
        find: () => (this.url === null ? findBackend(home, VERSION) : this.#findOther(this.url)),
        findOrStart: () =>
          this.url === null ? findOrStartBackend(home, program) : this.#reachOther(this.url),
        follow: followEvents,
        pause: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
        now: () => performance.now(),
      },
      {
        onState: (state) => this.#become(state),
        onEvent: (event) => this.#told.fire(event),
        onConnect: (how) => {
          log.info(
            `Connected to ${this.#keeper.client?.address.url}${how.resumed ? ', where it broke off' : ''}`,
          );
          this.#connected.fire(how);
        },
        onTrouble: (message) => log.warn(message),
      },
    );
    this.#listening = vscode.Disposable.from(
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.start()),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(URL_SETTING)) this.#again();
      }),
    );
  }

  /** Where the backend is that this window uses instead of the home's own, or null. */
  get url(): string | null {
    const written = vscode.workspace.getConfiguration().get<string>(URL_SETTING, '').trim();
    // What can't be an address is tried as it is, and said to be none.
    return written === '' ? null : (backendUrl(written) ?? written);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Returns at once; `state` tells what comes of it. */
  start(): void {
    if (vscode.workspace.isTrusted) this.#keeper.start();
  }

  /** Ends the backend and starts it again. Resolves when it answers, rejects where it doesn't. */
  async restart(): Promise<void> {
    if (!vscode.workspace.isTrusted) throw notTrusted();
    await this.#keeper.restart();
    await this.client();
  }

  /** Ends the home's own backend; trainings go on. Rejects where this window uses another one. */
  async end(): Promise<void> {
    if (!vscode.workspace.isTrusted) throw notTrusted();
    if (this.url !== null) {
      throw new CallError(
        'not-ours',
        null,
        l10n.t('This window uses the backend at {0}.', this.url),
        l10n.t('End it where it runs, with `trainyard stop`.'),
      );
    }
    await this.#keeper.endBackend();
  }

  /** Uses another backend from now on, in every window without a setting of its own; null: the home's own. Resolves when it answers. */
  async use(other: { url: string; token: string } | null): Promise<void> {
    if (!vscode.workspace.isTrusted) throw notTrusted();
    if (other !== null) await this.#secrets.store(tokenOf(other.url), other.token);
    const before = this.url;
    await vscode.workspace
      .getConfiguration()
      .update(URL_SETTING, other?.url, vscode.ConfigurationTarget.Global);
    // The token may be a new one where the address is the old one.
    if (this.url === before) this.#again();
    await this.client();
  }

  #again(): void {
    this.#keeper.stop();
    this.start();
  }

  async #reachOther(url: string): Promise<Client> {
    return otherBackend(url, (await this.#secrets.get(tokenOf(url))) ?? '', VERSION);
  }

  async #findOther(url: string): Promise<Client | null> {
    try {
      return await this.#reachOther(url);
    } catch (error) {
      if (error instanceof CallError && error.unreachable) return null;
      throw error;
    }
  }

  client(): Promise<Client> {
    return new Promise((resolve, reject) => {
      const settle = (state: ConnectionState): boolean => {
        switch (state.kind) {
          case 'connecting':
            return false;
          case 'connected':
            if (this.#keeper.client === null) return false;
            resolve(this.#keeper.client);
            return true;
          case 'failed':
            reject(new CallError('unreachable', null, state.message, state.hint));
            return true;
          case 'untrusted':
            reject(notTrusted());
            return true;
          default:
            return state satisfies never;
        }
      };
      if (settle(this.#state)) return;
      const listening = this.onDidChangeState((state) => {
        if (settle(state)) listening.dispose();
      });
    });
  }

  dispose(): void {
    this.#keeper.stop();
    this.#listening.dispose();
    this.#stateChanged.dispose();
    this.#told.dispose();
    this.#connected.dispose();
  }

  #become(state: ConnectionState): void {
    if (state.kind === this.#state.kind && state.kind !== 'failed') return;
    this.#state = state;
    if (state.kind === 'failed') this.#log.error(`${state.message} ${state.hint}`);
    else this.#log.info(`Backend: ${state.kind}`);
    this.#stateChanged.fire(state);
  }
}

const notTrusted = (): CallError =>
  new CallError(
    'untrusted',
    null,
    l10n.t("This folder isn't trusted, so Trainyard starts nothing in it."),
    l10n.t('Trust it with “Workspaces: Manage Workspace Trust”.'),
  );
