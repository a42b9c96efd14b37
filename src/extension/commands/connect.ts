/** Connect to Backend…: asks for an address and its token, and changes nothing until both are found to be right. */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { CallError } from '../../client/api.ts';
import { assertFits, backendUrl, otherBackend } from '../../client/otherBackend.ts';
import type { BackendConnection } from '../backend.ts';
import { VERSION } from '../version.ts';
import { say } from './said.ts';

export async function connectToBackend(connection: BackendConnection): Promise<void> {
  const address = await vscode.window.showInputBox({
    title: l10n.t('Connect to Backend (1 of 2)'),
    prompt: l10n.t(
      'The address of a backend that was started with “trainyard serve”. Empty: this machine’s own.',
    ),
    placeHolder: 'http://127.0.0.1:7777',
    value: connection.url ?? '',
    ignoreFocusOut: true,
    validateInput: (text) => orWhy(text.trim() === '', () => addressProblem(text)),
  });
  if (address === undefined) return;
  const url = backendUrl(address);
  if (url === null) {
    await connection.use(null);
    say(l10n.t('Connected to this machine’s own backend'));
    return;
  }
  const token = await vscode.window.showInputBox({
    title: l10n.t('Connect to Backend (2 of 2)'),
    prompt: l10n.t('The token of {0}: it stands in server.json in the backend’s home.', url),
    password: true,
    ignoreFocusOut: true,
    validateInput: (text) => orWhy(text === '', () => why(otherBackend(url, text.trim(), VERSION))),
  });
  if (token === undefined || token === '') return;
  await connection.use({ url, token: token.trim() });
  say(l10n.t('Connected to {0}', url));
}

/** What is wrong with what was typed; nothing where it is left empty. */
const orWhy = (empty: boolean, problem: () => Promise<string | null>): Promise<string | null> =>
  empty ? Promise.resolve(null) : problem();

async function addressProblem(text: string): Promise<string | null> {
  const url = backendUrl(text);
  return url === null
    ? l10n.t('An address is like {0}.', 'http://127.0.0.1:7777')
    : why(assertFits(url, VERSION));
}

async function why(asked: Promise<unknown>): Promise<string | null> {
  try {
    await asked;
    return null;
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    return [error.message, error.hint].filter((part) => part !== null).join(' ');
  }
}
