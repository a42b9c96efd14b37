/** Confirms in the status bar what a command has done, where nothing else shows it. */
import * as vscode from 'vscode';

const SAID_MS = 3000;

export function say(text: string): void {
  vscode.window.setStatusBarMessage(`$(check) ${text}`, SAID_MS);
}
