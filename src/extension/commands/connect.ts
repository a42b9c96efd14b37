/** Connect to Backend…: asks for an address and its token, and changes nothing until both are found to be right. */
import * as vscode from 'vscode';
import { CallError } from '../../client/api.ts';
import { assertFits, backendUrl, otherBackend } from '../../client/otherBackend.ts';
import type { BackendConnection } from '../backend.ts';
import { VERSION } from '../version.ts';
import { say } from './said.ts';

const TITLE = 'Connect to Backend';

export async function connectToBackend(connection: BackendConnection): Promise<void> {
  const address = await vscode.window.showInputBox({
    title: `${TITLE} (1 of 2)`,
    prompt: 'The address of a backend that was started with “trainyard serve”. Empty: this machine’s own.',
    placeHolder: 'http://127.0.0.1:7777',
    value: connection.url ?? '',
    ignoreFocusOut: true,
    validateInput: (text) => orWhy(text.trim() === '', () => addressProblem(text)),
  });
  if (address === undefined) return;
  const url = backendUrl(address);
  if (url === null) {
    await connection.use(null);
    say('Connected to this machine’s own backend');
    return;
  }
  const token = await vscode.window.showInputBox({
    title: `${TITLE} (2 of 2)`,
    prompt: `The token of ${url}: it stands in server.json in the backend’s home.`,
    password: true,
    ignoreFocusOut: true,
    validateInput: (text) => orWhy(text === '', () => why(otherBackend(url, text.trim(), VERSION))),
  });
  if (token === undefined || token === '') return;
  await connection.use({ url, token: token.trim() });
  say(`Connected to ${url}`);
}

/** What is wrong with what was typed; nothing where it is left empty. */
const orWhy = (empty: boolean, problem: () => Promise<string | null>): Promise<string | null> =>
  empty ? Promise.resolve(null) : problem();

async function addressProblem(text: string): Promise<string | null> {
  const url = backendUrl(text);
  return url === null ? 'An address is like http://127.0.0.1:7777.' : why(assertFits(url, VERSION));
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
