/** Shows the notices, each kind as the setting `trainyard.notifications` has it, with what to do next as buttons. */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { COMMANDS } from '../commands/list.ts';
import type { Connection } from '../interfaces.ts';
import type { Projects } from '../projects.ts';
import type { Store } from '../store.ts';
import { applyRemedy } from '../commands/diagnosis.ts';
import { REMEDY_TITLES } from '../runs/remedies.ts';
import {
  gather,
  Notices,
  silentNotice,
  type Message,
  type Notice,
  type NoticeAction,
  type NoticeKind,
} from './notices.ts';
import { Silence } from './silence.ts';

/** What comes within this time is told together. */
const GATHER_MS = 500;
const TICK_MS = 1000;
const VIEW = l10n.t('Show Training Runs');

export function tellNotices(deps: {
  connection: Connection;
  store: Store;
  projects: Projects;
  log: vscode.LogOutputChannel;
}): vscode.Disposable {
  const { connection, store, projects, log } = deps;
  const notices = new Notices(new Date());
  const silence = new Silence();
  let gathered: Notice[] = [];
  let gathering: ReturnType<typeof setTimeout> | null = null;
  let clock: { timer: ReturnType<typeof setInterval>; at: number } | null = null;

  function add(notice: Notice | null): void {
    if (notice === null || !isWanted(notice.kind)) return;
    gathered.push(notice);
    gathering ??= setTimeout(() => {
      gathering = null;
      const together = gather(gathered);
      gathered = [];
      for (const one of together) show(one);
    }, GATHER_MS);
  }

  function show({ kind, text, actions }: Message): void {
    log.info(`Told: ${text}`);
    const buttons = actions.length === 0 ? [VIEW] : actions.map(titleOf);
    messageOf(kind)(text, ...buttons).then(
      (choice) => {
        if (choice === VIEW) return vscode.commands.executeCommand('trainyard.runs.focus');
        const action = actions.find((one) => titleOf(one) === choice);
        return action && act(action);
      },
      (error: unknown) => log.error(String(error)),
    );
  }

  async function act(action: NoticeAction): Promise<void> {
    if ('command' in action) await vscode.commands.executeCommand(action.command, action.argument);
    else
      await applyRemedy(
        action.remedy,
        { serviceId: action.serviceId, executionId: null },
        { connection, store },
      );
  }

  function setClock(): void {
    if (silence.watching && clock === null) {
      clock = { timer: setInterval(tick, TICK_MS), at: performance.now() };
    } else if (!silence.watching && clock !== null) {
      clearInterval(clock.timer);
      clock = null;
    }
  }

  function tick(): void {
    if (clock === null) return;
    const now = performance.now();
    // Where more time went by, this machine slept, and so may the training have.
    const ms = Math.min(now - clock.at, 2 * TICK_MS);
    clock.at = now;
    // Without a connection nobody knows who is silent.
    if (connection.state.kind !== 'connected') return;
    for (const one of silence.pass(ms)) add(silentNotice(one));
  }

  return vscode.Disposable.from(
    store.onDidChangeRun((run) => {
      if (!projects.includes(run.project)) return;
      add(notices.ofRun(run, projects.hintsFor(run.project)));
      silence.heard(run);
      setClock();
    }),
    store.onDidRemoveRun((id) => {
      silence.gone(id);
      setClock();
    }),
    store.onDidChangeService((service) => {
      if (projects.includes(service.project)) add(notices.ofService(service));
    }),
    new vscode.Disposable(() => {
      if (gathering !== null) clearTimeout(gathering);
      if (clock !== null) clearInterval(clock.timer);
    }),
  );
}

const titleOf = (action: NoticeAction): string =>
  'command' in action ? COMMANDS[action.command] : REMEDY_TITLES[action.remedy];

function isWanted(kind: NoticeKind): boolean {
  return (
    vscode.workspace
      .getConfiguration('trainyard')
      .get<Partial<Record<NoticeKind, boolean>>>('notifications')?.[kind] !== false
  );
}

function messageOf(kind: NoticeKind): (text: string, ...buttons: string[]) => Thenable<string | undefined> {
  switch (kind) {
    case 'failed':
    case 'service':
      return vscode.window.showErrorMessage;
    case 'aborted':
    case 'silent':
      return vscode.window.showWarningMessage;
    case 'done':
      return vscode.window.showInformationMessage;
    default:
      return kind satisfies never;
  }
}
