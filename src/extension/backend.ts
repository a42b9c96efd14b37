/** The window's connection to its backend: VS Code's side of `keeper.ts`, and nothing at all in a workspace that isn't trusted. */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { CallError, type Client } from '../client/api.ts';
import { findBackend, findOrStartBackend, homeDir } from '../client/backend.ts';
import { followEvents } from '../client/events.ts';
import type { Event } from '../contract/events.ts';
import type { Connection, ConnectionState } from './interfaces.ts';
import { Keeper } from './keeper.ts';
import { VERSION } from './version.ts';

export class BackendConnection implements Connection, vscode.Disposable {
  readonly #log: vscode.LogOutputChannel;
  readonly #keeper: Keeper;
  readonly #stateChanged = new vscode.EventEmitter<ConnectionState>();
  readonly #told = new vscode.EventEmitter<Event>();
  readonly #connected = new vscode.EventEmitter<{ resumed: boolean }>();
  readonly #granted: vscode.Disposable;
  readonly onDidChangeState = this.#stateChanged.event;
  readonly onEvent = this.#told.event;
  readonly onDidConnect = this.#connected.event;
  #state: ConnectionState = { kind: vscode.workspace.isTrusted ? 'connecting' : 'untrusted' };

  constructor(extensionPath: string, log: vscode.LogOutputChannel) {
    this.#log = log;
    const home = homeDir();
    const program = { folder: path.join(extensionPath, 'dist'), version: VERSION };
    this.#keeper = new Keeper(
      {
        find: () => findBackend(home, VERSION),
        findOrStart: () => findOrStartBackend(home, program),
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
    this.#granted = vscode.workspace.onDidGrantWorkspaceTrust(() => this.start());
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
    this.#granted.dispose();
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
    "This folder isn't trusted, so Trainyard starts nothing in it.",
    'Trust it with “Workspaces: Manage Workspace Trust”.',
  );
